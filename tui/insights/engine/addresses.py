"""IP addresses in SQL: an address becomes its bits, and a subnet is a beginning of them.

DuckDB's own type for addresses is an extension that would have to be fetched from a network.
"""

from __future__ import annotations

import ipaddress

_BYTE = r"(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
# Patterns with repetition counts would meet str.format, so they stand here and not in templates.
_V4 = rf"^{_BYTE}\.{_BYTE}\.{_BYTE}\.{_BYTE}$"

# datatracker.ietf.org/doc/html/rfc1918 and rfc4193
_PRIVATE = ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
# iana.org/assignments/iana-ipv4-special-registry and iana-ipv6-special-registry
_RESERVED = (
    "0.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24",
    "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4", "::/128", "::1/128",
    "64:ff9b::/96", "100::/64", "2001::/23", "2001:db8::/32", "fe80::/10", "ff00::/8",
)  # fmt: skip


def _bits(subnets: tuple[str, ...]) -> str:
    parts = []
    for written in subnets:
        net = ipaddress.ip_network(written)
        bits = f"{int(net.network_address):0{net.max_prefixlen}b}"[: net.prefixlen]
        parts.append(f"'{'4' if net.version == 4 else '6'}{bits}'")
    return f"[{', '.join(parts)}]"


MACROS = (
    f"CREATE MACRO ip_is4(s) AS regexp_matches(s, '{_V4}')",
    # The last 32 bits may be written as an IPv4 address.
    "CREATE MACRO ip_plain6(s) AS CASE WHEN contains(s, '.') THEN CASE WHEN"
    " ip_is4(regexp_extract(s, '[^:]*$')) THEN regexp_replace(s, '[^:]*$', '') || to_hex("
    " CAST(split_part(regexp_extract(s, '[^:]*$'), '.', 1) AS BIGINT) * 256"
    " + CAST(split_part(regexp_extract(s, '[^:]*$'), '.', 2) AS BIGINT)) || ':' || to_hex("
    " CAST(split_part(regexp_extract(s, '[^:]*$'), '.', 3) AS BIGINT) * 256"
    " + CAST(split_part(regexp_extract(s, '[^:]*$'), '.', 4) AS BIGINT)) END ELSE s END",
    "CREATE MACRO ip_groups(s) AS CASE WHEN s = '' THEN CAST([] AS VARCHAR[]) ELSE string_split(s, ':') END",
    # '::' stands for as many zero groups as are missing, at least one.
    "CREATE MACRO ip_wide6(s) AS CASE WHEN contains(s, '::') THEN list_concat(list_concat("
    "ip_groups(split_part(s, '::', 1)), list_transform(range(greatest(0, 8"
    " - len(ip_groups(split_part(s, '::', 1)))"
    " - len(ip_groups(split_part(s, '::', 2))))), lambda i: '0')), ip_groups(split_part(s, '::', 2)))"
    " ELSE string_split(s, ':') END",
    "CREATE MACRO ip_is6(s) AS coalesce(regexp_matches(ip_plain6(s), '^[0-9a-fA-F:]+$')"
    " AND len(string_split(ip_plain6(s), '::')) <= 2 AND len(ip_wide6(ip_plain6(s))) = 8"
    " AND (NOT contains(ip_plain6(s), '::') OR len(ip_groups(split_part(ip_plain6(s), '::', 1)))"
    " + len(ip_groups(split_part(ip_plain6(s), '::', 2))) < 8)"
    " AND list_bool_and(list_transform(ip_wide6(ip_plain6(s)), lambda g: length(g) BETWEEN 1 AND 4)), false)",
    "CREATE MACRO ip_bin(n, width) AS lpad(bin(n), width, '0')",
    # '4' or '6' in front of the bits: addresses of one version are never in subnets of the other.
    "CREATE MACRO ip_bits(s) AS CASE WHEN ip_is4(s) THEN '4' || list_aggregate("
    "list_transform(string_split(s, '.'),"
    " lambda g: ip_bin(CAST(g AS BIGINT), 8)), 'string_agg', '') WHEN ip_is6(s) THEN '6' || list_aggregate("
    "list_transform(ip_wide6(ip_plain6(s)), lambda g: ip_bin(CAST('0x' || g AS BIGINT), 16)),"
    " 'string_agg', '') END",
    "CREATE MACRO ip_prefix(subnet) AS substr(ip_bits(split_part(subnet, '/', 1)), 1,"
    " 1 + TRY_CAST(split_part(subnet, '/', 2) AS INTEGER))",
    "CREATE MACRO ip_in(s, subnet) AS starts_with(ip_bits(s), ip_prefix(subnet))",
    "CREATE MACRO ip_in_any(s, prefixes) AS list_bool_or(list_transform(prefixes, lambda p:"
    " starts_with(ip_bits(s), p)))",
    f"CREATE MACRO private_subnets() AS {_bits(_PRIVATE)}",
    f"CREATE MACRO reserved_subnets() AS {_bits(_RESERVED)}",
)
"""Helpers that every connection gets."""


def is_v4(text: str) -> str:
    """Return SQL of whether a text is an IPv4 address."""
    return f"ip_is4({text})"


def is_v6(text: str) -> str:
    """Return SQL of whether a text is an IPv6 address."""
    return f"ip_is6({text})"


def in_subnet(text: str, subnet: str, version: int = 0) -> str:
    """Return SQL of whether an address is in a subnet, written as 10.0.0.0/8; 0: of either version."""
    inside = f"ip_in({text}, {subnet})"
    return f"(ip_is{version}({text}) AND {inside})" if version else inside


def v4_number(text: str) -> str:
    """Return SQL of an IPv4 address as a number; nothing where it is none."""
    parts = " + ".join(
        f"CAST(split_part({text}, '.', {index + 1}) AS DOUBLE) * {256 ** (3 - index)}" for index in range(4)
    )
    return f"(CASE WHEN ip_is4({text}) THEN {parts} END)"
