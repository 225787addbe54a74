"""Many writers at the same moment, on connections of their own.

Planted and seen to fall: `select_for_update` taken out of the chain's look-up; the second look
after another chain took the key left out. (The search for known keys done before the lock does
not fall: the unique key and the second look stand behind it.)
"""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from backend.ledger.invariants import check_invariants
from backend.ledger.models import Transaction
from backend.ledger.operations import ConflictingPosting, post_many
from backend.ledger.queries import chain_lines, verify_all_chains, verify_chain
from tests.backend.ledger.books import CHAIN, a_new_posting, a_posting, settlement_lines

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 8


def at_once(act, number=THREADS):
    """Call `act(0)`, `act(1)` … in threads that start together; return what each returned."""
    barrier = Barrier(number)

    def run(n):
        try:
            barrier.wait(timeout=10)
            return act(n)
        except ConflictingPosting as conflict:
            return conflict
        finally:
            connection.close()

    with ThreadPoolExecutor(number) as pool:
        return list(pool.map(run, range(number)))


class TestTheSameKeyFromManySides:
    @pytest.mark.parametrize("round_number", range(5))
    def test_is_one_posting_that_all_of_them_get(self, round_number):
        found = at_once(lambda _: a_posting())

        assert len({posting.hash for posting in found}) == 1
        assert [posting.is_new for posting in found].count(True) == 1
        assert Transaction.objects.count() == 1

    @pytest.mark.parametrize("round_number", range(5))
    def test_on_different_chains_is_one_posting_and_conflicts(self, round_number):
        found = at_once(lambda n: a_posting(chain=f"project:{n}", lines=settlement_lines()))

        conflicts = [answer for answer in found if isinstance(answer, ConflictingPosting)]
        assert len(conflicts) == THREADS - 1
        assert Transaction.objects.count() == 1
        assert all(check.holds for check in verify_all_chains())


class TestManyKeysOnOneChain:
    def test_are_numbered_without_a_gap_and_the_chain_holds(self):
        each = 25

        at_once(lambda n: [a_posting(reference=f"pledge:{n}:{k}") for k in range(each)])

        assert [line["seq"] for line in chain_lines(CHAIN)] == list(range(1, THREADS * each + 1))
        assert verify_chain(CHAIN).holds
        assert all(outcome.holds for outcome in check_invariants(["I-zero", "I-once", "I-chain"]))

    def test_in_loads_over_the_same_chains_wait_for_each_other(self):
        def load(n):
            order = range(6) if n % 2 else range(5, -1, -1)
            return post_many(
                postings=[
                    a_new_posting(chain=f"project:{chain}", reference=f"pledge:{n}:{chain}:{k}")
                    for chain in order
                    for k in range(5)
                ]
            )

        at_once(load)

        checks = list(verify_all_chains())
        assert [check.lines for check in checks] == [THREADS * 5] * 6
        assert all(check.holds for check in checks)
