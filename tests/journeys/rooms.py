"""Every page that people can see, and how a browser comes to it.

A room is a page in one state. `PAGES_WITHOUT_A_ROOM` says why an address has none; a test compares
both with the URL configuration, so that a new page without a gate fails.
"""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from typing import Any

from tests.running_site import RunningSite, wait_for

Arrive = Callable[[Any, RunningSite], Any]
ADMINISTRATOR, CITIZEN = "administrator@example.org", "citizen@example.org"


@dataclass(frozen=True)
class Room:
    """A page in one state: `route` is its name in the URL configuration."""

    name: str
    route: str
    arrive: Arrive
    status: int = 200
    person: str = ""
    # Some hold a list of 24 cards, some stand without the frame of the site.
    is_list: bool = False
    is_bare: bool = False
    has_languages: bool = True


def at(path: str) -> Arrive:
    """Come by an address."""
    return lambda page, site: page.goto(f"{site.url}{path}")


def _found(find: Callable[[RunningSite], str]) -> Arrive:
    return lambda page, site: page.goto(f"{site.url}{find(site)}")


# What the demonstration holds --------------------------------------------------------------


@cache
def project_in(site: RunningSite, state: str) -> str:
    """Return the slug of a project in `state`: the one with the longest English title."""
    rows = site.query(
        "SELECT slug FROM projects_project WHERE state = %s AND (closes_at > now() OR state <>"
        " 'published') ORDER BY length(title->>'en') DESC, slug LIMIT 1",
        state,
    )
    return rows[0][0]


@cache
def _closing_project(site: RunningSite) -> str:
    """Return a project whose cards are being charged: no flexible campaign comes by this state."""
    ((slug,),) = site.query(
        "UPDATE projects_project SET state = 'closing' WHERE id = (SELECT id FROM projects_project"
        " WHERE state = 'published' AND raised_minor > 0 ORDER BY length(title->>'en'), id LIMIT 1)"
        " RETURNING slug"
    )
    return slug


def _project(state: str, more: str = "") -> Arrive:
    return _found(lambda site: f"/en/projects/{project_in(site, state)}/{more}")


@cache
def _empty_project(site: RunningSite) -> str:
    return site.query(
        "SELECT slug FROM projects_project WHERE state = 'published' AND raised_minor = 0"
        " ORDER BY slug LIMIT 1"
    )[0][0]


def _city(site: RunningSite) -> str:
    ((slug,),) = site.query(
        "SELECT slug FROM cities_city c ORDER BY (SELECT count(*) FROM cities_twinning t"
        " WHERE c.id IN (t.city_a_id, t.city_b_id)) DESC, id LIMIT 1"
    )
    return f"/en/cities/{slug}/"


@cache
def _city_without_twins(site: RunningSite) -> str:
    site.shell(
        "from tests.factories import a_city\n"
        "a_city(slug='loneville', name='Loneville', folded_name='loneville')"
    )
    return "/en/cities/loneville/"


def _twinning(site: RunningSite, *, with_project: bool) -> str:
    ((slug,),) = site.query(
        "SELECT t.slug FROM cities_twinning t LEFT JOIN projects_project p ON"
        " LEAST(p.home_city_id, p.twin_city_id) = t.city_a_id AND"
        " GREATEST(p.home_city_id, p.twin_city_id) = t.city_b_id"
        " WHERE (p.id IS NOT NULL) = %s ORDER BY coalesce(p.raised_minor, 0) DESC, t.id LIMIT 1",
        with_project,
    )
    return f"/en/twinnings/{slug}/"


# Pledges in each state ---------------------------------------------------------------------


def api_pledge(
    site: RunningSite, slug: str = "", amount_minor: int = 2500, **more: Any
) -> dict[str, Any]:
    """Make a pledge as a program does."""
    slug = slug or project_in(site, "published")
    body = {"amount_minor": amount_minor, "currency": "", "email": "guest@example.org", **more}
    ((body["currency"],),) = site.query(
        "SELECT currency FROM projects_project WHERE slug = %s", slug
    )
    status, made = site.post(f"/api/v1/projects/{slug}/pledges/", {**body, "cover_fee": True})
    assert status == 201, made
    return made


def token_of(pledge: dict[str, Any]) -> str:
    """Return the unguessable part of the pledge's address."""
    found = re.search(r"/pledges/([A-Za-z0-9_-]{43})/", pledge["status_url"])
    assert found
    return found[1]


@cache
def _card_campaign(site: RunningSite) -> str:
    return site.query(
        "SELECT slug FROM projects_project WHERE state = 'published' AND campaign ="
        " 'all_or_nothing' AND closes_at > now() + interval '2 days'"
        " ORDER BY length(title->>'en') DESC, slug LIMIT 1"
    )[0][0]


@cache
def card_pledge_in(site: RunningSite, state: str) -> str:
    """Return the token of a pledge for which a card was saved, and that is now in `state`."""
    made = api_pledge(site, _card_campaign(site), save_card=True)
    token = token_of(made)
    site.sandbox.complete(made["checkout_url"].rsplit("/", 1)[-1].split("?")[0].split("#")[0])
    wait_for(
        lambda: (
            site.query("SELECT state FROM pledges_pledge WHERE token = %s", token) == [("secured",)]
        ),
        "the card to be saved",
    )
    if state != "secured":
        site.query(
            "UPDATE pledges_pledge SET state = %s, failing_since = CASE WHEN %s = 'failing'"
            " THEN now() END WHERE token = %s RETURNING 1",
            *(state, state, token),
        )
    return token


def _card_pledge(state: str, more: str = "") -> Arrive:
    return _found(lambda site: f"/en/pledges/{card_pledge_in(site, state)}/{more}")


@cache
def pledge_in(site: RunningSite, state: str, number: str = "") -> str:
    """Return the token of a pledge in `state`; one for each `number`."""
    made = api_pledge(site)
    token = token_of(made)
    session = made["checkout_url"].rsplit("/", 1)[-1].split("?")[0].split("#")[0]
    if state == "settled":
        site.sandbox.complete(session)
    elif state == "processing":
        site.query(
            "UPDATE pledges_pledge SET is_processing = true WHERE token = %s RETURNING 1", token
        )
    else:
        site.query(
            "UPDATE pledges_pledge SET state = %s WHERE token = %s RETURNING 1", state, token
        )
    if state == "settled":
        wait_for(lambda: _is_settled(site, token), "the money to arrive")
    return token


def _is_settled(site: RunningSite, token: str) -> bool:
    return site.query("SELECT state FROM pledges_pledge WHERE token = %s", token) == [("settled",)]


def _pledge(state: str, more: str = "") -> Arrive:
    return _found(lambda site: f"/en/pledges/{pledge_in(site, state)}/{more}")


@cache
def returned_pledge(site: RunningSite, state: str) -> tuple[str, str]:
    """Return token and reference of a paid pledge whose money went back, or is disputed."""
    token = pledge_in(site, "settled", state)
    ((reference, charge),) = site.query(
        "SELECT p.public_reference, s.charge_id FROM pledges_pledge p JOIN payments_payment s"
        " ON s.purpose = 'pledge:' || p.id WHERE p.token = %s",
        token,
    )
    if state == "disputed":
        site.sandbox.control(f"charges/{charge}/dispute", {})
    elif state != "settled":
        site.sandbox.control("balance", {"amount_minor": 1_000_000})
        site.shell(PART_OF_IT.format(token=token))
    wait_for(
        lambda: (
            site.query("SELECT state FROM pledges_pledge WHERE token = %s", token) == [(state,)]
        ),
        f"the pledge to be {state}",
    )
    return token, reference


PART_OF_IT = """
from django.utils import timezone
from backend.common.ids import uuid7
from backend.money import Money
from backend.pledges.models import Pledge
from backend.pledges.returning import refund_pledge
pledge = Pledge.objects.get(token="{token}")
refund_pledge(pledge_id=pledge.pk, amount=Money(1000, pledge.currency), asked_by=uuid7(),
    reason="The workshop in Cotonou was called off", refund_id=uuid7(), at=timezone.now())
"""


def _returned(state: str, more: str = "") -> Arrive:
    return _found(lambda site: f"/en/pledges/{returned_pledge(site, state)[0]}/{more}")


def _desk(state: str) -> Arrive:
    return _found(lambda site: f"/en/refunds/{returned_pledge(site, state)[1]}/")


def _committee(state: str) -> Arrive:
    """Come to the page of a committee's account; the administrator is its chair from now on."""
    return _found(lambda site: f"/en/committees/{_committee_whose_account_is(site, state)}/stripe/")


@cache
def _committee_whose_account_is(site: RunningSite, state: str) -> str:
    return site.shell(_MAKE_CHAIR.format(email=ADMINISTRATOR, state=state))


_MAKE_CHAIR = """
from datetime import timedelta
from django.utils import timezone
from backend.accounts.models import User
from backend.organisations.models import Membership, Organisation
from backend.payments.accounts import look_at_account, open_account
from backend.payments.models import StripeAccount
now, state = timezone.now(), "{state}"
committees = Organisation.objects.filter(kind="committee", city__country="FR")
committee = committees.exclude(memberships__user__email="{email}").order_by("slug").first()
chair = User.objects.get(email="{email}")
Membership.objects.create(organisation=committee, user=chair, role="chair", since=now)
if state != "none":
    account = open_account(organisation_id=committee.pk, opened_by=chair.pk, at=now)
    look_at_account(account_id=account.account_id, at=now)
    StripeAccount.objects.filter(pk=account.pk).update(paused_until=now + timedelta(hours=60))
print(committee.slug)
"""


def _confirmation(page: Any, site: RunningSite) -> Any:
    path = f"/en/refunds/{returned_pledge(site, 'settled')[1]}/"
    return _sent_form(path, amount="5.00", reason="The workshop was called off")(page, site)


def led_project(site: RunningSite, state: str) -> str:
    """Return the page on which the administrator decides, as chair, about a project in `state`."""
    slug = project_in(site, state)
    site.shell(LED.format(slug=slug, person=ADMINISTRATOR))
    return f"/en/projects/{slug}/campaign/"


LED = """
from django.utils import timezone
from backend.accounts.models import User
from backend.organisations.models import Membership
from backend.projects.models import Project
Membership.objects.get_or_create(
    organisation=Project.objects.get(slug="{slug}").committee,
    user=User.objects.get(email="{person}"),
    defaults={{"role": "chair", "since": timezone.now()}},
)
"""


def _decision(page: Any, site: RunningSite) -> Any:
    """Say that all gifts go back, and come to the question whether that is meant."""
    page.goto(f"{site.url}{led_project(site, 'short')}")
    page.locator("main [name=way][value=back]").check()
    page.locator("main [name=reason]").fill("The field was sold before we could buy it.")
    with page.expect_navigation() as arrived:
        page.locator("main form .button--wide").click()
    return arrived.value


def _failed_job(page: Any, site: RunningSite) -> Any:
    """See the queue with a job in it that failed."""
    site.query(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, status, args) VALUES"
        " ('default', 'payments.apply_event', 'failed', '{}') RETURNING 1"
    )
    return page.goto(f"{site.url}/en/jobs/")


def _stripe_is_silent(page: Any, site: RunningSite) -> Any:
    """Fill in the form while Stripe does not answer, and try once more."""
    site.sandbox.control("faults/next", {"kind": "error_before", "count": 99, "verb": "post"})
    try:
        _sent_form("", email="guest@example.org")(page, site)
        with page.expect_navigation() as arrived:
            page.locator("main form .button--wide").click()
    finally:
        site.sandbox.control("faults/clear", {})
    return arrived.value


def _sent_form(path: str, **filled: str) -> Arrive:
    """Come to a form, fill some of it in and send it."""

    def arrive(page: Any, site: RunningSite) -> Any:
        page.goto(f"{site.url}{path or _form_of(site)}")
        for name, text in filled.items():
            page.locator(f"main [name={name}]").fill(text)
        with page.expect_navigation() as arrived:
            page.locator("main form[method=post] button:not([name=language])").first.click()
        return arrived.value

    return arrive


def _form_of(site: RunningSite) -> str:
    return f"/en/projects/{project_in(site, 'published')}/pledge/?amount=25"


def _form_without_its_token(page: Any, site: RunningSite) -> Any:
    page.goto(f"{site.url}{_form_of(site)}")
    page.context.clear_cookies()
    with page.expect_navigation() as arrived:
        page.locator("main form[method=post] .button").click()
    return arrived.value


# People ------------------------------------------------------------------------------------


def sign_in(page: Any, site: RunningSite, email: str) -> None:
    """Sign in with what the demonstration wrote down, the second factor included."""
    page.goto(f"{site.url}/en/accounts/login/")
    page.locator("main [name=login]").fill(email)
    page.locator("main [name=password]").fill(_told(site, email, "password"))
    page.locator("main [name=password]").press("Enter")
    if email == ADMINISTRATOR:
        page.wait_for_url("**/2fa/authenticate/**")
        page.locator("main [name=code]").first.fill(_one_time_code(site))
        page.locator("main [name=code]").first.press("Enter")
    page.wait_for_url("**/account/")
    # Some pages ask for the password once more; it counts for them all.
    page.goto(f"{site.url}/en/accounts/reauthenticate/?next=/en/account/")
    page.locator("main [name=password]").fill(_told(site, email, "password"))
    page.locator("main [name=password]").press("Enter")
    page.wait_for_url("**/en/account/")


def _told(site: RunningSite, email: str, what: str) -> str:
    text = (site.plan.var / "demo-sign-ins.txt").read_text()
    found = re.search(rf"{re.escape(email)}.*?{what} (\S+)", text, re.DOTALL)
    assert found, text
    return found[1]


def _one_time_code(site: RunningSite) -> str:
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

    return format_hotp_value(
        hotp_value(_told(site, ADMINISTRATOR, "TOTP secret"), int(time.time() // 30))
    )


def _second_factor(page: Any, site: RunningSite) -> Any:
    page.goto(f"{site.url}/en/accounts/login/")
    page.locator("main [name=login]").fill(ADMINISTRATOR)
    page.locator("main [name=password]").fill(_told(site, ADMINISTRATOR, "password"))
    with page.expect_navigation(url="**/2fa/authenticate/**") as arrived:
        page.locator("main [name=password]").press("Enter")
    return arrived.value


@cache
def _asked_for_a_code(site: RunningSite) -> str:
    return site.shell(
        "from django.utils import timezone\n"
        "from backend.pledges.limits import limits_of\n"
        "from backend.pledges.models import AddressCode\n"
        "from backend.pledges.operations import make_pledge\n"
        "from backend.projects.models import Project\n"
        f"project = Project.objects.get(slug={project_in(site, 'published')!r})\n"
        "pledge = make_pledge(project=project, amount=limits_of(project.currency)[0], name='',"
        " email='reader@example.org', visibility='name_hidden', cover_fee=False, language='en',"
        " donor_id=None, idempotency_key=None, at=timezone.now(), save_card=True).pledge\n"
        "AddressCode.objects.create(pledge=pledge)\n"
        "print(f'/en/pledges/{pledge.token}/code/')"
    )


@cache
def _letters(site: RunningSite) -> str:
    return site.shell(
        "from backend.mail.models import Reader\n"
        "from backend.mail.queries import token_of\n"
        "reader, _ = Reader.objects.get_or_create(address='reader@example.org')\n"
        "print(f'/en/letters/{token_of(reader)}/')"
    )


@cache
def _reset_link(site: RunningSite) -> str:
    return site.shell(
        "from allauth.account.forms import default_token_generator as tokens\n"
        "from allauth.account.utils import user_pk_to_url_str as spelled\n"
        "from backend.accounts.models import User\n"
        f"user = User.objects.get(email={CITIZEN!r})\n"
        "print(f'/en/accounts/password/reset/key/{spelled(user)}-{tokens.make_token(user)}/')"
    )


def _key(page: Any, site: RunningSite) -> str:
    """Return the number of a passkey of the administrator, made with a device that is not there."""
    mine = (
        "SELECT a.id FROM mfa_authenticator a JOIN accounts_user u ON u.id = a.user_id"
        " WHERE a.type = 'webauthn' AND u.email = %s"
    )
    if not site.query(mine, ADMINISTRATOR):
        device = page.context.new_cdp_session(page)
        device.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        page.goto(f"{site.url}/en/accounts/2fa/webauthn/add/")
        page.locator("main [name=name]").fill("Sample key")
        page.locator("tf-passkey button").click()
        # The row is there before the answer is: who goes on at once is led astray by it.
        page.wait_for_url(lambda address: not address.endswith("/webauthn/add/"))
    return site.query(mine, ADMINISTRATOR)[0][0]


def _of_a_key(path: str) -> Arrive:
    """Come to a page that needs a passkey."""

    def arrive(page: Any, site: RunningSite) -> Any:
        number = _key(page, site)
        return page.goto(f"{site.url}/en/accounts/2fa/webauthn/{path.format(number)}")

    return arrive


def _recovery_codes(page: Any, site: RunningSite) -> Any:
    page.goto(f"{site.url}/en/accounts/2fa/recovery-codes/generate/")
    page.locator("main form button").first.click()
    page.wait_for_url("**/2fa/recovery-codes/")
    return page.goto(f"{site.url}/en/accounts/2fa/recovery-codes/")


@cache
def monthly_gift_in(site: RunningSite, state: str) -> str:
    """Return the token of a monthly gift that has begun, with a month booked, now in `state`."""
    token, session = site.shell(MONTHLY).split()
    site.sandbox.complete(session)
    booked = "SELECT i.id FROM giving_instalment i JOIN giving_monthlygift g ON g.id = i.gift_id"
    wait_for(lambda: site.query(f"{booked} WHERE g.token = %s", token), "the first month")
    if state != "active":
        site.query(
            "UPDATE giving_monthlygift SET state = %s, tried_again_at = now() WHERE token = %s"
            " RETURNING 1",
            *(state, token),
        )
    return token


MONTHLY = """
from django.utils import timezone
from backend.giving.operations import make_monthly_gift, start_monthly_gift
from backend.giving.queries import currency_of
from backend.money import Money
from backend.organisations.models import Organisation
from backend.payments.models import Payment
committee = Organisation.objects.filter(verified_on__isnull=False).order_by("-name")[0]
gift = make_monthly_gift(committee=committee, twinning=None, cover_fee=True, idempotency_key=None,
    amount=Money(1000, currency_of(committee)), email="giver@example.org", name="Awa Diallo",
    language="en", donor_id=None, at=timezone.now()).gift
start_monthly_gift(gift=gift, at=timezone.now())
print(gift.token, Payment.objects.get(purpose=gift.purpose).session_id)
"""


def _monthly(state: str, more: str = "") -> Arrive:
    return _found(lambda site: f"/en/monthly/{monthly_gift_in(site, state)}/{more}")


def _monthly_receipt(site: RunningSite) -> str:
    token = monthly_gift_in(site, "active")
    ((year, number),) = site.query(
        "SELECT i.year, i.number FROM giving_instalment i JOIN giving_monthlygift g"
        " ON g.id = i.gift_id WHERE g.token = %s",
        token,
    )
    return f"/en/monthly/{token}/receipts/{year}-M{number:05d}/"


def _monthly_form(site: RunningSite) -> str:
    ((committee, tie),) = site.query(
        "SELECT o.slug, t.slug FROM organisations_organisation o JOIN cities_twinning t"
        " ON o.city_id IN (t.city_a_id, t.city_b_id) WHERE o.verified_on IS NOT NULL"
        " ORDER BY length(o.name) DESC, o.id, t.id LIMIT 1"
    )
    return f"/en/committees/{committee}/monthly/?twinning={tie}&amount=10"


def _wrong_monthly_form(page: Any, site: RunningSite) -> Any:
    return _sent_form(_monthly_form(site), amount="1", email="nobody")(page, site)


# What went wrong ---------------------------------------------------------------------------


def _drawn(view: str, problem: str = "None") -> Arrive:
    """Show what a view of frontend.views.errors answers to a fault that no address has."""

    def arrive(page: Any, site: RunningSite) -> Any:
        body = _error_page(site, view, problem)
        address = f"{site.url}/en/broken/"
        page.route(address, lambda route: route.fulfill(body=body, content_type="text/html"))
        return page.goto(address)

    return arrive


@cache
def _error_page(site: RunningSite, view: str, problem: str) -> str:
    return site.shell(
        "from django.contrib.auth.models import AnonymousUser\n"
        "from django.db import OperationalError\n"
        "from django.test import RequestFactory\n"
        "from frontend.views import errors\n"
        "request = RequestFactory().get('/en/broken/', headers={'host': 'localhost'})\n"
        "request.user, request.session = AnonymousUser(), {}\n"
        f"try:\n    raise {problem}\n"
        f"except Exception as problem:\n    print({view}.content.decode())"
    )


FORBIDDEN = _drawn("errors.forbidden(request, problem)", "PermissionError()")
BROKEN = _drawn("errors.broken(request)", "ValueError()")
AWAY = _drawn("errors.broken(request)", "OperationalError()")
TOO_MANY_FIELDS = "/en/projects/?" + "&".join(f"a{number}=1" for number in range(201))
ACCOUNTS = "/en/accounts"
signed_in = partial(Room, person=ADMINISTRATOR)
error = partial(Room, route="error", has_languages=False)

ROOMS = (
    Room("home", "pages:home", at("/en/")),
    Room("projects", "pages:projects", at("/en/projects/"), is_list=True),
    Room(
        "projects, filtered",
        "pages:projects",
        at("/en/projects/?search=Benin&order=new"),
        is_list=True,
    ),
    Room("projects, none", "pages:projects", at("/en/projects/?search=qqqqqq"), is_list=True),
    Room("projects, unknown city", "pages:projects", at("/en/projects/?city=Lyonn"), is_list=True),
    Room("project, published", "pages:project", _project("published")),
    Room(
        "project, nobody gave",
        "pages:project",
        _found(lambda s: f"/en/projects/{_empty_project(s)}/"),
    ),
    Room(
        "project, closing",
        "pages:project",
        _found(lambda s: f"/en/projects/{_closing_project(s)}/"),
    ),
    Room("project, succeeded", "pages:project", _project("succeeded")),
    Room("project, failed", "pages:project", _project("failed")),
    Room("project, short", "pages:project", _project("short")),
    Room("project, delivered", "pages:project", _project("delivered")),
    Room("project, suspended", "pages:project", _project("suspended")),
    Room("pledge", "pages:pledge", _project("published", "pledge/?amount=25")),
    Room("pledge, wrong", "pages:pledge", _sent_form("", amount="1", email="nobody"), status=422),
    Room("pledge, closed", "pages:pledge", _project("delivered", "pledge/")),
    Room("ledger", "pages:ledger", _project("delivered", "ledger/")),
    Room(
        "ledger, empty",
        "pages:ledger",
        _found(lambda s: f"/en/projects/{_empty_project(s)}/ledger/"),
    ),
    Room("outcome, settled", "pages:pledge_status", _pledge("settled")),
    Room("outcome, unknown", "pages:pledge_status", _pledge("pending")),
    Room("outcome, unpaid", "pages:pledge_status", _pledge("pending", "?from=back")),
    Room("outcome, processing", "pages:pledge_status", _pledge("processing")),
    Room("outcome, not started", "pages:pledge_status", _pledge("new")),
    Room("code for a pledge", "pages:pledge_code", _found(_asked_for_a_code)),
    Room("outcome, expired", "pages:pledge_status", _pledge("expired")),
    Room("outcome, dropped", "pages:pledge_status", _pledge("dropped")),
    Room("outcome, quarantined", "pages:pledge_status", _pledge("quarantined")),
    Room(
        "outcome, Stripe silent",
        "pages:pledge_payment",
        _stripe_is_silent,
        status=503,
        has_languages=False,
    ),
    Room("outcome, part refunded", "pages:pledge_status", _returned("part_refunded")),
    Room("outcome, disputed", "pages:pledge_status", _returned("disputed")),
    Room("receipt", "pages:receipt", _pledge("settled", "receipt/")),
    Room("monthly", "pages:monthly", _found(_monthly_form)),
    Room("monthly, wrong", "pages:monthly", _wrong_monthly_form, status=422),
    Room("monthly gift", "pages:monthly_status", _monthly("active")),
    Room("monthly gift, failed", "pages:monthly_status", _monthly("past_due")),
    Room("monthly gift, changed", "pages:monthly_change", _monthly("active", "change/")),
    Room("monthly receipt", "pages:monthly_receipt", _found(_monthly_receipt)),
    Room("receipt, corrected", "pages:receipt", _returned("part_refunded", "receipt/")),
    Room(
        "pledge, all or nothing",
        "pages:pledge",
        _found(lambda s: f"/en/projects/{_card_campaign(s)}/pledge/?amount=25"),
    ),
    Room("outcome, card saved", "pages:pledge_status", _card_pledge("secured")),
    Room("outcome, card failed", "pages:pledge_status", _card_pledge("failing")),
    Room("outcome, withdrawn", "pages:pledge_status", _card_pledge("withdrawn")),
    Room("pledge, change", "pages:pledge_change", _card_pledge("secured", "change/")),
    signed_in("campaign, open", "pages:campaign", _found(lambda s: led_project(s, "published"))),
    signed_in("campaign, short", "pages:campaign", _found(lambda s: led_project(s, "short"))),
    signed_in("campaign, confirm", "pages:campaign", _decision, has_languages=False),
    signed_in("committee’s account, none", "pages:committee_stripe", _committee("none")),
    signed_in("committee’s account, begun", "pages:committee_stripe", _committee("begun")),
    signed_in("refunds", "pages:refunds", at("/en/refunds/")),
    signed_in("refund", "pages:refund", _desk("part_refunded")),
    signed_in("refund, disputed", "pages:refund", _desk("disputed")),
    signed_in("refund, confirm", "pages:refund", _confirmation, has_languages=False),
    Room("cities", "pages:cities", at("/en/cities/")),
    Room("cities, searched", "pages:cities", at("/en/cities/?search=Lom")),
    Room("city", "pages:city", _found(_city)),
    Room("city without twins", "pages:city", _found(_city_without_twins)),
    Room("twinnings", "pages:twinnings", at("/en/twinnings/")),
    Room("twinnings, unknown city", "pages:twinnings", at("/en/twinnings/?city=Lyonn")),
    Room("twinning", "pages:twinning", _found(partial(_twinning, with_project=True))),
    Room(
        "twinning without project", "pages:twinning", _found(partial(_twinning, with_project=False))
    ),
    Room("status", "pages:status", at("/en/status/")),
    Room("terms", "pages:terms", at("/en/terms/")),
    Room("privacy", "pages:privacy", at("/en/privacy/")),
    Room("legal notice", "pages:legal_notice", at("/en/legal/")),
    Room("contact", "pages:contact", at("/en/contact/")),
    Room("mailbox", "demo:mailbox", at("/demo/mail/"), has_languages=False),
    Room("my pledges", "pages:account", at("/en/account/"), person=CITIZEN),
    signed_in("my pledges, none", "pages:account", at("/en/account/")),
    signed_in("jobs", "pages:jobs", _failed_job),
    signed_in("all letters", "pages:letter_previews", at("/en/letters/")),
    signed_in("a letter", "pages:letter_preview", at("/en/letters/pledge_receipt/")),
    Room("my letters", "pages:account_letters", at("/en/account/letters/"), person=CITIZEN),
    Room("letters by link", "pages:letters", _found(_letters)),
    Room("letters, stop", "pages:stop_letters", _found(lambda site: f"{_letters(site)}news/")),
    Room("sign in", "account_login", at(f"{ACCOUNTS}/login/")),
    Room(
        "sign in, wrong",
        "account_login",
        _sent_form(f"{ACCOUNTS}/login/", login="a@example.org", password="wrong words here"),
        has_languages=False,
    ),
    Room("sign up", "account_signup", at(f"{ACCOUNTS}/signup/")),
    Room(
        "sign up, wrong",
        "account_signup",
        _sent_form(f"{ACCOUNTS}/signup/", email="new@example.org", password1="short"),
        has_languages=False,
    ),
    Room("verification sent", "account_email_verification_sent", at(f"{ACCOUNTS}/confirm-email/")),
    Room("confirm, old link", "account_confirm_email", at(f"{ACCOUNTS}/confirm-email/old/")),
    Room("inactive", "account_inactive", at(f"{ACCOUNTS}/inactive/")),
    Room("reset", "account_reset_password", at(f"{ACCOUNTS}/password/reset/")),
    Room("reset, sent", "account_reset_password_done", at(f"{ACCOUNTS}/password/reset/done/")),
    Room(
        "reset, old link",
        "account_reset_password_from_key",
        at(f"{ACCOUNTS}/password/reset/key/a-b/"),
    ),
    Room("reset, new password", "account_reset_password_from_key", _found(_reset_link)),
    Room(
        "reset, changed",
        "account_reset_password_from_key_done",
        at(f"{ACCOUNTS}/password/reset/key/done/"),
    ),
    Room("code, ask", "account_request_login_code", at(f"{ACCOUNTS}/login/code/")),
    Room(
        "code, enter",
        "account_confirm_login_code",
        _sent_form(f"{ACCOUNTS}/login/code/", email=CITIZEN),
        has_languages=False,
    ),
    Room("second factor", "mfa_authenticate", _second_factor, has_languages=False),
    signed_in("sign out", "account_logout", at(f"{ACCOUNTS}/logout/")),
    signed_in("address", "account_email", at(f"{ACCOUNTS}/email/")),
    signed_in("password", "account_change_password", at(f"{ACCOUNTS}/password/change/")),
    signed_in("once more", "account_reauthenticate", at(f"{ACCOUNTS}/reauthenticate/")),
    signed_in(
        "second factor once more", "mfa_reauthenticate", at(f"{ACCOUNTS}/2fa/reauthenticate/")
    ),
    signed_in("key once more", "mfa_reauthenticate_webauthn", _of_a_key("reauthenticate/")),
    signed_in("factors", "mfa_index", at(f"{ACCOUNTS}/2fa/")),
    Room("factors, none", "mfa_index", at(f"{ACCOUNTS}/2fa/"), person=CITIZEN),
    Room("app, add", "mfa_activate_totp", at(f"{ACCOUNTS}/2fa/totp/activate/"), person=CITIZEN),
    signed_in("app, remove", "mfa_deactivate_totp", at(f"{ACCOUNTS}/2fa/totp/deactivate/")),
    signed_in("codes", "mfa_view_recovery_codes", _recovery_codes),
    signed_in(
        "codes, new", "mfa_generate_recovery_codes", at(f"{ACCOUNTS}/2fa/recovery-codes/generate/")
    ),
    signed_in("keys", "mfa_list_webauthn", _of_a_key("")),
    signed_in("key, add", "mfa_add_webauthn", at(f"{ACCOUNTS}/2fa/webauthn/add/")),
    signed_in("key, rename", "mfa_edit_webauthn", _of_a_key("keys/{}/edit/")),
    signed_in("key, remove", "mfa_remove_webauthn", _of_a_key("keys/{}/remove/")),
    signed_in("where signed in", "usersessions_list", at(f"{ACCOUNTS}/sessions/")),
    error("400", arrive=at(TOO_MANY_FIELDS), status=400),
    error("403", arrive=FORBIDDEN),
    error("403 of a form", arrive=_form_without_its_token, status=403),
    error("404", arrive=at("/en/no-such-place/"), status=404),
    error("500", arrive=BROKEN, is_bare=True),
    error("503", arrive=AWAY, is_bare=True),
)

PAGES_WITHOUT_A_ROOM = {
    "root": "the first page itself, in the visitor's language",
    "pages:account_data": "a file",
    "pages:account_visibility": "takes a form and leads back",
    "pages:pledge_state": "JSON for the live bar",
    "pages:pledge_visibility": "takes a form and leads back",
    "pages:pledge_confirmation": "leads on to the bank's page",
    "pages:pledge_withdrawal": "takes a form and leads back",
    "pages:receipt_pdf": "a PDF",
    "pages:monthly_state": "JSON for the live bar",
    "pages:monthly_payment": "leads on to Stripe's page",
    "pages:monthly_card": "leads on to Stripe's page",
    "pages:monthly_act": "takes a form and leads back",
    "account_set_password": "leads on: everybody who can sign in here has a password",
    "mfa_download_recovery_codes": "a text file",
    "mfa_login_webauthn": "JSON for the passkey's script",
}
