"""What `scribe voices` found in one session, as a record and as a figure.

In: measurements. Out: a record for machines, and SVG for people. It measures nothing itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from scribe import plots
from scribe.measures.bootstrap import Estimate
from scribe.measures.information import Growth, Information
from scribe.measures.overlap import Overlap
from scribe.measures.siblings import ClaimsAgreement, VoiceSiblings
from scribe.measures.stance import Stances
from scribe.records import Recipe, Record

BELOW_NOISE = "below the noise floor"
TOO_FEW = "too few to be sure"


class Read(Record):
    """What was measured: a session, and which of its stretches under which frame."""

    transcript_id: str
    frame: str
    stretches: tuple[tuple[int, int], ...]
    """Segments `[first, last)` of each."""
    of: int
    """How many stretches the session has."""
    samples: int
    """Texts of each voice under each stretch."""
    tokens: int
    """Most tokens of each."""


class VoicesReport(Record):
    """How the voices of a frame differ, and agree."""

    read: Read
    information: Information
    by_length: tuple[float, ...]
    """JSD of the texts' first t tokens, t = 0, 1, …, in nats; empty where the voices' scores cut texts differently."""
    growth: tuple[Growth, ...]
    """Token by token, of one text of each voice."""
    overlap: Overlap
    stances: Stances
    recipe: Recipe


class SiblingsReport(Record):
    """How two simulators differ under the same voices."""

    read: Read
    simulators: tuple[str, str]
    voices: tuple[VoiceSiblings, ...]
    agreement: ClaimsAgreement
    recipes: tuple[Recipe, Recipe]


def remark(estimate: Estimate) -> str:
    """What is said of an estimate that cannot be told from 0, or has no interval; nothing of any other.

    >>> [remark(Estimate(value=0.1, low=low, high=0.3)) for low in (-0.1, 0.05)] + [remark(Estimate(value=0.1))]
    ['below the noise floor', '', 'too few to be sure']
    """
    if estimate.low is None:
        return TOO_FEW
    return BELOW_NOISE if estimate.is_below_noise else ""


def voices_figure(report: VoicesReport) -> str:
    """The report's plots, one SVG."""
    found = report.information
    title = f"Voices of {report.read.frame} over {report.read.transcript_id}"
    return plots.figure(
        title,
        f"Perspective information: {said(found.estimate)} nats of at most "
        f"{plots.number(found.ceiling)}. {_read(report.read)}",
        list(_voices_panels(report)),
    )


def siblings_figure(report: SiblingsReport) -> str:
    """The report's plots, one SVG."""
    title = f"{report.simulators[0]} beside {report.simulators[1]}"
    told = "; ".join(f"{v.voice}: {said(v.divergence.estimate)} nats" for v in report.voices)
    return plots.figure(
        title, f"Jensen–Shannon divergence: {told}. {_read(report.read)}", list(_siblings_panels(report))
    )


def said(estimate: Estimate) -> str:
    """A value and its interval, for a person.

    >>> said(Estimate(value=0.5, low=0.25, high=0.75)), said(Estimate(value=0.5))
    ('0.50 [0.25, 0.75]', '0.50')
    """
    if estimate.low is None or estimate.high is None:
        return plots.number(estimate.value)
    return f"{plots.number(estimate.value)} [{plots.number(estimate.low)}, {plots.number(estimate.high)}]"


def _read(read: Read) -> str:
    return (
        f"{len(read.stretches)} of {read.of} stretches, {read.samples} texts of each voice under each, "
        f"at most {read.tokens} tokens long; error bars are 95 % bootstrap intervals."
    )


def _bar(label: str, estimate: Estimate) -> plots.Bar:
    return plots.Bar(label, estimate.value, estimate.low, estimate.high, remark(estimate))


def _voices_panels(report: VoicesReport) -> Iterator[plots.Panel]:
    found = report.information
    yield plots.bars(
        "Perspective information",
        f"How much a text tells of which voice wrote it. {_read(report.read)}",
        [_bar("all voices", found.estimate)]
        + [_bar(f"{voice} stands out", e) for voice, e in zip(found.voices, found.by_voice, strict=True)],
        unit="nats",
        ceiling=found.ceiling,
    )
    yield plots.heat(
        "Who is taken for whom",
        "Mean probability that a text of the row's voice is by the column's, were all as likely before.",
        found.voices,
        found.voices,
        found.taken_for,
        full=1.0,
    )
    if len(report.by_length) > 1:
        yield plots.lines(
            "Perspective information of the first tokens",
            "Mean over all texts, the longer the beginning that is read.",
            {"all voices": report.by_length},
            along="tokens",
            unit="nats",
            ceiling=found.ceiling,
        )
    if report.growth:
        yield plots.lines(
            "Along one text of each voice",
            "Probability of the voice that wrote it, after each token; dashed: before the first.",
            {grown.voice: grown.posterior for grown in report.growth},
            along="tokens",
            unit="probability",
            ceiling=1.0,
            level=math.exp(-found.ceiling),
        )
    if report.overlap.gains:
        yield plots.bars(
            "What the notes tell of their stretch",
            "Log-likelihood that a voice's notes add to the stretch, over its notes of others, of the same length.",
            [_bar(voice, estimate) for voice, estimate in report.overlap.gains.items()],
            unit="nats a token of the stretch",
        )
    if report.overlap.shared:
        yield plots.bars(
            "What two voices' notes share",
            "Co-information: above 0 they tell the same, below 0 each tells more beside the other.",
            [_bar(" + ".join(pair.voices), pair.per_token) for pair in report.overlap.shared],
            unit="nats a token of the stretch",
        )
    yield from _stance_panels(report.stances)


def _stance_panels(stances: Stances) -> Iterator[plots.Panel]:
    voices = list(stances.by_voice)
    if not voices or not stances.by_voice[voices[0]]:
        return
    yield plots.heat(
        "Stance on each claim",
        "Calibrated log-odds of yes, in nats: 0 is undecided, 2.3 is ten to one.",
        [stance.claim for stance in stances.by_voice[voices[0]]],
        voices,
        [[stance.log_odds for stance in row] for row in zip(*stances.by_voice.values(), strict=True)],
    )
    correlations = [(a.voices, a.correlation) for a in stances.agreement if a.correlation is not None]
    if correlations:
        yield plots.bars(
            "Agreement of stances",
            "Spearman's rank correlation of two voices' log-odds over the claims.",
            [_bar(" + ".join(pair), estimate) for pair, estimate in correlations],
            unit="correlation",
            ceiling=1.0,
        )


def _siblings_panels(report: SiblingsReport) -> Iterator[plots.Panel]:
    yield plots.bars(
        "Divergence of the two simulators",
        f"Jensen–Shannon, voice by voice. {_read(report.read)}",
        [_bar(found.voice, found.divergence.estimate) for found in report.voices],
        unit="nats",
        ceiling=math.log(2),
    )
    for which, (name, other) in enumerate((report.simulators, report.simulators[::-1])):
        yield plots.bars(
            f"Texts of {name}",
            f"Entropy rate, and what the same texts cost under {other}.",
            [
                bar
                for found in report.voices
                for bar in (
                    _bar(f"{found.voice}: own", found.rates[which].entropy_per_byte),
                    _bar(f"{found.voice}: other's", found.rates[which].cross_entropy_per_byte),
                )
            ],
            unit="nats a byte",
        )
    yield plots.bars(
        "Claims that both make",
        "Share of one simulator's claims that the other made too, of a common line.",
        [
            _bar(f"of the {which}'s {count}", share)
            for which, count, share in zip(
                ("first", "second"), report.agreement.counts, report.agreement.shares, strict=True
            )
        ],
        unit="share",
        ceiling=1.0,
    )
