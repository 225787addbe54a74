"""Giving money back on pages: who may, what is asked, and what is said before and after.

Planted and seen to fall: a chair let in; another committee's treasurer let in; the look at the
second factor's age left out; the money given back without the second question.
"""

from itertools import count
from uuid import uuid4

import pytest
from django.core.cache import caches
from django.urls import reverse

from backend.organisations.models import Membership
from backend.payments.models import Refund
from tests.backend.payments.rows import a_paid_pledge, pull_and_apply, refund
from tests.factories import NOON, a_committee
from tests.frontend.views.reading import html_of, text_of, title_of
from tests.frontend.views.rows import a_settled_pledge
from tests.people import a_person, a_steward, age_second_factor, sign_in

WHY = {"amount": "10.00", "reason": "The trip was called off"}


def a_member(committee, role, **fields):
    person = a_person(**{"with_codes": True, **fields})
    Membership.objects.create(organisation=committee, user=person.user, role=role, since=NOON)
    return person


def page_of(pledge):
    return f"/en/refunds/{pledge.public_reference}/"


# Each sign-in from a place of its own: one place may not try as often as these tests do.
_places = count(1)


def enter(client, person):
    sign_in(client, person, ip=f"192.0.2.{next(_places)}")


def a_treasurer_signed_in(client, pledge):
    enter(client, a_member(pledge.project.committee, "treasurer"))


@pytest.mark.django_db
class TestWhoMay:
    @pytest.mark.parametrize("role", ["chair", "editor", "member"])
    def test_is_no_other_member_of_the_committee(self, client, role):
        pledge = a_settled_pledge()
        enter(client, a_member(pledge.project.committee, role))

        assert client.get(page_of(pledge)).status_code == 404
        assert client.get("/en/refunds/").status_code == 404
        assert "Refund a pledge" not in text_of(client.get("/en/account/"))

    def test_is_no_treasurer_of_another_committee(self, client):
        pledge = a_settled_pledge()
        enter(client, a_member(a_committee(), "treasurer"))

        assert client.get(page_of(pledge)).status_code == 404
        assert client.post(page_of(pledge), WHY).status_code == 404
        found = client.get("/en/refunds/", {"words": pledge.public_reference})
        assert "No paid pledge of your committee fits" in text_of(found)

    def test_is_the_treasurer(self, client):
        pledge = a_settled_pledge()
        a_treasurer_signed_in(client, pledge)

        assert client.get(page_of(pledge)).status_code == 200
        assert "Refund a pledge" in text_of(client.get("/en/account/"))

    def test_is_a_steward(self, client):
        pledge = a_settled_pledge()
        enter(client, a_steward())

        assert client.get(page_of(pledge)).status_code == 200
        row = client.get(reverse("admin:pledges_pledge_change", args=[pledge.pk]))
        assert page_of(pledge) in html_of(row)

    def test_has_given_a_second_factor_just_now(self, client):
        pledge = a_settled_pledge()
        a_treasurer_signed_in(client, pledge)
        age_second_factor(client, 15 * 60 + 1)

        asked = client.get(page_of(pledge))
        posted = client.post(page_of(pledge), {**WHY, "key": uuid4(), "confirmed": "yes"})

        assert "/accounts/2fa/reauthenticate/?next=%2Fen%2Frefunds%2F" in asked["Location"]
        assert "/accounts/2fa/reauthenticate/" in posted["Location"]
        assert not Refund.objects.exists()

    def test_has_a_second_factor(self, client):
        pledge = a_settled_pledge()
        enter(client, a_member(pledge.project.committee, "treasurer", with_codes=False))

        answer = client.get(page_of(pledge), follow=True)

        assert answer.redirect_chain == [("/en/accounts/2fa/", 302)]
        assert "Set up a second factor first" in text_of(answer)


@pytest.mark.django_db
class TestFinding:
    def test_is_by_line_receipt_or_address(self, client):
        pledge = a_settled_pledge(email="Ama@example.org")
        a_treasurer_signed_in(client, pledge)
        told = [
            pledge.public_reference[:8],
            pledge.public_reference,
            str(pledge.receipt),
            "ama@EXAMPLE.org",
        ]

        found = [html_of(client.get("/en/refunds/", {"words": words})) for words in told]

        assert all(page_of(pledge) in page for page in found)

    @pytest.mark.parametrize("words", ["abc", "2030-99999", "b@example.org", "Ω", "2030-"])
    def test_finds_nothing_by_what_does_not_fit(self, client, words):
        a_treasurer_signed_in(client, a_settled_pledge())

        page = client.get("/en/refunds/", {"words": words})

        assert "No paid pledge of your committee fits" in text_of(page)

    def test_begins_with_what_went_back_last(self, client):
        a_treasurer_signed_in(client, a_settled_pledge())

        assert "Nothing went back so far." in text_of(client.get("/en/refunds/"))


@pytest.mark.django_db(transaction=True)
class TestGivingBack:
    def test_is_asked_about_once_more_in_words(self, client, sandbox):
        pledge, _ = a_paid_pledge(sandbox)
        a_treasurer_signed_in(client, pledge)

        page = client.post(page_of(pledge), {**WHY, "key": uuid4()})

        text = text_of(page)
        assert title_of(page) == "Give back €10.00? – Twinfund"
        assert "€15.00 of the pledge stays with the project. Its total becomes €15.00." in text
        assert "Stripe does not return its fee of €0.63" in text
        assert "“The trip was called off”" in text
        assert "This cannot be undone." in text
        assert not Refund.objects.exists()

    def test_happens_once_when_confirmed_twice(self, client, sandbox):
        pledge, _ = a_paid_pledge(sandbox)
        a_treasurer_signed_in(client, pledge)
        confirmed = {**WHY, "key": uuid4(), "confirmed": "yes"}

        client.post(page_of(pledge), confirmed)
        page = client.post(page_of(pledge), confirmed, follow=True)

        made = Refund.objects.get()
        assert (made.amount_minor, made.state, made.reason) == (1000, "sent", WHY["reason"])
        assert made.asked_by is not None
        assert "€10.00 is on its way back" in text_of(page)
        assert "Left €15.00" in text_of(page)
        assert "<textarea" not in html_of(page)

    def test_is_done_three_times_a_day_by_one_person(self, client, sandbox, settings):
        settings.THROTTLES_TIMES = 1
        pledge, _ = a_paid_pledge(sandbox)
        a_treasurer_signed_in(client, pledge)
        keys = [uuid4() for _ in range(4)]
        forms = [
            {"amount": "1", "reason": "Called off", "confirmed": "yes"} | {"key": key}
            for key in keys
        ]

        answers = [client.post(page_of(pledge), form) for form in (*forms[:3], *forms)]

        assert [answer.status_code for answer in answers] == [302] * 6 + [429]
        assert 1 <= int(answers[-1]["Retry-After"]) <= 24 * 3600
        assert "You have refunded several pledges today" in text_of(answers[-1])
        assert Refund.objects.count() == 3

    def test_can_be_changed_before(self, client, sandbox):
        pledge, _ = a_paid_pledge(sandbox)
        a_treasurer_signed_in(client, pledge)

        page = client.post(page_of(pledge), {**WHY, "key": uuid4(), "again": "yes"})

        assert 'value="10.00"' in html_of(page)
        assert not Refund.objects.exists()

    @pytest.mark.parametrize(
        ("changes", "said"),
        [
            ({"amount": "25.01"}, "This is more than is left of the pledge."),
            ({"amount": "0"}, "This sum cannot be paid out."),
            ({"amount": "ten"}, "There is a problem"),
            ({"reason": ""}, "Write why the money goes back."),
            ({"reason": "a" * 501}, "at most 500 characters"),
        ],
    )
    def test_says_what_is_wrong_before_anything_happens(self, client, sandbox, changes, said):
        pledge, _ = a_paid_pledge(sandbox)
        a_treasurer_signed_in(client, pledge)

        page = client.post(page_of(pledge), {**WHY, "key": uuid4(), **changes})

        assert page.status_code == 422
        assert said in text_of(page)
        assert not Refund.objects.exists()

    def test_offers_all_that_is_left(self, client, sandbox):
        pledge, _ = a_paid_pledge(sandbox)
        refund(pledge, 1000)
        a_treasurer_signed_in(client, pledge)

        page = client.get(page_of(pledge))

        assert 'value="15.00"' in html_of(page)
        assert "Refunded €10.00" in text_of(page)

    def test_ends_when_nothing_is_left(self, client, sandbox):
        pledge, _ = a_paid_pledge(sandbox)
        refund(pledge, 2500)
        a_treasurer_signed_in(client, pledge)

        page = client.get(page_of(pledge))

        assert "All the money of this pledge has gone back" in text_of(page)
        assert "<textarea" not in html_of(page)
        assert page_of(pledge) in html_of(client.get("/en/refunds/"))

    def test_is_not_offered_while_a_bank_holds_the_money(self, client, sandbox):
        pledge, payment = a_paid_pledge(sandbox)
        sandbox.control(f"charges/{payment.charge_id}/dispute", {})
        pull_and_apply(payment.account)
        a_treasurer_signed_in(client, pledge)

        shown = client.get(page_of(pledge))
        sent = client.post(page_of(pledge), {**WHY, "key": uuid4(), "confirmed": "yes"})

        assert "The donor’s bank holds this money" in text_of(shown)
        assert "<textarea" not in html_of(shown)
        assert "A refund would pay twice" in text_of(sent)
        assert not Refund.objects.exists()

    @pytest.mark.parametrize(
        ("before", "said"),
        [
            ({"on_balance": False}, "Stripe has taken the refund"),
            ({"silent": True}, "Stripe does not answer just now"),
            ({"disputed": True}, "Nothing went back"),
        ],
    )
    def test_says_what_became_of_it(self, client, sandbox, before, said):
        pledge, payment = a_paid_pledge(sandbox, on_balance=before.get("on_balance", True))
        a_treasurer_signed_in(client, pledge)
        if "silent" in before:
            silent = {"kind": "drop_before", "count": 99, "path": "/v1/refunds"}
            sandbox.control("faults/next", silent)
        if "disputed" in before:
            sandbox.control(f"charges/{payment.charge_id}/dispute", {})

        answer = client.post(
            page_of(pledge), {**WHY, "key": uuid4(), "confirmed": "yes"}, follow=True
        )
        sandbox.control("faults/clear", {})

        assert said in text_of(answer)


@pytest.mark.django_db(transaction=True)
class TestWhatTheDonorSees:
    def test_of_a_part(self, client, sandbox):
        pledge, _ = a_paid_pledge(sandbox)
        refund(pledge, 1000)

        page = client.get(f"/en/pledges/{pledge.token}/")
        receipt = text_of(client.get(f"/en/pledges/{pledge.token}/receipt/"))
        pdf = client.get(f"/en/pledges/{pledge.token}/receipt.pdf")

        assert "Part of your gift went back to you" in text_of(page)
        assert "Went back €10.00" in text_of(page)
        assert "− €10.00 This receipt now stands for €15.00" in receipt
        assert "Refunded on" in receipt
        assert pdf.content.startswith(b"%PDF-")

    def test_of_all(self, client, sandbox):
        pledge, _ = a_paid_pledge(sandbox)
        refund(pledge, 2500)

        page = text_of(client.get(f"/en/pledges/{pledge.token}/"))

        assert "Your gift went back to you" in page
        assert "How your pledge is shown" not in page

    def test_of_a_dispute(self, client, sandbox):
        pledge, payment = a_paid_pledge(sandbox)
        sandbox.control(f"charges/{payment.charge_id}/dispute", {})
        pull_and_apply(payment.account)

        page = text_of(client.get(f"/en/pledges/{pledge.token}/"))

        assert "Your bank is looking into this payment" in page
        assert "committee@example.org" in page


@pytest.mark.django_db(transaction=True)
class TestTheOpenLedger:
    def lines(self, client, pledge):
        caches["pages"].clear()
        return text_of(client.get(f"/en/projects/{pledge.project.slug}/ledger/"))

    def test_shows_a_refund_and_the_total_without_it(self, client, sandbox):
        pledge, _ = a_paid_pledge(sandbox)
        refund(pledge, 1000)

        page = self.lines(client, pledge)

        assert "Pledge refunded" in page
        assert "− €10.00" in page
        assert "brought €15.00" in page

    def test_shows_what_a_bank_holds_and_keeps(self, client, sandbox):
        pledge, payment = a_paid_pledge(sandbox)
        told = sandbox.control(f"charges/{payment.charge_id}/dispute", {})
        pull_and_apply(payment.account)
        held = self.lines(client, pledge)
        sandbox.control(f"disputes/{told['id']}/lose", {})
        pull_and_apply(payment.account)

        kept = self.lines(client, pledge)

        assert "Held by a donor’s bank; fee €15.00" in held
        assert "held by donors’ banks" in held
        assert "Donors’ banks hold €25.00 of it until they decide." in held
        assert "Kept by a donor’s bank: €25.00" in kept
        assert "brought €0.00" in kept

    def test_shows_what_a_bank_gave_back(self, client, sandbox):
        pledge, payment = a_paid_pledge(sandbox)
        told = sandbox.control(f"charges/{payment.charge_id}/dispute", {})
        sandbox.control(f"disputes/{told['id']}/win", {})
        pull_and_apply(payment.account)

        page = self.lines(client, pledge)

        assert "Given back by a donor’s bank; fee €15.00 returned" in page
        assert "held by donors’ banks" not in page
