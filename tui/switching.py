"""Another profile and Region: what can be chosen."""

from __future__ import annotations

from collections.abc import Mapping

from tui.sources.profiles import read_profiles
from widgets.picker import Choice
from widgets.text import one_line

_KINDS: Mapping[str, str] = {
    "sso_session": "sso",
    "sso_start_url": "sso",
    "role_arn": "role",
    "credential_process": "process",
}
"""Setting of a profile to the way in which it logs in."""


def choices(current: str | None) -> tuple[Choice[str], ...]:
    """Return the profiles of the AWS configuration file, the one in use first. Reads a file."""
    found = read_profiles()
    names = sorted(found, key=lambda name: (name != (current or "default"), name))
    return tuple(Choice(name, one_line(name, 60), _note(found[name])) for name in names)


def region_of(profile: str, current: str | None) -> str:
    """Return the Region that a profile names, else the one in use. Reads a file."""
    return read_profiles().get(profile, {}).get("region") or current or ""


def _note(settings: Mapping[str, str]) -> str:
    """Return Region and way of logging in: "ap-northeast-2 sso"."""
    kinds = {
        "sso_session": "sso",
        "sso_start_url": "sso",
        "role_arn": "role",
        "credential_process": "process",
    }
    kind = next((word for key, word in kinds.items() if key in settings), "")
    return one_line(" ".join(part for part in (settings.get("region", ""), kind) if part), 60)
