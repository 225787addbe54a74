"""What may happen to a monthly gift, in any order: by chance, repeatable by the seed.

Months pass, cards fail and work again, the donor pauses, changes and goes on, somebody refunds in
the dashboard; events are heard late, twice, or never. Whenever all is heard, the months that we
know are the charges that Stripe made, the book says the same, and the three records agree.

Planted and seen to fall: of several paid invoices only the last taken.
"""

import random
from datetime import timedelta

import pytest
from django.utils import timezone

from backend.giving.models import Instalment
from backend.giving.operations import MonthlyRefused
from backend.giving.wishes import change_sum, pause_gift, resume_gift
from backend.money import Money
from backend.payments.inbox import apply_event
from backend.payments.models import Payment, StripeEvent
from backend.payments.monthly import LOOKED_AT_EVERY, look_after_monthly
from backend.reconciliation.operations import compare_records
from tests.backend.giving.rows import (
    a_living_gift,
    as_it_is,
    book_of,
    days_pass,
    month_passes,
    months_of,
    pull,
    stripe_of,
    subscription_of,
    uses_card,
)
from tests.backend.payments.rows import broken_invariants, top_up
from tests.jobs import do_jobs

pytestmark = pytest.mark.django_db(transaction=True)
STEPS = 14


@pytest.fixture
def stripe(sandbox):
    """A sandbox on today's clock, which it goes back to when the months of the test are over."""
    sandbox.control("reset", {"confirm": True})
    yield sandbox
    sandbox.control("reset", {"confirm": True})


class Life:
    """One gift, and what can happen to it; what cannot happen now simply does not."""

    def __init__(self, sandbox, seed):
        self.sandbox, self.chance = sandbox, random.Random(seed)
        self.gift = a_living_gift(sandbox)
        top_up(sandbox, self.gift.committee.stripe_account)
        self.done = []

    def live(self):
        acts = (
            self.a_month, self.a_month, self.a_week, self.hear, self.hear_twice,
            self.the_card_fails, self.the_card_works, self.pause, self.resume, self.change,
            self.refund,
        )  # fmt: skip
        for _step in range(STEPS):
            act = self.chance.choice(acts)
            self.done.append(act.__name__)
            act()

    def a_month(self):
        month_passes(self.sandbox)

    def a_week(self):
        days_pass(self.sandbox, 4)

    def hear(self):
        pull(self.gift)

    def hear_twice(self):
        pull(self.gift)
        StripeEvent.objects.update(state="received", applied_at=None)
        for event in StripeEvent.objects.order_by("-created_at"):
            apply_event(event_id=event.pk, at=timezone.now())
        do_jobs()

    def the_card_fails(self):
        if not self.has_ended():
            uses_card(self.sandbox, self.gift, "pm_card_chargeCustomerFail")

    def the_card_works(self):
        if not self.has_ended():
            uses_card(self.sandbox, self.gift, "pm_card_visa")

    def pause(self):
        self.wish(pause_gift)

    def resume(self):
        self.wish(resume_gift)

    def change(self):
        amount = Money(self.chance.choice([700, 1500, 4200]), "EUR")
        self.wish(change_sum, amount=amount, cover_fee=self.chance.random() < 0.5)

    def wish(self, act, **how):
        try:
            act(gift_id=self.gift.pk, at=timezone.now(), **how)
        except MonthlyRefused:
            self.done[-1] += " (refused)"

    def refund(self):
        charges = self.charges()
        charge = self.chance.choice(charges)
        left = charge.amount - charge.amount_refunded
        if left:
            how_much = {"charge": charge.id, "amount": self.chance.randint(1, left)}
            stripe_of(self.sandbox, self.gift).v1.refunds.create(how_much)

    def has_ended(self):
        return subscription_of(self.sandbox, self.gift).status == "canceled"

    def charges(self):
        found = stripe_of(self.sandbox, self.gift).v1.charges.list({"limit": 100}).data
        return [charge for charge in found if charge.paid and charge.customer]


def told(life):
    """What Stripe's own list of charges says, as months of ours would."""
    return sorted((charge.amount, charge.amount_refunded) for charge in life.charges())


def known(life):
    rows = Instalment.objects.filter(gift=life.gift)
    return sorted(rows.values_list("amount_minor", "returned_minor"))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whatever_happens_the_months_are_the_charges(stripe, seed):
    life = Life(stripe, seed)

    life.live()
    pull(life.gift)
    look_after_monthly(at=timezone.now() + LOOKED_AT_EVERY * 2)
    do_jobs()

    assert known(life) == told(life), life.done
    kept = sum(amount - back for amount, back in told(life))
    assert book_of(life.gift).get("gifts", 0) == kept
    assert broken_invariants() == [], life.done
    # Stripe's clock is months ahead of ours: nothing of what it shows is too young to be judged.
    compared = compare_records(at=timezone.now(), young=timedelta(days=-31 * STEPS))
    assert list(compared.differences.values_list("kind", "name")) == [], life.done
    assert compared.stripe_lines >= compared.receipts > 0
    assert as_it_is(life.gift).state in ("active", "past_due", "paused", "lapsed")
    assert len(months_of(life.gift)) == Payment.objects.filter(kind="invoice").count()
