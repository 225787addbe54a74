"""`GET /api/v1/status/`: whether the books agree.

Planted and seen to fall: an account that gave no answer taken for agreement; a name of ours told.
"""

from datetime import timedelta

import pytest
from django.utils import timezone

from backend.reconciliation.models import Comparison, Difference, InvariantLook

STATUS = "/api/v1/status/"


def a_comparison(**fields):
    now = timezone.now()
    counts = {"stripe_lines": 3, "postings": 3, "receipts": 2, "on_the_way": 1, "payouts": 0}
    return Comparison.objects.create(
        **{"since": now - timedelta(days=35), "compared_at": now, **counts, **fields}
    )


def a_difference(comparison, **fields):
    return Difference.objects.create(
        **{
            "comparison": comparison,
            "kind": "only_at_stripe",
            "name": "charge pledge:canary-7f3",
            "amount_minor": 2437,
            "currency": "EUR",
            "at": timezone.now() - timedelta(hours=2),
            **fields,
        }
    )


@pytest.mark.django_db
class TestStatus:
    def test_before_the_first_comparison_claims_nothing(self, api):
        told = api.get(STATUS).json()

        assert told["agrees"] is False
        assert told["compared_at"] is None
        assert (told["differences"], told["invariants"]) == ([], [])

    def test_of_books_that_agree_says_what_was_compared(self, api):
        a_comparison()
        InvariantLook.objects.create(name="I-zero", looked_at=9, broken=0, at=timezone.now())

        told = api.get(STATUS).json()

        assert told["agrees"] is True
        assert (told["receipts"], told["postings"], told["stripe_lines"]) == (2, 3, 3)
        assert told["on_the_way"] == 1
        (look,) = told["invariants"]
        assert (look["name"], look["rows"], look["broken"]) == ("I-zero", 9, 0)

    def test_tells_of_debits_that_are_under_way(self, api):
        a_comparison(under_way=3, under_way_minor={"EUR": 7500})

        told = api.get(STATUS).json()

        assert (told["agrees"], told["under_way"]) == (True, 3)
        assert [one["amount_minor"] for one in told["under_way_sums"]] == [7500]

    def test_tells_differences_the_oldest_first_and_not_whom_they_are_about(self, api):
        comparison = a_comparison()
        a_difference(comparison)
        old = timezone.now() - timedelta(days=3)
        a_difference(comparison, name="refund refund:canary-7f3", amount_minor=-500, at=old)

        answer = api.get(STATUS)

        told = answer.json()
        assert told["agrees"] is False
        assert [one["amount"]["amount_minor"] for one in told["differences"]] == [-500, 2437]
        assert "canary" not in answer.content.decode()

    def test_shows_the_last_comparison_only(self, api):
        now = timezone.now()
        a_difference(a_comparison(compared_at=now - timedelta(days=1)))
        a_comparison(compared_at=now)

        assert api.get(STATUS).json()["agrees"] is True

    @pytest.mark.parametrize(
        "fault",
        [
            lambda: a_comparison(silent_accounts=1),
            lambda: (
                a_comparison(),
                InvariantLook.objects.create(
                    name="I-zero", looked_at=9, broken=1, at=timezone.now()
                ),
            ),
        ],
        ids=["an account was silent", "an invariant is broken"],
    )
    def test_agrees_only_when_all_was_looked_at_and_holds(self, api, fault):
        fault()

        assert api.get(STATUS).json()["agrees"] is False
