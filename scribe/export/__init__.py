"""Export: a page of Markdown, a person's post or notes, as html, docx, pdf, LaTeX, or Markdown for a forum.

In: the text of a page, and which recordings lie beside it. Out: the bytes of one file; the same bytes for the same
text. pandoc does the converting, and typst sets the pdf; this room is the only door to both. It knows nothing of
workspaces, transcripts or notes, and reads no files: not even an image that the page names.

The text is not trusted. It is read once, into pandoc's own tree; `cleaning` takes out of the tree whatever could act,
and only then is it written in any format.

In reading order: `tree` (what pandoc's tree is made of), `pandoc` (the converter), `reading` (Markdown becomes a
tree), `maths` (which formulas are formulas), `cleaning` (what may stay of a tree), `notes` (footnotes in html and in
print), `page` (html), `paper` (docx, LaTeX and pdf), `forum` (Markdown again), `converting` (the one function).
"""

from scribe.export.converting import FORMATS, convert

__all__ = ["FORMATS", "convert"]
