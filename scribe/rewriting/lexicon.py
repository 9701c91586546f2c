"""The closed classes of English that reporting turns on: verbs with their past forms, pronouns, joints of a sentence.

In: nothing. Out: sets and mappings of lower-case words, and the forms of a verb. A word that is not here is unknown to
the rules, and a sentence that turns on one is quoted.
"""

from __future__ import annotations

_IRREGULAR_FORMS = """
arise arose arisen|bear bore borne|beat beat beaten|become became become|begin began begun|bend bent bent|bet bet bet
bind bound bound|bite bit bitten|blow blew blown|break broke broken|bring brought brought|build built built
buy bought bought|catch caught caught|choose chose chosen|come came come|cost cost cost|cut cut cut|deal dealt dealt
dig dug dug|draw drew drawn|drink drank drunk|drive drove driven|eat ate eaten|fall fell fallen|feed fed fed
feel felt felt|fight fought fought|find found found|fit fit fit|fly flew flown|foresee foresaw foreseen
forget forgot forgotten|get got got|give gave given|go went gone|grow grew grown|hang hung hung|hear heard heard
hide hid hidden|hit hit hit|hold held held|hurt hurt hurt|keep kept kept|know knew known|lead led led|leave left left
lend lent lent|let let let|lose lost lost|make made made|mean meant meant|meet met met|overcome overcame overcome
pay paid paid|put put put|quit quit quit|read read read|ride rode ridden|ring rang rung|rise rose risen|run ran run
say said said|see saw seen|seek sought sought|sell sold sold|send sent sent|set set set|shake shook shaken
shoot shot shot|show showed shown|shut shut shut|sink sank sunk|sit sat sat|sleep slept slept|slide slid slid
speak spoke spoken|spend spent spent|split split split|spread spread spread|stand stood stood|steal stole stolen
stick stuck stuck|strike struck struck|take took taken|teach taught taught|tell told told|think thought thought
throw threw thrown|undergo underwent undergone|understand understood understood|undertake undertook undertaken
wake woke woken|wear wore worn|win won won|withdraw withdrew withdrawn|write wrote written
"""

_REGULAR = """
accept access achieve acknowledge act activate adapt add address adjust admit adopt advise affect afford agree aim
align allow announce answer anticipate apologize appeal appear apply appreciate approach argue arrange arrive ask
assess associate assume assure attach attempt attend attract avoid base beep beg believe belong benefit borrow
calculate call care carry cause challenge change charge check claim clarify click clip close collaborate collect
combine commit communicate compare complete compress compromise compute concentrate concern conclude confirm confuse
congratulate connect consider consist consult contact contain continue contribute control convert convince cooperate
coordinate cope copy correct correspond count cover create cross customise decide declare decrease defend define delay
delete deliver depend describe deserve design detect determine develop differ disagree disappear discard discover
discuss display distinguish distribute divide document dominate double download drop duplicate earn edit elicit
eliminate email emit emphasise emphasize enable encounter encourage end enforce engage enjoy ensure entail enter
envision erase establish estimate evaluate examine exceed exclude exist expand expect experiment explain explore
express extend extract face fade fail favor favour fetch figure fill finish fix focus follow force form formulate
fulfil function fund gain gather generate grab guarantee guess hand handle happen hate help hesitate highlight hire
hope identify ignore illustrate imagine implement imply improve include incorporate increase indicate influence inform
inherit insert inspect install integrate intend interact interpret interrupt intervene introduce invent invest
investigate invite involve join jump justify label lack last laugh launch learn lift like limit link listen live load
locate lock look love lower maintain manage mandate mark match matter measure mention merge mind minimise minimize
miss mix model modify monitor move multiply name narrow navigate need negotiate normalise normalize note notice
observe obtain occur offer open operate oppose organise organize overlap own parse participate pass pause perceive
perform personalise persuade phone pick place plan play plug point pose possess predict prefer prepare present
preserve press presume pretend prevent print prioritise proceed process produce program promise promote propose
protect prove provide publish pull punish pursue push qualify question quote raise reach react realise realize
rearrange reassure recall receive recharge reckon recognise recognize recommend record recover redesign reduce refer
reflect refuse regard regulate relate relay release rely remain remember remind remove reopen repeat replace replicate
report represent require research resolve respect respond rest restrict result resume retrieve return reveal revert
review reward rid roll rotate sample save schedule score screen scroll seal search seem select separate serve share
shift signal simplify skip solve sound span specify speed spell squash squeeze start state stay stop store strengthen
stress study submit subtract succeed suffer suggest suit summarise summarize supervise support suppose surprise survive
suspect suspend sustain swap switch tackle talk target tempt tend test thank tolerate touch track train transcribe
transfer transform translate transmit travel treat trigger trust try turn type underestimate undermine update urge use
utilise value vanish vary verify view violate visit vote wait walk want warn watch welcome wish wonder work worry wrap
yield zap
"""


_IRREGULAR = tuple(tuple(forms.split()) for forms in _IRREGULAR_FORMS.replace("\n", "|").split("|") if forms)
_IRREGULAR_PAST = {base: past for base, past, _ in _IRREGULAR}

BASES = frozenset(_REGULAR.split()) | frozenset(_IRREGULAR_PAST)
"""Verbs whose present is known, in the form that follows "to"."""

NOUNISH = frozenset(
    """
    access account act address aim answer appeal approach attempt base benefit bet bit blow break build call care
    cause challenge change charge check claim clip combine compromise concern contact control copy correct cost count
    cover cross cut deal delay design document double download draw dream drink drive drop edit email encounter end
    estimate experiment express extract face fall fear feed feel fight figure file fill find finish fit fix fly focus
    force form function fund gain guess hand handle help hit hold hope hurt impact increase influence input interest
    interface issue join judge jump label lack lead leave let lie lift light like limit link list live load lock look
    lot love lower mandate map mark market match matter mean measure meet mention mind miss mix model move name narrow
    need notice number offer open order overlap own pass pause pay permit phone pick place plan play plug point power
    present press print process produce program project promise pull purchase push query question quit quote raise
    range rank rate reach read record relay release report request research respect rest result return review reward
    ride ring rise roll run sample save say schedule score screen seal search sense separate set shake shape share
    shift shoot shot show shut signal sit sleep slide sound span speed spell split spread stand start state stay step
    stick stop store stress strike study subject suffer suit supply support surprise suspect switch table talk target
    taste test thank think throw tie time touch track train transfer treat trigger trip trust try turn type use value
    view visit vote wait wake walk want watch wear welcome will win wish wonder work worry wrap write yield
    """.split()
)
"""Those of them that are as often nouns or adjectives: told apart only by what stands before them."""

AUXILIARIES = {
    "is": "was", "are": "were", "am": "was", "has": "had", "does": "did",
    "can": "could", "will": "would", "may": "might", "shall": "should", "cannot": "could not",
}  # fmt: skip
"""Finite wherever they stand, with what they are in reported speech."""

BE = frozenset("is are am was were".split())
MODALS = frozenset("can could will would may might shall should must cannot ought".split())
FINITE = BE | MODALS | frozenset("has had does did".split())
"""Words that are finite verbs in nearly every place."""

SUBJECTS = frozenset("i we you he she it they there".split())
"""Pronouns that open a clause ("it" and "you" may also close one)."""

DETERMINERS = frozenset(
    "a an the my our your his her its their this that these those each every some any no all both another "
    "what which".split()
)
PREPOSITIONS = frozenset(
    "of in on at by for with from into onto over under about against between through during without within among "
    "towards toward upon across behind beyond per via like as than".split()
)
SUBORDINATORS = frozenset(
    "if when because while since as although though once after before unless until whether whereas whenever where "
    "wherever".split()
)
JOINTS = SUBORDINATORS | frozenset("that which who whom whose what how why and but or so then than".split())
"""Words after which a clause may begin."""

THINKING = frozenset(
    "think thought guess guessed suppose supposed believe believed hope hoped know knew known knowing say said says "
    "saying mean meant means feel felt see saw seen find found assume assumed wish wished understand understood "
    "understanding sure afraid glad happy sorry clear thinking imagine imagined remember remembered notice noticed "
    "show shows showed shown suggest suggested suggests ensure decide decided agree agreed realise realised realize "
    "realized hear heard bet fear tell told claim claimed doubt doubted expect expected likely possible true".split()
)
"""Words after which a clause may begin without a joint."""

ADVERBS = frozenset(
    "not also just only really always never ever still already hereby probably maybe perhaps possibly actually "
    "basically certainly definitely obviously clearly usually often sometimes now then simply quite kind sort all "
    "both each even currently generally normally mostly mainly largely almost nearly hardly barely soon again "
    "therefore hence thus however though first finally initially especially particularly further furthermore too "
    "either neither essentially apparently hopefully unfortunately fortunately personally recently previously today "
    "similarly".split()
)
"""Words that may stand between a subject and its verb."""

DANGLING = frozenset(
    "a an the my our your its their and or but because if which who than very just also really we i they he she quite "
    "kind sort like our another every".split()
)
"""Words that no sentence ends on."""

PLURALS = frozenset("people children men women folks customers users".split())


def past(base: str) -> str:
    """The past tense of a verb given as it follows "to".

    >>> past("keep"), past("plan"), past("try"), past("use"), past("open")
    ('kept', 'planned', 'tried', 'used', 'opened')
    """
    if base in _IRREGULAR_PAST:
        return _IRREGULAR_PAST[base]
    if base.endswith("e"):
        return base + "d"
    if base.endswith("y") and base[-2] not in "aeou":
        return base[:-1] + "ied"
    if base in _DOUBLING:
        return base + base[-1] + "ed"
    return base + "ed"


_DOUBLING = frozenset(
    "admit control commit drop fit model label travel plan prefer program refer signal stop submit transfer fulfil "
    "occur cancel plug skip wrap zap clip beg grab swap overlap map rid scrap chop flip".split()
)


def base_of(form: str) -> str | None:
    """The verb that a form in "-s" belongs to, if it is a known one.

    >>> base_of("goes"), base_of("tries"), base_of("uses"), base_of("this")
    ('go', 'try', 'use', None)
    """
    return _THIRDS.get(form)


def third(base: str) -> str:
    """The form after "he" of a verb given as it follows "to": "goes", "tries"."""
    if base.endswith(("s", "x", "z", "ch", "sh", "o")):
        return base + "es"
    if base.endswith("y") and base[-2] not in "aeou":
        return base[:-1] + "ies"
    return base + "s"


PARTICIPLES = frozenset(forms[2] for forms in _IRREGULAR) | {"been", "had", "done"}
"""Past participles that do not end in "-ed"."""

PASTS = {past(base): base for base in sorted(BASES)}
"""Past tenses, with their verbs."""

_THIRDS = {third(base): base for base in sorted(BASES)}
