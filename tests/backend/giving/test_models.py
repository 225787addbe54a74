"""Every named constraint of monthly gifts, attacked past our own code."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from backend.giving.models import (
    Instalment,
    MonthlyGift,
    MonthlyGiftTransition,
    MonthlyReceiptBook,
    Wish,
)
from backend.payments.models import Payment
from tests.backend.giving.rows import a_monthly_gift
from tests.backend.payments.rows import a_payment
from tests.factories import NOON, a_committee

pytestmark = pytest.mark.django_db


def a_living_row():
    gift = a_monthly_gift()
    gift.state, gift.begun_at = "active", NOON
    gift.save()
    return gift


def a_wish(gift=None, number=2, **fields):
    gift = gift or a_living_row()
    return Wish.objects.create(
        **{
            "gift": gift,
            "number": number,
            "act": "pause",
            "gift_minor": 1000,
            "asked_at": NOON,
            **fields,
        }
    )


def a_wish_done():
    return a_wish(state="done", ended_at=NOON)


def an_instalment(number=1, gift=None):
    gift = gift or a_living_row()
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


def a_transition():
    return MonthlyGiftTransition.objects.create(
        gift=a_living_row(), old="active", event="paused", new="paused", at=NOON
    )


def a_book():
    return MonthlyReceiptBook.objects.create(organisation=a_committee(), year=2030)


def a_page(number=1, **fields):
    return a_payment(
        f"monthly:{number}",
        **{
            "kind": "monthly",
            "state": "begun",
            "key": f"monthly:{number}:{number}",
            "session_id": f"cs_{number}",
            "attempt": number,
            "subscription_id": f"sub_{number}",
            **fields,
        },
    )


def refused(row, changes):
    """Return the name of the constraint that refuses the change."""
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        type(row)._base_manager.filter(pk=row.pk).update(**changes)
    return refusal.value.__cause__.diag.constraint_name


@pytest.mark.parametrize(
    ("name", "row", "changes"),
    [
        ("monthly_gift_is_positive", a_monthly_gift, {"gift_minor": 0}),
        ("monthly_gift_is_positive", a_monthly_gift, {"cover_minor": -1}),
        ("monthly_gift_state_is_known", a_living_row, {"state": "running"}),
        ("monthly_gift_begun_has_a_moment", a_monthly_gift, {"begun_at": NOON}),
        ("monthly_gift_begun_has_a_moment", a_monthly_gift, {"state": "paused"}),
        ("monthly_gift_ended_has_a_moment", a_living_row, {"state": "stopped"}),
        ("monthly_gift_ended_has_a_moment", a_living_row, {"ended_at": NOON}),
        ("wish_is_positive", a_wish, {"gift_minor": 0}),
        ("wish_is_positive", a_wish, {"cover_minor": -1}),
        ("wish_is_positive", a_wish, {"number": 0}),
        ("wish_is_positive", a_wish, {"attempt": 0}),
        ("wish_is_known", a_wish, {"act": "double"}),
        ("wish_is_known", a_wish_done, {"state": "over"}),
        ("wish_ended_has_a_moment", a_wish, {"ended_at": NOON}),
        ("wish_ended_has_a_moment", a_wish_done, {"ended_at": None}),
        ("monthly_transition_is_an_edge", a_transition, {"new": "stopped"}),
        ("monthly_transition_is_an_edge", a_transition, {"old": "lapsed"}),
        ("instalment_is_positive", an_instalment, {"number": 0}),
        ("instalment_returns_at_most_itself", an_instalment, {"returned_minor": -1}),
        (
            "instalment_returns_at_most_itself",
            an_instalment,
            {"state": "disputed", "returned_minor": 1001},
        ),
        ("instalment_state_tells_what_went_back", an_instalment, {"returned_minor": 1}),
        ("instalment_state_tells_what_went_back", an_instalment, {"state": "refunded"}),
        ("instalment_state_tells_what_went_back", an_instalment, {"state": "part_refunded"}),
        ("payment_state_fits_kind", a_page, {"kind": "page"}),
        ("payment_state_fits_kind", a_page, {"kind": "invoice"}),
        ("payment_state_fits_kind", a_page, {"state": "succeeded", "settled_at": NOON}),
        ("payment_state_fits_kind", a_page, {"state": "saved"}),
    ],
)
def test_a_row_that_must_not_be_is_refused(name, row, changes):
    assert refused(row(), changes) == name


class TestOneOfAKind:
    def test_is_the_wish_that_waits(self):
        gift = a_living_row()
        waiting, done = a_wish(gift, 2), a_wish(gift, 3, state="done", ended_at=NOON)

        assert refused(done, {"state": "asked", "ended_at": None}) == "wish_one_at_a_time"
        assert refused(done, {"number": waiting.number}) == "wish_numbered_once"

    def test_is_the_receipt_of_a_month(self):
        gift = a_living_row()
        an_instalment(1, gift)

        assert refused(an_instalment(2, gift), {"number": 1}) == "instalment_receipt_once"

    def test_is_the_book_of_a_committee_and_year(self):
        first, second = a_book(), a_book()

        found = refused(second, {"organisation": first.organisation})

        assert found == "monthly_receipt_book_once"

    def test_is_the_page_on_which_a_gift_begins(self):
        first, second = a_page(1), a_page(2)

        assert refused(second, {"purpose": first.purpose}) == "payment_begins_monthly_once"
        changes = {"subscription_id": first.subscription_id}
        assert refused(second, changes) == "payment_subscription_once"

    def test_lets_the_invoices_of_a_subscription_share_its_name(self):
        page = a_page(1)
        invoice = a_payment("invoice:in_1", kind="invoice", session_id=None, key="invoice:in_1")
        Payment.objects.filter(pk=invoice.pk).update(subscription_id=page.subscription_id)

        assert Payment.objects.filter(subscription_id=page.subscription_id).count() == 2

    def test_lets_a_gift_end_after_it_began(self):
        gift = a_living_row()
        later = NOON + timedelta(days=40)
        MonthlyGift.objects.filter(pk=gift.pk).update(state="lapsed", ended_at=later)

        assert MonthlyGift.objects.get(pk=gift.pk).ended_at == later
