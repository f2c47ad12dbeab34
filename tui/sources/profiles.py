"""What the AWS configuration file says of a profile: how it logs in, and whether it will prompt."""

from __future__ import annotations

import configparser
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

_MAX_CHAIN = 10


@dataclass(frozen=True, slots=True)
class Renewal:
    """How expired credentials are renewed.

    Attributes:
        kind: sso and login are mended by running `command`; process, role and keys are not cwtop's to mend.
        command: Arguments of the command to run on the plain terminal; empty where there is none.
        sentence: What to do, for the person at the console.
    """

    kind: Literal["sso", "login", "process", "keys"]
    command: tuple[str, ...]
    sentence: str


def sso_login_command(profile: str | None) -> list[str]:
    """Return the command that renews an SSO session from a terminal without a browser."""
    return ["aws", "sso", "login", "--use-device-code", *_option(profile)]


def read_profiles(env: Mapping[str, str] | None = None) -> dict[str, dict[str, str]]:
    """Return the settings of every profile of the AWS configuration file by name; {} without a file."""
    env = os.environ if env is None else env
    path = Path(env.get("AWS_CONFIG_FILE") or "~/.aws/config")
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(path.expanduser().read_text(encoding="utf-8"))
    except (OSError, RuntimeError, UnicodeDecodeError, configparser.Error):
        # botocore will tell the same trouble in a sentence when the session is made.
        return {}
    return {
        section.removeprefix("profile ").strip(): dict(parser[section])
        for section in parser.sections()
        if section == "default" or section.startswith("profile ")
    }


def needs_terminal(profile: str | None, env: Mapping[str, str] | None = None) -> bool:
    """Return whether resolving the credentials may prompt (MFA code, credential process).

    Such credentials must be resolved before the console takes the terminal. Cheap: no botocore.
    """
    profiles = read_profiles(env)
    return any(
        "mfa_serial" in settings or "credential_process" in settings
        for settings in _chain(_name(profile, env), profiles)
    )


def renewal(profile: str | None, env: Mapping[str, str] | None = None) -> Renewal:
    """Return how the credentials of a profile are renewed."""
    profiles = read_profiles(env)
    name = _name(profile, env)
    for settings in _chain(name, profiles):
        if "sso_session" in settings or "sso_start_url" in settings:
            return _by_command("sso", sso_login_command(profile))
        if "login_session" in settings:
            return _by_command("login", ["aws", "login", *_option(profile)])
        if "credential_process" in settings:
            return Renewal("process", (), "Renew what credential_process reads.")
    return Renewal("keys", (), "Put fresh keys in place.")


def _by_command(kind: Literal["sso", "login"], command: list[str]) -> Renewal:
    return Renewal(kind, tuple(command), f"Run `{' '.join(command)}`.")


def _option(profile: str | None) -> list[str]:
    return ["--profile", profile] if profile else []


def _name(profile: str | None, env: Mapping[str, str] | None) -> str:
    env = os.environ if env is None else env
    return profile or env.get("AWS_PROFILE") or env.get("AWS_DEFAULT_PROFILE") or "default"


def _chain(name: str, profiles: Mapping[str, Mapping[str, str]]) -> list[Mapping[str, str]]:
    """Return the profile's settings, then those of its source profiles."""
    chain: list[Mapping[str, str]] = []
    while name in profiles and len(chain) < _MAX_CHAIN:
        settings = profiles[name]
        chain.append(settings)
        following = settings.get("source_profile", "")
        if following == name:
            break
        name = following
    return chain
