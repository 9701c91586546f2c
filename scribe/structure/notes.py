"""The claims of a session with what the whole session says about them: owners, dates, reasons, late answers, forms.

In: topics as a simulator's claims made them, and all lines. Out: the same topics, no claim lost or reworded; a point
that is another's reason stands under it. It adds
only what the lines say, and every addition cites its lines and is judged against them like any other claim.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from scribe.evidence import judge
from scribe.language import content_words
from scribe.records import Claim, ClaimKind, Segment, Topic, Transcript
from scribe.structure.actions import task_of
from scribe.structure.arguments import reasons_for, reply_to
from scribe.structure.forms import form_of, forms
from scribe.structure.questions import answers_later, asked, nod, own_answer
from scribe.utterances import Utterance, utterances

_ARGUED: frozenset[ClaimKind] = frozenset(["point", "conjecture", "objection", "decision"])
"""Kinds of claims that reasons are looked for."""

_SAME_WORDS = 0.4
"""Share of a sentence's content words that a claim which cites its lines must hold to be taken for it."""


def structured(topics: Sequence[Topic], segments: Sequence[Segment], said: Sequence[Utterance]) -> list[Topic]:
    """Topics with their forms, and their claims with owners, dates, reasons, replies and late answers.

    `said` are the utterances of those of `segments` that may be shown, as `sentences_of` gives them.
    """
    session = _Session(segments, said)
    found = dict(zip((s.index for s in segments), forms(segments), strict=True))
    made = []
    for topic in topics:
        lines = [s for s in segments if topic.first <= s.index < topic.last]
        form = form_of(lines, [found[s.index] for s in lines])
        claims = tuple(session.completed(topic.claims))
        made.append(topic.model_copy(update={"claims": claims, "form": form}))
    return session.answered_later(made)


def sentences_of(transcript: Transcript) -> list[Utterance]:
    """What was said in a session, sentence by sentence; doubtful lines are left out, as they are from every prompt."""
    return utterances([s for s in transcript.segments if s.doubt is None])


class _Session:
    """All that was said, and where a claim stands in it."""

    def __init__(self, segments: Sequence[Segment], said: Sequence[Utterance]) -> None:
        self._segments = segments
        self._lines: Mapping[int, Segment] = {s.index: s for s in segments}
        self._said = said
        self._at: dict[int, list[Utterance]] = {}
        for u in said:
            for i in u.cites:
                self._at.setdefault(i, []).append(u)

    def completed(self, claims: Sequence[Claim]) -> list[Claim]:
        """The claims of a topic with what stands beside their own lines; a point that is a reason stands under it."""
        found = {id(claim): u for claim in claims if (u := self.utterance_of(claim)) is not None}
        points = {found[id(c)].place: c for c in claims if id(c) in found and c.kind == "point" and not c.against}
        moved: set[int] = set()
        made = []
        for claim in claims:
            u = found.get(id(claim))
            if u is None:
                made.append(claim)
                continue
            reasons = self._reasons(claim, u, {} if id(claim) in moved else points)
            moved.update(id(reason) for reason in reasons)
            made.append(self._beside(claim, u).model_copy(update={"reasons": reasons or claim.reasons}))
        return [new for claim, new in zip(claims, made, strict=True) if id(claim) not in moved]

    def _reasons(self, claim: Claim, u: Utterance, points: Mapping[int, Claim]) -> tuple[Claim, ...]:
        """Its reasons, each as the point that some voice made of it where there is one."""
        if claim.kind not in _ARGUED or claim.reasons:
            return ()
        said = reasons_for(u, self._said, self._lines)
        return tuple(points.get(r.place) or self._claim("point", r, claim.voices) for r in said)

    def _beside(self, claim: Claim, u: Utterance) -> Claim:
        """A claim with its owner and date, its reply, or its answer."""
        update: dict[str, object] = {}
        if claim.kind == "action" and claim.owner is None:
            task = task_of(u, self._segments)
            update = {"owner": task.owner, "due": claim.due or task.due}
            if task.taken_on is not None and not claim.replies:
                update["replies"] = (self._line("answer", task.taken_on, claim.voices),)
        if claim.kind == "objection" and not claim.replies and (reply := reply_to(u, self._said)):
            update["replies"] = (self._claim("answer", reply, claim.voices),)
        if claim.kind == "question" and not claim.replies:
            found = asked(u, self._said)
            answers = own_answer(u, self._said) if found.is_rhetorical else found.answers
            said_yes = nod(u, self._lines)
            update["replies"] = tuple(self._claim("answer", _with(said_yes, a), claim.voices) for a in answers)
            if said_yes is not None and not answers:
                update["replies"] = (self._line("answer", said_yes, claim.voices),)
            update["left_open"] = () if update["replies"] else found.left_open
        return claim.model_copy(update=update) if any(update.values()) else claim

    def answered_later(self, topics: Sequence[Topic]) -> list[Topic]:
        """Topics whose questions without replies have the answers that come later in the session."""
        unanswered = {
            id(claim): u
            for topic in topics
            for claim in topic.claims
            if claim.kind == "question" and not claim.replies and (u := self.utterance_of(claim)) is not None
        }
        late = answers_later(list(unanswered.values()), self._said) if unanswered else {}

        def answered(claim: Claim) -> Claim:
            u = unanswered.get(id(claim))
            if u is None or u.place not in late:
                return claim
            replies = (self._claim("answer", late[u.place], claim.voices),)
            return claim.model_copy(update={"replies": replies, "left_open": ()})

        return [t.model_copy(update={"claims": tuple(map(answered, t.claims))}) for t in topics]

    def utterance_of(self, claim: Claim) -> Utterance | None:
        """The sentence that a claim renders: of those on its lines the one with most of its words."""
        own = {id(u): u for i in claim.cites for u in self._at.get(i, ())}
        if not own:
            return None
        claimed = set(content_words(claim.text))

        def share(u: Utterance) -> float:
            return len(claimed & set(u.stems)) / max(1, len(set(u.stems)))

        best = max(own.values(), key=lambda u: (len(claimed & set(u.stems)), share(u), -u.place))
        return best if share(best) >= _SAME_WORDS or not best.stems else None

    def _claim(self, kind: ClaimKind, u: Utterance, voices: tuple[str, ...]) -> Claim:
        support = judge(u.text, u.cites, self._lines, speaker=u.speaker)
        return Claim(kind=kind, text=u.text, cites=u.cites, speaker=u.speaker, support=support, voices=voices)

    def _line(self, kind: ClaimKind, line: Segment, voices: tuple[str, ...]) -> Claim:
        cites = (line.index,)
        support = judge(line.text, cites, self._lines, speaker=line.speaker)
        return Claim(kind=kind, text=line.text, cites=cites, speaker=line.speaker, support=support, voices=voices)


def _with(said_yes: Segment | None, answer: Utterance) -> Utterance:
    """An answer with the yes or no that its speaker said before it."""
    if said_yes is None or said_yes.speaker != answer.speaker or said_yes.index >= answer.cites[0]:
        return answer
    return replace(answer, text=f"{said_yes.text} {answer.text}", cites=(said_yes.index, *answer.cites))
