"""Every currency of Stripe's rules, from the pledge by way of fee and refunds to the book.

Each currency has a project of its own, to which people pledge drawn amounts, with or without the
fee on top; Stripe keeps a drawn fee, known at once or later; part after part goes back until
something drawn is left. After each pledge, what we booked is compared to the minor unit with what
the sandbox wrote down by itself. What no card could be charged, or no refund pay out, is refused
before Stripe hears of it.

Planted and seen to fall: the multiple of KWD taken for 1; that of UGX left out; a refund booked
one unit too small.
Found here: an amount that Stripe cannot charge was pledged and refused only by Stripe's page; a
fee as large as the gift could not be booked.
"""

from dataclasses import dataclass
from typing import NamedTuple

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from backend.ledger.queries import balances, verify_chain
from backend.money import Money
from backend.money.currencies import MAXIMUM_MINOR
from backend.payments.models import Payment
from backend.payments.queries import cover_for
from backend.pledges.limits import limits_of
from backend.pledges.models import Pledge
from backend.pledges.operations import (
    AmountNotWhole,
    AmountOutOfRange,
    refuse_amount,
    start_payment,
)
from backend.pledges.returning import MoreThanIsLeft, NotAWholeAmount, NotRefundable
from backend.projects.models import Project
from sandbox.behaviour import Behaviour
from tests.backend.payments.rows import (
    a_project_now,
    broken_invariants,
    pull_and_apply,
    refund,
    top_up,
)
from tests.factories import a_committee, a_pledge
from tests.sizes import examples

NO_DECIMALS = [
    "BIF",
    "CLP",
    "DJF",
    "GNF",
    "JPY",
    "KMF",
    "KRW",
    "MGA",
    "PYG",
    "RWF",
    "VND",
    "VUV",
    "XAF",
    "XOF",
    "XPF",
]
THREE_DECIMALS = ["BHD", "JOD", "KWD", "OMR", "TND"]
HUNDREDS_ONLY = ["ISK", "UGX"]
WHOLE_PAYOUTS = ["HUF", "TWD"]
USUAL = ["USD", "EUR", "CAD", "CHF", "GBP", "DKK", "SEK", "NOK", "PLN", "CZK"]
STRIPES_RULES = [*NO_DECIMALS, *THREE_DECIMALS, *HUNDREDS_ONLY, *WHOLE_PAYOUTS, *USUAL]
STEPS = dict.fromkeys(THREE_DECIMALS, 10) | dict.fromkeys(HUNDREDS_ONLY, 100)

once_per_currency = pytest.mark.parametrize("currency", STRIPES_RULES)
ALL_OF_IT, NOTHING, USUAL_RATE = [10_000, 0], [0, 0], [150, 25]


@st.composite
def lives(draw, currency):
    """Draw what happens to one pledge; the simplest draw is one with cover, fee and refunds."""
    step = STEPS.get(currency, 1)
    least, most = (limit.minor // step for limit in limits_of(currency))
    gift = step * draw(st.sampled_from([least, least + 1, most]) | st.integers(least, most))
    cover = draw(st.sampled_from([cover_for(Money(gift, currency)).minor, 0]))
    rate = draw(st.integers(0, 5_000))
    fee = draw(st.sampled_from([[rate, 25 * step], USUAL_RATE, ALL_OF_IT, NOTHING]))
    return Life(gift, bool(cover), fee, draw(parts_of((gift + cover) // step, step)))


@st.composite
def parts_of(draw, left, step):
    """Draw one to three refunds that together are at most what is left."""
    parts = []
    for _part in range(draw(st.sampled_from([2, 3, 1]))):
        if left:
            parts.append(draw(st.integers(1, left) | st.just(left)))
            left -= parts[-1]
    return [part * step for part in parts]


@dataclass(frozen=True)
class Life:
    """One pledge: gift, whether the fee comes on top, Stripe's rate, and what goes back."""

    gift: int
    covers: bool
    fee: list[int]
    parts: list[int]


class Sides(NamedTuple):
    """What an account was debited and credited, in minor units."""

    debit: int
    credit: int


class World:
    """A project in one currency on an account of its own, and what both books say of it."""

    def __init__(self, sandbox, currency):
        self.sandbox, self.currency = sandbox, currency
        self.account = sandbox.control("accounts", {"currency": currency.lower()})["id"]
        committee = a_committee(stripe_account=self.account)
        self.project = a_project_now(currency=currency, committee=committee, goal_minor=10**9)

    def pledge(self, gift, *, covers=False):
        money = Money(gift, self.currency)
        return a_pledge(self.project, amount=money, cover_fee=covers, at=timezone.now())

    def live(self, life):
        """Pledge, pay and give the parts back; return the pledge as it is then."""
        fees = {self.currency.lower(): life.fee, "*": USUAL_RATE}
        self.sandbox.control("settings", {"fees": fees})
        pledge = self.pledge(life.gift, covers=life.covers)
        start_payment(pledge=pledge, at=timezone.now())
        top_up(self.sandbox, self.account, self.currency, MAXIMUM_MINOR)
        self.sandbox.complete(Payment.objects.get(purpose=pledge.purpose).session_id)
        pull_and_apply(self.account)
        for part in life.parts:
            refund(pledge, part)
        return Pledge.objects.get(pk=pledge.pk)

    def booked(self):
        """Return what came, what Stripe kept and what went back, by our book."""
        gifts, fees, stripe = map(self.sides, self.names())
        assert (stripe.credit, stripe.debit) == (gifts.debit, gifts.credit - fees.debit)
        assert fees.credit == 0
        return gifts.credit, fees.debit, gifts.debit

    def names(self):
        chain = self.project.chain
        return f"{chain}:gifts", f"{chain}:fees", f"stripe:{self.project.committee_id}"

    def sides(self, name):
        """Sum up both sides of an account; one that nothing was written to has none."""
        return Sides(
            sum(row.debited_minor for row in balances(name)),
            sum(row.credited_minor for row in balances(name)),
        )

    def told(self):
        """Return what the sandbox wrote down: charges, fees and refunds, in minor units."""
        totals = self.sandbox.control("record/summary")["totals"]
        (total,) = [row for row in totals if row["account"] == self.account]
        assert total["currency"] == self.currency.lower()
        return total["charge_minor"], total["fee_minor"], total["refund_minor"]


def shown_state(life, pledge):
    left = pledge.gross.minor - sum(life.parts)
    return "part_refunded" if left else "refunded"


@pytest.fixture
def usual_fees(sandbox):
    """Leave the next test the fees that it expects: the sandbox keeps what it is told."""
    yield
    fees = dict.fromkeys((currency.lower() for currency in STRIPES_RULES), USUAL_RATE)
    sandbox.control("settings", {"fees": fees | Behaviour().fees})


class TestPledges:
    @pytest.mark.django_db(transaction=True)
    @pytest.mark.usefixtures("lasting_database", "usual_fees")
    @once_per_currency
    def test_arrive_cost_and_go_back_to_the_last_unit(self, sandbox, currency):
        world = World(sandbox, currency)

        @examples(2, nightly=50)
        @given(lives(currency))
        def lives_and_books(life):
            pledge = world.live(life)

            came, _, went_back = world.booked()
            world.project.refresh_from_db()
            assert pledge.state == shown_state(life, pledge)
            assert pledge.returned_minor == sum(life.parts)
            assert world.booked() == world.told()
            assert world.project.raised == Money(came - went_back, currency)
            refuses_what_cannot_go_back(pledge)

        lives_and_books()
        assert verify_chain(world.project.chain).holds
        assert broken_invariants() == []

    @once_per_currency
    @examples(20, nightly=2_000)
    @given(wanted=st.data())
    def test_that_no_card_could_be_charged_are_refused(self, currency, wanted):
        least, most = limits_of(currency)
        step = STEPS.get(currency, 1)
        whole = st.integers(least.minor // step, most.minor // step - 1).map(lambda n: n * step)
        too_little = st.integers(-(10**21), least.minor - 1).map(lambda n: (n, AmountOutOfRange))
        too_much = st.integers(most.minor + 1, 10**21).map(lambda n: (n, AmountOutOfRange))
        broken = whole.map(lambda n: (n + step // 2, AmountNotWhole if step > 1 else None))
        minor, refusal = wanted.draw(too_little | too_much | broken)
        project = Project(currency=currency)

        assert refusal_of(project, Money(minor, currency)) is refusal


def refusal_of(project, amount):
    try:
        refuse_amount(project, amount)
    except AmountOutOfRange as refusal:
        return type(refusal)
    return None


def refuses_what_cannot_go_back(pledge):
    """Ask for more than is left, for nothing, and for a part of the least unit."""
    step = STEPS.get(pledge.currency, 1)
    more = MoreThanIsLeft if pledge.kept else NotRefundable
    with pytest.raises(more):
        refund(pledge, pledge.kept.minor + step)
    for wrong in {0, -step, step // 2 or -1}:
        with pytest.raises(NotAWholeAmount):
            refund(pledge, wrong)
