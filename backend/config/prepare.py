"""Brings the demo's database up to date: migrations, then the sample projects.

Both in one process, because most of what either costs, when nothing is to be done, is to start.
"""

import sys

import django
from django.core.management import CommandError, call_command

from backend.common.progress import signs_of_life


def main() -> None:
    """Migrate and load; a second run changes nothing."""
    try:
        with signs_of_life("Preparing the database …"):
            django.setup()
            call_command("migrate", interactive=False, verbosity=0)
        call_command("load_demo")
    except CommandError as refusal:
        sys.exit(str(refusal))


if __name__ == "__main__":
    main()
