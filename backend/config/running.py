"""What the running demo tells the commands beside it.

`manage.py` in another terminal works on the demo's database, with the demo's key and sandbox,
without being told: the supervisor writes down what it gives its own children, and takes it back
when it ends. Whoever reads it asks the database first whether the note is still true.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import psycopg

NOTE = "running.json"


def remember_running(var: Path, environment: Mapping[str, str]) -> None:
    """Write down the environment of the demo that runs from `var`, for its owner's eyes only."""
    note = var / NOTE
    note.unlink(missing_ok=True)
    note.touch(mode=0o600)
    note.write_text(json.dumps(dict(environment), indent=2) + "\n")


def forget_running(var: Path) -> None:
    """Forget the demo that ran from `var`; harmless if none was written down."""
    (var / NOTE).unlink(missing_ok=True)


def running_environment(var: Path) -> dict[str, str]:
    """Return the environment of the demo that runs from `var`, empty if none does."""
    try:
        environment: dict[str, str] = json.loads((var / NOTE).read_text())
    except (FileNotFoundError, PermissionError, json.JSONDecodeError):
        return {}
    return environment if answers(environment.get("DATABASE_URL", "")) else {}


def find_running(var: Path) -> str | None:
    """Return the address of the running demo's database, or None if no demo runs from `var`."""
    return running_environment(var).get("DATABASE_URL")


def answers(url: str) -> bool:
    """Tell whether the database at `url` lets us in now."""
    if not url:
        return False
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True
