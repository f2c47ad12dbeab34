"""A command of the user's own: real processes, waited for on conditions."""

from __future__ import annotations

import json
import os
import queue
import sys
import time
from pathlib import Path

import pytest

from tui.notify import MOST_WAITING, CommandNotifier, terminal_notice, window_title

PATIENCE_S = 20.0


def script(tmp_path: Path, body: str) -> tuple[str, str]:
    file = tmp_path / "command.py"
    file.write_text(body)
    return sys.executable, str(file)


def test_the_command_gets_the_event_on_its_standard_input(tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = script(tmp_path, f"import sys; open({str(out)!r}, 'a').write(sys.stdin.read())")
    told: queue.Queue[str] = queue.Queue()
    notifier = CommandNotifier(command, PATIENCE_S, told.put)
    notifier.send({"text": "a; rm -rf $HOME"})
    notifier.send({"text": "two"})
    assert notifier.drain(PATIENCE_S)
    assert [json.loads(line)["text"] for line in out.read_text().splitlines()] == ["a; rm -rf $HOME", "two"]
    assert told.empty()
    notifier.close()


@pytest.mark.parametrize(
    ("body", "said"), [("import sys; sys.exit('no route')", "ended with 1: no route"), ("", "")]
)
def test_a_failure_is_told_once(tmp_path: Path, body: str, said: str) -> None:
    told: queue.Queue[str] = queue.Queue()
    notifier = CommandNotifier(script(tmp_path, body), PATIENCE_S, told.put)
    for number in range(3):
        notifier.send({"n": number})
    assert notifier.drain(PATIENCE_S)
    if said:
        assert said in told.get(timeout=PATIENCE_S)
    assert told.empty()
    notifier.close()


def test_a_command_that_is_not_there_is_told(tmp_path: Path) -> None:
    told: queue.Queue[str] = queue.Queue()
    notifier = CommandNotifier((str(tmp_path / "none"),), PATIENCE_S, told.put)
    notifier.send({})
    assert "cannot be started" in told.get(timeout=PATIENCE_S)
    notifier.close()


def test_a_hanging_command_is_killed_with_its_children(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    body = (
        "import os, subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"open({str(pids)!r}, 'w').write(str(child.pid))\ntime.sleep(600)\n"
    )
    told: queue.Queue[str] = queue.Queue()
    notifier = CommandNotifier(script(tmp_path, body), 2.0, told.put)
    began = time.monotonic()
    notifier.send({})
    assert time.monotonic() - began < 1.0
    assert "killed after 2 s" in told.get(timeout=PATIENCE_S)
    pid = int(pids.read_text())
    deadline = time.monotonic() + PATIENCE_S
    while _runs(pid) and time.monotonic() < deadline:
        os.sched_yield()
    assert not _runs(pid)
    notifier.close()


def test_the_newest_are_kept_and_what_is_dropped_is_told(tmp_path: Path) -> None:
    gate, out = tmp_path / "gate", tmp_path / "out"
    os.mkfifo(gate)
    body = (
        f"import json, sys\nn = json.load(sys.stdin)['n']\nif n == 0: open({str(gate)!r}).read()\n"
        f"open({str(out)!r}, 'a').write(f'{{n}}\\n')\n"
    )
    told: queue.Queue[str] = queue.Queue()
    notifier = CommandNotifier(script(tmp_path, body), PATIENCE_S, told.put)
    notifier.send({"n": 0})
    # Opens once the command reads: it runs.
    with gate.open("w"):
        for number in range(1, MOST_WAITING + 6):
            notifier.send({"n": number})
    assert notifier.drain(PATIENCE_S)
    assert [int(one) for one in out.read_text().split()] == [0, *range(6, MOST_WAITING + 6)]
    assert "5 events were dropped" in told.get(timeout=PATIENCE_S)
    notifier.close()


def test_sequences_hold_no_control_character_of_a_stranger() -> None:
    assert window_title("a\x07\x1b]2;x\x07b").count("\x07") == 1
    assert terminal_notice("osc777", "a;b", "c", in_tmux=False) == "\x1b]777;notify;a,b;c\x07"
    assert terminal_notice("osc9", "a", "b", in_tmux=True) == "\x1bPtmux;\x1b\x1b]9;a: b\x07\x1b\\"
    assert not terminal_notice("none", "a", "b", in_tmux=False)


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
