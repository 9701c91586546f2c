"""Why a listener should check a line: what recognisers are known to make up.

In: windows and what was heard in each. Out: for each line the reasons to doubt it, or None. Nothing is deleted or
changed here. It knows nothing of recognisers beyond what they say of themselves.

The thresholds were set on people's own words, the transcripts of 134 ICSI and AMI meetings: 6 of their 133,926 lines
are doubted. What the recogniser says of itself was taken as good there.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from scribe.language import UNSPACED
from scribe.speech.heard import Heard, Line
from scribe.speech.windows import Window

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NO_SPEECH, GUESS = 0.6, -1.0
"""Above this no-speech probability and below this mean log-probability, text stands over silence (openai-whisper)."""

UNSURE = 0.5
"""A word below this probability is as likely wrong; of a whole line the mean counts."""

WORDS_PER_S, LETTERS_PER_S = 8.0, 30.0
"""Nobody speaks faster for a whole line; lively talk is 3 to 4 words a second."""

TIMED_WORDS, TIMED_LETTERS, TIMES_OFF_S = 6, 30, 0.4
"""Shorter lines say nothing about speed, for times are a fifth of a second off at either end."""

NO_TIME_S, NO_TIME_WORDS = 0.02, 5
"""So many words in a row that each last no longer than one step of Whisper's clock were not heard where they stand."""

REPEATED_LETTERS, REPEATED_ONCE_LETTERS, REPEATED_TIMES = 36, 60, 12
"""A phrase said three times or more is a loop where what comes after the first time has so many letters; said twice,
where it has so many; and whatever its length where it stands so often. People say "I don't know" four times in a row,
"no" nine times and a sentence of ten words twice."""

BACKCHANNEL_LETTERS = 6
"""Up to here a phrase is a "yeah" or a "mm-hmm": only its number counts."""

LONGEST_PHRASE = 60
"""Words of the longest phrase whose repetition is looked for."""

SHORT_PHRASE_LETTERS, APART_S = 20, 3.0
"""A short phrase repeated after a pause is a listener's "yeah", not a loop."""

_UNIT = re.compile(rf"[{UNSPACED}]|(?:(?![{UNSPACED}])[^\W_])+(?:['’.\-](?:(?![{UNSPACED}])[^\W_])+)*")
"""A word, or a sign of a script that is written without spaces."""

_SIGN_LETTERS = 3
"""A sign of those scripts says about as much as three letters."""

_CREDITS = re.compile(
    r"""
    (?:subs|subtitles?|captions?|(?:closed\ )?captioning|transcription|transcripts?|translation|subtitling)
      \ (?:(?:created|made|provided|translated|corrected|edited|done|performed)\ )?by
      \ (?!hand\b|themselves|itself|default|machine|far\b)\S+(?:\ \S+){0,2}
    | transcript\ emily\ beynon
    | untertitel(?:ung)?\ (?:im\ auftrag|der\ amara|von|des|der|aufgrund|bei|br|zdf|ard|wdr|ndr|swr|mdr|orf).{0,60}
    | (?:copyright\ )?(?:wdr|swr|ndr|mdr|br|zdf|ard|orf)\ (?:mediagroup\ .{1,20}\ )?(?:19|20)\d\d
    | sous\ ?titr(?:es|age|é|és)\ (?:réalisés?|fait|st|par|de|société|radio|télé|québec|la).{0,60}
    | subt[ií]tulos\ (?:realizados|creados|hechos|por|en\ español|de).{0,60}
    | sottotitoli\ (?:creati|e\ revisione|a\ cura|di|qtss).{0,60}
    | legendas?\ (?:pela|por|feitas?|adriana).{0,60}
    | (?:ondertitel(?:ing|s|d))\ .{0,20}(?:amara|door|nos|tv|trans).{0,60}
    | napisy\ (?:stworzone|wykonane|przez|by).{0,60}
    | (?:undertexter|tekster|undertekster|teksting|tekstet)\ (?:från|fra|av|af|ai|by|nicolai).{0,60}
    | titulky\ (?:vytvořil|vytvoril|od|pro).{0,40}
    | alt\ ?yazı\ (?:m\ ?k|çeviri|hazırlayan).{0,40}
    | (?:редактор\ субтитров|субтитры\ (?:сделал|создавал|создал|подогнал|делал|предоставил)).{0,60}
    | .{0,60}amara\ ?org.{0,40}
    | (?:www\ )?[\w\ ]{1,30}\ (?:mooji|ted|zeoranger|castingwords)\ (?:org|com|co\ uk)
    | ترجمة\ نانسي\ قنقر
    | (?:中文)?字幕\ ?(?:by|由|提供|製作|制作|志愿者|志願者|索兰娅).{0,30}
    | (?:mbc|kbs|sbs|ytn)\ ?뉴스\ .{2,12}입니다
    """,
    re.X,
)
"""Credits of subtitles: Whisper learnt to end on them. Whole lines, as `_plain` writes them."""

_FAREWELLS = re.compile(
    r"""
    (?:okay\ |ok\ |so\ |and\ |well\ )?(?:thanks|thank\ you)(?:\ (?:all|everyone|guys|so\ much|very\ much|a\ lot))*
      \ for\ (?:watching|viewing)
      (?:\ (?:this|the|my|our|video|videos|today|everyone|guys|all|bye))*(?:\ (?:and|please|see|dont|ill|if)\ .{1,50})?
    | (?:please\ |and\ |dont\ forget\ to\ |remember\ to\ |like\ (?:and\ )?|share\ (?:and\ )?|comment\ (?:and\ )?)*
      (?:subscribe|hit\ the\ (?:like|bell|subscribe)\ .{0,30})
      (?:\ (?:to|for|and|now|if|on|below|my|the|our|this|channel|button|more|videos?|bell|like|share|notifications?))*
    | (?:and\ )?(?:(?:ill|well|we\ will|i\ will)\ )?see\ you\ (?:all\ |guys\ )?in\ (?:the|my|our)
      \ next\ (?:video|episode)(?:\ .{0,20})?
    | (?:vielen\ dank|danke|danke\ schön)\ f(?:ü|u|ue)rs\ (?:zuschauen|zusehen)
    | vielen\ dank\ für\ (?:ihre|eure)\ aufmerksamkeit\ bis\ zum\ nächsten\ mal
    | merci\ d\ ?avoir\ regardé(?:\ (?:cette|la|ma)\ vidéo)?(?:\ .{0,30})?
    | (?:n\ ?oubliez\ pas\ de\ .{0,20})?abonnez\ ?vous(?:\ .{0,40})?
    | (?:muchas\ )?gracias\ por\ (?:ver|mirar)(?:\ (?:el|este|mi|los)\ v[ií]deos?)?
    | (?:no\ olvid(?:es|en)\ )?suscr[ií]b(?:ete|anse|irte|irse)(?:\ .{0,30})?
    | (?:muito\ )?obrigad[oa]\ por\ assistir(?:\ .{0,20})?
    | (?:se\ )?inscreva\ ?(?:se)?\ no\ (?:meu\ )?canal(?:\ .{0,30})?
    | grazie\ (?:per\ (?:aver\ guardato|la\ visione)|a\ tutti\ per\ la\ visione)(?:\ .{0,20})?
    | iscriviti\ al\ (?:mio\ |nostro\ )?canale(?:\ .{0,30})?
    | (?:bedankt|dank\ je(?:\ wel)?)\ voor\ het\ kijken
    | dzięk(?:i|uję|ujemy)\ za\ (?:oglądanie|obejrzenie)(?:\ .{0,30})?
    | tack\ för\ (?:att\ (?:du|ni)\ (?:tittat?|har\ tittat)|titten)
    | takk\ for\ (?:at\ du\ (?:så|har\ sett)|ating\ med)\ .{0,20}
    | (?:спасибо\ за\ просмотр|подписывайтесь\ на\ (?:мой\ |наш\ )?канал|продолжение\ следует)(?:\ .{0,30})?
    | дякую\ за\ перегляд | izlediğiniz\ için\ teşekkür(?:ler|\ ederim|\ ederiz)
    | ご(?:視聴|覧)(?:いただき|頂き)?(?:、)?ありがとうございま(?:した|す)
    | チャンネル登録(?:を)?(?:よろしく)?お願い(?:いた)?します
    | (?:谢谢|謝謝|感谢|感謝)(?:大家|您|你|各位)?(?:的)?(?:观看|收看|觀看|收听|收聽)
    | 请不吝点赞.{0,40} | 請不吝點贊.{0,40}
    | (?:오늘도\ |끝까지\ )?시청\ ?해\ ?주셔서\ 감사합니다 | 구독과?\ .{0,10}좋아요.{0,20}
    | اشتركوا\ في\ القناة(?:\ .{0,20})?
    """,
    re.X,
)
"""How videos end, and lines over silence with them."""

_SAID_TOO = re.compile(
    r"(?:thank you|thanks)(?: (?:so|very) much)?|(?:bye ?)+|you|the end|to be continued|okay|so|oh|hmm|uh|music"
    r"|applause|foreign|silence|vielen dank|danke(?: schön| fürs zuhören)?|tschüss|das wars|bis zum nächsten mal|merci"
    r"|(?:muchas )?gracias|obrigad[oa]|grazie(?: a tutti)?|dank je wel|dziękuję(?: za uwagę)?|děkuji za pozornost"
    r"|спасибо(?: за внимание)?|(?:ご清聴)?ありがとうございま(?:した|す)|おやすみなさい"
    r"|(?:谢谢|謝謝)(?:大家)?|감사합니다"
)
"""What Whisper writes over silence but people say as well."""


class _Token(NamedTuple):
    """A word, or a sign of a script without spaces, and the line that it stands in."""

    text: str
    line: int

    @property
    def letters(self) -> int:
        return _SIGN_LETTERS if re.match(f"[{UNSPACED}]", self.text) else sum(map(str.isalnum, self.text))


def doubts(parts: Sequence[tuple[Window, Heard]], *, prompt: str = "") -> list[list[str | None]]:
    """Reasons to check each line, joined by "; ", or None: one list per part, one entry per line, same order.

    `parts` are the windows in order and what was heard in each; `prompt` is the text that the decoder read before.
    """
    terms = _terms(prompt)
    loops = iter(_loops(parts))
    return [
        ["; ".join(_reasons(line, heard, window, terms, next(loops))) or None for line in heard.lines]
        for window, heard in parts
    ]


def _reasons(line: Line, heard: Heard, window: Window, terms: Sequence[str], loop: str | None) -> Iterator[str]:
    """Every reason to doubt one line, the plainest first."""
    text = _plain(line.text)
    if loop:
        yield loop
    if is_over_silence(heard):
        yield f"text over what sounds like silence (no-speech probability {heard.no_speech_prob:.2f})"
    if _is_past(line, window.length_s):
        yield "it stands after the end of the sound"
    if is_phantom(text):
        yield "a phrase that recognisers make up where nobody speaks"
    elif _SAID_TOO.fullmatch(text) and _is_unsure(line, heard):
        yield "a phrase that recognisers make up where nobody speaks, and this one was not sure"
    if speed := _too_fast(line):
        yield speed
    if _is_echo(line.text, terms):
        yield "it repeats the glossary that the recogniser was given"
    yield from heard.failed


def is_over_silence(heard: Heard) -> bool:
    """Whisper's own rule for text that it guessed where it heard no speech."""
    if heard.no_speech_prob is None or heard.avg_logprob is None:
        return False
    return heard.no_speech_prob > NO_SPEECH and heard.avg_logprob < GUESS


def is_phantom(text: str) -> bool:
    """Whether a whole line is a known phrase that Whisper writes where nobody speaks.

    >>> is_phantom("Subtitles by the Amara.org community"), is_phantom("Thanks for watching!"), is_phantom("Thank you.")
    (True, True, False)
    """
    plain = _plain(text)
    return any(pattern.fullmatch(plain) is not None for pattern in (_CREDITS, _FAREWELLS))


def _plain(text: str) -> str:
    """Lower case, composed, every mark a space, apostrophes gone."""
    text = unicodedata.normalize("NFKC", text).lower().replace("i\u0307", "i")  # the Turkish capital dotted I
    text = re.sub(r"(?<=[a-z])['’](?=(?:t|ll|s|m|re|ve)\b)", "", text)
    return " ".join("".join(c if c.isalnum() or unicodedata.category(c)[0] == "M" else " " for c in text).split())


def _is_past(line: Line, length_s: float) -> bool:
    """Whether most of a line stands where the window has no sound any more; Whisper hears each window padded."""
    if line.start >= length_s:
        return True
    return line.end - length_s > length_s - line.start


def _is_unsure(line: Line, heard: Heard) -> bool:
    """Whether the recogniser itself gives little for a line, by its words where it has any."""
    if heard.no_speech_prob is not None and heard.no_speech_prob > NO_SPEECH:
        return True
    sure = [word.probability for word in line.words if word.probability is not None]
    if sure:
        return sum(sure) / len(sure) < UNSURE
    return heard.avg_logprob is not None and heard.avg_logprob < GUESS


def _too_fast(line: Line) -> str | None:
    """A reason where a line has more words, or letters, than can be said in its time."""
    in_a_row = 0
    for word in line.words:
        heard_at_once = word.start is not None and word.end is not None and round(word.end - word.start, 3) <= NO_TIME_S
        in_a_row = in_a_row + 1 if heard_at_once and not word.interpolated else 0
        if in_a_row >= NO_TIME_WORDS:
            return f"{NO_TIME_WORDS} words or more in a row at one moment"
    times = [t for word in line.words for t in (word.start, word.end) if t is not None]
    seconds = max(0.0, line.end - line.start, max(times) - min(times) if times else 0.0)
    count = sum(any(map(str.isalnum, word)) for word in line.text.split())
    if count >= TIMED_WORDS and count > WORDS_PER_S * (seconds + TIMES_OFF_S):
        return f"{count} words in {seconds:.1f} s are faster than speech"
    letters = sum(map(str.isalnum, line.text))
    if letters >= TIMED_LETTERS and letters > LETTERS_PER_S * (seconds + TIMES_OFF_S):
        return f"{letters} letters in {seconds:.1f} s are faster than speech"
    return None


# ── The prompt read back ─────────────────────────────────────────────────────────────────────


def _terms(prompt: str) -> list[str]:
    """What a prompt lists, each as `_plain` writes it: `Glossary: simulacra, log-loss.` has two terms and a heading."""
    return [plain for term in re.split(r"[,;:\n]|\.(?=\s|$)", prompt) if (plain := _plain(term))]


def _is_echo(text: str, terms: Sequence[str]) -> bool:
    """Whether a line is nothing but three or more of the terms, or five or more words in a row of the prompt."""
    own = _terms(text)
    if len(own) >= 3 and set(own) <= set(terms):
        return True
    plain = " ".join(own)
    return len(plain.split()) >= 5 and f" {plain} " in f" {' '.join(terms)} "


# ── Loops ────────────────────────────────────────────────────────────────────────────────────


def _loops(parts: Sequence[tuple[Window, Heard]]) -> list[str | None]:
    """For every line of all parts the loop that it is part of, or None.

    A loop may lie within a line or run over many. The line where its phrase stands for the first time is left alone
    unless it holds a whole repetition as well.
    """
    units: list[_Token] = []
    apart: list[_Token] = []
    """The same, with a token that equals no other between lines that a pause parts."""
    count, last_end = 0, 0.0
    for window, heard in parts:
        for line in heard.lines:
            begins = window.at(line.start)
            if begins - last_end > APART_S:
                apart.append(_Token(f" {count}", count))
            found = [_Token(text, count) for text in _UNIT.findall(line.text.lower().replace("’", "'"))]
            units += found
            apart += found
            count, last_end = count + 1, window.at(line.end, is_end=True)
    reasons: list[str | None] = [None] * count
    totals = [0] * count
    for token in units:
        totals[token.line] += 1
    for tokens, is_short in ((apart, True), (units, False)):
        for period, first, end in _repetitions(tokens):
            phrase = tokens[first - period : first]
            letters, times = sum(token.letters for token in phrase), 1 + (end - first) // period
            if (letters < SHORT_PHRASE_LETTERS) == is_short and _is_loop(letters, times):
                for own, held in Counter(token.line for token in tokens[first:end]).items():
                    if held >= min(period, totals[own]):
                        reasons[own] = reasons[own] or _loop_reason(phrase, times)
    return reasons


def _is_loop(letters: int, times: int) -> bool:
    """Whether nobody says a phrase of so many letters so many times in a row."""
    if times == 2:
        return letters >= REPEATED_ONCE_LETTERS
    return times >= REPEATED_TIMES or (letters > BACKCHANNEL_LETTERS and (times - 1) * letters >= REPEATED_LETTERS)


def _repetitions(tokens: Sequence[_Token]) -> Iterator[tuple[int, int, int]]:
    """Stretches `[first, end)` of tokens that repeat, at least once, the `period` tokens before; short periods first.

    "Yeah yeah" is no phrase but "yeah" twice: a phrase that is itself a repetition is left out. Each period takes one
    pass over an array, so that the time grows with the number of tokens only.
    """
    import numpy as np

    numbers: dict[str, int] = {}
    ids = np.array([numbers.setdefault(token.text, len(numbers)) for token in tokens], dtype=np.int64)
    for period in range(1, min(LONGEST_PHRASE, len(ids) // 2) + 1):
        for first, end in _stretches(ids[period:] == ids[:-period]):
            phrase = ids[first : first + period]
            if end - first >= period and not _is_repetition(phrase):
                yield period, first + period, end + period


def _is_repetition(phrase: NDArray[np.int64]) -> bool:
    """Whether a phrase is a shorter one, said more than once."""
    length = len(phrase)
    return any(
        length % shorter == 0 and bool((phrase[shorter:] == phrase[:-shorter]).all())
        for shorter in range(1, length // 2 + 1)
    )


def _stretches(same: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Where an array is true, as `[first, end)`."""
    import numpy as np

    edges = np.flatnonzero(np.diff(np.concatenate([[False], same, [False]]).astype(np.int8)))
    yield from ((int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True))


def _loop_reason(phrase: Sequence[_Token], times: int) -> str:
    sep = "" if phrase[0].letters == _SIGN_LETTERS and re.match(f"[{UNSPACED}]", phrase[0].text) else " "
    shown = sep.join(token.text for token in phrase[:8]) + ("…" if len(phrase) > 8 else "")
    return f"“{shown}” stands there {times} times in a row"
