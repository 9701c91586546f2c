"""The pages of the studio, filled in from templates.

In: a `Studio`. Out: HTML. Everything that is put into a template is escaped there, but for what is marked as HTML.
"""

from __future__ import annotations

import json
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from markupsafe import Markup

from scribe.footnotes import clock
from scribe.markdown import parser
from scribe.records import ScribeError
from scribe.search import Hit
from scribe.studio import turns
from scribe.studio.sessions import PAGES, Opened, Part
from scribe.studio.work import Studio

if TYPE_CHECKING:
    from jinja2 import Environment

_KINDS = {"transcript": "transcript", "notes": "notes", "post": "draft"}


@lru_cache(maxsize=1)
def templates() -> Environment:
    """The templates, which escape what they are given."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("scribe.studio"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def home(studio: Studio) -> str:
    """All sessions."""
    name = studio.workspace.root.name or "workspace"
    return templates().get_template("home.html").render(sessions=studio.home(), workspace=name)


def desk(studio: Studio, name: str) -> str:
    """One session in three panes; raises ScribeError where it cannot be read."""
    opened = studio.sessions.open(name)
    pages: dict[str, dict[str, Any] | None] = {}
    troubles: dict[str, str] = {}
    for page in PAGES:
        try:
            pages[page] = studio.page(name, page)
        except ScribeError as error:
            pages[page], troubles[page] = None, str(error)
    parts = [_part(part) for part in opened.parts]
    boot = {
        "session": name,
        "parts": parts,
        "length": opened.length,
        "pages": {page: {"version": made["version"]} if made else None for page, made in pages.items()},
        "simulator": studio.simulator,
        "reviewer": studio.reviewer,
    }
    return (
        templates()
        .get_template("session.html")
        .render(
            session=_session(opened),
            parts=parts,
            speakers=turns.speakers_of(opened),
            strip=turns.strip_of(opened),
            pages=pages,
            troubles=troubles,
            boot=_in_script(boot),
            topics=turns.topics_of(opened),
            turns=Markup(transcript(studio, name)),  # noqa: S704 (made by a template)
        )
    )


def transcript(studio: Studio, name: str) -> str:
    """The lines of a session again, for its pane."""
    opened = studio.sessions.open(name)
    if opened.turns is None:
        opened.turns = templates().get_template("_turns.html").render(**studio.transcript(opened))
    return opened.turns


def warm() -> None:
    """Make ready what the first page needs: templates, and the libraries that are loaded where they are used."""
    for name in ("home.html", "session.html", "_turns.html"):
        templates().get_template(name)
    parser()


def plots(studio: Studio, name: str) -> str:
    """The plots of a session."""
    opened = studio.sessions.open(name)
    drawn = [{**figure, "svg": Markup(figure["svg"])} for figure in studio.figures(opened)]  # noqa: S704 (by plots)
    return templates().get_template("plots.html").render(session=_session(opened), figures=drawn)


def found(studio: Studio, query: str, session: str | None) -> str:
    """What was found in all sessions."""
    began = time.perf_counter()
    hits: list[dict[str, Any]] = []
    remarks: tuple[str, ...] = ()
    if query.strip():
        made = studio.search(query, session)
        remarks = made.remarks
        hits = [_hit(hit) for hit in made.hits]
    return (
        templates()
        .get_template("search.html")
        .render(
            query=query,
            session=session,
            hits=hits,
            remarks=remarks,
            seconds=time.perf_counter() - began,
        )
    )


def trouble(status: int, message: str) -> str:
    """A page that says what went wrong."""
    return templates().get_template("error.html").render(status=status, message=message)


def _session(opened: Opened) -> dict[str, Any]:
    return {
        "id": opened.name,
        "title": opened.title,
        "date": opened.transcript.date,
        "is_sequence": len(opened.parts) > 1,
    }


def _part(part: Part) -> dict[str, Any]:
    return {
        "id": part.id,
        "first": part.first,
        "last": part.last,
        "offset": part.offset,
        "media": f"/media/{quote(part.id)}" if part.recording is not None else None,
        "duration": part.length,
        "why_silent": part.why_silent,
    }


def _hit(hit: Hit) -> dict[str, Any]:
    passage = hit.passage
    anchor = f"block-{passage.place}" if passage.kind != "transcript" and passage.place else f"line-{passage.line}"
    return {
        "session": passage.session,
        "kind": _KINDS[passage.kind],
        "url": f"/s/{quote(passage.session)}#{quote(anchor)}",
        "clock": clock(passage.start) if passage.start is not None else None,
        "speaker": passage.speaker,
        "pieces": hit.pieces,
    }


def _in_script(value: Any) -> Markup:
    """JSON that cannot end the element it stands in."""
    text = json.dumps(value).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return Markup(text)  # noqa: S704 (see above)
