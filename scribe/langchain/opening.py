"""What a chain is given to simulate with, made a simulator.

In: a simulator, the spec of one, or a model of LangChain. Out: a simulator.
"""

from __future__ import annotations

from typing import Any

from langchain_core.language_models import BaseLanguageModel

from scribe.simulators import Simulator, open_simulator
from scribe.simulators.langchain_models import LangChain

Openable = Simulator | BaseLanguageModel[Any] | str
"""A simulator, a model of LangChain, or a spec such as `extract` or `hf:FOLDER`."""


def opened(simulator: Openable) -> Simulator:
    """The simulator itself, or the one that a spec or a model of LangChain gives; raises ScribeError."""
    if isinstance(simulator, str):
        return open_simulator(simulator)
    return LangChain(simulator) if isinstance(simulator, BaseLanguageModel) else simulator
