"""Who may open what: every address of the site for a stranger, a citizen and a steward.

An address that is not in the table fails the test, so a new page has to say who may see it.

Planted and seen to fall: an address taken from the table, the sign-in demand taken off the
account page, a pledge's visibility open to whoever knows its token, a form without its check.
"""

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse
from django.urls.resolvers import URLResolver

from backend.cities.models import Twinning
from backend.mail.models import Reader
from backend.mail.queries import token_of
from tests.backend.giving.rows import a_monthly_gift
from tests.factories import a_pledge, a_twinning, an_open_project
from tests.people import a_person, a_steward, sign_in

pytestmark = pytest.mark.django_db

TOKEN = "t" * 43
SIGN_IN = "to sign in"
FACTOR = "to show it is you"
AWAY = "elsewhere"
# For a stranger, a citizen, a steward.
EVERYBODY = (200, 200, 200)
SIGNED_IN = (SIGN_IN, 200, 200)
SIGNED_IN_ANEW = (SIGN_IN, FACTOR, FACTOR)
SIGNED_OUT = (200, AWAY, AWAY)
NOT_BY_GET = (405, 405, 405)
NOT_FOUND = (404, 404, 404)
STEWARDS = (SIGN_IN, 404, "steward")

TABLE = {
    "root": EVERYBODY,
    **dict.fromkeys(
        [
            f"pages:{page}"
            for page in (
                "home",
                "projects",
                "project",
                "pledge",
                "ledger",
                "pledge_status",
                "cities",
                "city",
                "twinnings",
                "twinning",
                "terms",
                "privacy",
                "legal_notice",
                "contact",
                "status",
            )
        ],
        EVERYBODY,
    ),
    "pages:pledge_state": EVERYBODY,
    # Whoever has the token of a monthly gift sees, changes and stops it.
    "pages:monthly": EVERYBODY,
    "pages:monthly_status": EVERYBODY,
    "pages:monthly_state": EVERYBODY,
    "pages:monthly_payment": NOT_BY_GET,
    "pages:monthly_card": NOT_BY_GET,
    "pages:monthly_act": NOT_BY_GET,
    # The gift of the table has not begun: nothing of it can be changed, and it has no receipt.
    "pages:monthly_change": (AWAY, AWAY, AWAY),
    "pages:monthly_receipt": NOT_FOUND,
    "pages:pledge_payment": NOT_BY_GET,
    "pages:pledge_confirmation": NOT_BY_GET,
    "pages:pledge_withdrawal": NOT_BY_GET,
    # The pledge of the table has no saved card: there is nothing to change, and its page says so.
    "pages:pledge_change": (AWAY, AWAY, AWAY),
    # Nobody is asked for a code here; the pledge's own page is.
    "pages:pledge_code": (AWAY, AWAY, AWAY),
    "pages:pledge_visibility": NOT_BY_GET,
    # The pledge of the table is not paid, so it has no receipt.
    "pages:receipt": NOT_FOUND,
    "pages:receipt_pdf": NOT_FOUND,
    # A steward has given a second factor just now; a citizen is treasurer of nothing.
    "pages:refunds": (SIGN_IN, 404, 200),
    # The pledge of the table is not paid, so nobody can refund it.
    "pages:refund": (SIGN_IN, 404, 404),
    # Neither of them leads the committee of the table's project.
    "pages:campaign": (SIGN_IN, 404, 404),
    # A steward has given a second factor just now.
    "pages:jobs": (SIGN_IN, 404, 200),
    "pages:letter_previews": (SIGN_IN, 404, 200),
    "pages:letter_preview": (SIGN_IN, 404, 200),
    # Neither is chair or treasurer of any committee.
    "pages:committee_stripe": (SIGN_IN, 404, 404),
    "pages:account": SIGNED_IN,
    "pages:account_data": SIGNED_IN,
    "pages:account_letters": SIGNED_IN,
    # Whoever has a letter's link chooses for its address; here it is signed by us.
    "pages:letters": EVERYBODY,
    "pages:stop_letters": EVERYBODY,
    "pages:account_visibility": (SIGN_IN, 405, 405),
    **dict.fromkeys(
        [
            f"machines:{name}"
            for name in (
                "ledger_jsonl",
                "committee_jsonl",
                "ledger_csv",
                "share_card",
                "verifier",
                "robots",
                "sitemap",
                "health",
            )
        ],
        EVERYBODY,
    ),
    "demo:mailbox": EVERYBODY,
    **dict.fromkeys(
        [
            f"api:{name}"
            for name in (
                "index",
                "status",
                "schema",
                "cities",
                "city",
                "twinnings",
                "twinning",
                "projects",
                "project",
                "ledger",
                "pledge",
            )
        ],
        EVERYBODY,
    ),
    "api:pledges": NOT_BY_GET,
    "api:stripe_webhook": NOT_BY_GET,
    "api:nowhere": NOT_FOUND,
    "account_login": SIGNED_OUT,
    "account_signup": SIGNED_OUT,
    "account_request_login_code": SIGNED_OUT,
    "account_confirm_login_code": (AWAY, AWAY, AWAY),
    "account_logout": (AWAY, 200, 200),
    "account_inactive": EVERYBODY,
    "account_reauthenticate": SIGNED_IN,
    "account_email": SIGNED_IN,
    "account_email_verification_sent": EVERYBODY,
    "account_change_password": SIGNED_IN,
    "account_set_password": (SIGN_IN, AWAY, AWAY),
    "account_reset_password": EVERYBODY,
    "account_reset_password_done": EVERYBODY,
    "account_reset_password_from_key": EVERYBODY,
    "account_reset_password_from_key_done": EVERYBODY,
    "account_confirm_email": EVERYBODY,
    "mfa_index": SIGNED_IN,
    "mfa_authenticate": (AWAY, AWAY, AWAY),
    "mfa_reauthenticate": (SIGN_IN, AWAY, 200),
    "mfa_activate_totp": SIGNED_IN_ANEW,
    "mfa_deactivate_totp": (SIGN_IN, 404, FACTOR),
    "mfa_view_recovery_codes": (SIGN_IN, 404, 404),
    "mfa_generate_recovery_codes": SIGNED_IN_ANEW,
    "mfa_download_recovery_codes": (SIGN_IN, 404, 404),
    "mfa_list_webauthn": SIGNED_IN,
    "mfa_add_webauthn": SIGNED_IN_ANEW,
    "mfa_reauthenticate_webauthn": (SIGN_IN, AWAY, AWAY),
    "mfa_remove_webauthn": SIGNED_IN_ANEW,
    "mfa_edit_webauthn": SIGNED_IN_ANEW,
    "mfa_login_webauthn": (AWAY, AWAY, AWAY),
    "usersessions_list": SIGNED_IN,
}


@pytest.fixture(autouse=True)
def no_collected_files(settings, tmp_path):
    settings.STATIC_ROOT = tmp_path


def names(resolver=None, space=""):
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from names(pattern, inner)
        elif pattern.name:
            yield f"{space}{pattern.name}"


@pytest.fixture
def rows():
    project = an_open_project()
    twinning = a_twinning(city_a=project.home_city, city_b=project.twin_city)
    letters = token_of(Reader.objects.create(address="reader@example.org"))
    pledge = a_pledge(project)
    gift = a_monthly_gift(project.committee)
    return {
        "project": project,
        "twinning": twinning,
        "pledge": pledge,
        "letters": letters,
        "gift": gift,
    }


def address(name, rows):
    """The address of `name`, with rows that are there."""
    slug = rows["project"].slug
    if name.endswith(":city"):
        slug = rows["project"].home_city.slug
    if name.endswith(":twinning"):
        slug = Twinning.objects.get().slug
    if name in ("pages:monthly", "machines:committee_jsonl"):
        slug = rows["project"].committee.slug
    token = rows["gift" if name.startswith("pages:monthly") else "pledge"].token
    for arguments in (
        {},
        {"slug": slug},
        {"token": token},
        {"token": token, "wish": "stop"},
        {"token": token, "number": "2030-M00001"},
        {"token": rows["letters"]},
        {"kind": "pledge_receipt"},
        {"token": rows["letters"], "category": "news"},
        {"reference": rows["pledge"].public_reference},
        {"pk": 1},
        {"key": "MQ:none"},
        {"uidb36": "1", "key": "none-none"},
        {"object_id": "1"},
        {"content_type_id": 1, "object_id": "1"},
        {"app_label": "projects"},
        {"url": "nowhere/"},
    ):
        try:
            return reverse(name, kwargs=arguments)
        except NoReverseMatch:
            continue
    return "/api/nowhere"


def seen(client, path):
    answer = client.get(path)
    if answer.status_code != 302:
        return answer.status_code
    target = answer["Location"]
    if target.startswith(reverse("account_login")) and "next=" in target:
        return SIGN_IN
    return FACTOR if "reauthenticate" in target and "next=" in target else AWAY


def differences(client, role, rows):
    found = {name: seen(client, address(name, rows)) for name in TABLE if name in set(names())}
    return {name: status for name, status in found.items() if status != TABLE[name][role]}


class TestEveryAddress:
    def test_says_who_may_open_it(self):
        unknown = {name for name in names() if not name.startswith("admin:")} - set(TABLE)

        assert unknown == set()
        assert len(set(names())) > 80

    def test_for_a_stranger(self, client, rows):
        assert differences(client, 0, rows) == {}

    def test_for_a_citizen(self, client, rows):
        sign_in(client, a_person())

        assert differences(client, 1, rows) == {}

    def test_for_a_steward(self, client, rows):
        sign_in(client, a_steward())

        assert differences(client, 2, rows) == {}


class TestTheAdmin:
    def pages(self, rows):
        found = [address(name, rows) for name in names() if name.startswith("admin:")]
        assert len(found) > 40
        return [page for page in found if page != "/api/nowhere"]

    def test_sends_a_stranger_to_sign_in_from_every_page(self, client, rows):
        outside = {reverse("admin:logout"), reverse("admin:password_change")}
        inside = [page for page in self.pages(rows) if page not in outside]

        assert {seen(client, page) for page in inside} <= {SIGN_IN, AWAY}

    def test_is_nowhere_for_a_citizen(self, client, rows):
        sign_in(client, a_person())
        outside = {reverse("admin:logout"), reverse("admin:password_change")}

        answers = {page: seen(client, page) for page in self.pages(rows) if page not in outside}

        assert {page: status for page, status in answers.items() if status != 404} == {}


class TestOthersRows:
    def test_a_pledge_is_shown_otherwise_by_its_donor_alone(self, client, rows):
        sign_in(client, a_person())

        answer = client.post(
            reverse("pages:account_visibility", args=[rows["pledge"].token]),
            {"visibility": "public"},
        )

        rows["pledge"].refresh_from_db()
        assert answer.status_code == 404
        assert rows["pledge"].visibility == "name_hidden"

    def test_a_passkey_is_removed_by_its_owner_alone(self, client):
        owner = a_person()
        key = Authenticator.objects.create(user=owner.user, type="webauthn", data={"name": "key"})
        stranger = a_person()
        sign_in(client, stranger)
        client.post(reverse("account_reauthenticate"), {"password": "a well for two towns"})

        answer = client.post(reverse("mfa_remove_webauthn", args=[key.pk]))

        assert answer.status_code == 404
        assert Authenticator.objects.filter(pk=key.pk).exists()


def test_every_form_of_the_site_is_refused_without_its_token(rows):
    strict = Client(enforce_csrf_checks=True)
    # A mail program's one click has no session; what it may change is signed into its address.
    without = {"pages:stop_letters"}
    pages = [name for name in sorted(set(names()) - without) if not name.startswith("api:")]

    answers = {name: strict.post(address(name, rows)).status_code for name in pages}

    assert {name: status for name, status in answers.items() if status != 403} == {}
    assert len(answers) > 70
