"""Another profile and Region: chosen from the AWS configuration file; the console starts anew with them."""

from __future__ import annotations

from pathlib import Path

from tests.screens.kit import RARE, runtime_of, seated
from tui.runtime import Switch
from tui.sandbox.launcher import Sandbox
from tui.switching import choices, region_of
from widgets.dialogs import PromptDialog
from widgets.picker import PickerDialog

PROFILES = """
[default]
region = us-east-1
[profile prod]
region = ap-northeast-2
sso_session = office
[profile audit]
role_arn = arn:aws:iam::123456789012:role/audit
"""


def test_profiles_are_offered_with_region_and_login_the_current_first(isolated_environment: Path) -> None:
    (isolated_environment / "aws-config").write_text(PROFILES)
    assert [(one.value, one.note) for one in choices("prod")] == [
        ("prod", "ap-northeast-2 sso"),
        ("audit", "role"),
        ("default", "us-east-1"),
    ]
    assert next(one.value for one in choices(None)) == "default"
    assert region_of("prod", "eu-west-1") == "ap-northeast-2"
    assert region_of("audit", "eu-west-1") == "eu-west-1"


async def test_a_choice_ends_the_console_with_what_to_start_anew(
    sandbox_environment: Sandbox, isolated_environment: Path
) -> None:
    (isolated_environment / "aws-config").write_text(PROFILES)
    runtime = runtime_of(sandbox_environment, own_keys=False, cadences=RARE)
    async with seated(runtime) as seat:
        await seat.press("P")
        await seat.until(lambda: isinstance(seat.app.screen, PickerDialog), "the profiles are offered")
        await seat.press(*"prod", "enter")
        await seat.until(lambda: isinstance(seat.app.screen, PromptDialog), "the Region is asked for")
        await seat.press("enter")
        await seat.until(lambda: seat.app._exit, "the console ends")
    assert seat.app.return_value == Switch("prod", "ap-northeast-2")
