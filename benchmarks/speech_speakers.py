"""Who spoke when: Scribe's answer, and that of one who takes everybody for one speaker, next to what people marked.

In: a folder of WAV files with one `speakers.rttm` (NIST's Rich Transcription Time Marked), and the sample recording.
Out: diarisation error rates, without a collar and with overlapped speech counted, over all files as one: seconds are
added up, not rates.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from speech_sound import SAMPLE

from scribe import audio, transcripts
from scribe.records import Span, Turn

RTTM = "speakers.rttm"

_APART_S = 10.0
"""Files are laid one after the other with so much between them."""


class Rates(NamedTuple):
    """A diarisation error rate and what it is made of, each as a part of the reference's speech."""

    der: float
    missed: float
    false_alarm: float
    confusion: float


class Marked(NamedTuple):
    """A recording and who speaks when in it, by a person."""

    path: Path
    turns: list[Turn]


def measure(data: Path, say: Callable[[str], None]) -> tuple[dict[str, float], list[str]]:
    """Figures over all recordings of a folder, and the table of its files."""
    found: dict[str, list[list[Turn]]] = {}
    recordings = marked(data)
    lines = ["diarisation, % of speech: error = missed + false alarm + confusion; one speaker; error, speech known"]
    inseparable = 0
    for recording in recordings:
        say(f"diarisation: {recording.path.name}")
        answers, is_separable = _answers(recording)
        inseparable += not is_separable
        for name, turns in answers.items():
            found.setdefault(name, []).append(turns)
        rates = {name: rate([recording.turns], [turns]) for name, turns in answers.items()}
        lines.append(_row(recording.path.name, rates))
    whole = {name: rate([r.turns for r in recordings], turns) for name, turns in found.items()}
    lines.append(_row("all", whole))
    figures = {f"{key}{name}": round(value, 4) for name in ("", "_oracle_speech") for key, value in _parts(whole[name])}
    figures |= {f"der{name}": round(whole[name].der, 4) for name in whole if "single" in name}
    return figures | {"recordings": len(recordings), "recordings_not_separable": inseparable}, lines


def measure_sample() -> tuple[dict[str, float], list[str]]:
    """The same for the sample recording: four voices of one synthesiser, who never talk at once."""
    segments = transcripts.read(SAMPLE.with_suffix(".vtt")).transcript.segments
    turns = [Turn(speaker=s.speaker or "", start=s.start or 0.0, end=s.end or 0.0) for s in segments]
    answers, _ = _answers(Marked(SAMPLE, turns))
    rates = {name: rate([turns], [answer]) for name, answer in answers.items()}
    figures = {"sample_der": rates[""].der, "sample_der_single_speaker": rates["_single_speaker"].der}
    return {name: round(value, 4) for name, value in figures.items()}, [_row(SAMPLE.name, rates)]


def marked(data: Path) -> list[Marked]:
    """The WAV files of a folder that its RTTM file names, in order; none where one of the two is missing."""
    if not (data / RTTM).is_file():
        return []
    turns = read_rttm((data / RTTM).read_text(encoding="utf-8"))
    return [Marked(path, turns[path.stem]) for path in sorted(data.glob("*.wav")) if path.stem in turns]


def read_rttm(text: str) -> dict[str, list[Turn]]:
    """Turns of each file.

    >>> read_rttm("SPEAKER a 1 2.5 0.5 <NA> <NA> Ada <NA> <NA>")["a"][0].end
    3.0
    """
    found: dict[str, list[Turn]] = {}
    for row in map(str.split, text.splitlines()):
        if row and row[0] == "SPEAKER":
            start, length = float(row[3]), float(row[4])
            found.setdefault(row[1], []).append(Turn(speaker=row[7], start=start, end=start + length))
    return found


def rate(references: Sequence[Sequence[Turn]], found: Sequence[Sequence[Turn]]) -> Rates:
    """The error over several recordings, laid one after the other. Nobody is in two of them."""
    from scribe import speakers

    ends = [max(turn.end for turn in [*a, *b]) + _APART_S for a, b in zip(references, found, strict=True)]
    offsets = [sum(ends[:n]) for n in range(len(ends))]
    rates = speakers.error_rate(_laid_out(references, offsets), _laid_out(found, offsets))
    return Rates(rates.der, rates.missed, rates.false_alarm, rates.confusion)


def _laid_out(recordings: Sequence[Sequence[Turn]], offsets: Sequence[float]) -> list[Turn]:
    return [
        Turn(speaker=f"{n} {turn.speaker}", start=offset + turn.start, end=offset + turn.end)
        for n, (turns, offset) in enumerate(zip(recordings, offsets, strict=True))
        for turn in turns
    ]


def _answers(recording: Marked) -> tuple[dict[str, list[Turn]], bool]:
    """Turns that are found in a recording, under the ends of the figures' names; and whether Scribe dares to tell."""
    from scribe import speakers

    samples = audio.decode(recording.path)
    spans = audio.speech_spans(samples)
    known = union(recording.turns)
    told = speakers.diarise(samples, spans)
    return {
        "": list(told.turns),
        "_single_speaker": _one_speaker(spans),
        "_oracle_speech": list(speakers.diarise(samples, known).turns),
        "_single_speaker_oracle_speech": _one_speaker(known),
    }, told.separable


def _one_speaker(spans: Sequence[Span]) -> list[Turn]:
    return [Turn(speaker="somebody", start=span.start, end=span.end) for span in spans]


def union(turns: Sequence[Turn]) -> list[Span]:
    """Where anybody speaks: ascending and disjoint.

    >>> union([Turn(speaker="A", start=1, end=3), Turn(speaker="B", start=2, end=4)])
    [Span(start=1.0, end=4.0)]
    """
    found: list[Span] = []
    for turn in sorted(turns, key=lambda turn: turn.start):
        if found and turn.start <= found[-1].end:
            found[-1] = Span(start=found[-1].start, end=max(found[-1].end, turn.end))
        else:
            found.append(Span(start=turn.start, end=turn.end))
    return found


def _parts(rates: Rates) -> list[tuple[str, float]]:
    return list(rates._asdict().items())


def _row(name: str, rates: dict[str, Rates]) -> str:
    parts = " + ".join(f"{100 * value:5.1f}" for value in rates[""][1:])
    rest = "".join(f"{100 * rates[key].der:9.1f}" for key in ("_single_speaker", "_oracle_speech"))
    return f"{name:20} {100 * rates[''].der:6.1f} = {parts}{rest}"
