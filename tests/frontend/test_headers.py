"""What browsers are told by every type of page.

Planted and seen to fall: one directive taken from the policy, the card kept to its own origin,
the pledge page without a word about keeping, a signed-in answer kept for everybody.
"""

import pytest
from django.conf import settings as site_settings
from django.core.cache import caches
from django.urls import reverse

from tests.factories import a_pledge, an_open_project
from tests.people import a_person, a_steward, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path
    caches["pages"].clear()
    yield
    caches["pages"].clear()


@pytest.fixture
def pages():
    project = an_open_project()
    pledge = a_pledge(project)
    return {
        "home": "/en/",
        "list": "/en/projects/",
        "project": f"/en/projects/{project.slug}/",
        "pledge": f"/en/projects/{project.slug}/pledge/",
        "status": f"/en/pledges/{pledge.token}/",
        "ledger": f"/projects/{project.slug}/ledger.jsonl",
        "csv": f"/projects/{project.slug}/ledger.csv",
        "card": f"/projects/{project.slug}/card.png",
        "api": f"/api/v1/projects/{project.slug}/",
        "sign-in": reverse("account_login"),
        "missing": "/en/nowhere/",
    }


TYPES = (
    "home", "list", "project", "pledge", "status", "ledger", "csv", "card", "api", "sign-in",
    "missing",
)  # fmt: skip
POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "font-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "manifest-src": "'self'",
}


def policy_of(answer):
    parts = answer["Content-Security-Policy"].split("; ")
    return dict(part.split(" ", 1) for part in parts)


@pytest.mark.parametrize("kind", TYPES)
def test_every_type_of_page_says_the_same(client, pages, kind):
    answer = client.get(pages[kind])

    policy = policy_of(answer)
    forms = policy.pop("form-action").split()
    assert policy == POLICY
    assert forms == ["'self'", *site_settings.STRIPE_CHECKOUT_ORIGINS]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Permissions-Policy"].startswith("camera=(), microphone=(), geolocation=()")
    # Its address opens the pledge, so no other site hears of it.
    wanted = "same-origin" if kind == "status" else "strict-origin-when-cross-origin"
    assert answer["Referrer-Policy"] == wanted
    resource = "cross-origin" if kind in ("card", "api") else "same-origin"
    assert answer["Cross-Origin-Resource-Policy"] == resource


@pytest.mark.parametrize("kind", ["pledge", "status", "sign-in", "missing"])
def test_what_is_somebodys_own_is_kept_by_nobody(client, pages, kind):
    said = client.get(pages[kind])["Cache-Control"]

    assert "no-store" in said
    assert "private" in said


@pytest.mark.parametrize("kind", ["home", "list", "project", "pledge", "sign-in"])
def test_a_signed_in_answer_is_kept_by_nobody(client, pages, kind):
    sign_in(client, a_person())

    said = client.get(pages[kind])["Cache-Control"]

    assert "no-store" in said
    assert "private" in said


def test_the_admin_is_kept_by_nobody_and_has_the_same_policy(client):
    sign_in(client, a_steward())

    answer = client.get(reverse("admin:index"))

    policy = policy_of(answer)
    policy.pop("form-action")
    assert policy == POLICY
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize("kind", ["home", "list", "project"])
def test_a_stranger_never_gets_the_page_of_somebody_signed_in(client, pages, kind):
    from django.test import Client

    sign_in(client, a_person())
    # The session alone must do: its owner may have no other cookie.
    client.cookies.pop(site_settings.CSRF_COOKIE_NAME, None)
    own = client.get(pages[kind]).content.decode()
    stranger = Client().get(pages[kind])

    assert "My pledges</a>\n<button" in own.replace("</a><button", "</a>\n<button")
    assert not stranger.cookies
    assert "Sign in</a>" in stranger.content.decode()
    assert Client().get(pages[kind]).content == stranger.content


def test_https_is_remembered_for_a_year(client, pages, settings):
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = True

    answer = client.get(pages["home"], secure=True)

    assert answer["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


def test_a_foreign_host_gets_nothing(client, pages):
    assert client.get(pages["home"], headers={"host": "evil.example"}).status_code == 400
