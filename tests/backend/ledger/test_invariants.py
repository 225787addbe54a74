"""The named invariants of the ledger, each broken once, and the registry.

Planted and seen to fall: I-zero that summed the currencies together; I-immut that looked only
whether a trigger exists, not whether it is enabled; an outcome that held whatever was found.
"""

import pytest
from django.db import connection

from backend.ledger.invariants import (
    GUARDS,
    Finding,
    UnknownInvariant,
    check_invariants,
    invariant,
    missing_guards,
)
from tests.backend.ledger.books import a_posting, past_the_guards, postings

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("undone")]


def look(name):
    [outcome] = check_invariants([name])
    return outcome


def alter(statement):
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(statement)


class TestTheLedgersInvariants:
    @pytest.mark.parametrize("name", ["I-zero", "I-once", "I-immut", "I-chain"])
    def test_hold_for_an_empty_book(self, name):
        assert look(name).holds

    @pytest.mark.parametrize(
        ("name", "rows"), [("I-zero", 3), ("I-once", 3), ("I-chain", 3), ("I-immut", len(GUARDS))]
    )
    def test_hold_for_a_book_and_say_how_much_they_looked_at(self, name, rows):
        postings(3)

        outcome = look(name)

        assert (outcome.holds, outcome.finding.looked_at) == (True, rows)

    @pytest.mark.parametrize(
        "change",
        [
            "UPDATE ledger_entry SET debit_minor = debit_minor + 1 WHERE position = 1",
            "UPDATE ledger_entry SET currency = 'USD' WHERE position = 3",
            "DELETE FROM ledger_entry",
        ],
    )
    def test_zero_names_what_does_not_balance(self, change):
        a_posting()

        past_the_guards(change)

        assert look("I-zero").finding.broken == ["pledge_settled pledge:1"]

    def test_once_names_a_fact_that_is_there_twice_and_the_rule_that_is_gone(self):
        a_posting()
        alter("ALTER TABLE ledger_transaction DROP CONSTRAINT transaction_once")
        past_the_guards(
            "INSERT INTO ledger_transaction (kind, reference, chain_id, seq, day, posted_at,"
            " public_reference, entry_count, prev, hash) SELECT kind, reference, chain_id, 2, day,"
            " posted_at, '', 2, hash, prev FROM ledger_transaction"
        )

        assert look("I-once").finding.broken == ["pledge_settled pledge:1", "transaction_once"]

    def test_chain_names_the_chain_and_the_line(self):
        postings(3)

        past_the_guards("UPDATE ledger_transaction SET kind = 'other' WHERE seq = 2")

        assert look("I-chain").finding.broken == ["project:1: line 2: hash is not of this line"]


class TestTheGuards:
    @pytest.mark.parametrize(("table", "trigger"), sorted(GUARDS))
    def test_are_missed_when_they_are_dropped(self, table, trigger):
        alter(f"DROP TRIGGER {trigger} ON {table}")

        assert missing_guards() == [f"{table} {trigger}"]
        assert not look("I-immut").holds

    @pytest.mark.parametrize(("table", "trigger"), sorted(GUARDS))
    @pytest.mark.parametrize("switch", ["DISABLE", "ENABLE REPLICA"])
    def test_are_missed_when_they_are_switched_off(self, table, trigger, switch):
        alter(f"ALTER TABLE {table} {switch} TRIGGER {trigger}")

        assert missing_guards() == [f"{table} {trigger}"]

    def test_that_let_an_attempt_through_are_found_by_the_attempt(self):
        alter(
            "CREATE OR REPLACE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql"
            " AS $$ BEGIN RETURN NULL; END $$"
        )

        assert look("I-immut").finding.broken == [
            "UPDATE ledger_account",
            "DELETE ledger_account",
            "UPDATE ledger_transaction",
            "DELETE ledger_transaction",
            "UPDATE ledger_entry",
            "DELETE ledger_entry",
        ]


class TestTheRegistry:
    def test_knows_a_name_once(self):
        with pytest.raises(ValueError, match="I-zero is already checked by transactions_balance"):
            invariant("I-zero")(lambda: Finding(0))

    def test_refuses_a_name_that_nobody_registered(self):
        with pytest.raises(UnknownInvariant, match=r"I-magic; there are .*I-chain"):
            check_invariants(["I-zero", "I-magic"])

    def test_looks_at_all_of_them_if_none_is_named(self):
        names = {outcome.name for outcome in check_invariants()}

        assert names >= {"I-zero", "I-once", "I-immut", "I-chain"}
