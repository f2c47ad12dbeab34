"""Whether the credentials belong to the account that the configuration pins, asked for beside the work."""

from __future__ import annotations

import threading

from tui.domain.errors import SourceError
from tui.runtime import StartError
from tui.sources.parse import Aws, text


class AccountCheck:
    """Asks STS who the caller is while the first answers are on their way.

    Args:
        aws: The session.
        pinned: The `account` of the configuration; None asks for nothing.
    """

    def __init__(self, aws: Aws, pinned: str | None) -> None:
        self._aws = aws
        self._pinned = pinned
        self._found: str | SourceError = ""
        self._asked: threading.Thread | None = None
        if pinned is not None:
            self._asked = threading.Thread(target=self._ask, name="account", daemon=True)
            self._asked.start()

    def require(self) -> None:
        """Wait for the answer; to be called before anything of that account is shown.

        Raises:
            StartError: It is another account.
            SourceError: STS cannot tell.
        """
        from tui.__main__ import EXIT_CREDENTIALS

        if self._asked is None:
            return
        self._asked.join()
        if isinstance(self._found, SourceError):
            raise self._found
        if self._found != self._pinned:
            raise StartError(
                f"These credentials belong to account {self._found}, and `account` pins {self._pinned}. "
                "Choose another --profile, or change `account`.",
                EXIT_CREDENTIALS,
            )

    def _ask(self) -> None:
        try:
            self._found = text(self._aws.call("sts", "get_caller_identity").get("Account"))
        except SourceError as error:
            self._found = error
