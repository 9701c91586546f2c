"""Markdown as a whole page of HTML, or as a fragment of one.

In: Markdown text. Out: HTML that is safe to show, and loads nothing from anywhere else.
"""

from __future__ import annotations

import html

from scribe.markdown.reading import parser


def to_html(text: str) -> str:
    """Render `text` as an HTML fragment that is safe to show, less its front matter.

    Raw HTML shows as text, links to `javascript:` and `data:` are not made, and an image from
    elsewhere becomes a link to it: looking at notes tells nobody that they were looked at.
    """
    rendered: str = parser().render(text)
    return rendered.lstrip()


def page(text: str, *, title: str) -> str:
    """Render `text` as a whole HTML page that loads nothing from anywhere else."""
    return _PAGE.format(title=html.escape(title), style=_STYLE, body=to_html(text))


_PAGE = """<!DOCTYPE html>
<html>
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
img-src 'self' data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="referrer" content="no-referrer">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<main>
{body}</main>
</body>
</html>
"""

_STYLE = """\
:root {
  color-scheme: light dark;
  --ink: #1d1d1b; --paper: #fdfdfb; --faint: #6b6b66; --line: #dcdcd4; --link: #1a4f8b;
}
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e5df; --paper: #191a1b; --faint: #9b9b94; --line: #3a3b3c; --link: #8fb8e8; }
}
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.06rem/1.6 Charter, Georgia, serif }
main { max-width: 38rem; margin: 3rem auto; padding: 0 1.2rem; overflow-wrap: break-word }
h1, h2, h3, h4 { line-height: 1.25; margin: 2em 0 .5em }
h1 { font-size: 1.7rem; margin-top: 0 } h2 { font-size: 1.3rem } h3, h4 { font-size: 1.08rem }
a { color: var(--link); text-underline-offset: .15em }
li { margin: .25em 0 }
blockquote { margin: 1em 0; padding-left: 1em; border-left: 3px solid var(--line); color: var(--faint) }
code, pre { font: .88em/1.5 ui-monospace, Menlo, Consolas, monospace }
pre { padding: .8em 1em; overflow-x: auto; border: 1px solid var(--line); border-radius: 4px }
table { border-collapse: collapse; display: block; overflow-x: auto }
th, td { padding: .35em .8em; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top }
img { max-width: 100% }
hr { border: 0; border-top: 1px solid var(--line); margin: 2.5em 0 }
.footnotes { font-size: .9em; color: var(--faint) }
"""
