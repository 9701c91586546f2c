"""What libraries say to themselves while a model is loaded: nothing that a person is shown."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Let no warning, log line or progress bar through; everything is afterwards as it was.

    transformers, torchao and torch report what is missing or outdated on standard error, some of it when they are
    imported. What matters of it, Scribe asks for and says itself.
    """
    disabled = logging.root.manager.disable
    logging.disable(logging.ERROR)
    with warnings.catch_warnings(action="ignore"):
        try:
            from transformers.utils import logging as transformers_logging

            shown = transformers_logging.is_progress_bar_enabled()
            transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
            try:
                yield
            finally:
                if shown:
                    transformers_logging.enable_progress_bar()  # type: ignore[no-untyped-call]
        finally:
            logging.disable(disabled)
