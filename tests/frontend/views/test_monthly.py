"""Giving every month: the form, the page of the gift in each state, its receipts, the account.

Planted and seen to fall: see the table of faults (tests/architecture/faults.py).
"""

import pytest
from django.utils import timezone

from backend.giving.models import Instalment, MonthlyGift
from backend.giving.wishes import pause_gift
from tests.backend.giving.rows import (
    a_living_gift,
    a_monthly_gift,
    as_it_is,
    on_stripes_page,
    subscription_of,
)
from tests.factories import NOON, a_city, a_committee, a_twinning
from tests.frontend.views.reading import html_of, links_of, text_of
from tests.people import a_person, sign_in

TYPED = {
    "amount": "10",
    "email": "giver@example.org",
    "name": "Ada",
    "key": "018f6f3e-0000-7000-8000-000000000001",
}
STATES = ["active", "past_due", "paused", "stopped", "lapsed"]


def a_place():
    """A verified committee of Sampletown, and the twinning of its city."""
    city = a_city(name="Sampletown")
    committee = a_committee(city=city, slug="sisters", name="Sisters", legal_name="Sisters e.V.")
    tie = a_twinning(city_a=city, city_b=a_city(name="Twintown", country="GM"))
    return committee, tie


def in_state(gift, state):
    ended = {"ended_at": NOON} if state in ("stopped", "lapsed") else {}
    MonthlyGift.objects.filter(pk=gift.pk).update(
        state=state, begun_at=NOON, next_at=NOON, card_label="Visa 4242", **ended
    )
    return as_it_is(gift)


def with_a_month(gift, number=1):
    return Instalment.objects.create(
        gift=gift,
        purpose=f"invoice:in_{number}",
        amount_minor=1000,
        currency="EUR",
        public_reference=f"{number:032d}",
        organisation=gift.committee,
        year=2030,
        number=number,
        charged_at=NOON,
        settled_at=NOON,
    )


def page_of(client, gift, more=""):
    return client.get(f"/en/monthly/{gift.token}/{more}")


@pytest.mark.django_db
class TestTheWayThere:
    def test_leads_from_the_twinning_through_the_named_committee_of_each_city(self, client):
        _committee, tie = a_place()
        a_committee(city=tie.city_b, name="Unchecked", verified_on=None)

        page = client.get(f"/en/twinnings/{tie.slug}/")

        assert "Through Sisters in Sampletown" in text_of(page)
        assert "Unchecked" not in text_of(page)
        assert f"/en/committees/sisters/monthly/?twinning={tie.slug}" in links_of(page)

    def test_leads_from_the_city_to_its_checked_committees(self, client):
        committee, _tie = a_place()
        a_committee(city=committee.city, slug="unchecked", verified_on=None)

        page = client.get(f"/en/cities/{committee.city.slug}/")

        assert "/en/committees/sisters/monthly/" in links_of(page)
        assert "/en/committees/unchecked/monthly/" not in links_of(page)


@pytest.mark.django_db
class TestTheForm:
    def test_says_who_receives_what_it_costs_and_that_it_can_be_stopped(self, client):
        _committee, tie = a_place()

        page = client.get(f"/en/committees/sisters/monthly/?twinning={tie.slug}&amount=10")

        text = text_of(page)
        assert "For what Sampletown and Twintown do together, through Sisters." in text
        assert "Your gift goes to Sisters e.V., which also issues the receipt." in text
        assert "€10 chosen €0.40 €9.60" in text
        assert "you pay €10.41 a month, and about €10.00 arrives" in text
        assert "You stop whenever you like, without an account." in text
        assert 'value="10"' in html_of(page)

    def test_shows_another_sum_among_the_others(self, client):
        a_place()

        text = text_of(client.get("/en/committees/sisters/monthly/?amount=12.50"))

        assert "€12.50 chosen" in text

    @pytest.mark.parametrize("amount", ["", "1", "99999999", "ten", "-5"])
    def test_of_a_sum_that_cannot_be_chooses_none(self, client, amount):
        a_place()

        page = client.get("/en/committees/sisters/monthly/", {"amount": amount})

        assert page.status_code == 200
        assert "chosen" not in text_of(page)

    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            ({"amount": "1"}, "Amount must be between €2 and €10,000."),
            ({"amount": ""}, "Write how much you want to give."),
            ({"email": "nobody"}, "Write an e-mail address such as name@example.org."),
            ({"name": "www.example.com"}, "A name cannot contain a web or e-mail address."),
        ],
    )
    def test_names_what_is_wrong_and_keeps_what_was_typed(self, client, changed, words):
        a_place()

        page = client.post("/en/committees/sisters/monthly/", {**TYPED, **changed})

        assert page.status_code == 422
        assert words in text_of(page)
        assert (changed.get("email") or "giver@example.org") in html_of(page)
        assert not MonthlyGift.objects.exists()

    def test_is_closed_while_stripe_takes_no_payments_for_the_committee(self, client, settings):
        a_place()
        settings.STRIPE_CONNECT_ONLY = True

        page = client.get("/en/committees/sisters/monthly/")

        assert "Sisters takes no monthly gifts now." in text_of(page)
        assert 'name="amount"' not in html_of(page)

    def test_is_not_there_for_a_committee_that_nobody_checked_or_another_citys_tie(self, client):
        _committee, _tie = a_place()
        a_committee(slug="unchecked", verified_on=None)
        elsewhere = a_twinning()

        paths = [
            "/en/committees/unchecked/monthly/",
            "/en/committees/nobody/monthly/",
            f"/en/committees/sisters/monthly/?twinning={elsewhere.slug}",
            "/en/committees/sisters/monthly/?twinning=nowhere",
        ]

        assert [client.get(path).status_code for path in paths] == [404] * 4


@pytest.mark.django_db(transaction=True)
class TestGiving:
    def test_leads_to_stripe_and_back_to_the_gifts_own_page(self, client, sandbox):
        _committee, tie = a_place()

        first = client.post(f"/en/committees/sisters/monthly/?twinning={tie.slug}", TYPED)
        again = client.post(f"/en/committees/sisters/monthly/?twinning={tie.slug}", TYPED)
        gift = MonthlyGift.objects.get()

        assert first.status_code == again.status_code == 302
        assert first["Location"] == again["Location"]
        assert (gift.twinning, gift.gift_minor, gift.state) == (tie, 1000, "pending")
        waiting = page_of(client, gift)
        assert "Stripe has not confirmed it yet" in text_of(waiting)
        assert page_of(client, gift, "state/").json() == {"settled": False, "text": ""}
        assert "You came back before paying" in text_of(page_of(client, gift, "?from=back"))

    def test_is_kept_when_stripe_is_silent_and_can_be_tried_again(self, client, sandbox):
        a_place()
        sandbox.control("faults/next", {"kind": "error_before", "count": 99, "verb": "post"})
        try:
            client.post("/en/committees/sisters/monthly/", TYPED)
            gift = MonthlyGift.objects.get()
            status = page_of(client, gift)
            silent = client.post(f"/en/monthly/{gift.token}/payment/")
        finally:
            sandbox.control("faults/clear", {})
        opened = client.post(f"/en/monthly/{gift.token}/payment/")

        assert "nothing was charged. You can start again." in text_of(status)
        assert silent.status_code == 503
        assert "Nothing was charged" in text_of(silent)
        assert (opened.status_code, as_it_is(gift).state) == (302, "pending")


@pytest.mark.django_db(transaction=True)
class TestTheGiftsPage:
    def test_lets_its_donor_change_pause_go_on_and_stop_without_an_account(self, client, sandbox):
        gift = a_living_gift(sandbox)
        at = f"/en/monthly/{gift.token}/"
        shown = text_of(client.get(at))
        wrong = client.post(f"{at}change/", {"amount": "1"})
        changed = client.post(f"{at}change/", {"amount": "15", "cover_fee": "on"})
        after_change = text_of(client.get(at))
        client.post(f"{at}pause/")
        paused = text_of(client.get(at))
        client.post(f"{at}resume/")
        resumed = as_it_is(gift).state
        client.post(f"{at}stop/")
        stopped = client.get(at)

        assert "Thank you. You give every month" in shown
        assert "Paid by Visa 4242" in shown
        assert "Next charge" in shown
        assert wrong.status_code == 422
        assert "between €2 and €10,000" in text_of(wrong)
        assert changed["Location"] == at
        assert "€15.49" in after_change
        assert "Nothing is charged until you go on." in paused
        assert resumed == "active"
        assert "Your monthly gift has stopped" in text_of(stopped)
        assert f"{at}change/" not in links_of(stopped)
        assert subscription_of(sandbox, gift).status == "canceled"
        assert client.get(f"{at}change/")["Location"] == at
        assert stopped["Referrer-Policy"] == "same-origin"

    def test_leads_to_stripes_page_for_the_card_by_a_form_alone(self, client, sandbox):
        gift = a_living_gift(sandbox)

        opened = client.post(f"/en/monthly/{gift.token}/card/")
        sandbox.control("faults/next", {"kind": "error_before", "count": 99, "verb": "post"})
        try:
            silent = client.post(f"/en/monthly/{gift.token}/card/")
        finally:
            sandbox.control("faults/clear", {})

        assert "/_sandbox/portal/" in opened["Location"]
        assert silent.status_code == 503
        assert "Nothing has changed" in text_of(silent)
        assert client.get(f"/en/monthly/{gift.token}/card/").status_code == 405
        assert client.get(f"/en/monthly/{gift.token}/stop/").status_code == 405

    def test_says_that_a_wish_waits_for_stripe(self, client, sandbox):
        gift = a_living_gift(sandbox)
        sandbox.control("faults/next", {"kind": "drop_before", "count": 99, "verb": "post"})
        try:
            client.post(f"/en/monthly/{gift.token}/pause/")
        finally:
            sandbox.control("faults/clear", {})

        assert "Your change is on its way" in text_of(page_of(client, gift))
        pause_gift(gift_id=gift.pk, at=timezone.now())
        assert "Your change is on its way" not in text_of(page_of(client, gift))

    def test_lists_each_month_with_its_receipt_and_what_went_back(self, client, sandbox):
        gift = a_living_gift(sandbox)
        month = Instalment.objects.get(gift=gift)
        Instalment.objects.update(state="part_refunded", returned_minor=400)

        page = page_of(client, gift)
        receipt = page_of(client, gift, f"receipts/{month.receipt_number}/")

        assert f"/en/monthly/{gift.token}/receipts/{month.receipt_number}/" in links_of(page)
        assert "Partly went back" in text_of(page)
        assert month.public_reference in text_of(receipt)
        assert "€10.00" in text_of(receipt)
        other = a_monthly_gift(gift.committee)
        strange = page_of(client, other, f"receipts/{month.receipt_number}/")
        assert strange.status_code == 404

    def test_tells_of_a_payment_that_failed_with_the_way_to_another_card(self, client, sandbox):
        gift, _page = on_stripes_page(sandbox)
        gift = in_state(gift, "past_due")
        MonthlyGift.objects.update(tried_again_at=NOON)

        page = page_of(client, gift)

        assert "it said no" in text_of(page)
        assert "It is asked again on" in text_of(page)
        assert f'action="/en/monthly/{gift.token}/card/"' in html_of(page)


@pytest.mark.django_db
class TestEachState:
    @pytest.mark.parametrize("state", STATES)
    def test_has_a_page_that_offers_only_what_can_be_done(self, client, state):
        gift = in_state(a_monthly_gift(), state)
        with_a_month(gift)

        page = page_of(client, gift)

        offers = f"/en/monthly/{gift.token}/change/" in links_of(page)
        assert page.status_code == 200
        assert offers == (state in ("active", "past_due", "paused"))
        assert "2030-M00001" in text_of(page)

    def test_of_the_book_can_be_read_by_anybody(self, client):
        committee, _tie = a_place()

        book = client.get(f"/committees/{committee.slug}/ledger.jsonl")

        assert book.status_code == 200
        assert client.get("/committees/nobody/ledger.jsonl").status_code == 404


@pytest.mark.django_db
class TestTheAccount:
    def test_lists_the_gifts_of_a_person_and_of_nobody_else(self, client):
        person = a_person()
        mine = in_state(a_monthly_gift(donor_id=person.user.pk), "active")
        theirs = in_state(a_monthly_gift(email="other@example.org"), "active")
        sign_in(client, person)

        page = client.get("/en/account/")
        data = client.get("/en/account/data.json").json()

        assert f"/en/monthly/{mine.token}/" in links_of(page)
        assert f"/en/monthly/{theirs.token}/" not in links_of(page)
        assert [gift["gift_minor"] for gift in data["monthly_gifts"]] == [1000]
