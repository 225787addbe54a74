"""The containers fit together, as far as that can be seen without an engine to run them.

Planted and seen to fall: a variable that .env.example does not name, a service without a health
check, an image without a version, the mail catcher open to the world, a setting of the
operations guide that no container is given, static files without hashed names, a default within a
default, a sandbox that does not hear of production.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from backend.config.plan import ROOT

VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^{}]*))?\}")
COMPOSE = (ROOT / "docker-compose.yml").read_text()
SERVICES = yaml.safe_load(COMPOSE)["services"]
EXAMPLE = (ROOT / ".env.example").read_text()
# Made by the image itself, or never set on a server.
NOT_IN_COMPOSE = {"STATIC_ROOT", "TWINFUND_VAR", "DEBUG", "SSL_REDIRECT"}
FILLED = {
    "SECRET_KEY": "k" * 60,
    "POSTGRES_PASSWORD": "letters",
    "OPERATOR_NAME": "Committee of Ostend",
    "OPERATOR_ADDRESS": "1 Quay, Ostend",
    "OPERATOR_EMAIL": "post@ostend.test",
    "OPERATOR_COUNTRY": "BE",
    "STRIPE_SECRET_KEY": "sk_live_not_a_key",
    "STRIPE_WEBHOOK_SECRET": "whsec_not_published",
    "SITE_HOST": "twins.ostend.test",
}


def variables_in(text: str) -> set[str]:
    return {name for name, _, _ in VARIABLE.findall(text)}


def named_in_the_example() -> set[str]:
    return set(re.findall(r"^(?:# )?([A-Z][A-Z_]+)=", EXAMPLE, re.MULTILINE))


def values_of_the_example(*, try_out: bool) -> dict[str, str]:
    mark = r"(?:# )?" if try_out else ""
    return dict(re.findall(rf"^{mark}([A-Z][A-Z_]+)=(.*)$", EXAMPLE, re.MULTILINE))


def environment_of(service: str, given: dict[str, str]) -> dict[str, str]:
    """Fill in the environment of `service` as compose does."""

    def fill(found: re.Match[str]) -> str:
        name, rule, usual = found.groups()
        value = given.get(name, "")
        assert value or rule != "?", f"{name} must be filled in"
        return value or (usual if rule == "-" else "")

    stated = SERVICES[service]["environment"]
    return {name: VARIABLE.sub(fill, str(text)) for name, text in stated.items()}


def check(environment: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    bare = {"PATH": os.environ["PATH"], "TWINFUND_VAR": str(folder)}
    return subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env=bare | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


class TestTheVariables:
    def test_of_compose_are_all_named_in_the_example(self):
        assert len(variables_in(COMPOSE)) > 20
        assert variables_in(COMPOSE) <= named_in_the_example()

    def test_of_the_example_are_all_used(self):
        assert named_in_the_example() <= variables_in(COMPOSE)

    def test_of_the_proxy_are_given_to_it(self):
        used = re.findall(r"\{\$(\w+)", (ROOT / "docker" / "Caddyfile").read_text())

        assert set(used) == set(SERVICES["proxy"]["environment"])

    def test_have_no_default_within_a_default(self):
        assert "${" not in VARIABLE.sub("", COMPOSE)

    def test_of_the_operations_guide_reach_the_site(self):
        guide = (ROOT / "docs" / "operations.md").read_text().split("## Settings\n")[1]
        rows = [line for line in guide.split("###")[0].splitlines() if line.startswith("| ")]
        told = set()
        for names in (re.findall(r"`(_?[A-Z][A-Z_]+)`", row.split("|")[1]) for row in rows):
            stem = names[0].rsplit("_", 1)[0] if names else ""
            told |= {stem + name if name.startswith("_") else name for name in names}

        assert len(told) > 25
        assert told - set(SERVICES["web"]["environment"]) == NOT_IN_COMPOSE


class TestTheServices:
    def test_that_stay_have_a_health_check_and_a_log_that_ends(self):
        staying = {name: each for name, each in SERVICES.items() if each.get("restart") != "no"}

        assert len(staying) == 6
        assert all("healthcheck" in each for each in staying.values())
        assert all(each["logging"]["options"]["max-size"] for each in SERVICES.values())

    def test_run_a_version_that_somebody_chose(self):
        foreign = {each["image"] for each in SERVICES.values()} - {"twinfund"}
        base = re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)

        assert len(foreign) == 3
        assert all(re.search(r":v?\d", image) for image in {*foreign, *base})

    def test_are_open_to_the_world_only_through_the_proxy(self):
        ports = {(name, port) for name, each in SERVICES.items() for port in each.get("ports", [])}

        assert {name for name, port in ports if not port.startswith("127.0.0.1:")} == {"proxy"}

    def test_use_only_volumes_that_have_a_name(self):
        named = set(yaml.safe_load(COMPOSE)["volumes"])
        used = {
            volume.split(":")[0]
            for each in SERVICES.values()
            for volume in each.get("volumes", [])
            if not volume.startswith("./")
        }

        assert used == named

    def test_wait_for_the_migrations(self):
        for name in ("web", "worker", "samples"):
            waits = SERVICES[name]["depends_on"]["migrate"]
            assert waits == {"condition": "service_completed_successfully"}


class TestTheSite:
    def test_starts_in_production_with_a_filled_in_example(self, tmp_path):
        given = values_of_the_example(try_out=False) | FILLED

        ended = check(environment_of("web", given), tmp_path)

        assert ended.returncode == 0, ended.stderr

    def test_does_not_start_in_production_with_the_stand_in(self, tmp_path):
        given = values_of_the_example(try_out=False) | FILLED
        given["STRIPE_API_BASE"] = "http://sandbox:8420"

        assert "twinfund.E001" in check(environment_of("web", given), tmp_path).stderr

    def test_starts_as_a_try_out_with_the_last_lines_of_the_example(self, tmp_path):
        given = FILLED | {k: v for k, v in values_of_the_example(try_out=True).items() if v}
        environment = environment_of("web", given)

        assert check(environment, tmp_path).returncode == 0
        assert environment["TWINFUND_MODE"] == "demo"
        sandbox = SERVICES["sandbox"]
        assert environment["STRIPE_CHECKOUT_ORIGINS"] == given["SANDBOX_URL"]
        assert any("--public-url=" in word for word in sandbox["command"])
        assert sandbox["ports"] == ["127.0.0.1:8420:8420"]

    @pytest.mark.parametrize("mode", ["production", ""])
    def test_has_a_sandbox_that_hears_of_production(self, mode):
        stated = environment_of("sandbox", FILLED | {"TWINFUND_MODE": mode})

        ended = subprocess.run(
            [sys.executable, "-m", "sandbox"],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"], **stated},
            capture_output=True,
            text=True,
            timeout=60,
        )

        assert ended.returncode == 2
        assert "production" in ended.stderr

    def test_has_static_files_with_hashed_names(self, tmp_path):
        recipe = (ROOT / "Dockerfile").read_text()
        mode, words = re.findall(
            r"TWINFUND_MODE=(\w+) STATIC_ROOT=\S+ python (manage\.py collectstatic[^\\]*)", recipe
        )[0]
        bare = {"PATH": os.environ["PATH"], "TWINFUND_MODE": mode, "STATIC_ROOT": str(tmp_path)}

        subprocess.run([sys.executable, *words.split()], cwd=ROOT, env=bare, check=True)

        assert (tmp_path / "staticfiles.json").exists()
