"""The form of a pledge, the way to Stripe, and the page of each outcome.

Planted and seen to fall: the amount of the address not taken over; typed values lost after a
refusal; the key of the form not sent, so that a second click pledged again; the error told with
200; the closed project still showing its form; "do not pay again" left out; the page of a pledge
kept by a proxy; its secret address given to those who are told of the project.
"""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from backend.payments.models import Payment
from backend.pledges.models import Pledge
from backend.pledges.operations import move_pledge, note_processing
from tests.factories import a_busy_network, a_citizen, a_committee, a_draft, a_pledge
from tests.frontend.views.reading import html_of, links_of, text_of, title_of
from tests.frontend.views.rows import (
    a_closed_project,
    a_pending_pledge,
    a_project_open_now,
    a_settled_pledge,
)

WELL = "/en/projects/well/pledge/"
TYPED = {
    "amount": "25",
    "email": "guest@example.org",
    "name": "Ama Sample",
    "key": "018f6f3e-0000-7000-8000-000000000001",
}


def value_of(page, name):
    field = re.search(rf'<input[^>]*name="{name}"[^>]*>', html_of(page)).group()
    found = re.search(r'value="([^"]*)"', field)
    return found.group(1) if found else ""


def is_ticked(page, name):
    return " checked" in re.search(rf'<input[^>]*name="{name}"[^>]*>', html_of(page)).group()


@pytest.mark.django_db
class TestForm:
    def test_says_who_receives_what_when_and_what_it_costs(self, client, settings):
        committee = a_committee(legal_name="Well Friends, a sample association")
        a_project_open_now(slug="well", committee=committee)

        page = client.get(f"{WELL}?amount=25")

        text = text_of(page)
        assert "You are charged as soon as you confirm on Stripe’s page;" in text
        assert "Your gift goes to Well Friends, a sample association" in text
        assert "The receipt is not a tax certificate." in text
        assert f"{settings.OPERATOR['name']} keeps your address to send the receipt." in text
        assert "Your gift €25.00 Stripe’s fee, about €0.63 Twinfund’s fee none" in text
        assert "Reaches the project, about €24.37" in text

    def test_shows_what_the_platform_keeps_and_the_cover_brings_it_too(self, client, settings):
        settings.PLATFORM_FEE_PER_TEN_THOUSAND = 100
        a_project_open_now(slug="well", committee=a_committee(stripe_account="acct_1"))

        text = text_of(client.get(f"{WELL}?amount=25"))

        assert "Twinfund’s fee €0.25 Reaches the project, about €24.12" in text
        assert "Covering the fees adds €0.89: you pay €25.89, and about €25.00 reaches" in text

    def test_says_what_the_committee_can_confirm_for_taxes(self, client):
        committee = a_committee(tax_note={"en": "Tax-deductible in Belgium from €40 a year."})
        a_project_open_now(slug="well", committee=committee)

        assert "Tax-deductible in Belgium from €40 a year." in text_of(client.get(WELL))

    def test_ticks_nothing_and_asks_for_three_texts(self, client):
        a_project_open_now(slug="well")

        page = client.get(WELL)

        form = re.search(r'(?s)<form class="form".*?</form>', html_of(page)).group()
        texts = re.findall(r'<input type="(?:text|email)" name="(\w+)"', form)
        assert texts == ["amount", "email", "name"]
        assert not is_ticked(page, "show_name")
        assert not is_ticked(page, "cover_fee")
        assert 'inputmode="decimal"' in form
        assert 'autocomplete="email"' in form
        assert " disabled" not in form

    @pytest.mark.parametrize(
        ("query", "amount"),
        [
            ("", ""),
            ("?amount=45", "45"),
            ("?amount=12.50", "12.50"),
            ("?amount=other&amount_other=7", "7"),
            ("?amount=&amount_other=7,50", "7,50"),
            ("?amount=lots", "lots"),
            ("?amount=" + "9" * 500, "9" * 40),
            ("?amount=%00%3Cb%3E", "&lt;b&gt;"),
        ],
    )
    def test_takes_the_amount_from_the_projects_page(self, client, query, amount):
        a_project_open_now(slug="well")

        page = client.get(WELL + query)

        assert page.status_code == 200
        assert value_of(page, "amount").replace("\x00", "") == amount

    def test_knows_who_is_signed_in(self, client):
        a_project_open_now(slug="well")
        client.force_login(a_citizen(email="ada@example.org", name="Ada Sample"))

        page = client.get(WELL)

        assert (value_of(page, "email"), value_of(page, "name")) == (
            "ada@example.org",
            "Ada Sample",
        )

    def test_is_never_kept_by_anybody(self, client):
        a_project_open_now(slug="well")

        assert "no-store" in client.get(WELL)["Cache-Control"]

    def test_of_a_closed_project_says_so_and_shows_no_form(self, client):
        a_closed_project(slug="well", state="succeeded")

        page = client.get(WELL)

        assert "This project takes no pledges now" in text_of(page)
        assert 'name="email"' not in html_of(page)

    @pytest.mark.parametrize("slug", ["draft", "no-such"])
    def test_of_what_is_not_public_is_not_there(self, client, slug):
        a_draft(slug="draft")

        assert client.get(f"/en/projects/{slug}/pledge/").status_code == 404
        assert client.post(f"/en/projects/{slug}/pledge/", TYPED).status_code == 404

    @pytest.mark.parametrize("language", ["en", "fr", "es"])
    def test_stands_in_each_language(self, client, language):
        a_project_open_now(slug="well")

        page = client.get(f"/{language}/projects/well/pledge/?amount=1000")

        assert f'<html lang="{language}"' in html_of(page)
        assert {"en": "€1,000.00", "fr": "1\u202f000,00\xa0€", "es": "1.000,00\xa0€"}[
            language
        ] in text_of(page)

    def test_knows_no_other_method(self, client):
        a_project_open_now(slug="well")

        assert client.put(WELL).status_code == 405


@pytest.mark.django_db
class TestTooManyPledges:
    def test_are_told_with_what_was_typed_and_when_to_come_back(self, client, settings):
        settings.THROTTLES_TIMES = 1
        a_project_open_now(slug="well")
        a_busy_network()

        page = client.post(WELL, TYPED)

        assert page.status_code == 429
        assert 1 <= int(page["Retry-After"]) <= 3600
        assert "Too many pledges came from your network. Try again in" in text_of(page)
        assert value_of(page, "email") == TYPED["email"]
        assert not Pledge.objects.exists()


@pytest.mark.django_db
class TestErrors:
    @pytest.mark.parametrize(
        ("changed", "message"),
        [
            ({"amount": ""}, "Write how much you want to give."),
            ({"amount": "abc"}, "Write an amount such as €25.00."),
            ({"amount": "1.99"}, "€2"),
            ({"amount": "10000.01"}, "€10,000"),
            ({"amount": "12.345"}, "can be read in two ways"),
            ({"amount": "-5"}, "An amount cannot be negative."),
            ({"amount": "9" * 41}, "40"),
            ({"email": ""}, "Write the e-mail address to which the receipt goes."),
            ({"email": "guest"}, "Write an e-mail address such as name@example.org."),
            ({"name": "see http://example.org"}, "name"),
            ({"name": "A\u202eB"}, "name"),
            ({"name": "x" * 81}, "80"),
        ],
    )
    def test_are_told_beside_the_field_and_above_the_form(self, client, changed, message):
        a_project_open_now(slug="well")

        page = client.post(WELL, TYPED | changed)

        (field,) = changed
        summary = re.search(r'(?s)<div class="error-summary".*?</div>', html_of(page)).group()
        assert page.status_code == 422
        assert title_of(page).startswith("Error: ")
        assert f'href="#{field}"' in summary
        assert message in text_of(page)
        assert f'id="{field}_error"' in html_of(page)
        assert not Pledge.objects.exists()

    @pytest.mark.parametrize("amount", ["25,5,5", "1.99"])
    def test_keep_everything_that_was_typed(self, client, amount):
        a_project_open_now(slug="well")
        typed = TYPED | {"amount": amount, "cover_fee": "on", "show_name": "on"}

        page = client.post(WELL, typed)

        assert [value_of(page, name) for name in ("amount", "email", "name", "key")] == [
            amount, "guest@example.org", "Ama Sample", TYPED["key"],
        ]  # fmt: skip
        assert is_ticked(page, "cover_fee")
        assert is_ticked(page, "show_name")

    def test_are_marked_for_those_who_hear_the_page(self, client):
        a_project_open_now(slug="well")

        html = html_of(client.post(WELL, TYPED | {"email": ""}))

        field = re.search(r'<input[^>]*name="email"[^>]*>', html).group()
        assert 'aria-invalid="true"' in field
        assert "email_error" in field
        assert 'role="alert" tabindex="-1" autofocus' in html

    def test_of_a_project_that_closed_meanwhile_take_no_money(self, client):
        a_closed_project(slug="well", state="closing")

        page = client.post(WELL, TYPED)

        assert page.status_code == 422
        assert "takes no pledges" in text_of(page)
        assert not Pledge.objects.exists()

    def test_of_a_stranger_form_are_refused(self, client):
        from django.test import Client

        a_project_open_now(slug="well")

        page = Client(enforce_csrf_checks=True).post(WELL, TYPED)

        assert page.status_code == 403
        assert "Please send the form again" in text_of(page)
        assert "Nothing was done and nothing was charged." in text_of(page)


@pytest.mark.django_db(transaction=True)
class TestPledge:
    def test_goes_to_stripes_page(self, client, sandbox):
        a_project_open_now(slug="well")

        answer = client.post(WELL, TYPED | {"cover_fee": "on"})

        pledge = Pledge.objects.get()
        assert (answer.status_code, answer["Location"]) == (302, Payment.objects.get().session_url)
        assert (pledge.gift_minor, pledge.state) == (2500, "pending")
        assert pledge.cover_minor > 0
        assert (pledge.name, pledge.visibility) == ("Ama Sample", "name_hidden")

    def test_sent_twice_is_one_pledge_and_one_page_of_stripe(self, client, sandbox):
        a_project_open_now(slug="well")

        first = client.post(WELL, TYPED)
        second = client.post(WELL, TYPED)

        assert first["Location"] == second["Location"]
        assert Pledge.objects.count() == 1
        assert Payment.objects.count() == 1

    def test_shows_the_name_only_when_asked(self, client, sandbox):
        a_project_open_now(slug="well")

        client.post(WELL, TYPED | {"show_name": "on"})

        assert Pledge.objects.get().visibility == "public"

    def test_belongs_to_whoever_is_signed_in(self, client, sandbox):
        a_project_open_now(slug="well")
        citizen = a_citizen()
        client.force_login(citizen)

        client.post(WELL, TYPED)

        assert Pledge.objects.get().donor_id == citizen.pk

    def test_is_kept_while_stripe_is_silent_and_can_be_tried_again(self, client, settings):
        from backend.payments.gateways import stripe

        settings.STRIPE_API_BASE = "http://127.0.0.1:9"
        stripe._client.cache_clear()
        a_project_open_now(slug="well")

        answer = client.post(WELL, TYPED, follow=True)

        stripe._client.cache_clear()
        assert "Stripe’s page did not open" in text_of(answer)
        assert "Nothing was charged and your pledge is kept." in text_of(answer)
        assert "Pay €25.00 on Stripe’s page" in text_of(answer)


@pytest.mark.django_db
class TestOutcome:
    def test_settled_gives_the_receipt_first_then_what_happens_next(self, client):
        project = a_project_open_now(slug="well")
        pledge = a_settled_pledge(project, name="Ama Sample", cover_fee=True)

        page = client.get(f"/en/pledges/{pledge.token}/")

        text = text_of(page)
        assert title_of(page) == "Thank you – Twinfund"
        assert text.index("Receipt") < text.index("What happens next") < text.index("Tell others")
        assert f"Charged €{pledge.gross.minor / 100:.2f}" in text
        assert "(Brussels time)" in text
        assert f"/en/pledges/{pledge.token}/receipt/" in links_of(page)
        assert any(link.startswith("https://wa.me/?text=") for link in links_of(page))
        assert "/projects/well/card.png" in links_of(page)
        assert 'role="img" aria-label="QR code of the project’s address"' in html_of(page)

    def test_settled_never_shares_its_own_address(self, client):
        pledge = a_settled_pledge()

        page = client.get(f"/en/pledges/{pledge.token}/")

        outside = [link for link in links_of(page) if link.startswith(("http", "mailto"))]
        assert outside
        assert not [link for link in outside if pledge.token in link]
        assert page["Referrer-Policy"] == "same-origin"

    def test_settled_offers_one_more_project(self, client):
        a_project_open_now(slug="other", title={"en": "Another well"})
        pledge = a_settled_pledge(a_project_open_now(slug="well"))

        page = client.get(f"/en/pledges/{pledge.token}/")

        assert "One more project" in text_of(page)
        assert "/en/projects/other/" in links_of(page)

    def test_unknown_says_not_to_pay_again_and_until_when(self, client, settings):
        settings.STRIPE_PULL_SECONDS = 300
        pledge = a_pending_pledge()

        page = client.get(f"/en/pledges/{pledge.token}/?from=paid")

        text = text_of(page)
        assert "We have your pledge. The bank has not confirmed yet" in text
        assert "We do not know yet whether €25.00 has been charged. Do not pay again." in text
        assert re.search(r"We will know by \w+ \d+, \d{4}, \d+:\d\d\s[AP]M \(Brussels time\)", text)
        assert "Look again" in text
        assert "Pay €25.00" not in text
        assert "http-equiv" not in html_of(page)

    def test_came_back_unpaid_keeps_the_pledge(self, client):
        pledge = a_pending_pledge()

        text = text_of(client.get(f"/en/pledges/{pledge.token}/?from=back"))

        assert "Your pledge of €25.00 is kept; nothing was charged." in text
        assert "Pay €25.00 on Stripe’s page" in text
        assert "Paid a moment ago? Then do not pay again." in text

    def test_slow_method_is_on_its_way(self, client):
        pledge = a_pending_pledge()
        note_processing(pledge_id=pledge.pk)

        text = text_of(client.get(f"/en/pledges/{pledge.token}/"))

        assert "Your gift is on its way" in text
        assert "Do not pay again." in text

    @pytest.mark.parametrize(
        ("event", "words"),
        [
            ("payment_failed", "Your bank did not send the money. Nothing was charged."),
            ("payment_expired", "The time for paying it has passed and nothing was charged."),
        ],
    )
    def test_not_paid_says_that_nothing_was_charged(self, client, event, words):
        pledge = a_pending_pledge()
        move_pledge(pledge_id=pledge.pk, event=event, at=timezone.now())

        text = text_of(client.get(f"/en/pledges/{pledge.token}/"))

        assert words in text
        assert "Pay €25.00 on Stripe’s page" in text

    def test_quarantined_asks_for_nothing(self, client):
        pledge = a_pending_pledge()
        move_pledge(pledge_id=pledge.pk, event="payment_quarantined", at=timezone.now())

        page = client.get(f"/en/pledges/{pledge.token}/")

        assert "A person is looking at your payment" in text_of(page)
        assert "<form" not in re.search(r"(?s)<main.*</main>", html_of(page)).group()

    def test_of_a_project_that_closed_offers_no_payment(self, client):
        project = a_project_open_now()
        pledge = a_pending_pledge(project)
        project.closes_at = timezone.now() - timedelta(seconds=1)
        project.save()

        text = text_of(client.get(f"/en/pledges/{pledge.token}/?from=back"))

        assert "The project takes no pledges any more." in text
        assert "Pay €25.00" not in text

    def test_is_for_whoever_has_the_address_and_for_nobody_else(self, client):
        pledge = a_settled_pledge()

        page = client.get(f"/en/pledges/{pledge.token}/")

        assert "no-store" in page["Cache-Control"]
        assert '<meta name="robots" content="noindex">' in html_of(page)
        assert client.get(f"/en/pledges/{'x' * 43}/").status_code == 404
        assert client.get(f"/en/pledges/{pledge.pk}/").status_code == 404
        assert client.post(f"/en/pledges/{pledge.token}/").status_code == 405

    @pytest.mark.parametrize("language", ["en", "fr", "es"])
    def test_stands_in_each_language(self, client, language):
        pledge = a_settled_pledge()

        page = client.get(f"/{language}/pledges/{pledge.token}/")

        assert f'<html lang="{language}"' in html_of(page)
        assert {"en": "€25.00", "fr": "25,00\xa0€", "es": "25,00\xa0€"}[language] in text_of(page)


@pytest.mark.django_db
class TestVisibility:
    @pytest.mark.parametrize("visibility", ["public", "name_hidden", "hidden"])
    def test_can_be_changed_with_the_link(self, client, visibility):
        pledge = a_settled_pledge()

        answer = client.post(f"/en/pledges/{pledge.token}/visibility/", {"visibility": visibility})

        pledge.refresh_from_db()
        assert pledge.visibility == visibility
        assert answer["Location"] == f"/en/pledges/{pledge.token}/"

    def test_stays_when_the_choice_makes_no_sense(self, client):
        pledge = a_settled_pledge()

        client.post(f"/en/pledges/{pledge.token}/visibility/", {"visibility": "everything"})

        pledge.refresh_from_db()
        assert pledge.visibility == "name_hidden"

    def test_is_changed_by_post_alone(self, client):
        pledge = a_settled_pledge()

        assert client.get(f"/en/pledges/{pledge.token}/visibility/").status_code == 405
        assert client.post(f"/en/pledges/{'x' * 43}/visibility/").status_code == 404


@pytest.mark.django_db(transaction=True)
class TestPayAgain:
    def test_goes_to_the_page_that_is_open(self, client, sandbox):
        a_project_open_now(slug="well")
        client.post(WELL, TYPED)
        pledge = Pledge.objects.get()

        answer = client.post(f"/en/pledges/{pledge.token}/payment/")

        assert answer["Location"] == Payment.objects.get().session_url

    def test_of_a_settled_pledge_charges_nothing(self, client, sandbox):
        pledge = a_settled_pledge()

        answer = client.post(f"/en/pledges/{pledge.token}/payment/")

        assert answer["Location"] == f"/en/pledges/{pledge.token}/"
        assert not Payment.objects.exists()

    def test_says_so_while_stripe_is_silent(self, client, settings):
        from backend.payments.gateways import stripe

        settings.STRIPE_API_BASE = "http://127.0.0.1:9"
        stripe._client.cache_clear()
        pledge = a_pledge(a_project_open_now(), at=timezone.now())

        answer = client.post(f"/en/pledges/{pledge.token}/payment/")

        stripe._client.cache_clear()
        assert answer.status_code == 503
        assert "Stripe’s page did not open" in text_of(answer)

    def test_is_asked_for_by_post_alone(self, client):
        pledge = a_pending_pledge()

        assert client.get(f"/en/pledges/{pledge.token}/payment/").status_code == 405
