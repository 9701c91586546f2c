"""Frames: the documents that simulators continue.

In: `prompts/NAME.md` and the segments to show. Out: a Frame, and Prompts that end on a cue. A frame
is a scene that all its voices share and one cue for each voice. This module does not know how a
prompt is continued or what becomes of the continuation.

A frame is looked for in the folder that a flag names, then in `prompts/` of the workspace, then
among the curated frames that come with scribe; the first folder that has it wins.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path, PurePath
from typing import Any, Literal, get_args

from pydantic import ValidationError

from scribe import markdown
from scribe.records import Prompt, Record, Sampling, ScribeError, Segment, Yields

Stage = Literal["notes", "overview", "outline", "section", "proposition", "title"]

KEYS = ("name", "stage", "yields", "cites", "sampling")
SAMPLING = {
    "max_tokens": "a whole number from 1",
    "temperature": "a number from 0",
    "top_p": "a number above 0 and at most 1",
    "samples": "a whole number from 1",
    "stop": "a list of texts, none of them empty",
}
PLACEHOLDERS = ("record", "title", "about", "claims", "outline", "written")

CHAT_WRAPPER = "Continue this document; write only the continuation.\n\n"
"""All that a chat model is told over and above the document itself."""

_PLACEHOLDER = re.compile(r"\{([A-Za-z_]+)\}")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")


class Voice(Record):
    """One simulacrum: its name, and the cue its text begins after."""

    name: str
    cue: str


class Frame(Record):
    """A document to be continued, with places for what it is about."""

    name: str
    stage: Stage
    yields: Yields
    cites: bool
    sampling: Sampling
    description: str
    scene: str
    voices: tuple[Voice, ...]
    digest: str
    """SHA-256 of the file's text, hexadecimal."""


# ── Reading frames ───────────────────────────────────────────────────────────────────────────


def parse(text: str, *, where: str) -> Frame:
    """Read a frame; raise ScribeError naming `where` for the first thing wrong with it."""
    frame, faults = _read(text, where)
    if frame is None:
        raise ScribeError(faults[0])
    return frame


def folders(flag: Path | None, workspace: Path | None) -> list[Path]:
    """Return where frames are looked for, nearest first: `flag`, the workspace's `prompts`, scribe's own.

    Scribe's own lie inside the installed package, or beside it in a source checkout. Raises
    ScribeError if `flag` is no folder; a workspace need not have frames.
    """
    found = []
    if flag is not None:
        if not flag.is_dir():
            raise ScribeError(f"{flag}: no such folder of frames")
        found.append(flag)
    if workspace is not None and (workspace / "prompts").is_dir():
        found.append(workspace / "prompts")
    package = Path(str(files("scribe")))
    own = [folder for folder in (package / "prompts", package.parent / "prompts") if folder.is_dir()]
    return found + own[:1]


def load(name: str, folders: Sequence[Path]) -> Frame:
    """Read the frame called `name` from the first folder that has it; raise ScribeError if none does."""
    known = _files(folders)
    if name not in known:
        raise ScribeError(f"unknown frame {name!r}; known: {', '.join(known) or 'none'}")
    return parse(_text(known[name]), where=str(known[name]))


def load_all(folders: Sequence[Path]) -> dict[str, Frame]:
    """Read every frame that can be seen from `folders`, by name, in order of name."""
    return {name: parse(_text(path), where=str(path)) for name, path in _files(folders).items()}


def _files(folders: Sequence[Path]) -> dict[str, Path]:
    """Frame files by name. A file such as README.md, whose stem is no frame's name, is passed over."""
    found = {
        path.stem: path for folder in reversed(folders) for path in folder.glob("*.md") if _NAME.fullmatch(path.stem)
    }
    return dict(sorted(found.items()))


def _text(path: Path) -> str:
    """Read a frame's text, its line ends made the same, so that its digest is one on every system."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ScribeError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ScribeError(f"{path}: expected UTF-8, found byte {error.start} to be none") from error


def _read(text: str, where: str) -> tuple[Frame | None, list[str]]:
    """Read a frame, or all that is wrong with it."""
    try:
        head, rest = markdown.front_matter(text, where=where)
    except ScribeError as error:
        return None, [str(error)]
    before, sections = markdown.parts(text, 2)
    description = before[len(text) - len(rest) :].strip()
    faults = [*_head_faults(head, PurePath(where).stem), *_body_faults(description, sections)]
    if faults:
        return None, [f"{where}: {fault}" for fault in faults]
    scene, *cues = sections
    voices = [Voice(name=_voice(part.heading), cue=_trim(part.body)) for part in cues]
    fields = {
        **head,
        "description": description,
        "scene": _trim(scene.body),
        "voices": voices,
        "digest": hashlib.sha256(text.encode()).hexdigest(),
    }
    return Frame.model_validate(fields), []


def _trim(body: str) -> str:
    """Take off the blank lines around a scene or cue; between its first and last letters nothing changes."""
    return re.sub(r"\A(?:[ \t]*\r?\n)+", "", body).rstrip()


def _voice(heading: str) -> str:
    return heading.removeprefix("Voice:").strip()


def _key_faults(found: Mapping[str, Any], needed: Sequence[str], known: Sequence[str], place: str) -> Iterator[str]:
    for key in found:
        if key not in known:
            yield f"unknown key {key!r}{place}; known: {', '.join(known)}"
    for key in needed:
        if key not in found:
            yield f"missing key {key!r}{place}; known: {', '.join(known)}"


def _head_faults(head: Mapping[str, Any], stem: str) -> Iterator[str]:
    if not head:
        yield f"no front matter; a frame opens with {', '.join(KEYS)} between two lines '---'"
        return
    yield from _key_faults(head, KEYS, KEYS, "")
    if "name" in head and head["name"] != stem:
        yield f"name is {head['name']!r}, but the file is called {stem!r}; the two must agree"
    elif "name" in head and not _NAME.fullmatch(stem):
        yield f"name {stem!r} must be small letters, digits and hyphens"
    for key, known in (("stage", get_args(Stage)), ("yields", get_args(Yields))):
        if key in head and head[key] not in known:
            yield f"unknown {key} {head[key]!r}; known: {', '.join(known)}"
    if "cites" in head and not isinstance(head["cites"], bool):
        yield f"cites must be true or false, not {head['cites']!r}"
    if "sampling" in head:
        yield from _sampling_faults(head["sampling"])


def _sampling_faults(sampling: object) -> Iterator[str]:
    if not isinstance(sampling, dict):
        yield f"sampling must be keys and values, not {sampling!r}; known: {', '.join(SAMPLING)}"
        return
    yield from _key_faults(sampling, ("max_tokens",), tuple(SAMPLING), " in sampling")
    known = {key: value for key, value in sampling.items() if key in SAMPLING}
    wrong = {key for key, value in known.items() if isinstance(value, bool)}
    wrong |= {key for key, value in known.items() if isinstance(value, list) and "" in value}
    try:
        Sampling.model_validate(known)
    except ValidationError as error:
        wrong |= {str(detail["loc"][0]) for detail in error.errors()}
    for key in known:
        if key in wrong:
            yield f"sampling.{key} must be {SAMPLING[key]}, not {sampling[key]!r}"


def _body_faults(description: str, sections: Sequence[markdown.Part]) -> Iterator[str]:
    if not description:
        yield "no description; a sentence on what the frame is for stands before '## Scene'"
    if "Scene" not in [part.heading for part in sections]:
        yield "no '## Scene'; it comes first, before every voice"
    if not any(part.heading.startswith("Voice:") for part in sections):
        yield "no '## Voice: NAME'; a frame has at least one, after its scene"
    seen: set[str] = set()
    for place, part in enumerate(sections):
        heading = " ".join(part.heading.split())
        at, name = f"line {part.line}:", _voice(heading)
        if heading == "Scene":
            if place > 0:
                yield f"{at} '## Scene' must stand once, before every voice"
        elif not heading.startswith("Voice:"):
            yield f"{at} unknown heading '## {heading}'; known: ## Scene, ## Voice: NAME"
            continue
        elif not name or name in seen:
            fault = "a second" if name else "no name in"
            yield f"{at} {fault} '## {heading}'; each voice has a name of its own"
        else:
            seen.add(name)
        if not part.body.strip():
            yield f"{at} nothing stands under '## {heading}'"
        yield from _placeholder_faults(part)


def _placeholder_faults(part: markdown.Part) -> Iterator[str]:
    known = ", ".join(f"{{{word}}}" for word in PLACEHOLDERS)
    for number, line in _lines(part):
        for word in _PLACEHOLDER.findall(line):
            if word not in PLACEHOLDERS:
                yield f"line {number}: unknown placeholder {{{word}}}; known: {known}"


def _lines(part: markdown.Part) -> Iterator[tuple[int, str]]:
    """The lines of a section with their numbers in the file."""
    return enumerate(part.body.split("\n"), part.line + 1)


# ── Checking their style ─────────────────────────────────────────────────────────────────────

_SECOND_PERSON = re.compile(r"\b(?:you|your|yours|yourself|yourselves)\b", re.IGNORECASE)
_ORDER = re.compile(
    r"(?:^|[.!?:]\s+)[\s#>*\-]*"
    r"((?:Summari[sz]e|Write|List(?! of\b)|Describe|Extract|Generate|Produce|Provide|Identify|Explain|Give"
    r"|Return|Output|Continue|Make sure|Do not|Don't|Please)\b)"
    r"(?=\s+\w)"
)


def check(path: Path) -> list[str]:
    """Say all that is wrong with the frame at `path`, one line each; `[]` if it is well formed.

    A frame that does not parse is told only why. One that does is also read for style: a frame
    shows a document and orders nobody about, and each cue stops where a simulator can go on.
    """
    try:
        text = _text(path)
    except ScribeError as error:
        return [str(error)]
    frame, faults = _read(text, str(path))
    if frame is None:
        return faults
    findings = [*_frame_findings(frame)]
    for part in markdown.parts(text, 2)[1]:
        for number, line in _lines(part):
            findings += [f"line {number}: {finding}" for finding in _line_findings(line)]
    return [f"{path}: {finding}" for finding in findings]


def _frame_findings(frame: Frame) -> Iterator[str]:
    shown = _PLACEHOLDER.findall(frame.scene)
    if frame.cites and "record" not in shown:
        yield "cites is true, but the scene shows no {record} to cite"
    elif not {"record", "claims", "outline"} & set(shown):
        yield "the scene shows neither {record} nor {claims}, so it is about nothing"
    for voice in frame.voices:
        if voice.cue[-1] in ".!?…":
            yield (
                f"voice {voice.name!r}: the cue ends a sentence ({voice.cue.split()[-1]!r}); "
                "end on the start of what comes next, such as '- Point:' or '##'"
            )
    document = frame.scene + "\n\n" + "\n\n".join(voice.cue for voice in frame.voices)
    for stop in frame.sampling.stop:
        if stop not in document:
            yield f"sampling.stop {stop!r} is nowhere in the scene or cues, so nothing leads up to it"


def _line_findings(line: str) -> Iterator[str]:
    if word := _SECOND_PERSON.search(line):
        yield f"{word[0]!r} speaks to the simulator; show the document instead"
    if order := _ORDER.search(line):
        yield f"{order[1]!r} is an order; show what was written instead"
    if line != line.rstrip():
        yield "ends in a space, which a simulator reads differently from none; take it out"
    if re.match(r"## (?:Scene|Voice:)", line):
        yield f"{line!r} stands inside a code fence, so it is no heading"


# ── Prompts ──────────────────────────────────────────────────────────────────────────────────


def render_record(segments: Sequence[Segment]) -> str:
    """Show segments as lines that can be cited.

    >>> print(render_record([Segment(index=12, text="So it is a limit?", speaker="Wen")]))
    [12] Wen: So it is a limit?

    A segment is one line whatever its text holds: runs of whitespace become one space.
    """
    lines = [f"{segment.speaker}: {segment.text}" if segment.speaker else segment.text for segment in segments]
    return "\n".join(
        f"[{segment.index}] {' '.join(line.split())}" for segment, line in zip(segments, lines, strict=True)
    )


def prompts(
    frame: Frame,
    sources: Sequence[Segment],
    *,
    title: str = "",
    about: str | None = None,
    claims: str = "",
    outline: str = "",
    written: str = "",
    voices: Sequence[str] | None = None,
) -> list[Prompt]:
    """Make one prompt for each voice, or for each of `voices`, in that order.

    All share one scene, which ends in a blank line; a cue ends on its last visible character. A
    paragraph of the scene whose placeholders are all empty is left out. What is put in is never
    searched for placeholders itself. Lines that carry a doubt are not shown. Raises ScribeError for
    an unknown voice, or if the frame asks `about` something and nothing was asked.
    """
    cues = {voice.name: voice.cue for voice in frame.voices}
    wanted = list(cues) if voices is None else list(dict.fromkeys(voices))
    for name in wanted:
        if name not in cues:
            raise ScribeError(f"frame {frame.name!r}: unknown voice {name!r}; known: {', '.join(cues)}")
    if not about and "{about}" in frame.scene + "".join(cues.values()):
        raise ScribeError(f"frame {frame.name!r} answers a question and none was asked; give one with --about")
    sources = [segment for segment in sources if segment.doubt is None]
    values = {
        "record": render_record(sources),
        "title": title,
        "about": about or "",
        "claims": claims,
        "outline": outline,
        "written": written,
    }
    scene = _fill(_without_empty_paragraphs(frame.scene, values), values).rstrip() + "\n\n"
    return [
        Prompt(
            scene=scene,
            cue=_fill(cues[name], values).rstrip(),
            voice=name,
            sources=tuple(sources),
            yields=frame.yields,
            about=about,
            frame=frame.name,
        )
        for name in wanted
    ]


def _without_empty_paragraphs(template: str, values: Mapping[str, str]) -> str:
    def is_wanted(paragraph: str) -> bool:
        names = _PLACEHOLDER.findall(paragraph)
        return not names or any(values[name] for name in names)

    return "\n\n".join(filter(is_wanted, template.split("\n\n")))


def _fill(template: str, values: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda match: values[match[1]], template)


def as_chat(prompt: Prompt) -> list[dict[str, str]]:
    """Say a prompt to a chat model: the document as the user's turn, the cue's last line as the answer begun.

    Less CHAT_WRAPPER, the turns joined are `prompt.text`, byte for byte.
    """
    first, newline, last = prompt.cue.rpartition("\n")
    return [
        {"role": "user", "content": CHAT_WRAPPER + prompt.scene + first + newline},
        {"role": "assistant", "content": last},
    ]
