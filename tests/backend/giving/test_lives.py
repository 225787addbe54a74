"""The lives of monthly gifts through the sandbox and its clock, each edge of the graph reached.

Planted and seen to fall: see the table of faults (tests/architecture/faults.py).
"""

import pytest
from django.utils import timezone

from backend.giving import states
from backend.giving.models import Instalment, MonthlyGiftTransition, Wish
from backend.giving.operations import (
    FORGOTTEN_AFTER,
    look_after_gifts,
    start_monthly_gift,
)
from backend.giving.wishes import change_sum, pause_gift, resume_gift, stop_gift
from backend.mail.models import Mail
from backend.money import Money
from backend.payments.models import Payment, StripeEvent
from backend.payments.monthly import LOOKED_AT_EVERY, look_after_monthly
from tests.backend.giving.rows import (
    a_living_gift,
    a_monthly_gift,
    as_it_is,
    book_of,
    charges_of,
    days_pass,
    month_passes,
    months_of,
    on_stripes_page,
    pull,
    stripe_of,
    subscription_of,
    uses_card,
)
from tests.backend.payments.rows import broken_invariants
from tests.jobs import do_jobs

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def stripe(sandbox):
    """A sandbox on today's clock, which it goes back to when the months of the test are over."""
    sandbox.control("reset", {"confirm": True})
    yield sandbox
    sandbox.control("reset", {"confirm": True})


def letters():
    return list(Mail.objects.order_by("queued_at", "id").values_list("kind", flat=True))


def ways_of(gift):
    rows = MonthlyGiftTransition.objects.filter(gift=gift).order_by("id")
    return {(row.old, row.event) for row in rows}


class TestAYear:
    def test_brings_twelve_months_each_charged_booked_receipted_and_thanked_once(self, stripe):
        gift = a_living_gift(stripe, minor=1000)
        for _month in range(11):
            month_passes(stripe)
            pull(gift)
        pull(gift)

        paid = charges_of(stripe, gift)
        assert paid == [1000] * len(paid)
        assert len(paid) in (12, 13)
        assert months_of(gift) == [(1000, "settled")] * len(paid)
        assert book_of(gift) == {
            "gifts": 1000 * len(paid),
            "fees": 40 * len(paid),
            "stripe": 960 * len(paid),
        }
        numbers = Instalment.objects.filter(gift=gift).order_by("number")
        assert list(numbers.values_list("number", flat=True)) == list(range(1, len(paid) + 1))
        assert letters() == ["monthly_receipt"] * len(paid)
        assert Mail.objects.filter(text__contains="Your card is charged every month").count() == 1
        assert broken_invariants() == []

    def test_is_made_up_for_in_one_look_when_every_event_was_lost(self, stripe):
        gift = a_living_gift(stripe)
        month_passes(stripe, 2)

        looked_at = look_after_monthly(at=timezone.now() + LOOKED_AT_EVERY * 2)
        again = look_after_monthly(at=timezone.now() + LOOKED_AT_EVERY * 2)

        assert (looked_at, again) == (1, 0)
        assert StripeEvent.objects.filter(type="invoice.paid").count() == 1
        assert months_of(gift) == [(1000, "settled")] * len(charges_of(stripe, gift))
        assert len(months_of(gift)) == 3


class TestTheFirstPage:
    def test_left_and_opened_again_and_left_charges_nothing(self, stripe):
        gift, page = on_stripes_page(stripe)
        stripe.control(f"checkout/sessions/{page.session_id}/expire", {})
        pull(gift)
        left = as_it_is(gift).state
        address = start_monthly_gift(gift=as_it_is(gift), at=timezone.now())
        again = start_monthly_gift(gift=as_it_is(gift), at=timezone.now())

        assert (left, as_it_is(gift).state) == ("expired", "pending")
        assert address == again
        assert charges_of(stripe, gift) == []
        assert ways_of(gift) == {
            ("new", "page_opened"),
            ("pending", "page_expired"),
            ("expired", "page_opened"),
        }

    def test_that_was_finished_after_we_took_it_for_ended_is_taken(self, stripe):
        gift, page = on_stripes_page(stripe)
        Payment.objects.filter(pk=page.pk).update(state="expired")
        gift.state = states.EXPIRED
        gift.save()
        stripe.complete(page.session_id)
        pull(gift)

        assert ("expired", "begun") in ways_of(gift)
        assert as_it_is(gift).state == "active"
        assert months_of(gift) == [(1000, "settled")]

    def test_that_never_opened_ends_by_itself(self):
        gift = a_monthly_gift(at=timezone.now())

        look_after_gifts(at=timezone.now() + FORGOTTEN_AFTER * 2)

        assert as_it_is(gift).state == "expired"
        assert ways_of(gift) == {("new", "page_expired")}

    def test_is_told_by_the_renewals_event_alone_when_its_own_was_lost(self, stripe):
        gift, page = on_stripes_page(stripe)
        stripe.complete(page.session_id)
        pull_only(gift, "invoice.paid")

        assert as_it_is(gift).state == "active"
        assert months_of(gift) == [(1000, "settled")]

    def test_by_bank_debit_is_booked_when_the_bank_has_answered(self, stripe):
        gift, page = on_stripes_page(stripe)
        stripe.complete(page.session_id, method="sepa_debit")
        pull(gift)
        waiting = (as_it_is(gift).state, months_of(gift))
        days_pass(stripe, 6)
        pull(gift)

        assert waiting == ("active", [])
        assert months_of(gift) == [(1000, "settled")]
        assert broken_invariants() == []


def pull_only(gift, kind):
    """Let one event come, and no other."""
    from backend.payments import inbox
    from backend.payments.gateways.stripe import events_since

    account = gift.committee.stripe_account
    since = timezone.now() - inbox.FIRST_PULL
    for pointer in events_since(moment=since, account=account):
        if pointer.type == kind:
            inbox.store_event(pointer=pointer, was_pulled=True, at=timezone.now())
    return do_jobs()


class TestARenewalThatFails:
    def test_is_told_once_and_recovers_with_another_card(self, stripe):
        gift = a_living_gift(stripe)
        uses_card(stripe, gift, "pm_card_chargeCustomerFail")
        month_passes(stripe)
        pull(gift)
        failed = as_it_is(gift)
        days_pass(stripe, 3.2)
        pull(gift)
        uses_card(stripe, gift, "pm_card_mastercard")
        days_pass(stripe, 5.2)
        pull(gift)

        assert failed.state == "past_due"
        assert failed.tried_again_at is not None
        assert as_it_is(gift).state == "active"
        assert as_it_is(gift).card_label == "Mastercard 4444"
        assert months_of(gift) == [(1000, "settled")] * 2
        assert letters() == ["monthly_receipt", "monthly_failed", "monthly_receipt"]
        assert ways_of(gift) >= {("active", "payment_failed"), ("past_due", "recovered")}
        assert broken_invariants() == []

    def test_ends_the_gift_when_no_payment_comes_and_nothing_is_owed(self, stripe):
        gift = a_living_gift(stripe)
        uses_card(stripe, gift, "pm_card_chargeCustomerFail")
        month_passes(stripe)
        pull(gift)
        days_pass(stripe, 20)
        pull(gift)

        assert as_it_is(gift).state == "lapsed"
        assert months_of(gift) == [(1000, "settled")]
        assert letters() == ["monthly_receipt", "monthly_failed", "monthly_lapsed"]
        assert Payment.objects.get(kind="monthly").state == "over"
        assert broken_invariants() == []

    def test_can_be_paused_or_stopped_at_once(self, stripe):
        paused, stopped = a_living_gift(stripe), a_living_gift(stripe)
        for gift in (paused, stopped):
            uses_card(stripe, gift, "pm_card_chargeCustomerFail")
        month_passes(stripe)
        pull(paused)
        pull(stopped)

        pause_gift(gift_id=paused.pk, at=timezone.now())
        stop_gift(gift_id=stopped.pk, at=timezone.now())
        days_pass(stripe, 40)
        pull(paused)
        pull(stopped)

        assert ("past_due", "paused") in ways_of(paused)
        assert ("past_due", "stopped") in ways_of(stopped)
        assert charges_of(stripe, stopped) == [1000]


class TestAWish:
    def test_to_pause_charges_nothing_until_the_gift_goes_on(self, stripe):
        gift = a_living_gift(stripe)
        paused = pause_gift(gift_id=gift.pk, at=timezone.now())
        month_passes(stripe, 2)
        pull(gift)
        meanwhile = charges_of(stripe, gift)
        resumed = resume_gift(gift_id=gift.pk, at=timezone.now())
        month_passes(stripe)
        pull(gift)

        assert (paused.state, paused.next_at) == ("paused", None)
        assert meanwhile == [1000]
        assert resumed.state == "active"
        assert resumed.next_at is not None
        assert charges_of(stripe, gift) == [1000, 1000]
        assert months_of(gift) == [(1000, "settled")] * 2
        assert letters() == [
            "monthly_receipt", "monthly_paused", "monthly_resumed", "monthly_receipt",
        ]  # fmt: skip
        assert ways_of(gift) >= {("active", "paused"), ("paused", "resumed")}
        assert broken_invariants() == []

    def test_for_another_sum_counts_from_the_next_month_on(self, stripe):
        gift = a_living_gift(stripe)

        changed = change_sum(
            gift_id=gift.pk, amount=Money(2500, "EUR"), cover_fee=True, at=timezone.now()
        )
        at_once = charges_of(stripe, gift)
        month_passes(stripe)
        pull(gift)

        assert (changed.gift_minor, changed.cover_minor) == (2500, 64)
        assert at_once == [1000]
        assert charges_of(stripe, gift) == [1000, 2564]
        assert months_of(gift) == [(1000, "settled"), (2564, "settled")]
        kept = Wish.objects.filter(gift=gift).order_by("number")
        assert [(wish.act, wish.gross.minor) for wish in kept] == [
            ("begin", 1000),
            ("change", 2564),
        ]
        assert letters() == ["monthly_receipt", "monthly_changed", "monthly_receipt"]
        assert broken_invariants() == []

    def test_to_stop_charges_nothing_any_more_and_twice_is_harmless(self, stripe):
        gift = a_living_gift(stripe)

        stopped = stop_gift(gift_id=gift.pk, at=timezone.now())
        again = stop_gift(gift_id=gift.pk, at=timezone.now())
        month_passes(stripe, 3)
        pull(gift)

        assert (stopped.state, again.state) == ("stopped", "stopped")
        assert charges_of(stripe, gift) == [1000]
        assert letters() == ["monthly_receipt", "monthly_stopped"]
        assert broken_invariants() == []

    def test_to_stop_a_pause_ends_it(self, stripe):
        gift = a_living_gift(stripe)
        pause_gift(gift_id=gift.pk, at=timezone.now())

        stop_gift(gift_id=gift.pk, at=timezone.now())

        assert ("paused", "stopped") in ways_of(gift)


class TestStripesOwnPages:
    def test_plan_an_end_that_comes_with_the_month(self, stripe):
        gift = a_living_gift(stripe)
        client, told = stripe_of(stripe, gift), subscription_of(stripe, gift)
        client.v1.subscriptions.update(told.id, {"cancel_at_period_end": True})
        pull(gift)
        planned = as_it_is(gift)
        month_passes(stripe)
        pull(gift)

        assert planned.state == "active"
        assert planned.ends_at is not None
        assert as_it_is(gift).state == "stopped"
        assert charges_of(stripe, gift) == [1000]

    def test_of_a_pause_that_was_undone_between_two_looks_tell_only_what_is_true(self, stripe):
        gift = a_living_gift(stripe)
        pause_gift(gift_id=gift.pk, at=timezone.now())
        client, told = stripe_of(stripe, gift), subscription_of(stripe, gift)
        client.v1.subscriptions.update(told.id, {"pause_collection": ""})
        uses_card(stripe, gift, "pm_card_chargeCustomerFail")
        month_passes(stripe)
        pull(gift)

        assert ("paused", "payment_failed") in ways_of(gift)

    def test_end_a_paused_gift_for_its_bank(self, stripe):
        gift = a_living_gift(stripe)
        uses_card(stripe, gift, "pm_card_chargeCustomerFail")
        month_passes(stripe)
        pull(gift)
        pause_gift(gift_id=gift.pk, at=timezone.now())
        days_pass(stripe, 25)
        pull(gift)

        assert ("paused", "lapsed") in ways_of(gift)

    def test_of_a_gift_that_ended_between_two_looks_tell_of_its_end_alone(self, stripe):
        gift = a_living_gift(stripe)
        uses_card(stripe, gift, "pm_card_chargeCustomerFail")
        month_passes(stripe)
        days_pass(stripe, 20)
        pull(gift)

        assert ("active", "lapsed") in ways_of(gift)
        assert letters() == ["monthly_receipt", "monthly_lapsed"]

    def test_with_another_sum_are_booked_as_charged_and_named_by_an_invariant(self, stripe):
        gift = a_living_gift(stripe)
        client, told = stripe_of(stripe, gift), subscription_of(stripe, gift)
        price = client.v1.prices.create(
            {
                "currency": "eur",
                "unit_amount": 7700,
                "recurring": {"interval": "month"},
                "product_data": {"name": "Another"},
            }
        )
        items = [{"id": told["items"].data[0].id, "price": price.id}]
        client.v1.subscriptions.update(told.id, {"items": items, "proration_behavior": "none"})
        month_passes(stripe)
        pull(gift)

        assert months_of(gift) == [(1000, "settled"), (7700, "settled")]
        assert broken_invariants() == ["I-agreed"]
