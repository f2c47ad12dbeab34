"""The command line's shape: options, help texts, exit codes. Each command's work is in tui.commands."""

from __future__ import annotations

import importlib
import io
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Any

import click

from tui import __version__
from tui.__main__ import EXIT_FAULT, EXIT_INTERRUPTED, EXIT_USAGE

Decorated = Callable[..., Any]

_COMMON: tuple[Decorated, ...] = (
    click.option("-c", "--config", "config_path", metavar="FILE", help="Configuration file."),
    click.option("-p", "--profile", metavar="NAME", help="AWS profile."),
    click.option("-r", "--region", metavar="REGION", help="AWS Region."),
    click.option("--account", metavar="ID", help="The account this is for: any other is shown in red."),
    click.option("--endpoint-url", metavar="URL", help="Another AWS-compatible endpoint."),
    click.option("--read-only/--write", "read_only", default=None, help="Refuse every change."),
    click.option("--cluster", metavar="NAME", help="ECS cluster."),
    click.option("--service", "services", multiple=True, metavar="NAME", help="ECS service (repeatable)."),
    click.option("--db", "databases", multiple=True, metavar="ID", help="RDS instance (repeatable)."),
    click.option("--alb", "load_balancers", multiple=True, metavar="NAME", help="Balancer (repeatable)."),
    click.option("--log-group", "log_groups", multiple=True, metavar="NAME", help="Log group (repeatable)."),
    click.option("--log-file", metavar="FILE", help="Write a log of what cwtop does."),
    click.option("--debug", is_flag=True, default=None, help="Log every AWS call (needs --log-file)."),
)

_SCREEN: tuple[Decorated, ...] = (
    click.option(
        "--window",
        type=click.Choice(["15m", "1h", "3h", "12h", "24h", "7d"]),
        help="Time window at the start.",
    ),
    click.option("--theme", metavar="NAME", help="Colour theme, for example ansi-dark."),
    click.option("--no-mouse", is_flag=True, help="Leave the mouse to the terminal's own selection."),
    click.option(
        "--slow-link/--fast-link",
        "slow_link",
        default=None,
        help="Fewer repaints; default where SSH_CONNECTION is set.",
    ),
    click.option("--ascii", "use_ascii", is_flag=True, help="For fonts without braille and blocks."),
)

_SANDBOX: tuple[Decorated, ...] = (
    click.option(
        "--scenario",
        default="slow-query",
        show_default=True,
        metavar="NAME",
        help="What goes wrong; calm for nothing. docs/sandbox.md tells them.",
    ),
    click.option("--seed", type=int, default=1, show_default=True, help="Makes a run repeatable."),
    click.option(
        "--speed",
        type=click.FloatRange(0.1, 60),
        default=1.0,
        show_default=True,
        help="Faster than real time.",
    ),
)


def _with(options: Sequence[Decorated]) -> Callable[[Decorated], Decorated]:
    def decorate(function: Decorated) -> Decorated:
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


def _delegate(name: str, context: click.Context, values: dict[str, Any]) -> None:
    """Run tui.commands.<name>.run with the group's options overlaid by the command's own."""
    merged = dict(context.obj or {})
    merged.update(
        {key: value for key, value in values.items() if value not in (None, ()) or key not in merged}
    )
    module = importlib.import_module(f"tui.commands.{name}")
    try:
        code = module.run(merged)
    except BrokenPipeError:
        # The reader (head, less) has gone, which click would call a failure; and Python would complain
        # again while flushing at exit.
        sys.stdout = None
        code = 0
    context.exit(code)


@click.group(invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@_with(_COMMON)
@_with(_SCREEN)
@click.version_option(__version__, prog_name="cwtop")
@click.pass_context
def cli(context: click.Context, /, **values: Any) -> None:
    """Top for an AWS stack: ECS, RDS PostgreSQL, ALB and logs, live in one terminal.

    Without a command: the live console (watch). Try it with no account: cwtop demo
    """
    context.obj = values
    if context.invoked_subcommand is None:
        _delegate("watch", context, {})


@cli.command()
@_with(_COMMON)
@_with(_SCREEN)
@click.pass_context
def watch(context: click.Context, /, **values: Any) -> None:
    """The live console. Where standard output is no terminal: one report."""
    _delegate("watch", context, values)


@cli.command()
@_with(_COMMON)
@_with(_SCREEN)
@_with(_SANDBOX)
@click.pass_context
def demo(context: click.Context, /, **values: Any) -> None:
    """The console on the built-in sandbox: no account, no network."""
    _delegate("demo", context, values)


@cli.command()
@_with(_SANDBOX)
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="Port of the AWS endpoint; 0 takes a free one."
)
@click.pass_context
def sandbox(context: click.Context, /, **values: Any) -> None:
    """The sandbox alone, in the foreground; prints the exports to use it from another shell."""
    _delegate("sandbox", context, values)


@cli.command()
@_with(_COMMON)
@click.option(
    "--format",
    "output",
    type=click.Choice(["table", "json", "markdown"]),
    help="How to print it; table by default, an incident markdown.",
)
@click.option(
    "--since",
    metavar="DURATION|ISO",
    help="Start of the window; 1h by default. Of an incident: its own beginning, else 2h.",
)
@click.option("--period", default="5m", show_default=True, metavar="DURATION", help="Length of a step.")
@click.option("--incident", is_flag=True, help="The record of an incident: what broke, why, what was done.")
@click.option(
    "--output", "file", metavar="FILE", help="Write the record to a file (mode 0600) instead of printing it."
)
@click.pass_context
def report(context: click.Context, /, **values: Any) -> None:
    """One-shot health report. Exit code: 0 ok, 1 warning, 2 critical, 3 unknown.

    With --incident: the record of an incident, made anew from what AWS tells; exit code 0.
    """
    _delegate("report", context, values)


@cli.command()
@_with(_COMMON)
@click.option(
    "--format",
    "output",
    type=click.Choice(["table", "json", "markdown"]),
    default="table",
    show_default=True,
    help="How to print it.",
)
@click.pass_context
def checklist(context: click.Context, /, **values: Any) -> None:
    """Verify the checklist's eighteen items live, with the fix of each.

    Exit code: 0 none fails, 1 one fails, 2 a critical one fails, 3 none fails and one is unknown.
    """
    _delegate("checklist", context, values)


@cli.command()
@click.argument("what", type=click.Choice(["statements", "activity", "connections", "indexes", "tables"]))
@_with(_COMMON)
@click.option("--format", "output", type=click.Choice(["table", "json"]), default="table", help="Output.")
@click.option("--limit", type=click.IntRange(0), default=30, show_default=True, help="Rows; 0 for all.")
@click.pass_context
def db(context: click.Context, /, **values: Any) -> None:
    """PostgreSQL itself: slow statements, who blocks whom, connections, indexes, tables."""
    _delegate("db", context, values)


@cli.command()
@click.argument("groups", nargs=-1, metavar="[GROUP]...")
@_with(_COMMON)
@click.option("-f", "--follow", is_flag=True, help="Go on with new events as they come.")
@click.option(
    "--since", default="10m", show_default=True, metavar="MOMENT", help="Start: 30m, 1h, 7d, 12:30 or ISO."
)
@click.option("--until", metavar="MOMENT", help="End, exclusive; the present by default.")
@click.option(
    "--filter-pattern", "--filter", "filter_pattern", metavar="PATTERN", help="CloudWatch filter pattern."
)
@click.option(
    "--format",
    "output",
    type=click.Choice(["detailed", "short", "json"]),
    default="detailed",
    show_default=True,
    help="Time, stream and message; time and message; or one JSON object a line.",
)
@click.option("--utc", is_flag=True, help="Times in UTC, also those of --since and --until.")
@click.pass_context
def tail(context: click.Context, /, **values: Any) -> None:
    """Print log events, merged by time; GROUP is a name, a glob or name:stream-prefix.

    Without GROUP: the configured log groups. Exit code: 0, or 4 when the service refused or failed.
    """
    _delegate("tail", context, values)


@cli.command()
@click.argument("name", required=False)
@_with(_COMMON)
@click.option("-q", "--query", "text", metavar="TEXT", help="The query itself instead of a NAME.")
@click.option("--list", "list", is_flag=True, help="Names of the queries, and what each answers.")
@click.option("--lint", is_flag=True, help="Check the syntax only, asking nobody: exit code 0, or 64.")
@click.option("--group", "groups", multiple=True, metavar="NAME", help="Log group or glob (repeatable).")
@click.option(
    "--local",
    metavar="FILE",
    help="Answer from the lines of a file, or of standard input (-), asking nobody.",
)
@click.option(
    "--since", metavar="MOMENT", help="Start: 30m, 1h, 7d, 12:30 or ISO; 1h by default, all of a local file."
)
@click.option("--until", metavar="MOMENT", help="End; the present by default.")
@click.option(
    "--param", "parameters", multiple=True, metavar="NAME=VALUE", help="Value of {{NAME}} in the query."
)
@click.option(
    "--format",
    "output",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    show_default=True,
    help="How to print the rows.",
)
@click.pass_context
def query(context: click.Context, /, **values: Any) -> None:
    """Run a query of CloudWatch Logs Insights: NAME from the catalogue, -q TEXT, or - to read it.

    Rows go to standard output, what was scanned and its price to standard error; ctrl-c stops the query
    on the service. Exit code: 0, or 4 when the service refused or failed.
    """
    _delegate("query", context, values)


@cli.command()
@click.argument("action", required=False)
@_with(_COMMON)
@click.option("--list", "list", is_flag=True, help="All actions, and what each can be applied to.")
@click.option("--target", metavar="NAME", help="The resource, where several are configured.")
@click.option("--set", "values", multiple=True, metavar="FIELD=VALUE", help="A field's value (repeatable).")
@click.option(
    "--fields", is_flag=True, help="The action's fields with their present values, and what they take."
)
@click.option("--dry-run", is_flag=True, help="Print the plan only. Exit code: 0, or 10 where it is blocked.")
@click.option("--yes", is_flag=True, help="Do not ask; never enough where service is affected.")
@click.option("--confirm", metavar="NAME", help="Instead of typing the name of what is affected.")
@click.option("--undo", metavar="RUN", help="Take a run back; cwtop audit lists the runs.")
@click.option("--resume", metavar="RUN", help="Go on watching a run that was cut off.")
@click.option(
    "--format",
    "output",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="How to print plan and outcome.",
)
@click.pass_context
def apply(context: click.Context, /, **values: Any) -> None:
    """Plan a tuning action, ask, apply it, verify it.

    Exit code: 0 done (or could be, with --dry-run), 10 blocked, 11 failed, 12 failed and rolled back.
    """
    _delegate("apply", context, values)


@cli.command()
@click.argument("run", required=False)
@click.option(
    "--format",
    "output",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="How to print it.",
)
@click.pass_context
def audit(context: click.Context, /, **values: Any) -> None:
    """What was applied from here, newest first; with RUN: its steps, what is left, the way back."""
    _delegate("audit", context, values)


@cli.command()
@click.argument("kind", type=click.Choice(["read", "write"]))
@_with(_COMMON)
@click.pass_context
def iam(context: click.Context, /, **values: Any) -> None:
    """The least-privilege IAM policy: read for watching, write for what tuning actions need besides."""
    _delegate("iam", context, values)


@cli.command()
@_with(_COMMON)
@click.option(
    "--format",
    "output",
    type=click.Choice(["table", "json"]),
    default="table",
    show_default=True,
    help="How to print it.",
)
@click.pass_context
def info(context: click.Context, /, **values: Any) -> None:
    """Paths, effective settings with their source, and the caller's identity."""
    _delegate("info", context, values)


def run(arguments: Sequence[str]) -> int:
    """Run the command line and return the exit code: 64 for usage errors, 130 when interrupted.

    A fault of cwtop's own is 70 and a traceback: Python's 1 means a warning here.
    """
    _accept_any_character()
    try:
        result = cli.main(list(arguments), prog_name="cwtop", standalone_mode=False)
    except click.UsageError as error:
        error.show(file=sys.stderr)
        return EXIT_USAGE
    except click.ClickException as error:
        error.show(file=sys.stderr)
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return EXIT_INTERRUPTED
    except Exception:  # noqa: BLE001 - told with its traceback
        sys.stderr.write(f"{traceback.format_exc()}\ncwtop failed: please report the lines above.\n")
        return EXIT_FAULT
    return result if isinstance(result, int) else 0


def _accept_any_character() -> None:
    """Print "?" for what the locale's encoding lacks (a glyph, a name) instead of failing on it."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")
