"""The stair where import-linter cannot look: keys between tables, imports by name, no pages.

A foreign key names its target in a text ("cities.City"), and a setting names a module; neither
is an import. So the registered models are walked, and the backend is started alone.

Planted and seen to fall: a key from a mail to a user; a key from an organisation to a project;
`importlib.import_module` in the limits of a pledge; `import frontend.markdown` in a start-up check.
"""

import re
import subprocess
import sys
import tomllib

from django.apps import apps

from tests.architecture.trees import ROOT

STAIR = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"][0]
FLOOR = {
    app: number
    for number, floor in enumerate(reversed(STAIR["layers"]))
    for app in floor.split(" | ")
}
OURS = [config for config in apps.get_app_configs() if config.name.startswith("backend.")]
KEYS = [
    (model, field)
    for config in OURS
    for model in config.get_models()
    for field in model._meta.get_fields()
    if field.is_relation and field.concrete
]
BY_NAME = re.compile(r"import_module|__import__|import_string|get_model\(|runpy")
# Start-up may: subscribers and invariants register themselves when their own app is ready.
AT_START_UP = re.compile(r'^ +import_module\("(backend\.\w+)\.\w+"\)$', re.MULTILINE)
ALONE = """
import sys
sys.modules["frontend"] = None
import django
from django.conf import settings
from backend.config import settings as whole

own = {name: getattr(whole, name) for name in dir(whole) if name.isupper()}
own["INSTALLED_APPS"] = [app for app in own["INSTALLED_APPS"] if app != "frontend"]
pages = ("frontend.", "whitenoise.")
own["MIDDLEWARE"] = [name for name in own["MIDDLEWARE"] if not name.startswith(pages)]
processors = own["TEMPLATES"][0]["OPTIONS"]["context_processors"]
processors[:] = [name for name in processors if not name.startswith("frontend.")]
del own["CSRF_FAILURE_VIEW"]
settings.configure(**own | {"ROOT_URLCONF": "tests.api.urls"})
django.setup()

from importlib import import_module
from pkgutil import walk_packages
from django.core.management import call_command
from django.test import Client
import backend

modules = [found.name for found in walk_packages(backend.__path__, "backend.")]
skipped = ("backend.config.settings", "backend.config.wsgi", "backend.cities.data.export_geonames")
for name in modules:
    if name not in skipped:
        import_module(name)
call_command("check")
answer = Client().get("/api/v1/", headers={"host": settings.ALLOWED_HOSTS[0]})
print(len(modules), answer.status_code, "frontend.urls" in sys.modules)
"""


def app_of(model):
    return model._meta.app_config.name.removeprefix("backend.")


class TestKeys:
    def test_point_down_the_stair_or_across_one_app(self):
        upward = [
            f"{model.__name__}.{field.name} → {field.related_model.__name__}"
            for model, field in KEYS
            if field.related_model._meta.app_config.name.startswith("backend.")
            and app_of(field.related_model) != app_of(model)
            and FLOOR[app_of(field.related_model)] >= FLOOR[app_of(model)]
        ]

        assert len(KEYS) > 20
        assert upward == []

    def test_of_plumbing_and_ledger_point_at_no_person(self):
        """Addresses and opaque ids only: what was booked and mailed stays when a person goes."""
        plumbing = [key for key in KEYS if app_of(key[0]) in ("mail", "jobs", "events", "ledger")]

        assert len(plumbing) >= 3
        assert {app_of(field.related_model) for _, field in plumbing} == {"ledger"}


class TestImports:
    def test_name_no_module_in_a_text_but_their_own_at_start_up(self):
        sources = {
            str(path.relative_to(ROOT)): path.read_text()
            for part in ("backend", "frontend", "sandbox")
            for path in (ROOT / part).rglob("*.py")
        }
        found = {name: text for name, text in sources.items() if BY_NAME.search(text)}
        foreign = [
            name
            for name, text in found.items()
            if not name.endswith("/apps.py")
            or {package.replace(".", "/") for package in AT_START_UP.findall(text)}
            != {name.removesuffix("/apps.py")}
        ]

        assert len(sources) > 300
        assert len(found) >= 4
        assert foreign == []


class TestBackendAlone:
    def test_starts_checks_and_answers_without_the_pages(self):
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", ALONE],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )

        assert done.returncode == 0, done.stderr
        modules, status, knows_pages = done.stdout.split()[-3:]
        assert int(modules) > 150
        assert (status, knows_pages) == ("200", "False")
