"""A review as Markdown: the short list that stands on the notes page.

In: a review, its transcript, and where the page's links lead. Out: one part of a page, or nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from scribe.footnotes import Footnotes, Links
from scribe.language import counted, span_of_lines
from scribe.markdown import escape
from scribe.records import Transcript
from scribe.review.doubting import shortened
from scribe.review.spots import Review, Spot

ON_PAGE = 5
"""Spots that the notes page names; `scribe review` lists more."""

_REASONS = 2
"""Reasons that a line of the page gives."""

_LETTERS = 160


def worth_hearing(review: Review, transcript: Transcript, links: Links) -> str:
    """The section with the first spots, each with its place in the recording and its reasons; empty without any."""
    if not review.spots:
        return ""
    times = Footnotes(transcript, links)
    listed = review.most(ON_PAGE)
    parts = ["## Worth a listen", "\n".join(_item(spot, times) for spot in listed.spots)]
    if listed.left_out:
        parts.append(f"*And {listed.left_out} more: `scribe review '{transcript.id}'` lists them.*")
    return "\n\n".join(parts)


def _item(spot: Spot, times: Footnotes) -> str:
    return f"- {', '.join(_place(spot, times))}: {_why(spot)}"


def _place(spot: Spot, times: Footnotes) -> Iterator[str]:
    """When, how long, which lines, and who speaks."""
    if spot.start is not None:
        yield f"{times.time(spot.first)} ({max(1, round(spot.seconds))} s)"
    yield span_of_lines(spot.first, spot.last)
    if spot.speakers:
        yield f"**{', '.join(map(escape, spot.speakers))}**"


def _why(spot: Spot) -> str:
    says = [escape(shortened(reason.says, _LETTERS)) for reason in spot.reasons[:_REASONS]]
    more = len(spot.reasons) - len(says)
    return "; ".join(says) + (f"; and {counted(more, 'more reason')}" if more else "")
