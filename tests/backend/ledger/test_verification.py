"""The check of the whole book, after somebody got past the guards.

Planted and seen to fall: the hash not recomputed; the public reference left out of it; the head
row not compared; a line missing in the middle passed over.
"""

import pytest

from backend.ledger.queries import NoSuchChain, verify_all_chains, verify_chain
from tests.backend.ledger.books import CHAIN, a_posting, past_the_guards, postings

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("undone")]


OF_LINE_3 = "FROM ledger_transaction t WHERE t.id = transaction_id AND t.seq = 3"


def cut_out(lines):
    """Delete the lines for which this SQL condition on `t` holds, with their entries."""
    past_the_guards(
        "DELETE FROM ledger_entry e USING ledger_transaction t"  # noqa: S608  # from below
        f" WHERE t.id = e.transaction_id AND {lines}"
    )
    past_the_guards(f"DELETE FROM ledger_transaction t WHERE {lines}")  # noqa: S608  # from below


class TestVerifyChain:
    def test_holds_as_it_was_written(self):
        last = postings(5)[-1]

        check = verify_chain(CHAIN)

        assert (check.holds, check.lines, check.head) == (True, 5, last.hash)

    @pytest.mark.parametrize(
        "change",
        [
            "transaction SET public_reference = 'other' WHERE seq = 3",
            "transaction SET kind = 'other' WHERE seq = 3",
            "transaction SET day = day + 1, posted_at = posted_at + '1 day' WHERE seq = 3",
            "transaction SET hash = repeat('a', 64) WHERE seq = 3",
            f"entry SET debit_minor = debit_minor + 1 {OF_LINE_3} AND position = 1",
            f"entry SET account_id = account_id + 1 {OF_LINE_3}",
            f"entry SET position = position + 10 {OF_LINE_3} AND position = 1",
        ],
        ids=["reference", "kind", "day", "hash", "amount", "account", "order"],
    )
    def test_names_the_line_that_was_changed(self, change):
        postings(5)

        past_the_guards(f"UPDATE ledger_{change}")

        check = verify_chain(CHAIN)
        assert (check.holds, check.broken_seq, check.lines) == (False, 3, 2)
        assert str(check) == f"{CHAIN}: line 3: hash is not of this line"

    def test_names_the_line_that_no_longer_follows(self):
        postings(5)

        past_the_guards("UPDATE ledger_transaction SET prev = repeat('a', 64) WHERE seq = 4")

        assert str(verify_chain(CHAIN)).endswith("line 4: prev is not the hash of the line before")

    def test_names_the_line_that_is_missing(self):
        postings(5)

        cut_out("t.seq = 3")

        assert str(verify_chain(CHAIN)).endswith("line 3: missing; the next one is line 4")

    @pytest.mark.parametrize("kept", [0, 3])
    def test_names_the_end_that_was_cut_off(self, kept):
        postings(5)

        cut_out(f"t.seq > {kept}")

        check = verify_chain(CHAIN)
        assert (check.holds, check.broken_seq) == (False, kept + 1)
        assert "the chain's row says 5 lines" in check.reason

    def test_finds_an_entry_that_was_taken_away(self):
        postings(2)

        past_the_guards(
            "DELETE FROM ledger_entry e USING ledger_transaction t"
            " WHERE t.id = e.transaction_id AND t.seq = 2"
        )

        assert verify_chain(CHAIN).broken_seq == 2

    def test_of_an_unknown_chain_is_refused(self):
        with pytest.raises(NoSuchChain, match="project:9"):
            verify_chain("project:9")


class TestVerifyAllChains:
    def test_looks_at_each_once(self):
        postings(3)
        a_posting(chain="project:2", reference="pledge:x")

        found = {check.chain: check.lines for check in verify_all_chains()}

        assert found == {CHAIN: 3, "project:2": 1}

    def test_goes_on_after_one_that_does_not_hold(self):
        postings(3)
        a_posting(chain="project:2", reference="pledge:x")

        past_the_guards("UPDATE ledger_transaction SET kind = 'other' WHERE reference = 'pledge:1'")

        assert [check.holds for check in verify_all_chains()] == [False, True]
