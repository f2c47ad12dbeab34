"""The fields of log events: those that every event has, and those that are found in its message.

Rules: CWL_AnalyzeLogData-discoverable-fields.html in docs.aws.amazon.com/AmazonCloudWatch/latest/logs/.
"""

from __future__ import annotations

from typing import Final

from tui.insights.engine.values import Value, json_path, quoted

SYSTEM: Final = {
    "@timestamp": Value("ts", "time"),
    "@message": Value("message", "text"),
    "@log": Value("grp", "text"),
    "@logStream": Value("stream", "text"),
    "@ingestionTime": Value("ingested", "time"),
}
"""Fields of every event."""

# Lines of the Lambda platform: START, END and REPORT.
_LAMBDA_TEXT = {
    "@type": r"^(START|END|REPORT) RequestId: ",
    "@requestId": r"RequestId: ([0-9a-fA-F-]{36})",
}
_LAMBDA_NUMBERS = {
    "@duration": (r"^REPORT .*?\bDuration: ([0-9.]+) ms", 1),
    "@billedDuration": (r"^REPORT .*?\bBilled Duration: ([0-9.]+) ms", 1),
    "@initDuration": (r"^REPORT .*?\bInit Duration: ([0-9.]+) ms", 1),
    # The service gives bytes where the line says MB, and counts a thousand.
    "@memorySize": (r"^REPORT .*?\bMemory Size: ([0-9.]+) MB", 1_000_000),
    "@maxMemoryUsed": (r"^REPORT .*?\bMax Memory Used: ([0-9.]+) MB", 1_000_000),
}
_LAMBDA_OTHER = {
    "@xrayTraceId": r"^REPORT .*?\bXRAY TraceId: (\S+)",
    "@xraySegmentId": r"^REPORT .*?\bSegmentId: (\S+)",
}

# docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html, version 2; the service writes camel case.
_FLOW = (
    "version", "accountId", "interfaceId", "srcAddr", "dstAddr", "srcPort", "dstPort", "protocol", "packets",
    "bytes", "start", "end", "action", "logStatus",
)  # fmt: skip
_IS_FLOW = r"^2 \S+ eni-\S+ \S+ \S+ (\S+ ){8}(OK|NODATA|SKIPDATA)\s*$"


class Discovery:
    """Finds fields in the messages, and remembers which JSON paths that takes."""

    def __init__(self) -> None:
        self._paths: dict[str, int] = {}

    @property
    def paths(self) -> tuple[str, ...]:
        """JSON paths, in the order of the relation's `found`."""
        return tuple(self._paths)

    def __call__(self, path: tuple[str | int, ...]) -> Value:
        """Return a field that the log itself holds; NULL in events that do not have it."""
        name = ".".join(map(str, path))
        if (pattern := _LAMBDA_TEXT.get(name) or _LAMBDA_OTHER.get(name)) is not None:
            return Value(_extract(pattern), "text")
        if name in _LAMBDA_NUMBERS:
            pattern, factor = _LAMBDA_NUMBERS[name]
            number = f"TRY_CAST({_extract(pattern)} AS DOUBLE)"
            return Value(f"({number} * {factor})" if factor > 1 else number, "number")
        if name.startswith("@@"):
            path = (name[1:], *path[1:]) if len(path) == 1 else (str(path[0])[1:], *path[1:])
        elif name.startswith("@"):
            return Value("CAST(NULL AS VARCHAR)", "text")
        return self._in_json(path, name)

    def _in_json(self, path: tuple[str | int, ...], name: str) -> Value:
        places = [json_path(one) for one in _places(path)]
        sql, structured = self._found(places[0]), _structured(places[0])
        if len(places) > 1:
            sql = f"coalesce({', '.join(self._found(one) for one in places)})"
            structured = f"({' OR '.join(_structured(one) for one in places)})"
        if name in _FLOW:
            part = f"split_part(message, ' ', {_FLOW.index(name) + 1})"
            sql = (
                f"coalesce({sql}, CASE WHEN starts_with(message, '2 ') AND regexp_matches(message,"
                f" {quoted(_IS_FLOW)}) THEN nullif({part}, '-') END)"
            )
        return Value(sql, "text", structured=structured)

    def _found(self, path: str) -> str:
        index = self._paths.setdefault(path, len(self._paths) + 1)
        return f"found[{index}]"


def _places(path: tuple[str | int, ...]) -> list[tuple[str | int, ...]]:
    """Return where a field with a dotted name can stand, the likeliest first.

    A field is known by its keys joined with dots, so backticks around the whole name say nothing of its keys;
    and a key may hold dots itself: OpenTelemetry writes `attributes.http.method` as the key "http.method" of
    `attributes`.
    """
    steps = tuple(_step(step) for part in path for step in str(part).split("."))
    if not all(map(str, steps)):
        # An empty key is none that dots lead to.
        return [path]
    tails = [(*steps[:index], ".".join(map(str, steps[index:]))) for index in range(len(steps) - 2, -1, -1)]
    return list(dict.fromkeys([path, steps, *tails]))


def _step(written: str) -> str | int:
    """Return a position as a number; "007" is none."""
    return int(written) if written.isdecimal() and str(int(written)) == written else written


def _extract(pattern: str) -> str:
    return f"nullif(regexp_extract(message, {quoted(pattern)}, 1), '')"


def _structured(path: str) -> str:
    return f"coalesce(TRY(json_type(message, {quoted(path)})) IN ('OBJECT', 'ARRAY'), false)"
