"""`cwtop iam`: the least-privilege IAM policy of watching, or of the tuning actions."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any, Final

from tui.runtime import StartError, configure
from tui.sources.policies import Place, policy

_ANY_ACCOUNT: Final = "123456789012"


def run(options: Mapping[str, Any]) -> int:
    """Run the command; no account is asked. Returns its exit code."""
    try:
        config = configure(options).config
    except StartError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    stack = config.stack
    if config.account is None:
        sys.stderr.write(
            f"The account is not known: the policy says {_ANY_ACCOUNT}. Set account, or add --account.\n"
        )
    place = Place(
        config.region or "us-east-1",
        config.account or _ANY_ACCOUNT,
        stack.cluster or "",
        stack.services,
        stack.databases,
        stack.log_groups,
        config.database.user or "" if config.database.login == "iam" else "",
        config.database.secret or "" if config.database.login == "secret" else "",
    )
    sys.stdout.write(json.dumps(policy(options["kind"], place), indent=2) + "\n")
    return 0
