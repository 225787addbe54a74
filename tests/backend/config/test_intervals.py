"""How often the sweepers and the pull run is what the environment says.

Planted and seen to fall: a second assignment below the first, which took the usual interval back.
"""

import os
import subprocess
import sys

from django.conf import settings

PRINT_THEM = (
    "from django.conf import settings; print(settings.STRIPE_PULL_CRON, settings.STRIPE_SWEEP_CRON)"
)


class TestIntervals:
    def test_follow_the_environment(self):
        done = subprocess.run(
            [sys.executable, "manage.py", "shell", "--no-imports", "-c", PRINT_THEM],
            cwd=settings.BASE_DIR,
            env={**os.environ, "STRIPE_PULL_SECONDS": "7", "STRIPE_SWEEP_SECONDS": "180"},
            capture_output=True,
            text=True,
            check=True,
        )

        assert done.stdout.strip() == "* * * * * */7 */3 * * * *"
