"""Methods that settle or fail days later, from the donor's page to the book.

Planted and seen to fall: a debit booked when it is sent; a weekend counted among business days; a
letter that asks to pay again for a campaign that has closed; a second failure that nobody is told
of.
"""

from datetime import date, timedelta

import pytest
from django.utils import timezone
from django.utils.formats import date_format

from backend.mail.models import Mail
from backend.payments import inbox
from backend.payments.models import Payment
from backend.payments.queries import bank_answers_by, business_days_after
from backend.pledges.models import Pledge
from backend.pledges.operations import NotPayable, start_payment
from backend.projects.models import Project
from tests.backend.payments.rows import (
    a_pledge_on_stripes_page,
    a_slow_pledge,
    book_of,
    broken_invariants,
    pull_and_apply,
)
from tests.jobs import do_jobs

SLOW = [{"method": "sepa_debit"}, {"method": "ideal", "bank": "late"}]


def paid_again(sandbox, pledge, **way):
    """The donor tries again on a page of its own."""
    start_payment(pledge=Pledge.objects.get(pk=pledge.pk), at=timezone.now())
    payment = Payment.objects.filter(purpose=pledge.purpose).latest("attempt")
    answer = sandbox.complete(payment.session_id, **way)
    pull_and_apply()
    return f"payment_intents/{answer['payment_intent']}"


def letters_to(pledge):
    rows = Mail.objects.filter(recipient=pledge.email).order_by("queued_at", "id")
    return [row.kind for row in rows]


def the_letter(kind):
    return Mail.objects.get(kind=kind).text


@pytest.mark.django_db(transaction=True)
class TestMeanwhile:
    @pytest.mark.parametrize("way", SLOW, ids=["a debit", "a bank that is late"])
    def test_nothing_is_booked_and_the_donor_is_told(self, sandbox, way):
        pledge, _ = a_slow_pledge(sandbox, **way)

        assert (pledge.state, pledge.is_processing) == ("pending", True)
        assert book_of(pledge) == {}
        assert letters_to(pledge) == ["pledge_processing"]
        assert Project.objects.get(pk=pledge.project_id).raised_minor == 0

    def test_the_letter_says_until_when_the_bank_answers(self, sandbox):
        pledge, _ = a_slow_pledge(sandbox)

        day = bank_answers_by(pledge.purpose)

        assert day == business_days_after(timezone.now().date(), 5)
        assert f"by {date_format(day, 'DATE_FORMAT')}" in the_letter("pledge_processing")

    def test_it_cannot_be_paid_a_second_time(self, sandbox):
        pledge, _ = a_slow_pledge(sandbox)

        with pytest.raises(NotPayable, match="on its way"):
            start_payment(pledge=pledge, at=timezone.now())

        assert Payment.objects.count() == 1


@pytest.mark.django_db(transaction=True)
class TestDaysLater:
    @pytest.mark.parametrize("way", SLOW, ids=["a debit", "a bank that is late"])
    def test_the_money_is_booked_once_with_a_receipt(self, sandbox, way):
        pledge, bank = a_slow_pledge(sandbox, **way)
        sandbox.control(f"{bank}/settle", {})

        pull_and_apply()
        pull_and_apply()

        pledge.refresh_from_db()
        assert (pledge.state, pledge.is_processing, pledge.fee_minor) == ("settled", False, 63)
        assert book_of(pledge) == {"gifts": 2500, "fees": 63, "stripe": 2437}
        assert letters_to(pledge) == ["pledge_processing", "pledge_receipt"]
        assert broken_invariants() == []

    def test_the_money_counts_though_the_campaign_has_closed(self, sandbox):
        pledge, bank = a_slow_pledge(sandbox)
        Project.objects.update(closes_at=timezone.now() - timedelta(days=1))
        sandbox.control(f"{bank}/settle", {})

        pull_and_apply()

        pledge.refresh_from_db()
        assert pledge.state == "settled"
        assert Project.objects.get(pk=pledge.project_id).raised_minor == 2500
        assert broken_invariants() == []

    def test_a_refusal_is_told_kindly_and_the_donor_may_try_again(self, sandbox):
        pledge, bank = a_slow_pledge(sandbox)
        sandbox.control(f"{bank}/fail", {})

        pull_and_apply()

        pledge.refresh_from_db()
        assert (pledge.state, pledge.is_processing) == ("dropped", False)
        assert book_of(pledge) == {}
        assert "you can pay in another way" in the_letter("pledge_failed")
        paid_again(sandbox, pledge)
        pledge.refresh_from_db()
        assert pledge.state == "settled"
        assert book_of(pledge) == {"gifts": 2500, "fees": 63, "stripe": 2437}

    def test_a_refusal_after_the_close_asks_for_nothing(self, sandbox):
        _, bank = a_slow_pledge(sandbox)
        Project.objects.update(closes_at=timezone.now() - timedelta(days=1))
        sandbox.control(f"{bank}/fail", {})

        pull_and_apply()

        letter = the_letter("pledge_failed")
        assert "The campaign has closed meanwhile" in letter
        assert "another way" not in letter

    def test_who_fails_twice_is_told_twice(self, sandbox):
        pledge, bank = a_slow_pledge(sandbox)
        sandbox.control(f"{bank}/fail", {})
        pull_and_apply()

        sandbox.control(f"{paid_again(sandbox, pledge, method='sepa_debit')}/fail", {})
        pull_and_apply()

        assert letters_to(pledge) == ["pledge_processing", "pledge_failed"] * 2

    @pytest.mark.parametrize(("answer", "state"), [("settle", "settled"), ("fail", "dropped")])
    def test_an_answer_that_no_event_told_is_found_by_asking(self, sandbox, answer, state):
        pledge, bank = a_slow_pledge(sandbox)
        sandbox.control(f"{bank}/{answer}", {})

        inbox.sweep_payments(at=timezone.now() + timedelta(hours=7))
        do_jobs()

        pledge.refresh_from_db()
        assert pledge.state == state


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    @pytest.mark.parametrize("method", ["bancontact", "ideal"])
    def test_a_banks_page_pays_like_a_card(self, sandbox, method):
        pledge, payment = a_pledge_on_stripes_page()
        sandbox.complete(payment.session_id, method=method)

        pull_and_apply()

        pledge.refresh_from_db()
        assert pledge.state == "settled"
        assert letters_to(pledge) == ["pledge_receipt"]
        assert book_of(pledge) == {"gifts": 2500, "fees": 63, "stripe": 2437}

    def test_who_leaves_the_banks_page_may_come_back_to_stripes(self, sandbox):
        pledge, payment = a_pledge_on_stripes_page()
        sandbox.complete(payment.session_id, method="bancontact", bank="left")
        pull_and_apply()

        again = start_payment(pledge=Pledge.objects.get(pk=pledge.pk), at=timezone.now())

        assert again == payment.session_url
        assert letters_to(pledge) == []


class TestBusinessDays:
    @pytest.mark.parametrize(
        ("begun", "answered"),
        [
            (date(2026, 11, 23), date(2026, 11, 30)),
            (date(2026, 11, 27), date(2026, 12, 4)),
            (date(2026, 11, 28), date(2026, 12, 4)),
            (date(2026, 11, 29), date(2026, 12, 4)),
        ],
        ids=["a Monday", "a Friday", "a Saturday", "a Sunday"],
    )
    def test_leave_weekends_out(self, begun, answered):
        assert business_days_after(begun, 5) == answered
