"""The studio's addresses: what can be asked for, and how it is answered.

In: requests that passed the guard. Out: pages, JSON, streams, recordings. What a request asks is checked here and in
`work`; a mistake that a person can mend is one line of JSON, or a page that says so.
"""

from __future__ import annotations

import json
import mimetypes
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scribe.records import ScribeError
from scribe.studio import pages
from scribe.studio.asked import Asked, claim, names, number, text
from scribe.studio.blocks import rendered_of
from scribe.studio.guard import Guard
from scribe.studio.sessions import is_within
from scribe.studio.work import Studio
from scribe.studio.writing import Writing

if TYPE_CHECKING:
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import BaseRoute

_STATIC = Path(__file__).parent / "static"

_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}
"""Not by the system's own table: that of some Windows calls scripts plain text."""

_SOUNDS = {
    ".m4a": "audio/mp4",
    ".m4b": "audio/mp4",
    ".mp4": "video/mp4",
    ".mkv": "video/x-matroska",
    ".opus": "audio/ogg",
}
"""What browsers call recordings; the system's table has others."""

_PICTURES = {
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
}

_SEALED = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""For a picture that somebody opens by itself: an SVG is a document, and may hold a script."""


def application(studio: Studio, *, token: str, hosts: tuple[str, ...]) -> Guard:
    """The whole studio as an ASGI application, behind its guard."""
    from starlette.applications import Starlette

    writing = Writing(studio)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        threading.Thread(target=pages.warm, daemon=True).start()
        yield
        writing.close()
        studio.close()

    routes = [*_page_routes(studio), *_file_routes(studio), *_api_routes(studio, writing)]
    handlers: Any = {ScribeError: _mistake, 404: _missing, 405: _missing}
    return Guard(
        Starlette(routes=routes, exception_handlers=handlers, lifespan=lifespan),
        token=token,
        hosts=hosts,
    )


# ── Pages ────────────────────────────────────────────────────────────────────────────────────


def _page_routes(studio: Studio) -> Iterator[BaseRoute]:
    from starlette.routing import Route

    def home(_: Request) -> Response:
        return _page(pages.home(studio))

    def desk(request: Request) -> Response:
        return _page(pages.desk(studio, request.path_params["name"]))

    def plots(request: Request) -> Response:
        return _page(pages.plots(studio, request.path_params["name"]))

    def found(request: Request) -> Response:
        asked = request.query_params
        return _page(pages.found(studio, asked.get("q", "")[:500], asked.get("session") or None))

    yield Route("/", home)
    yield Route("/search", found)
    yield Route("/s/{name}", desk)
    yield Route("/s/{name}/plots", plots)


# ── Files ────────────────────────────────────────────────────────────────────────────────────


def _file_routes(studio: Studio) -> Iterator[BaseRoute]:
    from starlette.responses import FileResponse
    from starlette.routing import Route

    static = {path.name: path for path in _STATIC.iterdir() if path.suffix in _TYPES}

    def script(request: Request) -> Response:
        path = static.get(request.path_params["name"])
        if path is None:
            return _missing(request, None)
        return FileResponse(path, media_type=_TYPES[path.suffix])

    def media(request: Request) -> Response:
        name = request.path_params["name"]
        part = studio.sessions.open(name).parts[0]
        if part.recording is None:
            raise ScribeError(part.why_silent or "there is no recording")
        suffix = part.recording.suffix.lower()
        kind = _SOUNDS.get(suffix) or mimetypes.guess_type(part.recording.name)[0] or "application/octet-stream"
        return FileResponse(part.recording, media_type=kind)

    def picture(request: Request) -> Response:
        folder = studio.workspace.draft_folder(request.path_params["name"])
        path = folder / request.path_params["file"]
        kind = _PICTURES.get(path.suffix.lower())
        is_inside = path.resolve().parent == folder.resolve() and is_within(folder, [studio.workspace.root])
        if kind is None or not path.is_file() or not is_inside:
            return _missing(request, None)
        return FileResponse(path, media_type=kind, headers={"content-security-policy": _SEALED})

    yield Route("/static/{name}", script)
    yield Route("/media/{name}", media)
    yield Route("/files/{name}/{file}", picture)


# ── Acts ─────────────────────────────────────────────────────────────────────────────────────

_Act = Callable[[str, Asked], Any]


def _api_routes(studio: Studio, writing: Writing) -> Iterator[BaseRoute]:
    from starlette.responses import StreamingResponse
    from starlette.routing import Route

    def read(path: str, answer: Callable[[Mapping[str, Any]], Any]) -> BaseRoute:
        def endpoint(request: Request) -> Response:
            return _told(answer(request.path_params))

        return Route(f"/api/{{name}}/{path}", endpoint)

    def act(path: str, answer: _Act, method: str = "POST") -> BaseRoute:
        async def endpoint(request: Request) -> Response:
            from starlette.concurrency import run_in_threadpool

            asked = await _json(request)
            told = {**asked, **request.path_params}
            made = await run_in_threadpool(answer, request.path_params["name"], told)
            return _told({} if made is None else made)

        return Route(f"/api/{{name}}/{path}", endpoint, methods=[method])

    async def events(request: Request) -> Response:
        from starlette.concurrency import run_in_threadpool

        name = request.path_params["name"]
        look = await run_in_threadpool(studio.looker, name)
        return StreamingResponse(studio.hub.stream(name, look), media_type="text/event-stream")

    def words(asked: Asked) -> Any:
        from scribe.studio.turns import words_of

        segments = studio.sessions.open(asked["name"]).transcript.segments
        line = asked["line"]
        return {"words": words_of(segments[line]) if line < len(segments) else []}

    def page(asked: Asked) -> Any:
        return studio.page(asked["name"], asked["page"]) or {"version": "", "blocks": []}

    def queue(asked: Asked) -> Any:
        return studio.queue(asked["name"]).model_dump(mode="json")

    def waiting(asked: Asked) -> Any:
        undo, redo = studio.waiting(asked["name"])
        return {"undo": undo, "redo": redo}

    yield Route("/api/{name}/events", events)
    yield read("page/{page}", page)
    yield read("transcript", lambda asked: {"html": pages.transcript(studio, asked["name"])})
    yield read("words/{line:int}", words)
    yield read("alternatives/{block}", lambda asked: writing.alternatives(asked["name"], asked["block"]))
    yield read("queue", queue)
    yield read("undo", waiting)
    for path, answer in _acts(studio, writing).items():
        yield act(path, answer)
    yield act("page/{page}", lambda name, asked: studio.type(name, asked["page"], asked), "PUT")


def _acts(studio: Studio, writing: Writing) -> dict[str, _Act]:
    """What a person can do, by the last part of its address."""

    def preview(name: str, asked: Asked) -> Any:
        return {"html": "\n".join(rendered_of(studio.sessions.open(name), [text(asked, "text")]))}

    def branch(name: str, asked: Asked) -> Any:
        return {"job": writing.begin(name, text(asked, "block"), text(asked, "voice"), number(asked, "samples"))}

    def review(name: str, asked: Asked) -> Any:
        made = studio.review(name, text(asked, "key"), by=text(asked, "by"), is_reviewed=claim(asked, "is_reviewed"))
        return made.model_dump(mode="json")

    def back(name: str, *, again: bool) -> Any:
        made = studio.undo(name, again=again)
        pages_of = made.pages if made else ()
        return {"told": made.told if made else None, "page": pages_of[0] if pages_of else None}

    return {
        "preview": preview,
        "settle": lambda name, _: studio.settle(name),
        "pick": lambda name, asked: studio.pick(
            name, text(asked, "block"), number(asked, "number"), over_own=claim(asked, "over_own")
        ),
        "branch": branch,
        "stop": lambda _, asked: writing.stop(text(asked, "job")),
        "lock": lambda name, asked: studio.lock(
            name, text(asked, "page"), text(asked, "block"), is_locked=claim(asked, "is_locked")
        ),
        "take": lambda name, asked: studio.take(name, text(asked, "page"), text(asked, "key")),
        "delete": lambda name, asked: studio.delete(name, text(asked, "page"), asked),
        "undo": lambda name, _: back(name, again=False),
        "redo": lambda name, _: back(name, again=True),
        "reviewed": review,
        "sign": lambda name, asked: studio.sign(name, text(asked, "block"), text(asked, "by")),
        "line": lambda name, asked: studio.correct(name, number(asked, "line"), text(asked, "text")),
        "speakers": lambda name, asked: studio.name_speakers(name, names(asked, "names")),
    }


# ── What was asked ───────────────────────────────────────────────────────────────────────────


async def _json(request: Request) -> dict[str, Any]:
    """The body as an object; raises ScribeError for any other."""
    try:
        asked = json.loads(await request.body())
    except (ValueError, RecursionError):
        raise ScribeError("expected an object as JSON, found something else") from None
    if not isinstance(asked, dict):
        raise ScribeError("expected an object as JSON, found something else")
    return asked


# ── Mistakes ─────────────────────────────────────────────────────────────────────────────────


def _mistake(request: Request, error: Exception) -> Response:
    return _answer(request, 400, str(error))


def _missing(request: Request, _: Exception | None) -> Response:
    return _answer(request, 404, "there is nothing at this address")


def _answer(request: Request, status: int, message: str) -> Response:
    """For a program as JSON, for a person as a page."""
    if request.url.path.startswith("/api/"):
        return _told({"error": message}, status)
    return _page(pages.trouble(status, message), status)


def _page(html: str, status: int = 200) -> Response:
    """A page; half a surrogate pair, which JSON lets into a transcript, is shown as "?"."""
    from starlette.responses import HTMLResponse

    return HTMLResponse(html.encode(errors="replace"), status_code=status)


def _told(value: Any, status: int = 200) -> Response:
    """JSON in ASCII, which holds whatever Python's text does."""
    from starlette.responses import Response

    return Response(json.dumps(value), status_code=status, media_type="application/json")
