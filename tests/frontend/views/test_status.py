"""The page that says whether the books agree.

Planted and seen to fall: the good notice in spite of a difference; the rest of many not counted.
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from backend.ledger.invariants import check_invariants
from backend.reconciliation.models import InvariantLook
from tests.api.test_status import a_comparison, a_difference
from tests.frontend.views.reading import text_of

STATUS = "/en/status/"


@pytest.mark.django_db
class TestStatus:
    def test_before_the_first_comparison_says_so(self, client):
        text = text_of(client.get(STATUS))

        assert "The books have not been compared yet" in text
        assert "Nobody has looked yet; the first look is within the hour." in text

    def test_of_books_that_agree_says_so_with_the_figures(self, client):
        a_comparison(receipts=1234)
        InvariantLook.objects.create(name="I-zero", looked_at=5000, broken=0, at=timezone.now())

        text = text_of(client.get(STATUS))

        assert "All three agree, to the cent" in text
        assert "Receipts 1,234" in text
        assert "The rule holds for all 5,000 rows that it looks at." in text
        assert "What does not agree" not in text

    def test_counts_the_debits_under_way_and_still_agrees(self, client):
        a_comparison(under_way=3, under_way_minor={"EUR": 7500, "GBP": 100})

        text = text_of(client.get(STATUS))

        assert "All three agree, to the cent" in text
        assert "which have not answered yet 3 ( €75.00, £1.00 )" in text

    def test_names_each_difference_with_its_amount_and_moment(self, client):
        comparison = a_comparison()
        a_difference(comparison)

        text = text_of(client.get(STATUS))

        assert "1 thing does not agree" in text
        assert "Moved at Stripe, not in our book €24.37" in text
        assert "All three agree" not in text
        assert "canary" not in text

    def test_shows_fifty_of_many_and_counts_the_rest(self, client):
        comparison = a_comparison()
        for number in range(53):
            a_difference(comparison, name=f"charge {number}")

        text = text_of(client.get(STATUS))

        assert text.count("Moved at Stripe, not in our book") == 50
        assert "And 3 more." in text

    def test_says_when_stripe_was_silent(self, client):
        a_comparison(silent_accounts=2)

        text = text_of(client.get(STATUS))

        assert "Stripe did not answer for every account; we ask again" in text
        assert "Accounts that did not answer 2" in text

    def test_says_every_rule_in_a_sentence(self, client):
        a_comparison()
        for outcome in check_invariants():
            InvariantLook.objects.create(
                name=outcome.name, looked_at=1, broken=0, at=timezone.now()
            )

        text = text_of(client.get(STATUS))

        assert "Every line of the book balances 1 0" in text
        assert "I-" not in text

    def test_says_that_a_person_looks_at_a_broken_rule(self, client):
        a_comparison()
        looked = timezone.now() - timedelta(minutes=5)
        InvariantLook.objects.create(name="I-total", looked_at=9, broken=2, at=looked)

        assert "A rule that does not hold is a fault of ours" in text_of(client.get(STATUS))
