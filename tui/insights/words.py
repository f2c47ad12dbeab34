"""The words of the query language: commands, keywords, units of time.

See CWL_QuerySyntax.html and its pages, one a command, in docs.aws.amazon.com/AmazonCloudWatch/latest/logs/.
"""

from __future__ import annotations

import difflib

# The kind of token that begins each command. OTHER: known by name, checked no further.
COMMANDS = {
    "fields": "FIELDS",
    "display": "DISPLAY",
    "filter": "FILTER",
    "where": "FILTER",
    "stats": "STATS",
    "sort": "SORT",
    "order": "SORT",
    "limit": "LIMIT",
    "head": "LIMIT",
    "tail": "LIMIT",
    "parse": "PARSE",
    "dedup": "DEDUP",
    "pattern": "PATTERN",
    "unnest": "UNNEST",
    "expand": "EXPAND",
    "accum": "ACCUM",
    "filldown": "FILLDOWN",
    "fillmissing": "FILLMISSING",
    "addtotals": "ADDTOTALS",
    **dict.fromkeys(
        (
            *(
                "anomaly",
                "appendcols",
                "autoregress",
                "cidrlookup",
                "countfrequent",
                "count_frequent",
                "diff",
            ),
            *("estimate", "filterindex", "join", "json", "logcompare", "lookup", "outlier", "relevantfields"),
            *("search", "sessionize", "source"),
        ),
        "OTHER",
    ),
}

# How each command is written: said where one is written wrongly.
USAGE = {
    "FIELDS": "fields @timestamp, @message",
    "DISPLAY": "display @timestamp, @message",
    "FILTER": "filter status >= 500 and @message like /timeout/",
    "STATS": "stats count(*) as total by bin(5m)",
    "SORT": "sort @timestamp desc",
    "LIMIT": "limit 20",
    "PARSE": 'parse @message "user=* took *" as user, took',
    "DEDUP": "dedup server, severity",
    "PATTERN": "pattern @message",
    "UNNEST": "unnest events into event",
    "EXPAND": "expand items",
    "ACCUM": "accum bytes as total",
    "FILLDOWN": "filldown host cpu*",
    "FILLMISSING": "fillmissing with 0 for total",
    "ADDTOTALS": "addtotals fieldname=Sum price, tax",
}

# Words that are no field's name unless they stand in backticks.
RESERVED = frozenset(("and", "or", "not", "in", "like", "as", "by"))

# Behind an operand these words say something in one command only; elsewhere they are names.
KEYWORDS = {
    "STATS": {"offset": "OFFSET"},
    "SORT": {"asc": "DIRECTION", "desc": "DIRECTION"},
    "PARSE": {"logfmt": "LOGFMT", "csv": "CSV", "xml": "XML", "multi": "MULTI"},
    "UNNEST": {"into": "INTO"},
    "FILLMISSING": {"for": "FOR"},
}

# Directly behind the command's word.
FIRST_KEYWORDS = {"LIMIT": {"any": "ANY"}, "FILLMISSING": {"with": "WITH"}}

_SPELLINGS = {
    "ms": "ms msec msecs millisecond milliseconds",
    "s": "s sec secs second seconds",
    "m": "m min mins minute minutes",
    "h": "h hr hrs hour hours",
    "d": "d day days",
    "w": "w week weeks",
    "mo": "mo mon mons month months",
    "q": "q qtr qtrs quarter quarters",
    "y": "y yr yrs year years",
}

# Every spelling of a unit of time, in lower case, and the one that the tree holds.
UNITS = {spelling: unit for unit, spellings in _SPELLINGS.items() for spelling in spellings.split()}

# The service silently takes more of a unit as this many of it.
UNIT_CAPS = {"ms": 1000, "s": 60, "m": 60, "h": 24}


def nearest(word: str, known: list[str]) -> str:
    """Return the known word that is most like `word`, in any case; "" where none is."""
    by_lower = {each.lower(): each for each in known}
    found = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else ""
