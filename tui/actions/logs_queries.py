"""Save the queries of the catalogue to CloudWatch, where the AWS console offers them too.

docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutQueryDefinition.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from config.queries import load_queries, user_file
from tui.actions.protocol import Context, Reading
from tui.domain.forms import Field
from tui.domain.plan import Call, Change, Check, Expect, Plan, Progress, Ref, State, Step, Verdict

PREFIX: Final = "cwtop/"
"""Folder of the saved queries."""
_WITHIN_S: Final = 60.0


class SaveQueries:
    """Save the catalogue's queries."""

    def read(self, context: Context, target: str) -> Reading:
        """Read the saved queries; see `Action.read`."""
        live = _live(context)
        loaded = load_queries(user_file())
        catalogue = loaded.queries
        stack = context.config.stack.log_groups
        wanted = {
            f"{PREFIX}{name}": {
                "queryString": query.text.strip(),
                "logGroupNames": _whole(query.log_groups or stack),
            }
            for name, query in catalogue.items()
            # The service has no place to ask for them.
            if not query.parameters
        }
        globs = [
            name
            for name, query in catalogue.items()
            if not query.parameters
            and len(_whole(query.log_groups or stack)) < len(query.log_groups or stack)
        ]
        problems = [str(one) for one in loaded.problems]
        left = [name for name, query in catalogue.items() if query.parameters]
        facts = {name: _fields(one) for name, one in live.items()}
        ids = {name: str(one["queryDefinitionId"]) for name, one in live.items()}
        return Reading(
            target,
            {"queries": facts},
            {"wanted": wanted, "ids": ids, "left": left, "globs": globs, "problems": problems},
        )

    def form(self, reading: Reading, values: Mapping[str, str]) -> tuple[Field, ...]:
        """Return the form; see `Action.form`."""
        return ()

    def plan(self, reading: Reading, values: Mapping[str, str]) -> Plan:
        """Return the plan; see `Action.plan`."""
        live: Mapping[str, Mapping[str, Any]] = reading.facts["queries"]
        steps: list[Step] = []
        changes = []
        for name, wanted in reading.context["wanted"].items():
            if live.get(name) == wanted:
                continue
            changes.append(Change(name, "another text or group" if name in live else "", "saved"))
            steps.append(_step(len(steps), name, wanted, live.get(name), reading.context["ids"].get(name)))
        left = reading.context["left"]
        return Plan(
            action="logs-save-queries",
            title=f"Save {len(steps)} quer{'y' if len(steps) == 1 else 'ies'} of the catalogue to CloudWatch",
            target=reading.target,
            changes=tuple(changes),
            steps=tuple(steps),
            checks=_checks(reading.context),
            notes=(
                (
                    f"Not saved, because they ask for values, for which CloudWatch has no place: "
                    f"{', '.join(left)}. Run them with i in the console, or with cwtop query.",
                )
                if left
                else ()
            ),
        )


def _checks(known: Mapping[str, Any]) -> tuple[Check, ...]:
    """Return what is wrong with the user's file, and the queries that lose a pattern of log groups."""
    found = [
        # The rest of the file is saved; what is broken may be what its owner wants to be saved.
        Check(Verdict.WARN, f"The file of queries is broken: {one}.", "Left out; mend it and plan again.")
        for one in known["problems"]
    ]
    if known["globs"]:
        text = f"A saved query names whole log groups; patterns are left out of: {', '.join(known['globs'])}."
        found.append(Check(Verdict.WARN, text, "Choose the groups in the AWS console before it is run."))
    return tuple(found)


def _whole(groups: Iterable[str]) -> list[str]:
    """Return the names among names and patterns of log groups."""
    return [one for one in groups if not set(one) & set("*?:")]


def query_definition(context: Context, params: Mapping[str, Any]) -> Progress:
    """Look whether a saved query reads back equal (None: gone); params: name, fields."""
    live, wanted = _live(context).get(params["name"]), params["fields"]
    now = None if live is None else _fields(live)
    if now == wanted:
        return Progress(State.DONE, f"{params['name']} is {'gone' if wanted is None else 'saved'}")
    return Progress(State.PENDING, f"{params['name']} does not read back yet")


def _step(
    number: int, name: str, wanted: Mapping[str, Any], live: Mapping[str, Any] | None, id_: str | None
) -> Step:
    known = {} if id_ is None else {"queryDefinitionId": id_}
    undo = (
        Call("logs", "delete_query_definition", {"queryDefinitionId": Ref(number, "queryDefinitionId")})
        if live is None
        else Call("logs", "put_query_definition", {"name": name, **known, **live})
    )
    return Step(
        f"Save {name}",
        Call("logs", "put_query_definition", {"name": name, **known, **wanted}),
        Expect("query-definition", {"name": name, "fields": dict(wanted)}, _WITHIN_S),
        (undo,),
        Expect("query-definition", {"name": name, "fields": None if live is None else dict(live)}, _WITHIN_S),
    )


def _live(context: Context) -> dict[str, dict[str, Any]]:
    found = context.pages(
        "logs",
        "describe_query_definitions",
        "queryDefinitions",
        cursor="nextToken",
        queryDefinitionNamePrefix=PREFIX,
    )
    return {str(one["name"]): dict(one) for one in found}


def _fields(live: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "queryString": str(live.get("queryString", "")).strip(),
        "logGroupNames": list(live.get("logGroupNames") or ()),
    }
