"""The door for a WSGI server. It opens only if nothing is unsafe (see checks.py)."""

import os
import sys

from django.core.checks import run_checks
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "backend.config.settings")
application = get_wsgi_application()

problems = run_checks(databases=["default"])
if unsafe := [problem for problem in problems if problem.is_serious()]:
    raise SystemExit("\n".join(str(problem) for problem in unsafe))
for problem in problems:
    sys.stderr.write(f"{problem}\n")
