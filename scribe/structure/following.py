"""What others say after a sentence, nearest first: where its answer or reply is looked for.

In: an utterance and all that was said. Out: others' utterances, each with how far off it is. It knows nothing of what
makes one of them an answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from scribe.utterances import Utterance

_OWN_COUNTS = 0.25
"""What a sentence counts for by which a speaker goes on himself: whoever answers hears him out first."""


def following(u: Utterance, said: Sequence[Utterance], within: int) -> Iterator[tuple[float, Utterance]]:
    """What others say among the `within` sentences after `u`, each with its distance in sentences of others.

    Nothing follows a sentence whose speaker is not named: nobody can tell where another begins.
    """
    distance = 0.0
    for v in said[u.place + 1 : u.place + 1 + within]:
        if v.speaker is None or u.speaker is None or v.speaker == u.speaker:
            distance += _OWN_COUNTS
            continue
        yield distance, v
        distance += 1.0
