"""The one table of commands: bindings, footer, palette, help and keymap validation come from it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Command:
    """Something the user can do.

    Attributes:
        group: Heading in the help; keys are unique within those of the console together, and within
            each modal's.
        id: Stable name; what `keys:` in the configuration rebinds.
        keys: Default keys, comma-separated, in Textual's names.
        text: What it does, as help and palette say it.
        action: Textual action on the console screen (on the modal for its group), or on the application with
            the prefix "app.".
        hint: Short word for the footer; "" keeps it out of the footer.
    """

    group: str
    id: str
    keys: str
    text: str
    action: str
    hint: str = ""


EVERYWHERE = "everywhere"
PANES = "panes"
LOGS = "logs"
INSIGHTS = "insights"
"""Within the Insights modal."""
ACTIONS = "actions"
"""Within the modal of tuning actions."""
DATABASE = "database"
"""Within the database screen."""
CHECKLIST = "checklist"
"""Within the checklist."""
EXPLAIN = "explain"
"""Within the explanation of a breach."""
MODALS = (INSIGHTS, ACTIONS, DATABASE, CHECKLIST, EXPLAIN)
"""Groups whose keys work in a modal that covers the console."""

_ROWS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    EVERYWHERE: (
        ("help", "question_mark", "Keys and what they do", "ask('help')", "help"),
        ("palette", "ctrl+p,colon", "Compare, split, theme", "app.command_palette", "palette"),
        ("window", "w", "Next time window: 15m 1h 3h 12h 24h 7d", "window", "window"),
        ("refresh", "r", "Read everything again", "refresh", "refresh"),
        ("pause", "p", "Pause or resume reading", "pause", "pause"),
        ("faster", "plus,equals_sign", "Read the focused pane more often", "cadence(-1)"),
        ("slower", "minus", "Read the focused pane less often", "cadence(1)"),
        ("profile", "P", "Another profile and Region", "ask('profile')"),
        ("copy", "y", "Copy the focused figure or log line", "ask('copy')"),
        ("console-link", "o", "The AWS console page of the resource", "ask('link')"),
        ("save", "s", "Save the log lines shown, in other panes a picture (SVG); says where", "save"),
        ("redraw", "ctrl+l", "Draw the screen again", "redraw"),
        ("suspend", "ctrl+z", "Suspend to the shell", "app.suspend_process"),
        ("insights", "i", "Logs Insights: queries by name or your own", "ask('insights')", "query"),
        ("actions", "a", "Tuning actions: plan, confirm, apply, undo", "ask('actions')", "actions"),
        ("database", "d", "PostgreSQL: statements, locks, indexes", "ask('database')", "database"),
        ("checklist", "c", "Checklist: eighteen items verified live, with their fixes", "ask('checklist')"),
        ("timeline", "v", "Timeline: what happened; charts and log go along", "timeline('')", "timeline"),
        ("timeline-kinds", "V", "Timeline: all, or some kinds only", "timeline('kinds')"),
        ("explain", "e", "Explain the breach: since when, why, what to do", "ask('explain')", "explain"),
        ("incident", "x", "Write the incident record (Markdown and JSON) and show it", "ask('incident')"),
        ("acknowledge", "K", "Acknowledge or snooze a breach: shown, not told again", "ask('acknowledge')"),
        ("back", "escape", "Close the topmost thing; at last return to live", "back"),
        ("quit", "q", "Back; at the top, quit", "ask('quit')", "quit"),
        ("interrupt", "ctrl+c", "Twice: quit at once", "app.interrupt"),
    ),
    PANES: (
        ("pane-1", "1", "First pane", "pane(0)"),
        ("pane-2", "2", "Second pane", "pane(1)"),
        ("pane-3", "3", "Third pane", "pane(2)"),
        ("pane-4", "4", "Fourth pane", "pane(3)"),
        ("next-pane", "tab", "Next pane", "next_pane(1)", "pane"),
        ("previous-pane", "shift+tab", "Previous pane", "next_pane(-1)"),
        ("maximise", "z", "Maximise the focused pane, and back", "zoom", "zoom"),
        ("previous-resource", "comma", "Previous resource of the pane", "resource(-1)"),
        ("next-resource", "full_stop", "Next resource of the pane", "resource(1)"),
        ("down", "j", "Down", "move('down')"),
        ("up", "k", "Up", "move('up')"),
        ("top", "g", "To the start", "move('home')"),
        ("bottom", "G", "To the end", "move('end')"),
        ("cursor-back", "left_square_bracket", "Step the time cursor back; the log follows", "moment(-1)"),
        ("cursor-on", "right_square_bracket", "Step the time cursor on; at last live again", "moment(1)"),
        ("go-to", "at", "Go to a time, in the charts and in the log", "log('go-to')"),
        ("task-log", "t", "The log of a stopped task", "log('task-log')"),
    ),
    LOGS: (
        ("follow", "f", "Follow the newest line", "log('follow')", "follow"),
        ("open", "enter", "Open the whole event", "log('open')"),
        ("context", "u", "The event's own stream before and after it", "log('context')"),
        ("search", "slash", "Search the events (regular expression)", "log('search')", "search"),
        ("next-hit", "n", "Next hit", "log('next-hit')"),
        ("previous-hit", "N", "Previous hit", "log('previous-hit')"),
        ("filter-lines", "ampersand", "Show only matching lines (! hides)", "log('filter-lines')", "filter"),
        ("level", "l", "Level: all, INFO, WARN, ERROR and worse", "log('level')", "level"),
        ("presets", "m", "Presets; hide and show groups", "log('presets')"),
        ("filter-pattern", "F", "Filter pattern at the service", "log('filter-pattern')"),
        ("highlight", "h", "Highlight a term, with its count (up to five)", "log('highlight')"),
        ("range", "R", "Range of time", "log('range')"),
        ("live-tail", "L", "Live Tail (costs) or polling", "log('live-tail')"),
        ("wrap", "W", "Wrap long lines", "log('wrap')"),
        ("time-format", "T", "Time as local, UTC or age", "log('time-format')"),
    ),
    INSIGHTS: (
        ("query-run", "f5,ctrl+j", "Run the query", "run", "run"),
        ("query-estimate", "f6", "What the query would scan and cost (runs nothing)", "estimate", "estimate"),
        ("query-open", "enter", "Catalogue: load and run; rows: go on from there", "open", "go on"),
        ("query-leave", "escape", "Stop the run; then close", "leave", "stop, close"),
        ("query-help", "f1", "Keys of this window", "help", "help"),
        ("query-catalogue", "ctrl+b", "Browse the catalogue", "catalogue", "catalogue"),
        ("query-place", "ctrl+o", "Ask AWS, or the log lines at hand (local)", "place", "AWS/local"),
        ("query-range", "f3", "Range of time", "range", "range"),
        ("query-groups", "f2", "Log groups", "groups", "groups"),
        ("query-chart", "f4", "Rows as a chart, and back", "chart", "chart"),
        ("query-history", "f7,f11", "Runs before this one", "history", "history"),
        ("query-save", "f9", "Save the query under a name", "save", "save"),
        ("query-export", "f10", "Save the rows as CSV or JSON", "export", "export"),
        ("query-filter", "slash,f8", "Rows: only those that contain some words", "filter"),
        ("query-sort", "s", "Rows: sort by the column of the cursor, and back", "sort"),
        ("query-cell", "v", "Rows: open the cell whole", "cell"),
        ("query-copy", "y", "Rows: copy the cell", "copy('cell')"),
        ("query-copy-row", "Y", "Rows: copy the row (JSON)", "copy('row')"),
        ("query-copy-all", "A", "Rows: copy all (CSV)", "copy('all')"),
    ),
    ACTIONS: (
        ("action-apply", "f5,ctrl+j", "Apply the plan, after a confirmation", "apply", "apply"),
        ("action-leave", "escape", "Back to the list; then close", "leave", "back"),
        ("action-help", "f1", "Keys of this window", "help", "help"),
        ("action-undo", "f4,u", "Take the run that is shown back", "undo", "undo"),
        ("action-again", "f6,r", "Read the state again", "again", "read again"),
        ("action-copy", "f8,y", "Copy the commands of the plan", "copy_commands", "copy commands"),
    ),
    DATABASE: (
        ("db-tab-1", "1", "Statements", "tab(0)"),
        ("db-tab-2", "2", "Activity: who runs, waits, blocks", "tab(1)"),
        ("db-tab-3", "3", "Connections", "tab(2)"),
        ("db-tab-4", "4", "Indexes: missing, unused, duplicate, invalid", "tab(3)"),
        ("db-tab-5", "5", "Tables", "tab(4)"),
        ("db-next", "tab", "Next tab", "step_tab(1)", "next"),
        ("db-previous", "shift+tab", "Previous tab", "step_tab(-1)"),
        ("db-open", "enter", "The row whole, with its plan; what can be done about it", "open", "open"),
        ("db-sort", "s", "Sort by the column of the cursor, and back", "sort", "sort"),
        ("db-filter", "slash", "Only rows that contain some words", "filter", "filter"),
        ("db-cancel", "C", "Cancel the statement of the session", "cancel_statement", "cancel"),
        ("db-terminate", "K", "End the session", "end_session", "end"),
        ("db-actions", "a", "Tuning actions", "actions", "actions"),
        ("db-copy", "y", "Copy the statement, or the cell", "copy_row", "copy"),
        ("db-again", "r", "Read everything again", "again"),
        ("db-help", "f1,question_mark", "Keys of this screen", "help", "help"),
        ("db-leave", "escape,q", "Back to the console", "leave", "back"),
    ),
    CHECKLIST: (
        ("check-open", "enter", "The action that mends the item, or the advice whole", "open", "fix"),
        ("check-again", "r", "Verify everything again", "again", "verify again"),
        ("check-next", "n", "Next item that fails or is unknown", "step(1)", "next open"),
        ("check-previous", "N", "Previous item that fails or is unknown", "step(-1)"),
        ("check-copy", "y", "Copy the checklist (Markdown)", "copy", "copy"),
        ("check-help", "f1,question_mark", "Keys of this screen", "help", "help"),
        ("check-leave", "escape,q,c", "Back to the console", "leave", "back"),
    ),
    EXPLAIN: (
        ("explain-open", "enter", "Open the step of the cursor, and tick it", "open", "1-9 open"),
        ("explain-step-1", "1", "Open step 1 of the runbook, and tick it", "step(0)"),
        ("explain-step-2", "2", "Open step 2 of the runbook, and tick it", "step(1)"),
        ("explain-step-3", "3", "Open step 3 of the runbook, and tick it", "step(2)"),
        ("explain-step-4", "4", "Open step 4 of the runbook, and tick it", "step(3)"),
        ("explain-step-5", "5", "Open step 5 of the runbook, and tick it", "step(4)"),
        ("explain-step-6", "6", "Open step 6 of the runbook, and tick it", "step(5)"),
        ("explain-step-7", "7", "Open step 7 of the runbook, and tick it", "step(6)"),
        ("explain-step-8", "8", "Open step 8 of the runbook, and tick it", "step(7)"),
        ("explain-step-9", "9", "Open step 9 of the runbook, and tick it", "step(8)"),
        ("explain-tick", "space", "Tick the step of the cursor, or take the tick away", "tick", "tick"),
        ("explain-down", "j,down", "Next step", "move(1)"),
        ("explain-up", "k,up", "Previous step", "move(-1)"),
        ("explain-page-down", "pagedown,f", "Scroll the explanation on", "page(1)", "scroll"),
        ("explain-page-up", "pageup,b", "Scroll the explanation back", "page(-1)"),
        ("explain-book", "tab", "The next runbook that fits", "next_book", "runbook"),
        ("explain-copy", "y", "Copy explanation and steps as text", "copy", "copy"),
        ("explain-again", "r", "Read everything again", "again"),
        ("explain-help", "f1,question_mark", "Keys of this screen", "help", "help"),
        ("explain-leave", "escape,q,e", "Back to the console", "leave", "back"),
    ),
}  # fmt: skip
"""By group: id, keys, text, action, and the hint of the footer where there is one."""

COMMANDS: tuple[Command, ...] = tuple(Command(group, *row) for group, rows in _ROWS.items() for row in rows)

BY_ID: Mapping[str, Command] = {command.id: command for command in COMMANDS}


def known() -> dict[str, tuple[str, str]]:
    """Return (default keys, scope) by id, for the validation of `keys:` in the configuration.

    All commands of the console share one scope: each works from every pane. A modal covers it.
    """
    return {
        command.id: (command.keys, command.group if command.group in MODALS else "console")
        for command in COMMANDS
    }


def effective(keymap: Mapping[str, str]) -> dict[str, str]:
    """Return the keys in force by command id, after the configuration's rebinding."""
    return {command.id: keymap.get(command.id, command.keys) for command in COMMANDS}


_NAMES = {
    "question_mark": "?",
    "colon": ":",
    "plus": "+",
    "equals_sign": "=",
    "minus": "-",
    "comma": ",",
    "full_stop": ".",
    "slash": "/",
    "escape": "esc",
    "ampersand": "&",
    "left_square_bracket": "[",
    "right_square_bracket": "]",
    "at": "@",
}


def spell(keys: str) -> str:
    """Return keys as a person reads them: "?" for question_mark, "ctrl+p :" for two."""
    return " ".join(_NAMES.get(key.strip(), key.strip()) for key in keys.split(","))


def hints(
    keymap: Mapping[str, str], *, of: str = "", without: Collection[str] = ()
) -> tuple[tuple[str, str], ...]:
    """Return a footer: (first key, short word) of each command that has a hint.

    Args:
        keymap: The configuration's rebinding.
        of: One of `MODALS` for a modal's; "" for the console's.
        without: Ids of commands that can do nothing here.
    """
    keys = effective(keymap)
    return tuple(
        (spell(keys[command.id].split(",")[0]), command.hint)
        for command in COMMANDS
        if command.hint
        and command.id not in without
        and (command.group if command.group in MODALS else "") == of
    )


def help_groups(keymap: Mapping[str, str]) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    """Return the help: (group, ((keys, text), ...)) in the table's order."""
    keys = effective(keymap)
    return tuple(
        (group, tuple((spell(keys[one.id]), one.text) for one in COMMANDS if one.group == group))
        for group in (EVERYWHERE, PANES, LOGS, *MODALS)
    )
