"""The end of the application after a fault of its own: a traceback without the values of variables.

The one place that overrides Textual's private API: its own traceback prints local variables, and a
connection string or a key may be among them.
"""

from __future__ import annotations

import logging
import traceback
from typing import TypeVar

from rich.text import Text
from textual.app import App

ResultT = TypeVar("ResultT")

_log = logging.getLogger(__name__)


class QuietCrash(App[ResultT]):
    """An application that ends with a sentence and a plain traceback."""

    def _fatal_error(self) -> None:
        text = traceback.format_exc().rstrip()
        _log.error("the console failed\n%s", text)
        # A str would be parsed as markup, and fail on what a stranger wrote into it.
        self.panic(Text(f"{text}\n\ncwtop failed: please report the lines above."))
