"""LangChain's integrations: a model's class is found among the installed packages and made from a spec's arguments.

In: `MODULE:CLASS` and arguments as text. Out: a language model of LangChain. A spec may stand in a `scribe.toml` that
somebody else wrote, so this module imports as little as it can:

- only modules of installed packages that are langchain-core or name it among their requirements, and never a file of
  the folder that Python was started in, whatever it is called;
- only a subclass of LangChain's `BaseLanguageModel` is made, and nothing of the module is called besides;
- no argument may hold a secret, or let weights bring code along.

What it does not refuse: an argument that names a server. Whoever writes the spec says where the record is sent.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from importlib.machinery import PathFinder
from importlib.metadata import Distribution, distributions
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from scribe.records import ScribeError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseLanguageModel

_T = TypeVar("_T")

_TARGET = re.compile(r"([A-Za-z]\w*(?:\.[A-Za-z]\w*)*):([A-Za-z]\w*)")
"""No part begins with an underscore: a package's `__main__` is a program, not a model."""

_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_SECRETS = frozenset(
    "key keys apikey token secret secrets password passwd credential credentials auth authorization bearer".split()
)
_LETTING_CODE_IN = re.compile(r"trust_remote_code|allow_dangerous_\w+")
_PASSWORD_IN_ADDRESS = re.compile(r"//[^/\s@]*:[^/\s@]*@")


class Made(NamedTuple):
    """A model, and the package it comes from as `name==version`."""

    model: BaseLanguageModel[Any]
    package: str


def make(target: str, options: Mapping[str, str]) -> Made:
    """Make the model that `target` names; raises ScribeError, one line, for whatever stands in the way.

    An option's value is read as JSON where it is JSON (`0.2`, `true`, `["a"]`, `"12"` for the text 12), else as text.
    """
    named = _TARGET.fullmatch(target)
    if not named:
        raise ScribeError(f"langchain:{target}: expected langchain:MODULE:CLASS?argument=value, found no such path")
    module, name = named.groups()
    arguments = {option: _value(text) for option, text in options.items()}
    if fault := next(_faults(arguments), None):
        raise ScribeError(f"langchain:{target}: {fault}")
    package = _package_of(module, target)
    cls = _class(module, name, target)
    model = _attempt(target, lambda: cls(**arguments))
    if strays := _strays(model, arguments):
        raise ScribeError(f"langchain:{target}: unknown argument {strays[0]!r}; known: {', '.join(_known(cls))}")
    return Made(model, f"{package.name}=={package.version}")


def is_secret(name: str) -> bool:
    """Whether an argument of this name holds something that nobody else may read.

    >>> is_secret("openai_api_key"), is_secret("accessToken"), is_secret("max_tokens")
    (True, True, False)
    """
    return not _SECRETS.isdisjoint(word.lower() for word in _WORDS.findall(name))


def first_line(error: BaseException) -> str:
    """What an error of somebody else's says, short enough for one line; a ValidationError without what it was given."""
    if isinstance(error, ValidationError):
        detail = error.errors(include_url=False, include_input=False)[0]
        return f"{'.'.join(map(str, detail['loc'])) or 'arguments'}: {detail['msg']}"
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:300]}" if lines else type(error).__name__


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _faults(arguments: Mapping[str, object]) -> Iterator[str]:
    """Why arguments are refused; values are never repeated."""
    for name, value in arguments.items():
        if is_secret(name):
            yield (
                f"{name!r} may hold a secret, and a spec is kept and shown; expected it in the environment variable "
                "that this integration reads, such as OPENAI_API_KEY"
            )
        if _LETTING_CODE_IN.fullmatch(name):
            yield f"{name!r} runs code that comes with a model; expected a model that needs none"
        if isinstance(value, str) and _PASSWORD_IN_ADDRESS.search(value):
            yield f"{name!r} is an address with a password in it; expected one without"
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, dict):
                yield from _faults(inner)


# ── Packages ─────────────────────────────────────────────────────────────────────────────────


def _package_of(module: str, target: str) -> Distribution:
    """The installed package that a module belongs to, if it is one of LangChain's."""
    top = module.partition(".")[0]
    for package in distributions(path=_installed()):
        if _is_of_langchain(package) and top in {file.parts[0].removesuffix(".py") for file in package.files or ()}:
            folder = str(package.locate_file(""))
            here, seen = PathFinder.find_spec(top, [folder]), find_spec(top)
            if here is None or seen is None or here.origin is None or here.origin != seen.origin:
                raise ScribeError(f"langchain:{target}: expected the installed {top}, found another that hides it")
            return package
    raise ScribeError(
        f"langchain:{target}: expected a module of an installed package that requires langchain-core, found none "
        f"called {top!r}; install the integration, such as langchain-openai"
    )


def _installed() -> list[str]:
    """Where packages are installed; the folder that Python was started in is not one, whatever its name."""
    here = Path.cwd()
    found = [Path(entry) for entry in sys.path if Path(entry).name in ("site-packages", "dist-packages")]
    return [str(folder) for folder in found if folder.resolve() != here]


def _is_of_langchain(package: Distribution) -> bool:
    needs = [package.name, *(need for need in package.requires or () if "extra ==" not in need)]
    return any(re.match(r"langchain[-_.]core\b(?![-_.]\w)", need, re.I) for need in needs)


def _class(module: str, name: str, target: str) -> Callable[..., BaseLanguageModel[Any]]:
    from langchain_core.language_models import BaseLanguageModel

    found = getattr(_attempt(target, lambda: import_module(module)), name, None)
    if found is None:
        raise ScribeError(f"langchain:{target}: expected a class {name!r} in {module}, found none")
    if not (isinstance(found, type) and issubclass(found, BaseLanguageModel)):
        raise ScribeError(f"langchain:{target}: expected a chat model or LLM of LangChain, found something else")
    return found


def _attempt(target: str, act: Callable[[], _T]) -> _T:
    """Do what runs an integration's own code; whatever it raises becomes one line.

    It catches everything: an integration may raise its provider's own errors, and those have no common root.
    """
    try:
        return act()
    except Exception as error:
        raise ScribeError(f"langchain:{target}: {first_line(error)}") from error


# ── Arguments ────────────────────────────────────────────────────────────────────────────────


def _strays(model: BaseLanguageModel[Any], arguments: Mapping[str, object]) -> list[str]:
    """Arguments that the class took no notice of: pydantic drops in silence what it does not know."""
    taken = {*_known(type(model)), *(model.model_extra or {}), *(getattr(model, "model_kwargs", None) or {})}
    return [name for name in arguments if name not in taken]


def _known(cls: Any) -> list[str]:
    return sorted({name for names in names_of(cls).values() for name in names})


def names_of(cls: Any) -> dict[str, set[str]]:
    """A class's fields, each with the names that its argument may be given by."""
    fields: Mapping[str, FieldInfo] = cls.model_fields
    return {field: {field, *_aliases(info)} for field, info in fields.items()}


def _aliases(info: FieldInfo) -> Iterator[str]:
    given = info.validation_alias
    choices = getattr(given, "choices", [given])
    yield from (alias for alias in (info.alias, *choices) if isinstance(alias, str))
