"""What an action is, and what it may use.

An action is a module with one class; `tui.actions.registry` names it. Reading and watching block and run on a
thread; form and plan are pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from config.schema import Config
from tui.domain.clock import Clock
from tui.domain.errors import ErrorKind, SourceError
from tui.domain.forms import Field
from tui.domain.plan import Plan, Progress
from tui.sources.pgdoor import PostgresDoor
from tui.sources.session import AwsSession

TargetKind = Literal["service", "database", "load_balancer", "stack", "postgres"]
"""What an action is applied to; "stack" is the configured stack as a whole, "postgres" the server of
`database_url`."""


@dataclass(frozen=True, slots=True)
class Context:
    """What reading and watching may use. All calls of it are reads.

    Attributes:
        config: The configured stack.
        aws: The door; a session of the console's own, or one that may write.
        clock: The endpoint's time.
        pg: The way to PostgreSQL; None where none is configured.
    """

    config: Config
    aws: AwsSession
    clock: Clock
    pg: PostgresDoor | None = None

    def call(self, service: str, method: str, /, **params: Any) -> dict[str, Any]:
        """Call an operation.

        Raises:
            SourceError: Anything that goes wrong.
        """
        return self.aws.call(service, method, **params)

    def pages(
        self, service: str, method: str, items: str, /, *, cursor: str = "Marker", **params: Any
    ) -> Iterator[Any]:
        """Yield the items of all pages.

        Args:
            service: botocore's name.
            method: The client's method.
            items: The answer's list.
            cursor: Parameter and field that lead on: "Marker" (RDS), "NextToken", "nextToken".
            **params: The request's parameters.

        Raises:
            SourceError: Anything that goes wrong.
        """
        following: str | None = None
        while True:
            page = self.call(service, method, **params, **({cursor: following} if following else {}))
            yield from page.get(items) or ()
            following = page.get(cursor)
            if not following:
                return


@dataclass(frozen=True, slots=True)
class Reading:
    """The state that a plan starts from.

    Attributes:
        target: The resource's name.
        facts: What a plan rests on, as JSON: compared with a second reading just before applying, and with
            what the audit log remembers before undoing. Nothing that changes by itself.
        context: What form and plan need besides (choices, prices, figures, definitions); never compared.
    """

    target: str
    facts: Mapping[str, Any]
    context: Mapping[str, Any] = field(default_factory=dict)


class Action(Protocol):
    """A tuning action."""

    def read(self, context: Context, target: str) -> Reading:
        """Read the present state. Blocks.

        Raises:
            SourceError: It cannot be read; not found among others.
        """

    def form(self, reading: Reading, values: Mapping[str, str]) -> tuple[Field, ...]:
        """Return the form, prefilled from the reading.

        Args:
            reading: The present state.
            values: What was entered so far; choices may depend on it. Unknown names are ignored.
        """

    def plan(self, reading: Reading, values: Mapping[str, str]) -> Plan:
        """Return what would be done.

        Args:
            reading: The present state.
            values: A value for every field, each one that the field takes.

        Raises:
            FormError: The values do not go together.
        """


Watcher = Callable[[Context, Mapping[str, Any]], Progress]
"""Looks once at what an `Expect` of its kind wants; blocks; may raise SourceError."""


def absent(what: str, hint: str = "") -> SourceError:
    """Return the error of a resource that does not exist."""
    return SourceError(ErrorKind.NOT_FOUND, what, hint or "Check its name in the configuration.")
