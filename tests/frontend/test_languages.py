"""Every public page, mail and refusal says nothing in English to a reader of French or Spanish.

The words of the catalogues are marked (tests/marked_language.py), the rows are in Greek; what is
left in Latin letters was never given to gettext or has no translation.
Planted and seen to fall: a button and an aria-label without gettext; a sentence of a mail in
English; an emptied translation; a page that says it is in English. Found by it: the ledger's
path, the receipt and the account named a title without saying in which language it is.
"""

import time
from datetime import timedelta

import pytest
from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.account.models import EmailAddress
from django.conf import settings as site
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.middleware.csrf import REASON_NO_CSRF_COOKIE
from django.template import engines
from django.test import Client, RequestFactory
from django.urls import get_resolver, reverse
from django.utils import timezone, translation

from backend.cities.models import Twinning
from backend.mail.models import Mail
from backend.money import Money
from backend.pledges.letters import write_failed, write_processing, write_receipt
from backend.pledges.models import Pledge
from backend.pledges.operations import move_pledge, settle_pledge
from backend.projects.models import Exchange, Milestone, Project, SuggestedAmount
from frontend import urls
from frontend.views import errors
from tests.factories import a_citizen, a_city, a_committee, a_pledge, a_twinning, an_open_project
from tests.marked_language import (
    forget_words,
    said_plainly,
    unmarked,
    unmarked_on_page,
    write_marked_catalogues,
)

pytestmark = pytest.mark.django_db
LANGUAGES = [code for code, _name in site.LANGUAGES if code != "en"]
GREEK = "Ένα πηγάδι για τον Ωρωπό"
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WELL = "/api/v1/projects/well/pledges/"
SHUT = "/api/v1/projects/shut/pledges/"
PAYS = '"amount_minor": 2500, "currency": "EUR", "email": "a@example.org"'
# What has no words of its own: acts that lead to a page, and the drawn receipt (see TestReceipt).
WITHOUT_WORDS = {
    *("pledge_payment", "pledge_visibility", "receipt_pdf", "account_data", "account_visibility"),
}
ASKED_BELOW = {"pledge_status", "pledge_state", "receipt", "account"}
PAGES = {pattern.name for pattern in urls.pages[0]}
SEARCHES = (
    "search=Ωρωπός",
    "search=ζζζ",
    "city=ζζζ",
    "country=BE&theme=water&state=published&currency=EUR&order=ending",
    "state=delivered&order=nearest_goal",
)


@pytest.fixture(scope="module")
def marked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("marked")
    write_marked_catalogues(folder, LANGUAGES)
    return folder


@pytest.fixture(autouse=True)
def no_collected_files(tmp_path, settings):
    settings.STATIC_ROOT = tmp_path


@pytest.fixture(params=LANGUAGES)
def language(request, marked, settings):
    settings.OPERATOR = {**site.OPERATOR, "name": "Λειτουργός", "address": "Οδός 1"}
    settings.LOCALE_PATHS = [marked]
    forget_words()
    yield request.param
    forget_words()


def greek(text=GREEK):
    return dict.fromkeys(("en", "fr", "es"), text)


def a_greek_project(*, cities, **fields):
    home, twin = cities
    now = timezone.now()
    committee = a_committee(city=home, name="Επιτροπή", legal_name="Σύλλογος")
    project = an_open_project(
        **{
            "home_city": home,
            "twin_city": twin,
            "committee": committee,
            "title": greek(),
            "summary": greek("Καθαρό νερό κοντά."),
            "story": greek("Το παλιό πηγάδι στέρεψε."),
            "art": "well",
            "opens_at": now - 2 * DAY,
            "closes_at": now + 30 * DAY,
            "minimum_minor": 300_000,
            **fields,
        }
    )
    project.budget_lines.update(label=greek("Αντλία"), month=now.date())
    project.budget_lines.update(is_required=fields.get("state") != "short")
    Milestone.objects.filter(project=project).update(
        label=greek("Η αντλία δουλεύει"), due_on=(now - 9 * DAY).date()
    )
    for place, direction in enumerate(Exchange.Direction.values, start=1):
        Exchange.objects.create(
            project=project, position=place, direction=direction, label=greek("Γνώση")
        )
    SuggestedAmount.objects.create(project=project, amount_minor=2500, label=greek("ένας σωλήνας"))
    return project


def settled(project, **fields):
    pledge = move_pledge(
        pledge_id=a_pledge(project, at=timezone.now(), **fields).pk,
        event="checkout_opened",
        at=timezone.now(),
    )
    return settle_pledge(
        pledge_id=pledge.pk,
        amount=Money(pledge.gross.minor, pledge.currency),
        fee=Money(62, pledge.currency),
        at=timezone.now(),
    )


def a_place():
    """Write two Greek cities with a twinning, a project in each state, and pledges."""
    home = a_city(name="Ωρωπός", population=12_345, languages=["el"])
    twin = a_city(name="Κύμη", country="GM")
    a_twinning(city_a=home, city_b=twin)
    now = timezone.now()
    project = a_greek_project(cities=(home, twin))
    settled(project, name="Αθηνά", visibility="public", cover_fee=True)
    settled(project)
    settled(project, visibility="hidden")
    ended = {"opens_at": now - 60 * DAY, "closes_at": now - DAY, "state_reason": greek("Γιατί.")}
    for state in ("closing", "succeeded", "short", "failed", "delivered", "suspended"):
        outcome = {"outcome": greek("Έγινε.")} if state == "delivered" else {}
        a_greek_project(cities=(home, twin), state=state, **ended, **outcome)
    a_greek_project(cities=(home, twin), state="suspended", closes_at=now + DAY)
    a_greek_project(cities=(twin, home), opens_at=now + DAY)
    a_greek_project(cities=(twin, home), closes_at=now + 3 * HOUR)
    full = a_greek_project(cities=(home, twin), goal_minor=2500, minimum_minor=2500)
    settled(full)
    enough = a_greek_project(cities=(home, twin), goal_minor=5000, minimum_minor=2500)
    settled(enough)
    return home, twin, project


def said_at(client, address, language):
    response = client.get(address)
    assert response.status_code in {200, 404}, f"{address}: {response.status_code}"
    return unmarked_on_page(response.content.decode(), language)


def page(language, name, **names):
    with translation.override(language):
        return reverse(f"pages:{name}", kwargs=names)


def the_ones_that_say_something(client, addresses, language):
    said = {address: said_at(client, address, language) for address in addresses}
    return {address: words for address, words in said.items() if words}


def names_without_parts(resolver):
    """Return the names of the addresses that allauth brings and that need no more to be asked."""
    for pattern in resolver.url_patterns:
        if pattern.pattern.regex.groups:
            continue
        if hasattr(pattern, "url_patterns"):
            yield from names_without_parts(pattern)
        else:
            yield pattern.name


def away(request):
    """Answer as Django does while the database is away."""
    try:
        raise OperationalError
    except OperationalError:
        return errors.broken(request)


def a_signed_in_citizen(language):
    citizen = a_citizen(email="citizen@example.org", language=language)
    EmailAddress.objects.create(user=citizen, email=citizen.email, verified=True, primary=True)
    client = Client()
    client.force_login(citizen, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    method = {"method": "password", "at": time.time(), "email": citizen.email}
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [method]
    session.save()
    return client, citizen


class TestPublicPages:
    def test_say_nothing_without_a_translation(self, language):
        home, _twin, project = a_place()
        tie = Twinning.objects.get()
        plain = ("home", "projects", "cities", "twinnings", "terms", "privacy", "legal_notice")
        names = {name: {} for name in (*plain, "contact")}
        names |= {name: {"slug": project.slug} for name in ("pledge", "ledger", "project")}
        names |= {"city": {"slug": home.slug}, "twinning": {"slug": tie.slug}}
        at = {name: page(language, name, **parts) for name, parts in names.items()}
        addresses = {
            *at.values(),
            *(f"{at['projects']}?{search}" for search in SEARCHES),
            *(page(language, "project", slug=row.slug) for row in Project.objects.all()),
            f"{at['pledge']}?amount=25",
            page(language, "pledge", slug=Project.objects.filter(state="failed")[0].slug),
            page(language, "ledger", slug=Project.objects.filter(state="failed")[0].slug),
            f"{at['cities']}?search=Ωρω",
            f"{at['cities']}?search=ζζζ",
            f"{at['twinnings']}?city=ζζζ",
            f"/{language}/ζζζ/",
        }
        assert len(addresses) > 30

        assert the_ones_that_say_something(Client(), addresses, language) == {}
        assert names.keys() | ASKED_BELOW == PAGES - WITHOUT_WORDS

    def test_of_an_empty_site_say_nothing_without_a_translation(self, language):
        a_city(name="Ωρωπός", slug="oropos")
        addresses = [
            page(language, "home"),
            page(language, "projects"),
            page(language, "twinnings"),
            page(language, "city", slug="oropos"),
        ]

        assert the_ones_that_say_something(Client(), addresses, language) == {}

    def test_tell_a_fault_in_the_reader_s_language(self, language):
        request = RequestFactory().get(f"/{language}/", HTTP_ACCEPT_LANGUAGE=language)
        with translation.override(language):
            answers = [
                errors.bad_request(request, SuspiciousOperation()),
                errors.forbidden(request, PermissionDenied()),
                errors.csrf_failed(request),
                errors.csrf_failed(request, REASON_NO_CSRF_COOKIE),
                errors.broken(request),
                away(request),
            ]

            said = [unmarked_on_page(answer.content.decode(), language) for answer in answers]

        assert said == [[]] * 6


class TestAPledge:
    @pytest.mark.parametrize("state", ["new", "pending", "expired", "dropped", "quarantined"])
    def test_that_is_not_paid_is_told_in_the_reader_s_language(self, language, state):
        home, twin = a_city(name="Ωρωπός"), a_city(name="Κύμη", country="GM")
        project = a_greek_project(cities=(home, twin))
        pledge = a_pledge(project, at=timezone.now())
        Pledge.objects.filter(pk=pledge.pk).update(state=state)
        at = page(language, "pledge_status", token=pledge.token)

        assert the_ones_that_say_something(Client(), [at, f"{at}?from=back"], language) == {}

    def test_under_way_or_too_late_is_told_in_the_reader_s_language(self, language):
        home, twin = a_city(name="Ωρωπός"), a_city(name="Κύμη", country="GM")
        project = a_greek_project(cities=(home, twin))
        slow, late = (a_pledge(project, at=timezone.now()) for _ in range(2))
        Pledge.objects.filter(pk=slow.pk).update(state="pending", is_processing=True)
        at = page(language, "pledge_status", token=slow.token)
        assert the_ones_that_say_something(Client(), [at], language) == {}

        Project.objects.update(closes_at=timezone.now() - HOUR)
        at = page(language, "pledge_status", token=late.token)

        assert the_ones_that_say_something(Client(), [at], language) == {}

    def test_that_has_arrived_and_its_receipt(self, language):
        home, twin = a_city(name="Ωρωπός"), a_city(name="Κύμη", country="GM")
        project = a_greek_project(cities=(home, twin))
        pledge = settled(project, name="Αθηνά", cover_fee=True)
        addresses = [
            page(language, "pledge_status", token=pledge.token),
            page(language, "receipt", token=pledge.token),
        ]

        assert the_ones_that_say_something(Client(), addresses, language) == {}
        told = Client().get(page(language, "pledge_state", token=pledge.token)).json()
        assert unmarked(told["text"], language) == []

    @pytest.mark.parametrize(
        "typed",
        [
            {"amount": ""},
            {"amount": "ζ", "email": "ζ"},
            {"amount": "25,001", "email": "a@example.org"},
            {"amount": "1", "email": "a@example.org"},
            {"amount": "25", "email": "a@example.org", "name": "ζ" * 81},
            {"amount": "25", "email": "a@example.org", "name": "www.example.org"},
            {"amount": "99999999999999999999", "email": "a@example.org"},
        ],
    )
    def test_is_refused_in_the_reader_s_language(self, language, typed):
        home, twin = a_city(name="Ωρωπός"), a_city(name="Κύμη", country="GM")
        project = a_greek_project(cities=(home, twin))

        answer = Client().post(page(language, "pledge", slug=project.slug), typed)

        said = answer.content.decode()
        assert "error-summary" in said
        assert unmarked_on_page(said, language) == []


class TestATextInAnotherLanguage:
    """The committee wrote in one language only; the reader is told which."""

    @pytest.mark.parametrize("reader", ["en", "fr", "es"])
    def test_says_which_language_it_is_in_wherever_it_stands(self, marked, settings, reader):
        settings.LOCALE_PATHS = [marked]
        forget_words()
        written = "es" if reader != "es" else "fr"
        home, twin = a_city(name="Ωρωπός"), a_city(name="Κύμη", country="GM")
        tie = a_twinning(city_a=home, city_b=twin)
        signed_in, citizen = a_signed_in_citizen(reader)
        texts = {name: {written: f"Ψ{name}"} for name in ("title", "summary", "story", "outcome")}
        project = a_greek_project(cities=(home, twin), default_language=written, **texts)
        project.budget_lines.update(label={written: "Ψbudget"})
        Milestone.objects.update(label={written: "Ψstep"})
        Exchange.objects.update(label={written: "Ψway"})
        SuggestedAmount.objects.update(label={written: "Ψbuys"})
        pledge = settled(project, donor_id=citizen.pk)
        pages = [
            page(reader, "home"),
            page(reader, "projects"),
            page(reader, "project", slug=project.slug),
            page(reader, "ledger", slug=project.slug),
            page(reader, "pledge", slug=project.slug),
            page(reader, "city", slug=home.slug),
            page(reader, "twinning", slug=tie.slug),
            page(reader, "pledge_status", token=pledge.token),
            page(reader, "receipt", token=pledge.token),
            page(reader, "account"),
        ]

        answers = {address: signed_in.get(address).content.decode() for address in pages}

        shown = [address for address, html in answers.items() if f'lang="{written}">Ψ' in html]
        unsaid = {
            address: [line for line in said_plainly(html).splitlines() if "Ψ" in line]
            for address, html in answers.items()
        }
        assert {address: lines for address, lines in unsaid.items() if lines} == {}
        assert shown == pages
        forget_words()


class TestCounts:
    @pytest.mark.parametrize(
        ("reader", "written"), [("en", "1,234"), ("fr", "1\u202f234"), ("es", "1.234")]
    )
    def test_are_written_as_the_language_writes_them(self, reader, written):
        template = engines["django"].from_string(
            "{% load i18n words %}{% blocktranslate count count=n with lines=n|number %}"
            "The one line, and how to check it{% plural %}All {{ lines }} lines, and how to check"
            " them{% endblocktranslate %}"
        )
        with translation.override(reader):
            assert written in template.render({"n": 1234})


class TestAddressesOfOtherLanguages:
    def test_stand_in_the_head_of_every_public_page(self):
        home, _twin, project = a_place()
        named = {"project": {"slug": project.slug}, "ledger": {"slug": project.slug}}
        named |= {"city": {"slug": home.slug}, "twinning": {"slug": Twinning.objects.get().slug}}
        plain = ("home", "projects", "cities", "twinnings", "terms", "privacy", "contact")
        names = named | {name: {} for name in (*plain, "legal_notice")}

        for name, parts in names.items():
            html = Client().get(page("fr", name, **parts)).content.decode()
            for code in ("en", "fr", "es"):
                address = site.SITE_URL + page(code, name, **parts)
                assert f'<link rel="alternate" hreflang="{code}" href="{address}">' in html
            assert 'hreflang="x-default"' in html


class TestAccountPages:
    def test_say_nothing_without_a_translation(self, language):
        signed_in, citizen = a_signed_in_citizen(language)
        home, twin = a_city(name="Ωρωπός"), a_city(name="Κύμη", country="GM")
        for project in (a_greek_project(cities=(home, twin)), a_greek_project(cities=(twin, home))):
            settled(project, donor_id=citizen.pk)
            a_pledge(project, donor_id=citizen.pk, at=timezone.now())
        said, read = {}, set()

        for name in sorted(set(names_without_parts(get_resolver("allauth.urls")))):
            with translation.override(language):
                address = reverse(name)
            for client in (Client(), signed_in):
                answer = client.get(address)
                is_page = answer.headers.get("Content-Type", "").startswith("text/html")
                if answer.status_code == 200 and is_page:
                    read.add(name)
                    said[address] = unmarked_on_page(answer.content.decode(), language)
        account = page(language, "account")
        said[account] = said_at(signed_in, account, language)

        assert {address: words for address, words in said.items() if words} == {}
        assert len(read) >= 12


class TestMails:
    def test_say_nothing_without_a_translation(self, language):
        home, twin = a_city(name="Ωρωπός"), a_city(name="Κύμη", country="GM")
        project = a_greek_project(cities=(home, twin))
        arrived = settled(project, language=language, cover_fee=True)
        other = a_pledge(project, language=language, at=timezone.now())
        write_receipt(pledge_id=arrived.pk, at=timezone.now())
        write_processing(pledge_id=other.pk, at=timezone.now())
        write_failed(pledge_id=other.pk, at=timezone.now())

        mails = Mail.objects.filter(language=language)

        assert {mail.kind for mail in mails} == {
            "pledge_receipt",
            "pledge_processing",
            "pledge_failed",
        }
        for mail in mails:
            assert unmarked(f"{mail.subject}\n{mail.text}", language) == []
            assert unmarked_on_page(mail.html, language) == []
            assert "⟦" in mail.subject

    def test_are_shown_in_the_demo_in_the_reader_s_language(self, language):
        reader = Client(HTTP_ACCEPT_LANGUAGE=language)

        assert the_ones_that_say_something(reader, [reverse("demo:mailbox")], language) == {}


class TestTheApi:
    @pytest.mark.parametrize(
        ("address", "body"),
        [
            ("/api/v1/projects/?city=Ω", None),
            ("/api/v1/projects/?country=ζ&currency=ζ&theme=ζ&state=ζ&order=ζ&after=ζ", None),
            ("/api/v1/projects/?ζ=1", None),
            ("/api/v1/projects/?country=BE&country=FR", None),
            (f"/api/v1/projects/?search={'ζ' * 201}", None),
            ("/api/v1/projects/zeta/", None),
            ("/api/v1/cities/zeta/", None),
            ("/api/v1/twinnings/zeta/", None),
            (f"/api/v1/pledges/{'z' * 43}/", None),
            ("/api/v1/zeta/", None),
            (WELL, ""),
            (WELL, "[]"),
            (WELL, "{"),
            (WELL, '{"a": 1, "a": 2}'),
            (WELL, "[" * 200),
            (WELL, "{}"),
            (WELL, '{"amount_minor": "2", "currency": "ζ", "email": "ζ", "name": 3, "ζ": 1}'),
            (WELL, '{"amount_minor": null, "currency": 3, "email": "", "cover_fee": "ζ"}'),
            (WELL, '{"amount_minor": 1, "currency": "EUR", "email": "a@example.org"}'),
            (WELL, f'{{{PAYS}, "name": "{"ζ" * 81}"}}'),
            (WELL, f'{{{PAYS}, "name": "www.example.org"}}'),
            (WELL, f'{{{PAYS}, "name": "\\u202eζ"}}'),
            (WELL, '{"amount_minor": 2500, "currency": "USD", "email": "a@example.org"}'),
            (SHUT, '{"amount_minor": 2500, "currency": "EUR", "email": "a@example.org"}'),
        ],
    )
    def test_refuses_in_the_reader_s_language(self, language, address, body):
        cities = a_city(name="Ωρωπός"), a_city(name="Κύμη", country="GM")
        a_greek_project(cities=cities, slug="well")
        a_greek_project(cities=cities, slug="shut", state="failed")
        caller = Client(HTTP_ACCEPT_LANGUAGE=language, raise_request_exception=False)

        if body is None:
            answer = caller.get(address)
        else:
            answer = caller.post(address, body, content_type="application/json")

        assert 400 <= answer.status_code < 500
        said = [answer.json()["detail"], *(e["detail"] for e in answer.json().get("errors", ()))]
        assert unmarked("\n".join(said), language) == []
        assert all("⟦" in sentence for sentence in said)

    @pytest.mark.parametrize(
        ("method", "headers", "status"),
        [
            ("delete", {}, 405),
            ("get", {"HTTP_ACCEPT": "text/csv"}, 406),
            ("post", {"content_type": "text/csv"}, 415),
        ],
    )
    def test_refuses_a_strange_request_in_the_reader_s_language(
        self, language, method, headers, status
    ):
        caller = Client(HTTP_ACCEPT_LANGUAGE=language, raise_request_exception=False)
        address = WELL if method == "post" else "/api/v1/projects/"

        answer = getattr(caller, method)(address, **headers)

        assert answer.status_code == status
        assert unmarked(answer.json()["detail"], language) == []
