"""Runs a command on a new database that is gone afterwards: for checks that only need one.

`python -m backend.config.with_database manage.py makemigrations --check`
"""

import os
import subprocess
import sys

from backend.config.embedded import passing_postgres


def main(arguments: list[str]) -> int:
    """Run Python with `arguments` and return how it ended."""
    with passing_postgres() as server:
        environment = os.environ | {"DATABASE_URL": server.url}
        command = [sys.executable, *arguments]
        return subprocess.run(command, env=environment, check=False).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
