"""What refuses to start.

Planted and seen to fall: the web server not asking the checks, a guard missing from the list.
"""

import os
import subprocess
import sys

import pytest
from django.core.checks import run_checks
from django.db import connection

from backend.config.checks import (
    GUARDS_THAT_STAND,
    LEDGER_GUARDS,
    refuse_platform_fee,
    refuse_unguarded_ledger,
    refuse_unsafe_production,
    tell_of_gifts_without_fee,
)
from backend.config.plan import ROOT
from tests.factories import a_committee

SAFE = {
    "TWINFUND_MODE": "production",
    "SECRET_KEY": "k3" * 40 + "abcdefghij",
    "SITE_URL": "https://twinfund.example.org",
    "STRIPE_SECRET_KEY": "sk_live_not_a_real_key",
    "STRIPE_WEBHOOK_SECRET": "whsec_of_this_installation_alone",
    "TRUSTED_PROXY_COUNT": "1",
    "OPERATOR_NAME": "Association of twin towns",
    "OPERATOR_ADDRESS": "1 Quay, Ostend",
    "OPERATOR_EMAIL": "help@twinfund.example.org",
    "ADMIN_PATH": "behind-the-harbour",
    "EMAIL_HOST": "localhost",
}


@pytest.fixture
def safe(settings):
    settings.MODE = "production"
    settings.STRIPE_API_BASE = ""
    settings.SECRET_KEY = SAFE["SECRET_KEY"]
    settings.STRIPE_WEBHOOK_SECRET = SAFE["STRIPE_WEBHOOK_SECRET"]
    settings.IS_HTTPS = True
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    settings.OPERATOR = {"name": "Association", "address": "1 Quay", "email": "help@example.org"}
    return settings


def codes():
    return [problem.id for problem in refuse_unsafe_production(None)]


class TestProductionRefuses:
    def test_nothing_when_all_is_safe(self, safe):
        assert codes() == []

    @pytest.mark.parametrize(
        ("name", "value", "code"),
        [
            ("STRIPE_API_BASE", "http://127.0.0.1:8420", "twinfund.E001"),
            ("SECRET_KEY", "short", "twinfund.E002"),
            ("SECRET_KEY", "demo-" + "0" * 60, "twinfund.E002"),
            ("STRIPE_WEBHOOK_SECRET", "", "twinfund.E003"),
            ("STRIPE_WEBHOOK_SECRET", "whsec_test", "twinfund.E003"),
            ("DEBUG", True, "twinfund.E004"),
            ("IS_HTTPS", False, "twinfund.E004"),
            ("ALLAUTH_TRUSTED_PROXY_COUNT", 0, "twinfund.E005"),
            (
                "OPERATOR",
                {"name": "Sample", "address": "1 Quay", "email": "a@example.org"},
                "twinfund.E007",
            ),
            ("OPERATOR", {"name": "A", "address": "", "email": "a@example.org"}, "twinfund.E007"),
        ],
    )
    def test_each_unsafe_setting_by_name(self, safe, name, value, code):
        setattr(safe, name, value)

        assert codes() == [code]

    def test_a_live_key_outside_production(self, settings):
        settings.STRIPE_IS_LIVE = True

        assert codes() == ["twinfund.E004"]


@pytest.mark.django_db
class TestThePlatformsFee:
    @pytest.mark.parametrize(
        ("fee", "problems"),
        [(0, []), (1000, []), (-1, ["twinfund.E008"]), (1001, ["twinfund.E008"])],
    )
    def test_is_between_nothing_and_ten_per_cent(self, settings, fee, problems):
        settings.PLATFORM_FEE_PER_TEN_THOUSAND = fee

        assert [problem.id for problem in refuse_platform_fee(None)] == problems

    def test_is_said_not_to_be_taken_where_a_committee_has_no_account(self, settings):
        a_committee(stripe_account="")
        a_committee(stripe_account="acct_1")

        silent = tell_of_gifts_without_fee(["default"])
        settings.PLATFORM_FEE_PER_TEN_THOUSAND = 100
        [problem] = tell_of_gifts_without_fee(["default"])

        assert silent == []
        assert (problem.id, problem.is_serious()) == ("twinfund.W001", False)
        assert problem.msg.startswith("1 committees have no Stripe account")


@pytest.mark.django_db
class TestTheLedgersGuards:
    def test_all_stand(self):
        assert refuse_unguarded_ledger(["default"]) == []

    def test_are_all_in_the_list(self):
        with connection.cursor() as cursor:
            cursor.execute(GUARDS_THAT_STAND)
            standing = set(cursor.fetchall())

        assert standing == LEDGER_GUARDS

    @pytest.mark.parametrize(("table", "guard"), sorted(LEDGER_GUARDS))
    def test_each_is_missed(self, table, guard):
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {guard}")

        [problem] = refuse_unguarded_ledger(["default"])

        assert problem.id == "twinfund.E006"
        assert f"{guard} on {table}" in problem.msg

    def test_are_asked_when_the_web_server_starts(self):
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE ledger_entry DISABLE TRIGGER ledger_never_changed")

        found = [problem.id for problem in run_checks(databases=["default"])]

        assert "twinfund.E006" in found


def run(*words, **environment):
    # What only the tests' own process is given (tests/ground.py) stays with it.
    foreign = ("STRIPE_", "DJANGO_ALLOW_ASYNC_UNSAFE")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return subprocess.run(
        [sys.executable, *words],
        cwd=ROOT,
        env={**clean, **SAFE, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


class TestStarting:
    def test_djangos_own_deploy_check_finds_nothing(self):
        done = run("manage.py", "check", "--deploy", "--fail-level", "WARNING")

        assert done.returncode == 0, done.stderr
        assert "no issues" in done.stdout

    def test_manage_refuses_the_demos_key(self):
        done = run("manage.py", "check", SECRET_KEY="demo-" + "0" * 60)

        assert done.returncode == 1
        assert "twinfund.E002" in done.stderr

    def test_the_web_server_refuses_a_missing_webhook_secret(self):
        done = run("-c", "import backend.config.wsgi", STRIPE_WEBHOOK_SECRET="")

        assert done.returncode == 1
        assert "twinfund.E003" in done.stderr

    def test_cookies_are_bound_to_this_host_and_to_https(self):
        done = run(
            "-c",
            "from backend.config import settings as s;"
            "print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE,"
            "s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS, s.SECURE_SSL_REDIRECT)",
        )

        assert done.stdout.split() == [
            "__Host-sid", "__Host-csrf", "True", "True", "31536000", "True",
        ]  # fmt: skip
