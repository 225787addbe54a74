"""`verify_ledger` and `check_ledger`, as an operator or a timer runs them.

Planted and seen to fall: the exit status of a broken chain; the time limit left lifted.
"""

from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from backend.ledger.patience import no_time_limit
from tests.backend.ledger.books import CHAIN, a_posting, past_the_guards, postings

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("undone")]


def time_limit():
    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        return cursor.fetchone()[0]


class TestVerifyLedger:
    def test_tells_the_size_of_the_book_and_the_head_of_the_day(self, capsys):
        postings(3)
        a_posting(chain="project:2", reference="x", at=datetime(2020, 1, 1, tzinfo=UTC))

        call_command("verify_ledger")

        said = capsys.readouterr().out
        assert said.startswith("2 chains, 4 lines hold\nhead of 20")
        assert " over 1 chains: " in said

    def test_tells_one_chains_head(self, capsys):
        last = postings(3)[-1]

        call_command("verify_ledger", "--chain", CHAIN)

        assert capsys.readouterr().out == f"{CHAIN}: 3 lines, head {last.hash}\n"

    @pytest.mark.parametrize("arguments", [[], ["--chain", CHAIN]])
    def test_fails_with_the_chain_and_the_line(self, arguments, capsys):
        postings(3)
        past_the_guards("UPDATE ledger_transaction SET kind = 'other' WHERE seq = 2")

        with pytest.raises(CommandError, match="1 chains do not hold") as failure:
            call_command("verify_ledger", *arguments)

        assert failure.value.returncode == 1
        assert f"{CHAIN}: line 2: hash is not of this line" in capsys.readouterr().out

    def test_refuses_a_chain_that_there_is_not(self):
        with pytest.raises(CommandError, match="there is no chain project:9") as refusal:
            call_command("verify_ledger", "--chain", "project:9")

        assert refusal.value.returncode == 2


class TestCheckLedger:
    def test_prints_each_invariant_with_what_it_looked_at(self, capsys):
        postings(3)

        call_command("check_ledger", "I-zero", "I-chain")

        first, second = capsys.readouterr().out.splitlines()
        assert first.split()[:3] == ["I-zero", "3", "rows"]
        assert first.endswith(" s  ok")
        assert second.startswith("I-chain")

    def test_fails_with_the_names_and_the_ids(self, capsys):
        postings(25)
        past_the_guards("UPDATE ledger_entry SET debit_minor = 1 WHERE position = 1")

        with pytest.raises(CommandError, match="I-zero, I-chain broken"):
            call_command("check_ledger", "I-zero", "I-once", "I-chain")

        said = capsys.readouterr().out
        assert "FAILED for 25\n    pledge_settled pledge:1\n" in said
        assert "    and 5 more" in said

    def test_refuses_an_unknown_name(self):
        with pytest.raises(CommandError, match="unknown invariant: I-magic") as refusal:
            call_command("check_ledger", "I-magic")

        assert refusal.value.returncode == 2


class TestNoTimeLimit:
    def test_is_lifted_only_for_the_look(self):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL statement_timeout = '7s'")

        with no_time_limit():
            lifted = time_limit()

        assert (lifted, time_limit()) == ("0", "7s")
