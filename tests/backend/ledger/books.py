"""Small postings for tests; each function takes only what matters."""

from datetime import UTC, date, datetime

from django.db import connection

from backend.ledger.lines import GENESIS, canonical, hash_of, line_without_hash
from backend.ledger.operations import NewPosting, credit, debit, post
from backend.money import Money

NOON = datetime(2030, 6, 1, 12, 0, tzinfo=UTC)
CHAIN = "project:1"


def settlement_lines(*, project="project:1", gross=2500, fee=63, currency="EUR"):
    """25.00 arrived, Stripe kept 0.63: the example of the trade."""
    return [
        debit(f"stripe:committee:{currency}", Money(gross - fee, currency)),
        debit(f"{project}:fees", Money(fee, currency)),
        credit(f"{project}:gifts", Money(gross, currency)),
    ]


def a_new_posting(**changes):
    chain = changes.get("chain", CHAIN)
    return NewPosting(
        **{
            "kind": "pledge_settled",
            "reference": "pledge:1",
            "chain": chain,
            "lines": settlement_lines(project=chain),
            "at": NOON,
            "public_reference": "p-1",
            **changes,
        }
    )


def a_posting(**changes):
    new = a_new_posting(**changes)
    return post(
        kind=new.kind,
        reference=new.reference,
        chain=new.chain,
        lines=new.lines,
        at=new.at,
        public_reference=new.public_reference,
    )


def postings(number, **changes):
    """Post `number` settlements of different amounts in one chain."""
    return [
        a_posting(
            reference=f"pledge:{n}",
            public_reference=f"p-{n}",
            lines=settlement_lines(gross=1000 + n),
            **changes,
        )
        for n in range(1, number + 1)
    ]


def past_the_guards(statement):
    """Run a statement as the owner of the server could: no trigger fires in replica mode."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(statement)
        cursor.execute("SET LOCAL session_replication_role = origin")


def a_book(number, *, prev=GENESIS):
    """Return the lines of a book, as bytes, without a database."""
    lines = []
    for seq in range(1, number + 1):
        line = line_without_hash(
            seq=seq,
            day=date(2030, 6, 1 + seq % 20),
            kind="pledge_settled",
            reference=f"Cité-{seq}",
            entries=[entry.row for entry in settlement_lines(gross=1000 + seq)],
            prev=prev,
        )
        prev = hash_of(line)
        lines.append(canonical(line | {"hash": prev}) + b"\n")
    return lines
