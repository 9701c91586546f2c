"""Which of a session's speakers a text names.

In: a text and the speakers' names. Out: those it names, in the order in which it does. It knows nothing of lines.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from scribe.language import STOP_WORDS, WORD, words

_SAYS = (
    "(?:said|says|asked|asks|suggested|suggests|explained|explains|told|thought|thinks|added|agreed|replied|answered|"
    "proposed|argued|pointed|mentioned|noted|wanted|felt|reported|described|presented|wondered|objected)"
)


def named_people(text: str, people: Iterable[str]) -> tuple[str, ...]:
    """Speakers whom `text` names.

    A name of several words counts however it is written, and so do its last words where it has three or more; a single
    word of a name counts with a capital, where no other speaker bears it too. A label of one letter is never a name.

    >>> named_people("The interface designer asked Mira.", ["Mira Holm", "Jan Holm", "User Interface Designer", "A"])
    ('User Interface Designer', 'Mira Holm')

    At the head of a text any label counts before a colon or a verb of saying, be it of one letter.

    >>> named_people("C said that A bound is loose.", ["A", "C"])
    ('C',)
    """
    return _named_people(text, tuple(people))


@lru_cache(maxsize=4096)
def _named_people(text: str, people: tuple[str, ...]) -> tuple[str, ...]:
    plain = " ".join(words(text))
    capitals = {
        word.lower().replace("’", "'").removesuffix("'s"): match.start()
        for match in reversed(list(WORD.finditer(text)))
        if (word := match.group())[0].isupper()
    }
    parts = {person: [word.removesuffix("'s") for word in words(person)] for person in people}
    borne = Counter(word for own in parts.values() for word in set(own))
    found: dict[str, float] = {}
    for person, own in parts.items():
        places = [capitals[w] for w in own if len(w) > 1 and borne[w] == 1 and w in capitals and w not in STOP_WORDS]
        for length in range(2, len(own) + 1):
            if length == len(own) or (length >= 2 and len(own) >= 3):
                match = re.search(rf"\b{re.escape(' '.join(own[-length:]))}\b", plain)
                if match:
                    places.append(match.start())
        if re.match(rf"(?:the |speaker )?{re.escape(person)}(?:\s*:|\s+{_SAYS}\b)", text, re.I):
            places.append(-1)
        if places:
            found[person] = min(places)
    return tuple(sorted(found, key=lambda person: (found[person], person)))


def forget() -> None:
    """Let go of what was remembered of texts."""
    _named_people.cache_clear()
