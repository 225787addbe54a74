"""Runs Django's commands and ours, on the running demo's database unless DATABASE_URL is set."""

import os
import sys
from pathlib import Path

from backend.config.running import running_environment

VAR = Path(__file__).resolve().parent / "var"


def main() -> None:
    """Run the command of the command line; a missing database is said in one sentence."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.config.settings")
    if not os.environ.get("DATABASE_URL") and "TWINFUND_MODE" not in os.environ:
        var = Path(os.environ.get("TWINFUND_VAR") or VAR)
        os.environ.update(running_environment(var))
    from django.core.management import execute_from_command_line
    from django.db import OperationalError

    try:
        execute_from_command_line(sys.argv)
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", None):
            raise  # The database answered, and what it said is not ours to explain.
        reason = (str(error).strip().splitlines() or ["it gave no reason"])[0]
        sys.exit(f"No database answers ({reason}). Start it with `make demo`, or set DATABASE_URL.")


if __name__ == "__main__":
    main()
