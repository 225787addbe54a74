"""Posting to the book.

Planted and seen to fall: a repetition compared without its public reference; the day taken in
the zone of `at` instead of UTC; the balance summed over all currencies together; a repetition
inside one load written twice.
"""

from datetime import date, datetime, timedelta, timezone

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from backend.ledger.models import Account, Chain, Entry, Transaction
from backend.ledger.operations import (
    ConflictingPosting,
    EntryLine,
    NotAnEntry,
    Unbalanced,
    Unnamed,
    credit,
    debit,
    post_many,
)
from backend.ledger.queries import chain_head, recent_lines, verify_chain
from backend.money import CurrencyMismatch, Money
from tests.backend.ledger.books import (
    CHAIN,
    NOON,
    a_new_posting,
    a_posting,
    postings,
    settlement_lines,
)

pytestmark = pytest.mark.django_db


def nothing_is_written():
    return not (Transaction.objects.exists() or Entry.objects.exists() or Chain.objects.exists())


class TestPost:
    def test_writes_a_balanced_line_and_returns_it(self):
        posting = a_posting()

        [line] = recent_lines(CHAIN, 5)
        assert line == {
            "seq": 1,
            "day": "2030-06-01",
            "kind": "pledge_settled",
            "reference": "p-1",
            "entries": [
                {
                    "account": "stripe:committee:EUR",
                    "currency": "EUR",
                    "debit_minor": 2437,
                    "credit_minor": 0,
                },
                {
                    "account": "project:1:fees",
                    "currency": "EUR",
                    "debit_minor": 63,
                    "credit_minor": 0,
                },
                {
                    "account": "project:1:gifts",
                    "currency": "EUR",
                    "debit_minor": 0,
                    "credit_minor": 2500,
                },
            ],
            "prev": "0" * 64,
            "hash": posting.hash,
        }
        assert posting.is_new

    def test_shows_neither_our_reference_nor_the_second(self):
        a_posting(reference="pledge:secret", at=NOON.replace(second=42))

        shown = str(recent_lines(CHAIN, 1))
        assert "secret" not in shown
        assert ":42" not in shown

    def test_links_each_line_to_the_one_before(self):
        first, second, third = postings(3)

        assert [second.prev, third.prev] == [first.hash, second.hash]
        assert [posting.seq for posting in (first, second, third)] == [1, 2, 3]
        assert chain_head(CHAIN).hash == third.hash

    def test_numbers_each_chain_alone(self):
        postings(2)

        other = a_posting(chain="project:2", reference="pledge:other")

        assert (other.seq, other.prev) == (1, "0" * 64)

    @pytest.mark.parametrize(
        ("at", "day"),
        [
            (datetime(2030, 6, 1, 0, 30, tzinfo=timezone(timedelta(hours=2))), date(2030, 5, 31)),
            (datetime(2030, 6, 1, 23, 30, tzinfo=timezone(-timedelta(hours=4))), date(2030, 6, 2)),
            (NOON.replace(hour=0), date(2030, 6, 1)),
        ],
    )
    def test_is_on_the_day_in_utc(self, at, day):
        assert a_posting(at=at).day == day

    def test_takes_few_queries(self):
        postings(1)

        with CaptureQueriesContext(connection) as queries:
            a_posting(reference="pledge:next")

        # Two of them are the savepoint that a test's own transaction makes of the block.
        assert len(queries) <= 10

    def test_keeps_what_only_a_text_can_hold(self):
        a_posting(public_reference='Lomé "Ñ" \\ 水 \u2028')

        assert verify_chain(CHAIN).holds


class TestPostAgain:
    def test_gives_the_first_posting_and_writes_nothing(self):
        first = a_posting()

        again = a_posting(at=NOON + timedelta(days=3))

        assert again == first
        assert (first.is_new, again.is_new) == (True, False)
        assert Transaction.objects.count() == 1
        assert chain_head(CHAIN).seq == 1

    def test_does_not_mind_the_order_of_the_entries(self):
        first = a_posting()

        assert a_posting(lines=settlement_lines()[::-1]) == first

    @pytest.mark.parametrize(
        "change",
        [
            {"lines": settlement_lines(gross=2501)},
            {"lines": settlement_lines(fee=64)},
            {"lines": settlement_lines(currency="USD")},
            {"lines": settlement_lines(project="project:2")},
            {"chain": "project:2", "lines": settlement_lines()},
            {"public_reference": "p-2"},
        ],
        ids=["gross", "fee", "currency", "account", "chain", "public reference"],
    )
    def test_with_other_contents_is_a_conflict(self, change):
        first = a_posting()

        with pytest.raises(ConflictingPosting, match="pledge_settled pledge:1 is in the book"):
            a_posting(**change)

        assert Transaction.objects.count() == 1
        assert chain_head(CHAIN).hash == first.hash

    def test_of_another_kind_is_another_fact(self):
        a_posting()

        assert a_posting(kind="pledge_refunded").seq == 2


class TestPostRefuses:
    @pytest.mark.parametrize(
        "lines",
        [
            [],
            [debit("a", Money(5, "EUR"))],
            [debit("a", Money(5, "EUR")), credit("b", Money(4, "EUR"))],
            [debit("a", Money(5, "EUR")), credit("b", Money(5, "USD"))],
            [debit("a", Money(5, "EUR")), debit("b", Money(5, "EUR"))],
        ],
        ids=["nothing", "one side", "a cent less", "two currencies", "two debits"],
    )
    def test_what_does_not_balance(self, lines):
        with pytest.raises(Unbalanced, match="pledge:1"):
            a_posting(lines=lines)

        assert nothing_is_written()

    @pytest.mark.parametrize(
        "change",
        [
            {"kind": ""},
            {"kind": "Pledge settled"},
            {"kind": "x" * 41},
            {"reference": ""},
            {"chain": ""},
            {"at": NOON.replace(tzinfo=None)},
        ],
        ids=str,
    )
    def test_what_has_no_name_or_moment(self, change):
        with pytest.raises(Unnamed):
            a_posting(**{"lines": settlement_lines(), **change})

        assert nothing_is_written()

    def test_an_account_in_another_currency(self):
        a_posting()
        other = [debit("new", Money(5, "USD")), credit("project:1:gifts", Money(5, "USD"))]

        with pytest.raises(CurrencyMismatch, match="project:1:gifts counts in EUR, not USD"):
            a_posting(reference="pledge:2", lines=other)

        assert Transaction.objects.count() == 1
        assert not Account.objects.filter(code="new").exists()

    def test_an_account_in_two_currencies_at_once(self):
        both = [
            line
            for currency in ("EUR", "USD")
            for line in (debit("a", Money(5, currency)), credit("b", Money(5, currency)))
        ]

        with pytest.raises(CurrencyMismatch):
            a_posting(lines=both)

        assert nothing_is_written()


class TestEntries:
    @pytest.mark.parametrize("side", [debit, credit])
    @pytest.mark.parametrize("minor", [0, -5])
    def test_move_more_than_nothing(self, side, minor):
        with pytest.raises(NotAnEntry, match="project:1:gifts"):
            side("project:1:gifts", Money(minor, "EUR"))

    @pytest.mark.parametrize("sides", [(5, 5), (0, 0), (5, -5), (-5, 0), (True, 0), (5.0, 0)])
    def test_are_exactly_one_of_debit_and_credit(self, sides):
        with pytest.raises(NotAnEntry):
            EntryLine("a", "EUR", *sides)


class TestPostMany:
    def test_writes_what_post_would_have_written(self):
        single = [a_posting(reference=f"pledge:{n}", chain="one").hash for n in range(5)]
        loaded = post_many(
            postings=[
                a_new_posting(
                    kind="pledge_settled_too",
                    reference=f"pledge:{n}",
                    chain="many",
                    lines=settlement_lines(project="one"),
                )
                for n in range(5)
            ]
        )

        assert [posting.seq for posting in loaded] == [1, 2, 3, 4, 5]
        assert len({*single, *(posting.hash for posting in loaded)}) == 10
        assert verify_chain("many").lines == 5

    def test_gives_equal_hashes_to_equal_lines(self):
        one = a_posting(chain="one", lines=settlement_lines())

        [many] = post_many(
            postings=[a_new_posting(chain="many", reference="other", lines=settlement_lines())]
        )

        assert many.hash == one.hash

    def test_fills_many_chains_at_once(self):
        loaded = post_many(
            postings=[
                a_new_posting(chain=f"project:{n % 7}", reference=f"pledge:{n}") for n in range(50)
            ]
        )

        assert len(loaded) == 50
        assert all(verify_chain(f"project:{n}").holds for n in range(7))
        assert sum(verify_chain(f"project:{n}").lines for n in range(7)) == 50

    def test_repeats_what_is_known_already(self):
        first = a_posting()

        again, other = post_many(postings=[a_new_posting(), a_new_posting(reference="pledge:2")])

        assert again == first
        assert (again.is_new, other.is_new) == (False, True)
        assert chain_head(CHAIN).seq == 2

    def test_writes_a_fact_once_that_comes_twice_in_the_load(self):
        first, again = post_many(postings=[a_new_posting(), a_new_posting()])

        assert again == first
        assert (first.is_new, again.is_new) == (True, False)
        assert Transaction.objects.count() == 1

    def test_writes_nothing_if_one_of_them_conflicts(self):
        a_posting()
        load = [a_new_posting(reference="pledge:2"), a_new_posting(public_reference="other")]

        with pytest.raises(ConflictingPosting):
            post_many(postings=load)

        assert Transaction.objects.count() == 1

    def test_of_nothing_is_nothing(self):
        assert post_many(postings=[]) == []


class TestPostInATransaction:
    def test_is_undone_with_it(self):
        with transaction.atomic():
            a_posting()
            transaction.set_rollback(True)

        assert nothing_is_written()

    def test_does_not_spoil_it_when_refused(self):
        with transaction.atomic():
            a_posting()
            with pytest.raises(ConflictingPosting):
                a_posting(public_reference="other")
            a_posting(reference="pledge:2")

        assert verify_chain(CHAIN).lines == 2
