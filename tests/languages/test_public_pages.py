"""Every public page says nothing in English to a reader of French or Spanish.

The words of the catalogues are marked (tests/languages/marked.py), the rows are in Greek; what is
left in Latin letters was never given to gettext or has no translation.
Planted and seen to fall: a button and an aria-label without gettext; an emptied translation; a
page that says it is in English. Found by it: the ledger's path, the receipt and the account named
a title without saying in which language it is.
"""

import pytest
from django.conf import settings as site
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.middleware.csrf import REASON_NO_CSRF_COOKIE
from django.template import engines
from django.test import Client, RequestFactory
from django.utils import timezone, translation

from backend.cities.models import Twinning
from backend.pledges.models import Pledge
from backend.projects.models import Exchange, Milestone, Project, SuggestedAmount
from frontend import urls
from frontend.views import errors
from tests.factories import a_city, a_pledge, a_twinning
from tests.languages.marked import said_plainly, unmarked, unmarked_on_page
from tests.languages.rows import (
    HOUR,
    a_greek_project,
    a_place,
    a_signed_in_citizen,
    page,
    settled,
    the_ones_that_say_something,
)

pytestmark = pytest.mark.django_db
# What has no words of its own: acts that lead to a page, files, and the drawn receipt.
WITHOUT_WORDS = {
    *("pledge_payment", "pledge_visibility", "receipt_pdf", "account_data", "account_visibility"),
    *("pledge_confirmation", "pledge_withdrawal"),
    *("monthly_payment", "monthly_act", "monthly_card"),
}
ASKED_ELSEWHERE = {
    *("pledge_status", "pledge_state", "receipt", "account"),
    "pledge_change",  # with all of all-or-nothing, by test_card_pledges
    # Opened in each language by tests/journeys/test_gates.py.
    *("refunds", "refund", "campaign", "jobs", "committee_stripe"),
    "pledge_code",  # by test_pledge_codes
    *("letter_previews", "letter_preview"),  # by test_letters
    *("monthly", "monthly_status", "monthly_state", "monthly_change", "monthly_receipt"),  # by
    # test_monthly in each of their states
    *("letters", "stop_letters", "account_letters"),  # in each of their states by test_letters
}
PAGES = {pattern.name for pattern in urls.pages[0]}
SEARCHES = (
    "search=Ωρωπός",
    "search=ζζζ",
    "city=ζζζ",
    "country=BE&theme=water&state=published&currency=EUR&order=ending",
    "state=delivered&order=nearest_goal",
)


def away(request):
    """Answer as Django does while the database is away."""
    try:
        raise OperationalError
    except OperationalError:
        return errors.broken(request)


class TestPublicPages:
    def test_say_nothing_without_a_translation(self, language):
        home, _twin, project = a_place()
        tie = Twinning.objects.earliest("pk")
        plain = (
            "home",
            "projects",
            "cities",
            "twinnings",
            "terms",
            "privacy",
            "legal_notice",
            "status",
        )
        names = {name: {} for name in (*plain, "contact")}
        names |= {name: {"slug": project.slug} for name in ("pledge", "ledger", "project")}
        names |= {"city": {"slug": home.slug}, "twinning": {"slug": tie.slug}}
        at = {name: page(language, name, **parts) for name, parts in names.items()}
        addresses = {
            *at.values(),
            *(f"{at['projects']}?{search}" for search in SEARCHES),
            *(page(language, "project", slug=row.slug) for row in Project.objects.all()),
            f"{at['pledge']}?amount=25",
            f"{at['ledger']}?before=3",
            *(page(language, "twinning", slug=row.slug) for row in Twinning.objects.all()),
            page(language, "pledge", slug=Project.objects.filter(state="failed")[0].slug),
            page(language, "ledger", slug=Project.objects.filter(state="failed")[0].slug),
            f"{at['cities']}?search=Ωρω",
            f"{at['cities']}?search=ζζζ",
            f"{at['twinnings']}?city=ζζζ",
            f"/{language}/ζζζ/",
        }
        assert len(addresses) > 30

        assert the_ones_that_say_something(Client(), addresses, language) == {}
        assert names.keys() | ASKED_ELSEWHERE == PAGES - WITHOUT_WORDS

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
    def test_says_which_language_it_is_in_wherever_it_stands(self, marked_words, reader):
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
        named |= {
            "city": {"slug": home.slug},
            "twinning": {"slug": Twinning.objects.earliest("pk").slug},
        }
        plain = ("home", "projects", "cities", "twinnings", "terms", "privacy", "contact")
        names = named | {name: {} for name in (*plain, "legal_notice")}

        for name, parts in names.items():
            html = Client().get(page("fr", name, **parts)).content.decode()
            for code in ("en", "fr", "es"):
                address = site.SITE_URL + page(code, name, **parts)
                assert f'<link rel="alternate" hreflang="{code}" href="{address}">' in html
            assert 'hreflang="x-default"' in html
