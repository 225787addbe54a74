"""What the database itself refuses of pledges and receipts, each rule attacked by its name.

Planted and seen to fall: a gift of nothing and a receipt's number of nothing taken.
"""

import pytest
from django.db import IntegrityError

from backend.pledges.models import Pledge, Receipt, ReceiptBook
from tests.factories import NOON, a_committee, a_pledge

pytestmark = pytest.mark.django_db


def change(**fields):
    pledge = a_pledge()
    Pledge.objects.filter(pk=pledge.pk).update(**fields)


def a_receipt(pledge=None, **fields):
    pledge = pledge or a_pledge()
    organisation = fields.pop("organisation", None) or pledge.project.committee
    numbered = {"year": 2030, "number": 1, "issued_at": NOON, **fields}
    return Receipt.objects.create(pledge=pledge, organisation=organisation, **numbered)


class TestPledge:
    @pytest.mark.parametrize(
        ("constraint", "fields"),
        [
            ("pledge_is_positive", {"gift_minor": 0}),
            ("pledge_is_positive", {"gift_minor": -1}),
            ("pledge_cover_not_negative", {"cover_minor": -1}),
            ("pledge_state_is_known", {"state": "lost"}),
            ("pledge_visibility_is_known", {"visibility": "loud"}),
            ("pledge_source_is_known", {"source_class": "king"}),
            ("pledge_settled_has_a_moment", {"state": "settled"}),
            ("pledge_settled_has_a_moment", {"settled_at": NOON}),
        ],
    )
    def test_cannot_be(self, constraint, fields):
        with pytest.raises(IntegrityError, match=constraint):
            change(**fields)

    @pytest.mark.parametrize("field", ["idempotency_key", "token", "public_reference"])
    def test_shares_no_name_with_another(self, field):
        change(**{field: "x" * 32})

        with pytest.raises(IntegrityError, match=field):
            change(**{field: "x" * 32})

    def test_may_come_without_a_key_any_number_of_times(self):
        a_pledge()
        a_pledge()

        assert Pledge.objects.filter(idempotency_key=None).count() == 2


class TestReceipt:
    def test_f28_is_one_a_pledge(self):
        receipt = a_receipt()

        with pytest.raises(IntegrityError, match="pledge_id"):
            a_receipt(receipt.pledge, number=2)

    def test_has_its_number_once_in_an_organisation_and_year(self):
        receipt = a_receipt()

        with pytest.raises(IntegrityError, match="receipt_number_once"):
            a_receipt(organisation=receipt.organisation)

    def test_may_have_the_number_of_another_year_or_organisation(self):
        receipt = a_receipt()
        a_receipt(organisation=receipt.organisation, year=2031)
        a_receipt(organisation=a_committee())

        assert Receipt.objects.filter(number=1).count() == 3

    def test_is_numbered_from_one(self):
        with pytest.raises(IntegrityError, match="receipt_number_is_positive"):
            a_receipt(number=0)

    def test_has_one_book_a_year(self):
        committee = a_committee()
        ReceiptBook.objects.create(organisation=committee, year=2030)

        with pytest.raises(IntegrityError, match="receipt_book_once"):
            ReceiptBook.objects.create(organisation=committee, year=2030)
