"""Text to tokens and back, as a model's own tokenizer has it.

In: a folder with a tokenizer; prompts; ids that a model wrote. Out: ids and text. A prompt is cut behind its scene, and
the two parts are never tokenised across the cut: so all voices of a frame share the scene's ids. It knows nothing of
models and their weights.

What is shown in a document is data: a line of talk that holds the text of a special token (`<|endoftext|>`, say) is
tokenised as the characters it is made of, and ends nothing.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from scribe import frames
from scribe.records import Prompt, ScribeError
from scribe.simulators.hf.loading import read_config, told
from scribe.simulators.hf.places import TOKENIZERS
from scribe.simulators.hf.quiet import quiet

Form = Literal["base", "chat"]

_ANCHORS = ("\n", "0", ".")
"""Text may be tokenised after one of these to see how it goes on in the middle of a document."""

_CONTEXT = 2048
"""Tokens that a model without a limit is given: state-space models and such have been trained on that many."""


class Tokens:
    """A model's tokenizer, and what its configuration says of the tokens it reads and writes."""

    def __init__(self, folder: Path, tokenizer: Any, config: Any, form: Form | None) -> None:
        """Wrap what `open` has read."""
        self.folder = folder
        self.form: Form = form or ("chat" if tokenizer.chat_template else "base")
        """Whether the model continues documents or answers turns."""
        if self.form == "chat" and not tokenizer.chat_template:
            raise ScribeError(f"{folder}: as=chat needs a chat template, found none in its tokenizer; use as=base")
        self._lock = threading.Lock()
        self.tokenizer = tokenizer
        self._backend = tokenizer.backend_tokenizer
        self._backend.no_truncation()
        self._backend.no_padding()
        self._backend.encode_special_tokens = True
        self._special = [token.content for token in self._backend.get_added_tokens_decoder().values() if token.special]
        self._beginning = self._read_beginning()
        self.context = _context(tokenizer, config)
        """How many tokens the model reads and writes at most, together."""
        self.ends = frozenset(self._read_ends(config))
        """Tokens after which a text is over."""

    @classmethod
    def open(cls, folder: Path, form: Form | None = None) -> Tokens:
        """Read a folder's tokenizer; without a `form`, a model that has a chat template is a chat model.

        Raises ScribeError where the tokenizer is missing, damaged, or not one that the tokenizers library runs.
        """
        config = read_config(folder)
        if not any((folder / name).is_file() for name in TOKENIZERS):
            raise ScribeError(
                f"{folder}: expected a tokenizer (tokenizer.json), found none; copy it from the model that this one "
                "was made from"
            )
        with quiet():
            tokenizer = _read_tokenizer(folder)
            return cls(folder, tokenizer, config, form)

    def count(self, text: str) -> int:
        """Tokens in `text`, none added."""
        return len(self._encode(text))

    def document(self, text: str) -> list[int]:
        """Ids of the beginning of a document, after the token that the tokenizer lets every text begin with, if any."""
        return [*self._beginning, *self._encode(text)]

    def after_newline(self, text: str) -> list[int]:
        """Ids of text that follows a newline: no space is put before it, as some tokenizers do at a beginning."""
        return self._inside(text)

    def text(self, ids: Sequence[int]) -> str:
        """Say ids in text; special tokens are left out."""
        found: str = self._backend.decode(list(ids), skip_special_tokens=True)
        return found

    def prompt(self, prompt: Prompt) -> tuple[list[int], list[int]]:
        """Ids of the scene, with all that comes before it, and ids of what follows up to the cue's last byte.

        Raises ScribeError where a chat template refuses the turns, cannot leave the last one open, or changes the
        document by more than the blanks at the end of a turn.
        """
        if self.form == "base":
            return self.document(prompt.scene), self._inside(prompt.cue)
        head, scene, first, between, last = self._turns(prompt)
        if not any(special in prompt.text for special in self._special):
            return self._encode(head + scene, parse=True), self._inside(first + between + last, parse=True)
        return (
            self._encode(head, parse=True) + self._inside(scene),
            self._inside(first) + self._inside(between, parse=True) + self._inside(last),
        )

    # ── Ids ──────────────────────────────────────────────────────────────────────────────────

    def _encode(self, text: str, *, parse: bool = False) -> list[int]:
        """Ids of a text; to `parse` is to read special tokens that are written out in it as what they stand for."""
        with self._lock:
            self._backend.encode_special_tokens = not parse
            found: list[int] = self._backend.encode(text, add_special_tokens=False).ids
        return found

    def _inside(self, text: str, *, parse: bool = False) -> list[int]:
        """Ids of a text in the middle of a document: those that come after an anchor's own."""
        if not text:
            return []
        for anchor in _ANCHORS:
            before, both = self._encode(anchor), self._encode(anchor + text, parse=parse)
            if both[: len(before)] == before:
                return both[len(before) :]
        return self._encode(text, parse=parse)

    def _read_beginning(self) -> list[int]:
        """Tokens that the tokenizer puts before a text; what it puts behind one would end a text that goes on."""
        encoding = self._backend.encode("a", add_special_tokens=True)
        own = encoding.sequence_ids.index(0) if 0 in encoding.sequence_ids else 0
        found: list[int] = encoding.ids[:own]
        return found

    def _read_ends(self, config: Any) -> Iterator[int]:
        """End-of-text tokens of tokenizer, model and its settings for generation, and what closes a turn."""
        path = self.folder / "generation_config.json"
        try:
            settings = json.loads(path.read_bytes()) if path.is_file() else {}
            generation = settings.get("eos_token_id")
        except (OSError, ValueError, AttributeError) as error:
            raise ScribeError(f"{path}: expected a JSON object, found something else; fetch it again") from error
        for given in (self.tokenizer.eos_token_id, config.get_text_config(decoder=True).eos_token_id, generation):
            yield from [given] if isinstance(given, int) else given or []
        if self.form == "chat":
            # The first token behind an answer, where it is a special one.
            turns = [{"role": "user", "content": "Question?"}, {"role": "assistant", "content": "Answer."}]
            try:
                behind = self.tokenizer.apply_chat_template(turns, tokenize=False).rpartition("Answer.")[2]
            except _template_errors():
                return  # `prompt` says what is wrong
            found = self._encode(behind.lstrip(), parse=True)
            if found and self._backend.id_to_token(found[0]) in self._special:
                yield found[0]

    # ── Chat ─────────────────────────────────────────────────────────────────────────────────

    def _turns(self, prompt: Prompt) -> tuple[str, str, str, str, str]:
        """A prompt as the template has it: the document in three parts, and the template's own text around them.

        The parts: what comes before the document, wrapper and scene, the cue's lines but the last, what lies between
        the turns, and the cue's last line.
        """
        user, assistant = (turn["content"] for turn in frames.as_chat(prompt))
        scene = frames.CHAT_WRAPPER + prompt.scene
        try:
            shown: str = self.tokenizer.apply_chat_template(
                frames.as_chat(prompt), tokenize=False, continue_final_message=True
            )
        except _template_errors() as error:
            raise self._refused(f"its chat template fails ({told(error)})") from error
        # Some templates take off the blanks at the end of a turn: nothing that can be read is lost.
        said = user if user in shown else user.rstrip()
        if said not in shown or not shown.endswith(assistant):
            raise self._refused("its chat template changes the document, or closes the answer that is begun")
        head, _, rest = shown.partition(said)
        scene, first = (scene, said[len(scene) :]) if len(said) > len(scene) else (said, "")
        between = rest[: len(rest) - len(assistant)]
        return head, scene, first, between, assistant

    def _refused(self, why: str) -> ScribeError:
        return ScribeError(
            f"{self.folder}: expected a chat model that goes on with an answer begun, but {why}; use as=base"
        )


class Writer:
    """Says in text what a model writes, token by token.

    A piece is given out as soon as nothing that follows can change it: the bytes of one character may be spread over
    several tokens. The pieces joined are what all the ids decode to together. `tokenizers.decoders.DecodeStream` does
    the same, but loses what it held back when a text ends.
    """

    def __init__(self, tokens: Tokens, before: Sequence[int] = ()) -> None:
        """Begin after `before`, the prompt's last ids: many a token has a space in front only where text precedes."""
        self._tokens = tokens
        self._behind(before[-_BEFORE:])

    def add(self, token: int) -> str:
        """Take the next id; return the text that is now certain, perhaps none."""
        self._new.append(token)
        piece = self._tokens.text([*self._last, *self._new])[self._given :]
        if not piece or piece.endswith(_INCOMPLETE):
            return ""
        self._behind(self._new)
        return piece

    def flush(self) -> str:
        """Return what is left when no id follows, without the bytes of a character that was not finished."""
        piece = self._tokens.text([*self._last, *self._new])[self._given :]
        self._behind(self._new)
        return piece.rstrip(_INCOMPLETE)

    def _behind(self, ids: Sequence[int]) -> None:
        """Go on after ids whose text has been given out; they are decoded once more with the next, for its spacing."""
        self._last = list(ids)
        self._new: list[int] = []
        while (text := self._tokens.text(self._last)).startswith(_INCOMPLETE):
            del self._last[0]  # the end of a character that begins before them
        self._given = len(text)


_INCOMPLETE = "\N{REPLACEMENT CHARACTER}"
"""What bytes that are no character decode to."""
_BEFORE = 8
"""Ids of a prompt that tell how the text after it is spaced."""


def _read_tokenizer(folder: Path) -> Any:
    from transformers import AutoTokenizer

    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
    except Exception as error:  # the tokenizers library raises no narrower one
        raise ScribeError(
            f"{folder}: expected a tokenizer that transformers can read, found another or a damaged one "
            f"({told(error)}); fetch its files again"
        ) from error
    if not tokenizer.is_fast:
        raise ScribeError(
            f"{folder}: expected a tokenizer of the tokenizers library (tokenizer.json), found "
            f"{type(tokenizer).__name__}, which is another's; name another model"
        )
    return tokenizer


def _context(tokenizer: Any, config: Any) -> int:
    """The longest that the model was made for, or less where its tokenizer says so.

    Where positions are scaled (RoPE), `max_position_embeddings` is the number after scaling. A tokenizer without a
    limit says 10^30.
    """
    text = config.get_text_config(decoder=True)
    made_for = getattr(text, "max_position_embeddings", None) or getattr(text, "max_seq_len", None) or _CONTEXT
    return int(min(made_for, tokenizer.model_max_length or made_for))


def _template_errors() -> tuple[type[Exception], ...]:
    """What a template and the code that fills it in raise."""
    from jinja2 import TemplateError

    return TemplateError, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError
