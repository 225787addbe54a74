"""What becomes of a gift: the parts are the whole, to the minor unit, before and after paying.

Planted and seen to fall: a cover that forgets the platform's fee; a fee taken where no account is;
the platform's fee booked as Stripe's; a net that leaves the platform's fee out.
"""

from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from backend.money import Money
from backend.money.currencies import CURRENCIES, MAXIMUM_MINOR, minimum_charge, multiple
from backend.payments.models import Payment
from backend.payments.queries import cover_for, estimated_parts, platform_fee
from backend.pledges.models import Pledge
from backend.pledges.operations import book_late_fee, settle_pledge, start_payment
from backend.pledges.queries import fees_of
from backend.reconciliation.operations import compare_records
from tests.backend.payments.rows import (
    a_pledge_with_a_page,
    a_project_now,
    book_of,
    broken_invariants,
    pull_and_apply,
    refund,
    top_up,
)
from tests.backend.pledges.cards import a_campaign, a_secured_pledge, close
from tests.factories import a_committee, a_pledge
from tests.sizes import examples

ONE_PER_CENT = override_settings(PLATFORM_FEE_PER_TEN_THOUSAND=100)
ACCOUNT = "acct_committee"


@st.composite
def gifts(draw):
    """Draw a gift in one of all currencies, from the least that Stripe charges on."""
    currency = draw(st.sampled_from(CURRENCIES))
    step = multiple(currency)
    least, most = -(-minimum_charge(currency).minor // step), MAXIMUM_MINOR // step // 2
    return Money(step * draw(st.sampled_from([least, most]) | st.integers(least, most)), currency)


rates = {
    "STRIPE_FEE_PER_TEN_THOUSAND": st.integers(0, 1_000),
    "PLATFORM_FEE_PER_TEN_THOUSAND": st.integers(0, 1_000),
}


class TestParts:
    @examples(100, nightly=2000)
    @given(gift=gifts(), fees=st.fixed_dictionaries(rates), covers=st.booleans())
    def test_are_the_whole_to_the_minor_unit(self, gift, fees, covers):
        with override_settings(**fees):
            cover = cover_for(gift, account=ACCOUNT) if covers else Money(0, gift.currency)
            parts = estimated_parts(gift, cover, account=ACCOUNT)

        whole = parts.stripe_fee + parts.platform_fee + parts.net
        assert whole == parts.gift + parts.cover == parts.gross
        step = multiple(gift.currency)
        figures = (parts.cover, parts.stripe_fee, parts.platform_fee, parts.net)
        assert all(figure.minor % step == 0 and figure.minor >= 0 for figure in figures)

    @examples(100, nightly=2000)
    @given(gift=gifts(), fees=st.fixed_dictionaries(rates))
    def test_with_the_cover_bring_the_whole_gift(self, gift, fees):
        with override_settings(**fees):
            cover = cover_for(gift, account=ACCOUNT)
            covered = estimated_parts(gift, cover, account=ACCOUNT)

        assert covered.net >= gift
        # Rounding of three figures, and no more than that.
        assert (covered.net - gift).minor <= 3 * multiple(gift.currency)


class TestPlatformFee:
    @pytest.mark.parametrize(
        ("amount", "fee"),
        [
            (Money(2500, "EUR"), 25),
            (Money(2599, "EUR"), 25),
            (Money(99, "EUR"), 0),
            (Money(12340, "KWD"), 120),
            (Money(10100, "ISK"), 100),
        ],
        ids=str,
    )
    @ONE_PER_CENT
    def test_is_rounded_down_to_what_the_currency_has(self, amount, fee):
        assert platform_fee(amount, account=ACCOUNT) == Money(fee, amount.currency)

    @ONE_PER_CENT
    def test_is_nothing_on_the_installations_own_key(self):
        assert platform_fee(Money(2500, "EUR"), account="") == Money(0, "EUR")

    def test_is_nothing_unless_the_operator_asks_for_one(self):
        assert platform_fee(Money(2500, "EUR"), account=ACCOUNT) == Money(0, "EUR")


@pytest.fixture
def stripe(sandbox):
    """A sandbox that has seen nothing yet, and whose clock and settings no other test meets."""
    sandbox.control("reset", {"confirm": True})
    yield sandbox
    sandbox.control("reset", {"confirm": True})


def a_pledge_to_an_account(sandbox, **fields):
    account = sandbox.control("accounts", {"currency": "eur"})["id"]
    top_up(sandbox, account)
    project = a_project_now(committee=a_committee(stripe_account=account))
    pledge = a_pledge(project, at=timezone.now(), **fields)
    start_payment(pledge=pledge, at=timezone.now())
    sandbox.complete(Payment.objects.get(purpose=pledge.purpose).session_id)
    pull_and_apply(account)
    return Pledge.objects.get(pk=pledge.pk)


def found_different():
    comparison = compare_records(at=timezone.now() + timedelta(minutes=20))
    return [(row.kind, row.amount) for row in comparison.differences.all()]


@pytest.mark.django_db(transaction=True)
class TestBooked:
    @ONE_PER_CENT
    def test_as_a_line_of_its_own(self, stripe):
        pledge = a_pledge_to_an_account(stripe)

        fees = fees_of(pledge)

        assert (fees.stripe_fee.minor, fees.platform_fee.minor) == (63, 25)
        assert (fees.net, fees.is_estimate) == (Money(2412, "EUR"), False)
        assert book_of(pledge) == {"gifts": 2500, "fees": 63, "platform": 25, "stripe": 2412}
        assert found_different() == []
        assert broken_invariants() == []

    @ONE_PER_CENT
    def test_and_kept_when_the_gift_goes_back_like_stripes_own(self, stripe):
        pledge = a_pledge_to_an_account(stripe)

        refund(pledge, 2500)

        assert book_of(pledge) == {"fees": 63, "platform": 25, "stripe": -88}
        assert found_different() == []

    @ONE_PER_CENT
    def test_of_a_saved_card_too(self, sandbox):
        project = a_campaign(sandbox)
        pledge = a_secured_pledge(sandbox, project, amount=Money(5000, "EUR"))

        close(project)

        pledge = Pledge.objects.get(pk=pledge.pk)
        assert (pledge.state, pledge.platform_fee_minor) == ("settled", 50)
        assert broken_invariants() == []

    def test_as_nothing_where_the_operator_takes_nothing(self, sandbox):
        pledge = a_pledge_to_an_account(sandbox)

        assert book_of(pledge) == {"gifts": 2500, "fees": 63, "stripe": 2437}
        assert fees_of(pledge).platform_fee == Money(0, "EUR")

    def test_when_stripe_tells_them_late(self):
        pledge, _ = a_pledge_with_a_page()
        at = timezone.now()
        settle_pledge(pledge_id=pledge.pk, amount=pledge.gross, fee=None, at=at)

        estimate = fees_of(Pledge.objects.get(pk=pledge.pk))
        fees = {"fee": Money(60, "EUR"), "platform_fee": Money(25, "EUR")}
        book_late_fee(pledge_id=pledge.pk, **fees, at=at)
        book_late_fee(pledge_id=pledge.pk, **fees, at=at)

        told = fees_of(Pledge.objects.get(pk=pledge.pk))
        assert (estimate.is_estimate, told.is_estimate) == (True, False)
        assert told.net == pledge.gross - Money(85, "EUR")
        book = book_of(pledge)
        assert (book["fees"], book["platform"]) == (60, 25)
