"""Cancel a session's statement, end a session, stop an index build."""

from __future__ import annotations

from collections.abc import Mapping

from tui.actions.pg_common import call, door_of, inventory, quoted, server_checks
from tui.actions.pg_watch import index_gone, phase_text
from tui.actions.protocol import Context, Reading
from tui.domain.forms import Field, FormError
from tui.domain.pgsessions import blocking_tree
from tui.domain.pgstats import ActivitySnapshot, Session
from tui.domain.plan import Check, Effect, Expect, Impact, Plan, Step, Verdict
from tui.domain.units import age_text, plural
from tui.sources.postgres import ActivitySource
from widgets.text import one_line

_END_S = 30.0

_LOOK_AT = "The session may be in uninterruptible work: end the session instead, or look at the instance."


def _label(one: Session, activity: ActivitySnapshot) -> str:
    """Return a session as a choice shows it."""
    since = one.xact_start_s or one.query_start_s or one.backend_start_s
    age = age_text(activity.now_s - since) if since is not None else "?"
    whose = one.application or one.role
    return one_line(f"{one.pid} {whose} {one.state or 'hidden'} {age}: {one.query}", 100)


class _Signal:
    """Sends a signal to a session."""

    action = ""
    method = ""
    verb = ""

    def read(self, context: Context, target: str) -> Reading:
        """Read the sessions; see `Action.read`. They change by themselves: nothing is compared."""
        door = door_of(context)
        return Reading(
            target, {}, {"activity": ActivitySource(door, context.clock).fetch(), "about": door.about()}
        )

    def form(self, reading: Reading, values: Mapping[str, str]) -> tuple[Field, ...]:
        """Return the form; see `Action.form`."""
        activity: ActivitySnapshot = reading.context["activity"]
        choices = tuple((str(one.pid), _label(one, activity)) for one in self._offered(activity))
        first = choices[0][0] if choices else ""
        return (Field("pid", "Session", "choice", values.get("pid") or first, choices=choices),)

    def plan(self, reading: Reading, values: Mapping[str, str]) -> Plan:
        """Return the plan; see `Action.plan`."""
        activity: ActivitySnapshot = reading.context["activity"]
        one = next((each for each in activity.sessions if str(each.pid) == values["pid"]), None)
        if one is None:
            raise FormError("pid", "That session has ended.")
        tree = {node.pid: node for node in blocking_tree(activity)}
        waiting = tree[one.pid].blocks if one.pid in tree else 0
        whose = one.application or one.role or "no name"
        held = (
            ""
            if one.xact_start_s is None
            else f", transaction open for {age_text(activity.now_s - one.xact_start_s)}"
        )
        return Plan(
            action=self.action,
            title=f"{self.verb} of session {one.pid} ({one_line(whose, 60)})",
            target=reading.target,
            changes=(),
            steps=(self._step(one),),
            impact=Impact(Effect.SESSION, self._impact()),
            checks=tuple(self._checks(one)),
            irreversible="What the session was doing is rolled back, and cannot be taken up again.",
            notes=(
                f"{one.state or 'hidden'}{held}; {plural(waiting, 'session')} behind it.",
                *((one_line(one.query, 400),) if one.query else ()),
            ),
            repeats=True,
        )

    def _offered(self, activity: ActivitySnapshot) -> list[Session]:
        roots = {node.pid: node.blocks for node in blocking_tree(activity) if node.blocks}
        clients = [one for one in activity.sessions if one.is_client and one.application != "cwtop"]
        return sorted(
            clients,
            key=lambda one: (
                -roots.get(one.pid, 0),
                not one.is_idle_in_transaction,
                not one.is_active,
                one.xact_start_s or activity.now_s,
                one.pid,
            ),
        )

    def _checks(self, one: Session) -> list[Check]:
        if one.application == "cwtop action":
            text = "This session carries out an action of cwtop."
            return [
                Check(Verdict.WARN, text, "A build is stopped with db-cancel-build, which drops its debris.")
            ]
        return []

    def _impact(self) -> str:
        return ""

    def _step(self, one: Session) -> Step:
        raise NotImplementedError


class CancelStatement(_Signal):
    """Cancel what a session executes; the session stays."""

    action = "db-cancel"
    verb = "Cancel the statement"

    def _impact(self) -> str:
        return "The client gets an error (57014) for its statement; its transaction is aborted."

    def _checks(self, one: Session) -> list[Check]:
        found = super()._checks(one)
        if not one.is_active:
            text = f"The session executes nothing ({one.state or 'hidden'}): there is nothing to cancel."
            found.append(Check(Verdict.BLOCK, text, "End the session (db-terminate)."))
        return found

    def _step(self, one: Session) -> Step:
        params = {"pid": one.pid, "query_start": one.query_start_s or 0.0}
        watch = {**params, "backend_start": one.backend_start_s or 0.0}
        text = f"Cancel the statement of session {one.pid}"
        return Step(text, call("cancel_backend", params), Expect("pg-session", watch, _END_S, _LOOK_AT))


class TerminateSession(_Signal):
    """End a session."""

    action = "db-terminate"
    verb = "End the connection"

    def _impact(self) -> str:
        return "The client loses its connection; a pool opens another one. Its locks are released."

    def _step(self, one: Session) -> Step:
        params = {"pid": one.pid, "backend_start": one.backend_start_s or 0.0}
        watch = {**params, "query_start": None}
        text = f"End session {one.pid}"
        return Step(text, call("terminate_backend", params), Expect("pg-session", watch, _END_S, _LOOK_AT))


class CancelBuild:
    """Stop an index build and drop what it leaves."""

    def read(self, context: Context, target: str) -> Reading:
        """Read the builds; see `Action.read`."""
        return Reading(target, {}, {"inventory": inventory(context)})

    def form(self, reading: Reading, values: Mapping[str, str]) -> tuple[Field, ...]:
        """Return the form; see `Action.form`."""
        builds = reading.context["inventory"].builds
        choices = tuple(
            (str(one["pid"]), one_line(f"{one['index_name']} on {one['table_name']}: {phase_text(one)}", 100))
            for one in builds
        )
        choices = choices or (("", "none is under way"),)
        return (Field("pid", "Build", "choice", choices[0][0], choices=choices),)

    def plan(self, reading: Reading, values: Mapping[str, str]) -> Plan:
        """Return the plan; see `Action.plan`."""
        found = reading.context["inventory"]
        build = next((one for one in found.builds if str(one["pid"]) == values["pid"]), None)
        if build is None:
            raise FormError("pid", "No index is being built.")
        index = next((one for one in found.tables.indexes if one.oid == int(build["index_oid"] or 0)), None)
        steps = [
            Step(
                f"Cancel the build by session {build['pid']}",
                call("cancel_build", {"pid": int(build["pid"]), "table_oid": int(build["table_oid"])}),
                Expect("pg-no-build", {"pid": int(build["pid"])}, _END_S, _LOOK_AT),
            )
        ]
        if index is not None and str(build["command"]).endswith("CONCURRENTLY"):
            place = {"schema": index.schema, "name": index.name}
            text = f"Drop the invalid {one_line(quoted(index.name), 80)}"
            steps.append(Step(text, call("drop_index", place), index_gone(place)))
        return Plan(
            action="db-cancel-build",
            title=f"Stop the build of {one_line(str(build['index_name'] or 'an index'), 80)}",
            target=reading.target,
            changes=(),
            steps=tuple(steps),
            impact=Impact(text="The application does not notice; the work done so far is lost."),
            checks=tuple(server_checks(found.about)),
            irreversible="The build begins from nothing when it is started again.",
            notes=(phase_text(build),),
            repeats=True,
        )
