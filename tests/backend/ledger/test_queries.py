"""Reading the book.

Planted and seen to fall: `after_seq` taken inclusively, so that a batch never ended; balances
signed without regard to the account.
"""

import gzip
import subprocess
import sys
from datetime import timedelta
from itertools import islice
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from backend.ledger import queries
from backend.ledger.queries import (
    AccountBalance,
    NoSuchAccount,
    balance_of,
    balances,
    chain_as_json_lines,
    chain_head,
    chain_lines,
    chain_page,
    credited_by_account,
    day_heads,
    recent_lines,
)
from backend.ledger.verifier import verify
from backend.money import Money
from tests.backend.ledger.books import CHAIN, NOON, a_posting, postings, settlement_lines

pytestmark = pytest.mark.django_db


class TestBalanceOf:
    @pytest.mark.parametrize(
        ("account", "minor"),
        [("stripe:committee:EUR", 4874), ("project:1:fees", 126), ("project:1:gifts", 5000)],
    )
    def test_is_positive_on_the_side_on_which_the_account_grows(self, account, minor):
        a_posting()
        a_posting(reference="pledge:2")

        assert balance_of(account) == Money(minor, "EUR")

    def test_falls_by_what_went_back(self):
        a_posting()
        back = [
            type(line)(line.account, line.currency, line.credit_minor, line.debit_minor)
            for line in settlement_lines(gross=1000, fee=1)
        ]
        a_posting(kind="pledge_refunded", lines=back)

        assert balance_of("project:1:gifts") == Money(1500, "EUR")

    def test_of_an_unknown_account_is_refused(self):
        with pytest.raises(NoSuchAccount, match="nowhere"):
            balance_of("nowhere")


class TestBalances:
    def test_lists_both_sides_of_every_account(self):
        a_posting()

        assert balances() == [
            AccountBalance("project:1:fees", "EUR", 63, 0),
            AccountBalance("project:1:gifts", "EUR", 0, 2500),
            AccountBalance("stripe:committee:EUR", "EUR", 2437, 0),
        ]

    def test_can_be_narrowed_to_a_project(self):
        a_posting()
        a_posting(chain="project:2", reference="pledge:2")

        assert [found.account for found in balances("project:2:")] == [
            "project:2:fees",
            "project:2:gifts",
        ]

    def test_tells_what_each_project_received(self):
        a_posting()
        a_posting(chain="project:2", reference="pledge:2", lines=settlement_lines(project="p2"))

        assert credited_by_account(suffix=":gifts") == {"project:1:gifts": 2500, "p2:gifts": 2500}


class TestChainLines:
    def test_come_in_their_order_over_several_batches(self, monkeypatch):
        monkeypatch.setattr(queries, "_BATCH", 3)
        written = postings(7)

        lines = list(islice(chain_lines(CHAIN), 20))

        assert [line["seq"] for line in lines] == [1, 2, 3, 4, 5, 6, 7]
        assert [line["hash"] for line in lines] == [posting.hash for posting in written]

    def test_can_begin_after_a_line(self):
        postings(5)

        assert [line["seq"] for line in chain_lines(CHAIN, after_seq=3)] == [4, 5]

    def test_are_those_of_one_chain(self):
        a_posting()
        a_posting(chain="project:2", reference="pledge:2")

        assert [line["reference"] for line in chain_lines("project:2")] == ["p-1"]

    def test_of_an_unknown_chain_are_none(self):
        assert list(chain_lines("project:9")) == []
        assert chain_head("project:9") == queries.ChainHead("project:9", 0, "0" * 64)

    def test_take_two_queries_for_any_number(self):
        postings(5)

        with CaptureQueriesContext(connection) as taken:
            recent_lines(CHAIN, 5)

        assert len(taken) == 2


class TestChainPage:
    def test_is_so_many_lines_after_a_line(self):
        postings(5)

        assert [line["seq"] for line in chain_page(CHAIN, after_seq=1, size=2)] == [2, 3]


class TestRecentLines:
    def test_are_the_last_written_first(self):
        postings(5)

        assert [line["seq"] for line in recent_lines(CHAIN, 2)] == [5, 4]


class TestChainAsJsonLines:
    def test_is_what_the_stand_alone_script_verifies(self):
        last = postings(4)[-1]

        book = gzip.compress(b"".join(chain_as_json_lines(CHAIN)))

        done = subprocess.run(
            [sys.executable, "-I", str(Path(verify.__file__)), "-"],
            input=book,
            capture_output=True,
            check=True,
        )
        assert f"head {last.hash}" in done.stdout.decode()
        assert done.stdout.startswith(b"4 lines, unbroken\nEUR: 4010 minor units")


class TestDayHeads:
    def test_change_with_every_line_of_the_day_and_with_none_of_the_next(self):
        a_posting()
        first = day_heads(NOON.date())
        a_posting(reference="pledge:2")
        second = day_heads(NOON.date())
        a_posting(reference="pledge:3", at=NOON + timedelta(days=1))

        assert first.hash != second.hash
        assert day_heads(NOON.date()) == second

    def test_cover_every_chain(self):
        a_posting()
        a_posting(chain="project:2", reference="pledge:2")

        assert day_heads(NOON.date()).chains == 2

    def test_of_an_empty_book_are_none(self):
        assert day_heads(NOON.date()).chains == 0
