"""The functions of the query language: one table for lint, completion and the engine.

Names, groups and meanings: CWL_QuerySyntax-operations-functions.html and CWL_QuerySyntax-Stats.html in
docs.aws.amazon.com/AmazonCloudWatch/latest/logs/. The service's list grows: a name that is missing here may
be right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["aggregate", "numeric", "date", "general", "string", "json", "ip", "hash"]

MANY = 1000


@dataclass(frozen=True, slots=True)
class Function:
    """A function.

    Attributes:
        name: As AWS writes it.
        kind: The group of the documentation.
        least: Fewest arguments.
        most: Most arguments; `MANY` where there is no limit.
        usage: How a call is written.
        help: One sentence: what it gives.
    """

    name: str
    kind: Kind
    least: int
    most: int
    usage: str
    help: str


def key(name: str) -> str:
    """Return a function's name as the tree has it: lower case, without underscores."""
    return name.lower().replace("_", "")


_ALIASES = {
    "collectvalues": "values",
    "strftime": "formatdate",
}

_TABLE: tuple[tuple[Kind, str], ...] = (
    (
        "aggregate",
        """
        avg(x) | The mean of the numbers.
        sum(x) | The sum of the numbers; a comparison counts as 1 or 0.
        min(x) | The smallest value.
        max(x) | The largest value.
        count([x]) | The number of rows; with a field, of the rows that have it.
        countDistinct(x) | The number of different values, approximate where there are many.
        median(x) | The value in the middle.
        stddev(x) | The standard deviation of the numbers.
        variance(x) | The variance of the numbers.
        pct(x, percent) | The value that so many percent of the numbers do not exceed.
        values(x) | The different values as a list.
        topk(k, x) | The k most frequent values; without by, and alone in its stats.
        earliest(x) | The value in the earliest event.
        latest(x) | The value in the latest event.
        sortsFirst(x) | The value that sorts first.
        sortsLast(x) | The value that sorts last.
        rate(x, period) | The increase of a counter per period.
        countOverTime(x, [period]) | The count over a window of time.
        sumOverTime(x, [period]) | The sum over a window of time.
        """,
    ),
    (
        "numeric",
        """
        abs(x) | The number without its sign.
        ceil(x) | The next whole number upward.
        floor(x) | The next whole number downward.
        greatest(a, ...) | The largest of the values.
        least(a, ...) | The smallest of the values.
        log(x) | The natural logarithm.
        sqrt(x) | The square root.
        round(x, [digits]) | The number rounded to so many digits.
        haversine(latitude1, longitude1, latitude2, longitude2) | The distance of two places on the globe.
        toNumber(x) | The value as a number; nothing where it is none.
        toInt(x) | The value as a whole number, cut off; nothing where it is none.
        toLong(x) | The value as a whole number, cut off; nothing where it is none.
        toDouble(x) | The value as a decimal; nothing where it is none.
        histogram(x, width) | The step of this width that the number falls into, for grouping.
        """,
    ),
    (
        "date",
        """
        bin([timestamp], period) | @timestamp rounded down to the period, for grouping.
        dateFloor(timestamp, period) | The timestamp rounded down to the period.
        dateCeil(timestamp, period) | The timestamp rounded up to the period.
        fromMillis(milliseconds) | The timestamp of so many milliseconds since 1970.
        toMillis(timestamp) | The milliseconds from 1970 to the timestamp.
        now() | The seconds from 1970 to now.
        parseDate(text, pattern, [zone]) | The milliseconds from 1970 to the date in the text.
        formatDate(timestamp, format, [zone]) | The timestamp as text.
        """,
    ),
    (
        "general",
        """
        isPresent(x) | Whether the event has the field.
        coalesce(a, ...) | The first of the values that is there.
        case(condition, value, ...) | The value of the first condition that holds; a last one is the default.
        if(condition, a, b) | a where the condition holds, else b.
        isNumeric(x) | Whether the value is a number.
        messageSize(x) | The size of the value in bytes.
        queryStartTime() | The start of the range of time, in milliseconds since 1970.
        queryEndTime() | The end of the range of time, in milliseconds since 1970.
        queryTimeRange() | The length of the range of time in milliseconds.
        unmask(x) | The value with masked data shown, where that is permitted.
        """,
    ),
    (
        "string",
        """
        isEmpty(text) | 1 where the field is missing or empty, else 0.
        isBlank(text) | 1 where the field is missing, empty or white space, else 0.
        concat(a, ...) | The values joined to one text.
        ltrim(text, [characters]) | The text without white space, or these characters, at its start.
        rtrim(text, [characters]) | The text without white space, or these characters, at its end.
        trim(text, [characters]) | The text without white space, or these characters, at both ends.
        strlen(text) | The number of characters.
        toUpper(text) | The text in capitals.
        toLower(text) | The text in small letters.
        substr(text, start, [length]) | The part of the text from a place on, the first being 0.
        replace(text, old, new) | The text with each old part replaced.
        regexReplace(text, regex, new) | The text with each match of the expression replaced.
        strcontains(text, part, [ignoreCase]) | 1 where the text holds the part, else 0.
        startsWith(text, part) | 1 where the text begins with the part, else 0.
        endsWith(text, part) | 1 where the text ends with the part, else 0.
        urlEncode(text) | The text with percent signs as URLs have them.
        urlDecode(text) | The text of a URL's part.
        base64Encode(text) | The text in base 64.
        base64Decode(text) | The text that base 64 stands for.
        split(text, separator) | The parts of the text as a list.
        hexToAscii(text) | The text that hexadecimal digits stand for.
        hexToDec(text) | The number that hexadecimal digits stand for.
        decToHex(x) | The number in hexadecimal digits.
        """,
    ),
    (
        "json",
        """
        jsonParse(text) | The JSON in the text as a map or a list.
        jsonStringify(x) | The map or list as JSON.
        jsonArraySize(list) | The number of elements.
        jsonArrayContains(list, value) | Whether the list holds the value.
        """,
    ),
    (
        "ip",
        """
        isValidIp(text) | Whether the text is an IP address.
        isValidIpV4(text) | Whether the text is an IPv4 address.
        isValidIpV6(text) | Whether the text is an IPv6 address.
        isIpInSubnet(text, subnet) | Whether the address is in the subnet.
        isIpv4InSubnet(text, subnet) | Whether the IPv4 address is in the subnet.
        isIpv6InSubnet(text, subnet) | Whether the IPv6 address is in the subnet.
        ipv4ToNumber(text) | The IPv4 address as a number.
        isPrivateIP(text) | Whether the address is a private one.
        isPublicIP(text) | Whether the address is a public one.
        isReservedIP(text) | Whether the address is a reserved one.
        """,
    ),
    (
        "hash",
        """
        md5(text) | The MD5 digest.
        sha256(text) | The SHA-256 digest.
        """,
    ),
)


def _function(kind: Kind, line: str) -> Function:
    usage, _, said = (part.strip() for part in line.partition("|"))
    name, _, inside = usage.rstrip(")").partition("(")
    arguments = [part.strip() for part in inside.split(",") if part.strip()]
    needed = [part for part in arguments if part != "..." and not part.startswith("[")]
    most = MANY if "..." in arguments else len(arguments)
    return Function(name, kind, len(needed), most, usage.replace("...", "…"), said)


def _functions() -> dict[str, Function]:
    table = {}
    for kind, lines in _TABLE:
        for line in lines.strip().splitlines():
            function = _function(kind, line)
            table[key(function.name)] = function
    for alias, name in _ALIASES.items():
        table[alias] = table[name]
    return table


FUNCTIONS = _functions()
"""Each function by its `key`; an older name leads to the same entry."""

AGGREGATES = frozenset(name for name, function in FUNCTIONS.items() if function.kind == "aggregate")
"""The keys of the functions that take many rows to one value."""
