"""The entry point `cwtop`: checks the installation, runs the command line, maps errors to exit codes.

Nothing heavy is imported here or by `--help` and `--version`.
"""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

EXIT_USAGE = 64
"""Usage or configuration error (EX_USAGE of sysexits; not click's 2, which means critical here)."""
EXIT_FAULT = 70
"""A fault of cwtop's own (EX_SOFTWARE of sysexits)."""
EXIT_CREDENTIALS = 77
EXIT_INTERRUPTED = 130


def check_install() -> str | None:
    """Return a sentence if another `config` or `widgets` module shadows ours, else None.

    The packages have generic names: a `config.py` on PYTHONPATH or a PyPI package `config` in the
    same environment would be imported instead.
    """
    home = Path(__file__).resolve().parent.parent
    for name in ("config", "widgets"):
        spec = importlib.util.find_spec(name)
        origin = Path(spec.origin).resolve() if spec and spec.origin else None
        if origin != home / name / "__init__.py":
            return (
                f"cwtop cannot start: the module '{name}' comes from {origin or 'nowhere'}, not from "
                f"{home / name}. Install cwtop alone (pipx install cwtop), and unset PYTHONPATH."
            )
    return None


def main() -> None:
    """Run the command line and exit."""
    problem = check_install()
    if problem:
        sys.stderr.write(problem + "\n")
        sys.exit(EXIT_USAGE)
    from tui.cli import run

    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
