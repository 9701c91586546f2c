"""One html file that holds all it needs, and plays the recording beside it.

In: a page's tree and the recordings that lie beside the page. Out: the file. It asks nothing of any other machine, and
its policy forbids the browser to: only its own script, known by its digest, runs. Without scripts a citation still
leads to the recording, at its place.
"""

from __future__ import annotations

import base64
import hashlib
import html
import re
from collections.abc import Collection, Sequence
from html.parser import HTMLParser
from urllib.parse import quote, unquote

from scribe.export import notes, pandoc
from scribe.export.cleaning import is_beside
from scribe.export.tree import Element, changed, elements

_TIME = re.compile(r"t=\d+(?:\.\d+)?")
_VIDEO = (".mp4", ".m4v", ".webm", ".mkv", ".mov", ".ogv", ".avi")
_PLAYS = "plays"


def to_page(blocks: Sequence[Element], *, title: str, recordings: Collection[str] = ()) -> bytes:
    """The page as html; links to a place in one of `recordings` play it from there, on the page itself."""
    beside = {unquote(recording) for recording in recordings if is_beside(recording)}
    marked = _marked(notes.below(blocks), beside)
    body = pandoc.written(marked, "html5-smart", "--mathml").decode()
    player = _player(_played(marked))
    return _PAGE.format(
        policy=_policy(body, plays=bool(player)),
        title=html.escape(title),
        style=_STYLE,
        body=body,
        player=player,
    ).encode()


def _place(link: Element) -> tuple[str, str]:
    """The file that a link leads to, unquoted, and what stands after its `#`."""
    file, _, time = link["c"][2][0].partition("#")
    return unquote(file), time


def _marked(blocks: Sequence[Element], beside: Collection[str]) -> list[Element]:
    """The same blocks, with a class on each link that plays."""

    def change(element: Element) -> Sequence[Element]:
        if element["t"] != "Link":
            return [element]
        recording, time = _place(element)
        if recording not in beside or not _TIME.fullmatch(time):
            return [element]
        (name, _, attributes), inlines, target = element["c"]
        return [{**element, "c": [[name, [_PLAYS], attributes], inlines, target]}]

    found: list[Element] = changed(list(blocks), change)
    return found


def _played(blocks: Sequence[Element]) -> list[str]:
    """The recordings that links play, in the order of the page."""
    playing = (e for e in elements(blocks) if e["t"] == "Link" and _PLAYS in e["c"][0][1])
    return list(dict.fromkeys(_place(link)[0] for link in playing))


def _player(recordings: Sequence[str]) -> str:
    """The recordings' own players, hidden until one plays, and the script; nothing where there is none to play."""
    if not recordings:
        return ""
    media = "\n".join(_medium(recording) for recording in recordings)
    return f'<aside class="player" aria-label="Recording" hidden>\n{media}\n</aside>\n<script>{_SCRIPT}</script>\n'


def _medium(recording: str) -> str:
    kind = "video" if recording.lower().endswith(_VIDEO) else "audio"
    return f'<{kind} controls preload="none" src="{quote(recording)}" hidden></{kind}>'


def _policy(body: str, *, plays: bool) -> str:
    """What the browser may load and run: what the page holds, and files that lie beside it (`file:` when it is one).

    pandoc writes how a column is aligned into a `style`; those that it wrote are allowed, by their digests.
    """
    aligned = _Styles.of(body)
    styles = " ".join([_digest(_STYLE), *(["'unsafe-hashes'", *map(_digest, aligned)] if aligned else [])])
    allowed = ["default-src 'none'", f"style-src {styles}", "img-src 'self' file: data:"]
    if plays:
        allowed += [f"script-src {_digest(_SCRIPT)}", "media-src 'self' file:"]
    return "; ".join([*allowed, "base-uri 'none'", "form-action 'none'"])


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


class _Styles(HTMLParser):
    """Collects the `style` of every element."""

    def __init__(self) -> None:
        super().__init__()
        self._found: set[str] = set()

    @classmethod
    def of(cls, body: str) -> list[str]:
        """Each style that `body` uses, once, in order."""
        parser = cls()
        parser.feed(body)
        parser.close()
        return sorted(parser._found)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - theirs
        self._found.update(value for name, value in attrs if name == "style" and value)


_PAGE = """<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<main>
{body}</main>
{player}</body>
</html>
"""

_STYLE = """
:root {
  color-scheme: light dark;
  --ink: #1d1d1b; --paper: #fdfdfb; --quiet: #62625d; --line: #d8d8d0; --link: #1a4f8b; --here: #fff3c4;
}
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e5df; --paper: #191a1b; --quiet: #a5a59e; --line: #3a3b3c; --link: #8fb8e8; --here: #3d3720; }
}
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.06rem/1.6 Charter, Georgia, serif; }
main { max-width: 40rem; margin: 0 auto; padding: 2.5rem 1.2rem 6rem; overflow-wrap: break-word; }
h1, h2, h3, h4, h5, h6 { line-height: 1.25; margin: 1.8em 0 .5em; font-size: 1.08rem; }
h1 { font-size: 1.7rem; margin-top: 0; }
h2 { font-size: 1.3rem; }
a { color: var(--link); text-underline-offset: .15em; }
a.plays::before { content: "▸\\a0" / ""; }
ul, ol { padding-left: 1.5rem; }
li { margin: .25em 0; }
blockquote { margin: 1em 0; padding-left: 1em; border-left: 3px solid var(--line); color: var(--quiet); }
code { font: .88em/1.5 ui-monospace, Menlo, Consolas, monospace; }
pre { overflow-x: auto; padding: .7em 1em; border: 1px solid var(--line); border-radius: 4px; }
table { display: block; width: max-content; max-width: 100%; overflow-x: auto; border-collapse: collapse; }
th, td { padding: .3em .8em; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
math[display="block"] { overflow-x: auto; overflow-y: hidden; padding: .2em 0; }
img { max-width: 100%; height: auto; }
hr { border: 0; border-top: 1px solid var(--line); margin: 2.5em 0; }
sup { font-size: .75em; line-height: 0; }
.mark { text-decoration: none; padding: 0 .1em; }
.footnotes { font-size: .9rem; }
.footnotes li > div > p { margin: 0; }
.back { text-decoration: none; padding: 0 .15em; }
:target { background: var(--here); }
.player { position: fixed; inset: auto 0 0 0; padding: .5rem 1.2rem; background: var(--paper); }
.player { border-top: 1px solid var(--line); }
.player > * { display: block; width: 100%; max-width: 40rem; max-height: 40vh; margin: 0 auto; }
[hidden] { display: none !important; }
@media print { .player { display: none; } a { color: inherit; } }
"""

_SCRIPT = """
const player = document.querySelector("aside.player");
document.addEventListener("click", (event) => {
  const link = event.target.closest("a.plays");
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  const [file, time] = link.href.split("#t=");
  const medium = [...player.children].find((one) => decodeURIComponent(one.src) === decodeURIComponent(file));
  if (!medium) return;
  event.preventDefault();
  for (const one of player.children) {
    one.hidden = one !== medium;
    if (one.hidden) one.pause();
  }
  player.hidden = false;
  const play = () => {
    medium.currentTime = Number(time);
    medium.play().catch(() => {});
  };
  medium.onerror = () => location.assign(link.href);
  medium.onloadedmetadata = play;
  if (medium.readyState) play();
  else medium.load();
});
"""
