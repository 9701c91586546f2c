"""How plainly a sentence says that somebody will do something, who that is, and by when.

In: one sentence. Out: a strength, the one it names, the words of its date. It knows nothing of who said it and of what
was said next; that is the business of `actions`.
"""

from __future__ import annotations

import re

_WEEKDAY = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_MONTH = r"(?:january|february|march|april|may|june|july|august|september|october|november|december)"
_DAY = (
    rf"(?:(?:this|next|the) )?(?:coming )?(?:{_WEEKDAY}(?: (?:morning|afternoon|evening|night))?|"
    rf"tomorrow(?: \w+)?|tonight|"
    rf"noon|(?:the )?end of (?:the |this |next )?(?:\w+)|(?:the )?(?:\d+(?:st|nd|rd|th)?|first|second|third|"
    rf"\w+th) of {_MONTH}|"
    rf"{_MONTH}(?: (?:the )?(?:\d+\w*|\w+(?:st|nd|rd|th)))?|(?:the |our )?next (?:week|month|meeting|time|"
    rf"session|seminar)|"
    r"(?:the |our )?(?:\w+ )?(?:deadline|seminar)|then|lunch|\d+ o'clock|\w+ o'clock)"
)
_DUE = re.compile(
    rf"(?<![\w'])(?:(?:by|before|until|till|no later than) {_DAY}|(?:for|at) (?:the |our )?next "
    rf"(?:meeting|time|week|session|seminar)|(?:on |this |next ){_WEEKDAY}|tomorrow|tonight|over the weekend|"
    r"this afternoon|(?:this|next) (?:week|month)|in (?:an?|two|three|\d+) (?:days?|weeks?|months?))(?![\w'])",
    re.I,
)

_SLIGHT = r"(?:then |just |also |probably |certainly |definitely |actually |gladly |happily |try to |try and |go and )*"
_WORK = (
    r"(?:write|send|e-?mail|mail|check|look (?:into|up|at|for)|prepare|contact|collect|draft|fix|organi[sz]e|finish|"
    r"report back|work (?:on|out)|find out|set up|upload|post|circulate|share|schedule|book|compute|implement|"
    r"update|test|measure|investigate|review|talk (?:to|with)|figure out|type up|proofread|translate|record|rerun|"
    r"re-run|run|draw|design|build|evaluate|train|plot|compile|summari[sz]e|present|bring|order|buy|install|"
    r"do (?:the|a|an|some|my|that|this|it|more)|ask|make (?:a|an|the|some)|put (?:it|them|that|the \w+|some \w+|a \w+) "
    r"(?:on|up|in|into|together)|take (?:the|care|that|it)|get (?:the|back|in touch|hold)|give (?:him|her|them)|"
    r"add|read (?:the|that|it|up)|try (?:the|a|out|it|that)|re-?write|call|copy|print|tidy|clean up)"
)
_LATER = (
    r"(?:send|e-?mail|mail|look into|check (?:with|whether|if|that)|contact|collect|draft|organi[sz]e|"
    r"finish(?! (?:up|off|here))|"
    r"report back|"
    r"find out|set up|upload|post|circulate|share|schedule|book|implement|investigate|review|talk (?:to|with) "
    r"(?!(?:you|the remote)\b)\w+|type up|proofread|translate|write (?:up|(?:it|this|that|them) (?:all )?up|(?:an?|"
    r"the|some|my|our) (?:\w+ ){0,2}?(?:minutes|report|draft|paper|summary|abstract|section|"
    r"notes?|message|proposal|post))|prepare|"
    r"rerun|re-run|get (?:back to (?:you|him|her|them)|in touch|hold)|put (?:it|them|that|the \w+|some \w+|"
    r"a \w+) (?:up )?on (?:the|my|"
    r"our) (?:web|"
    r"page|site|folder|server|list)|put together|work (?:on|out)|look up|ask (?=[A-Z]))"
)
"""Work that nobody does at the table: with it a promise needs no date."""

_BEING = (
    r"(?:be )?(?:working (?:together )?on|writing|sending|preparing|looking (?:at|into|for)|doing|designing|building|"
    r"collecting|"
    r"organi[sz]ing|checking|finishing|drafting|thinking about|watching|focus(?:s)?ing on)"
)
_NOW = re.compile(
    r"(?:right now|now|on the (?:white)?board|here|for (?:a|one) (?:second|minute|moment)|quickly|"
    r"in a (?:second|minute|"
    r"moment)|ask (?:you|me|a question)|make (?:a|one|the|another) (?:\w+ )?(?:point|comment|remark|note|guess|"
    r"claim|assumption|"
    r"distinction|proposal)|do (?:it|that|this) again|give you|draw (?:a|the|this)|read (?:the|my) (?:digits|"
    r"numbers|first)|"
    r"call (?:it|this|that|these|them|the \w+ (?:the|an?))|on the next slide|try to explain|put it (?:this|"
    r"another) way|"
    r"look at (?:the|a|this|that|an|some) (?:\w+ )?(?:next|figure|slide|example|picture|table)|"
    r"take (?:it|that) (?:that|as|for|back)|present (?:the|my|this) (?:first|next)|ask(?: \w+)? (?:again|"
    r"whether|if|why|how)|share (?:with you|my screen|this|the (?:screen|slides)))"
    r"(?![\w'])",
    re.I,
)
"""What is done in the room at once, or only in words."""

_UNREAL = re.compile(
    r"^(?:if|when|whenever|unless|suppose|say)\b|(?<![\w'])(?:would have|if I|then I(?:'ll| will)|every time|usually|"
    r"always|never|won't|will not|not going to|used to|might|the way I(?:'m|'ll)?|unless|so I'll be|"
    r"hopefully this meeting|"
    r"I thought|I was|wouldn't|had to)(?![\w'])",
    re.I,
)
_WILL = r"(?:'ll|’ll| will| is going to|'s going to| are going to|'re going to| is gonna|'s gonna| shall)"
_SELF = re.compile(
    rf"(?<![\w'])I(?:'ll|’ll| will|'m going to| am going to|'m gonna| can| promise to| volunteer to) {_SLIGHT}"
    rf"(?:{_WORK}|{_BEING})(?![\w'])",
    re.I,
)
_SELF_LATER = re.compile(
    rf"(?<![\w'])I(?:'ll|’ll| will|'m going to| am going to|'m gonna| promise to| volunteer to) {_SLIGHT}(?:{_LATER}|"
    rf"{_BEING})(?![\w'])",
    re.I,
)
_ROLE = (
    r"(?:[Tt]he |[Oo]ur )(?:\w+ ){0,2}?(?:designer|manager|expert|specialist|engineer|students?|chair|secretary|"
    r"minute-taker|executive|speakers?|organi[sz]ers?|editors?)"
)
_NO_NAME = (
    r"(?!(?:That|This|It|There|Which|What|These|Those|We|You|They|He|She|I|Someone|Somebody|Everyone|Everybody|Nobody|"
    r"Anybody|Who|And|So|But|Then|Now|Maybe|Yeah|Okay|Well|Or|The|One|People|Everything|Something|Nothing|All|Both|"
    r"Hopefully|Probably|Also|Each|Some|Or|If|Otherwise|Eventually|Things|Users?|God)(?![\w-]))"
)
_NAME = rf"{_NO_NAME}[A-Z][\w-]+(?: [A-Z][\w-]+)?"
_NAMED = re.compile(
    rf"(?<![\w'])(?<![Tt]he )(?<![Aa] )(?P<who>{_NAME}(?: and {_NAME})?|{_ROLE})(?:{_WILL}(?: have to)?| is to|"
    rf" are to| has to| have to| (?:has |"
    rf"have )?"
    rf"(?:agreed|promised|volunteered|offered) to) {_SLIGHT}(?:{_WORK}|{_BEING})(?![\w'])",
)
_ASKED = re.compile(
    rf"^(?:(?P<who>{_NAME})[,:] )?(?:[Ss]o |[Aa]nd )?(?:[Cc]an|[Cc]ould|[Ww]ould) you (?:please |maybe |"
    rf"perhaps )?{_SLIGHT}{_WORK}(?![\w'])"
    rf"|^(?P<whom>{_NAME})(?:[,:] please |[,:]? you(?:'ll|’ll| will| should|'re going to|'re gonna) ){_SLIGHT}"
    rf"(?:{_WORK}|{_BEING})(?![\w'])",
)
_ASKED_LATER = re.compile(
    rf"(?<![\w'])(?:can|could|would|will) you (?:please |maybe |perhaps )?{_SLIGHT}{_LATER}(?![\w'])", re.I
)
_IN_ROLE = re.compile(
    r"(?<![\w'])(?:as |for )?(?P<who>(?:(?:the|our) )?(?:(?!as\b|for\b|then\b|the\b|"
    r"our\b)\w+ ){1,3}?(?:designer|manager|expert|"
    r"specialist|engineer|executive|chair|secretary|minute-taker))(?:,? you(?:'ll|’ll| will|'re going to|'re gonna|"
    r" are going to|'re)| is going to|'s going to| is gonna|'s gonna| gonna| will| is to) "
    rf"{_SLIGHT}(?:{_WORK}|{_BEING})(?![\w'])",
    re.I,
)
_ADDRESSED = re.compile(
    rf"(?<![\w'])you(?:'ll|’ll| will|'re going to| are going to) {_SLIGHT}(?:{_WORK}|{_BEING})(?![\w'])"
    rf"|^please {_SLIGHT}{_WORK}(?![\w'])",
    re.I,
)
_GIVEN = re.compile(
    r"(?:^|, |(?:and|so|then|now|maybe) )you(?: two| guys| both| all)?(?:'ll|’ll| will| have to| need to| should|"
    rf"'re (?:going to|gonna)| are (?:going to|gonna)) {_SLIGHT}(?:{_BEING}|work (?:together )?on|think about|"
    r"look into|come up with|find out|prepare|report back)(?![\w'])",
    re.I,
)
"""Work given to whoever is spoken to, who is not named."""

_NEEDED = re.compile(
    rf"(?<![\w'])(?:we|someone|somebody)(?:'ll| will| need to| have to|'ve got to| should| must|"
    rf"'re going to) {_SLIGHT}{_WORK}"
    r"(?![\w'])",
    re.I,
)
_NAMED_ITEM = re.compile(
    r"^(?:\w+ ){0,5}action (?:item|point)s?(?: \w+){0,4}(?:[:,]| is\b| are\b| that\b)|^[Aa]ction: ", re.I
)
_OWN_ITEM = re.compile(rf"[Aa]ction(?: (?:item|point))?s?(?: for|:) (?P<who>{_NAME})(?: to| will| should|[:,])")

_LONGEST_WORDS = 34
"""A sentence above this tells a story, and its promise is one of somebody in it."""


def promised(text: str) -> float:
    """How plainly a sentence says that somebody will do something after the meeting, from 0 to 1.

    >>> promised("Jan will write up the lemma before Thursday."), promised("I'll show you the next slide.")
    (1.0, 0.0)
    """
    if _UNREAL.search(text) or (text.endswith("?") and not is_request(text)):
        return 0.0
    dated = due_of(text) is not None
    if len(text.split()) > _LONGEST_WORDS:
        return 0.4
    if _NAMED_ITEM.search(text):
        return 1.0
    if not dated and (_NOW.search(text) or '"' in text or "“" in text):
        return 0.0
    if _NAMED.search(text) or _IN_ROLE.search(text):
        return 1.0 if dated else 0.8
    if (asked := _ASKED.search(text)) is not None:
        is_plain = any(asked.groups()) or bool(_ASKED_LATER.search(text))
        return 1.0 if dated else 0.8 if is_plain else 0.5
    if _SELF.search(text) or _SELF_LATER.search(text):
        return 1.0 if dated else 0.8 if _SELF_LATER.search(text) else 0.5
    if _ADDRESSED.search(text) or _GIVEN.search(text):
        return 0.8 if dated or _GIVEN.search(text) else 0.5
    if _NEEDED.search(text):
        return 0.7 if dated else 0.4
    return 0.0


def named_in(text: str) -> str | None:
    """Whom a sentence names as the one who will do it: a name or a role, as it was said."""
    for pattern in (_OWN_ITEM, _NAMED, _ASKED, _IN_ROLE):
        if match := pattern.search(text):
            found = match.groupdict()
            if who := found.get("who") or found.get("whom"):
                return who
    return None


def is_own(text: str) -> bool:
    """Whether its speaker promises something."""
    return bool(_SELF.search(text) or _SELF_LATER.search(text))


def is_request(text: str) -> bool:
    """Whether a sentence asks the one spoken to, who is perhaps not named, to do something."""
    return bool(_ASKED.search(text) or _ADDRESSED.search(text) or _GIVEN.search(text))


def due_of(text: str) -> str | None:
    """The words by which a sentence says until when.

    >>> due_of("Tomás will collect 40 such pairs by the third of March.")
    'by the third of March'
    """
    match = _DUE.search(text)
    return match.group() if match else None
