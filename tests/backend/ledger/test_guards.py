"""The rules of the book in the database itself: each is attacked with plain SQL.

Planted and seen to fall: each of the nine triggers and both constraints of migration 0002
dropped in turn (a test of this file falls for each); the entries of a complete line left
unguarded; TRUNCATE left out of the guard.
"""

import pytest
from django.db import IntegrityError, connection, transaction

from backend.ledger.models import Account, Chain, Entry, Transaction
from tests.backend.ledger.books import CHAIN, a_posting, postings

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("undone")]

TABLES = ["ledger_account", "ledger_transaction", "ledger_entry", "ledger_chain"]
HASH = "a" * 64


def run(statement, *parameters):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)


def commit():
    """Check what is checked at commit. The test's own transaction never commits."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def insert_line(*, seq, prev, entry_count=2, reference="forged", chain=None, day="2030-06-01"):
    chain = chain or Chain.objects.get(code=CHAIN)
    run(
        "INSERT INTO ledger_transaction (kind, reference, chain_id, seq, day, posted_at,"
        " public_reference, entry_count, prev, hash)"
        " VALUES ('forged', %s, %s, %s, %s, '2030-06-01 12:00+00', '', %s, %s, %s)",
        reference,
        chain.pk,
        seq,
        day,
        entry_count,
        prev,
        HASH,
    )
    return Transaction.objects.get(reference=reference)


def insert_entry(line, *, position, debit=0, credit=0, account="project:1:gifts", currency="EUR"):
    run(
        "INSERT INTO ledger_entry (transaction_id, position, account_id, currency, debit_minor,"
        " credit_minor) VALUES (%s, %s, %s, %s, %s, %s)",
        line.pk,
        position,
        Account.objects.get(code=account).pk,
        currency,
        debit,
        credit,
    )


def move_head(*, seq, to=HASH):
    run("UPDATE ledger_chain SET seq = %s, hash = %s WHERE code = %s", seq, to, CHAIN)


class TestTheBookIsNeverChanged:
    @pytest.mark.parametrize("table", TABLES)
    def test_by_deleting(self, table):
        a_posting()

        with pytest.raises(IntegrityError, match=f"DELETE of {table} refused"):
            run(f"DELETE FROM {table}")  # noqa: S608  # the four names above

    @pytest.mark.parametrize("table", TABLES)
    def test_by_emptying(self, table):
        a_posting()
        commit()

        with pytest.raises(IntegrityError, match=r"TRUNCATE of ledger_\w+ refused"):
            run(f"TRUNCATE {table} CASCADE")

    @pytest.mark.parametrize(
        "change",
        [
            "ledger_account SET code = 'project:2:gifts'",
            "ledger_account SET currency = 'USD'",
            "ledger_transaction SET public_reference = 'p-2'",
            "ledger_transaction SET hash = prev",
            "ledger_transaction SET entry_count = entry_count + 1",
            "ledger_entry SET debit_minor = debit_minor + 1 WHERE debit_minor > 0",
            "ledger_entry SET id = id WHERE false",
        ],
    )
    def test_by_updating(self, change):
        a_posting()

        with pytest.raises(IntegrityError, match=r"UPDATE of ledger_\w+ refused"):
            run(f"UPDATE {change}")

    def test_by_an_insert_that_updates(self):
        a_posting()

        with pytest.raises(IntegrityError, match="UPDATE of ledger_account refused"):
            run(
                "INSERT INTO ledger_account (code, currency) VALUES ('project:1:gifts', 'USD')"
                " ON CONFLICT (code) DO UPDATE SET currency = 'USD'"
            )

    def test_through_the_models(self):
        a_posting()

        with pytest.raises(IntegrityError, match="refused"), transaction.atomic():
            Entry.objects.filter(debit_minor__gt=0).update(debit_minor=1)
        with pytest.raises(IntegrityError, match="refused"), transaction.atomic():
            Entry.objects.all().delete()

    def test_but_what_is_empty_may_be_emptied(self):
        run(f"TRUNCATE {', '.join(TABLES)}")

        assert not Transaction.objects.exists()


class TestATransactionIsWhole:
    def test_with_as_many_entries_as_it_announced(self):
        first = a_posting()
        line = insert_line(seq=2, prev=first.hash, entry_count=3)
        insert_entry(line, position=1, debit=5)
        insert_entry(line, position=2, credit=5)
        move_head(seq=2)

        with pytest.raises(IntegrityError, match="2 entries where 3 were announced"):
            commit()

    def test_with_any_entries_at_all(self):
        first = a_posting()
        insert_line(seq=2, prev=first.hash)
        move_head(seq=2)

        with pytest.raises(IntegrityError, match="0 entries where 2 were announced"):
            commit()

    def test_only_if_it_balances(self):
        first = a_posting()
        line = insert_line(seq=2, prev=first.hash)
        insert_entry(line, position=1, debit=5)
        insert_entry(line, position=2, credit=4)
        move_head(seq=2)

        with pytest.raises(IntegrityError, match="debits and credits differ"):
            commit()

    def test_only_if_it_balances_in_each_currency(self):
        first = a_posting()
        Account.objects.create(code="dollars", currency="USD")
        line = insert_line(seq=2, prev=first.hash)
        insert_entry(line, position=1, debit=5)
        insert_entry(line, position=2, credit=5, account="dollars", currency="USD")
        move_head(seq=2)

        with pytest.raises(IntegrityError, match="debits and credits differ"):
            commit()

    def test_only_with_two_entries_or_more(self):
        first = a_posting()

        with pytest.raises(IntegrityError, match="transaction_has_two_entries"):
            insert_line(seq=2, prev=first.hash, entry_count=1)

    @pytest.mark.parametrize(("position", "rule"), [(4, "complete"), (1, "entry_place_in_line")])
    def test_and_takes_no_entry_later(self, position, rule):
        a_posting()
        commit()

        with pytest.raises(IntegrityError, match=rule):
            insert_entry(Transaction.objects.get(), position=position, debit=5)

    def test_and_takes_no_balanced_pair_of_entries_later(self):
        a_posting()
        commit()
        place = {"transaction": Transaction.objects.get(), "account": Account.objects.first()}
        currency = place["account"].currency
        pair = [
            Entry(position=4, currency=currency, debit_minor=5, **place),
            Entry(position=5, currency=currency, credit_minor=5, **place),
        ]

        with pytest.raises(IntegrityError, match="complete"), transaction.atomic():
            Entry.objects.bulk_create(pair)

    @pytest.mark.parametrize("sides", [(5, 5), (0, 0), (-5, 0), (5, -5)])
    def test_of_entries_that_are_one_debit_or_one_credit(self, sides):
        first = a_posting()
        line = insert_line(seq=2, prev=first.hash)

        with pytest.raises(IntegrityError, match="entry_is_one_debit_or_credit"):
            insert_entry(line, position=1, debit=sides[0], credit=sides[1])

    def test_of_entries_in_their_accounts_own_currency(self):
        first = a_posting()
        line = insert_line(seq=2, prev=first.hash)

        with pytest.raises(IntegrityError, match="entry_in_its_accounts_currency"):
            insert_entry(line, position=1, debit=5, currency="USD")


class TestAFactIsThereOnce:
    def test_by_kind_and_reference(self):
        first = a_posting()
        insert_line(seq=2, prev=first.hash)

        with pytest.raises(IntegrityError, match="transaction_once"):
            insert_line(seq=3, prev=HASH)

    def test_by_its_place_in_the_chain(self):
        a_posting()

        with pytest.raises(IntegrityError, match="transaction_place_in_chain"):
            insert_line(seq=1, prev="0" * 64)


class TestAChainHolds:
    def test_lines_that_name_the_line_before(self):
        postings(2)

        with pytest.raises(IntegrityError, match="line 3 does not name the line before it"):
            insert_line(seq=3, prev=HASH)

    def test_a_first_line_that_names_nothing(self):
        empty = Chain.objects.create(code="empty")

        with pytest.raises(IntegrityError, match="line 1 does not name the line before it"):
            insert_line(seq=1, prev=HASH, chain=empty)

    def test_no_gap(self):
        first = a_posting()

        with pytest.raises(IntegrityError, match="line 3 does not name the line before it"):
            insert_line(seq=3, prev=first.hash)

    def test_no_line_beyond_its_head(self):
        first = a_posting()
        line = insert_line(seq=2, prev=first.hash)
        insert_entry(line, position=1, debit=5)
        insert_entry(line, position=2, credit=5)

        with pytest.raises(IntegrityError, match="lies beyond the head of its chain"):
            commit()

    @pytest.mark.parametrize("seq", [0, 1, 2, 4])
    def test_a_head_that_moves_forward_only_and_to_a_line_that_is_there(self, seq):
        first, second = postings(2)

        with pytest.raises(IntegrityError, match="a head moves forward only"):
            move_head(seq=seq, to=first.hash if seq == 1 else second.hash)

    def test_a_head_with_the_hash_of_its_line(self):
        first = a_posting()
        insert_line(seq=2, prev=first.hash)

        with pytest.raises(IntegrityError, match="a head moves forward only"):
            move_head(seq=2, to="b" * 64)

    def test_its_name(self):
        a_posting()

        with pytest.raises(IntegrityError, match="a head moves forward only"):
            run("UPDATE ledger_chain SET code = 'project:2'")

    def test_nothing_when_it_begins(self):
        with pytest.raises(IntegrityError, match="a chain begins without lines"):
            Chain.objects.create(code="new", seq=1, hash=HASH)

    def test_the_day_of_the_moment_in_utc(self):
        first = a_posting()

        with pytest.raises(IntegrityError, match="transaction_day_is_in_utc"):
            insert_line(seq=2, prev=first.hash, day="2030-06-02")

    def test_whole_hashes(self):
        a_posting()

        with pytest.raises(IntegrityError, match="transaction_hashes_are_whole"):
            insert_line(seq=2, prev="")
