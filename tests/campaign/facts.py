"""What three books say of a project's money: ours, its readers', and the sandbox's own record."""

import json
from dataclasses import dataclass

from tests.running_site import RunningSite
from tests.sandbox.steps import client_of

PLEDGES = """
SELECT p.id, p.state, p.gift_minor + p.cover_minor FROM pledges_pledge p
JOIN projects_project project ON project.id = p.project_id WHERE project.slug = %s
"""
OF_PLEDGE = {
    "ledger": "SELECT count(*) FROM ledger_transaction WHERE kind = 'pledge_settled'"
    " AND reference = %s",
    "succeeded payments": "SELECT count(*) FROM payments_payment WHERE state = 'succeeded'"
    " AND purpose = %s",
    "receipts": "SELECT count(*) FROM pledges_receipt WHERE 'pledge:' || pledge_id = %s",
    "letters": "SELECT count(*) FROM mail_mail WHERE kind = 'pledge_receipt' AND state = 'sent'"
    " AND 'pledge:' || reference = %s",
}


@dataclass(frozen=True)
class Books:
    """How often one pledge stands in each book; in every one it must be once."""

    ledger: int
    succeeded_payments: int
    receipts: int
    letters: int
    charges: int


ONCE = Books(1, 1, 1, 1, 1)


def the_pledge(site: RunningSite, slug: str) -> tuple[str, str, int]:
    """Return id, state and gross of the project's only pledge."""
    (row,) = site.query(PLEDGES, slug)
    return str(row[0]), row[1], row[2]


def books_of(site: RunningSite, pledge_id: str) -> Books:
    """Count the pledge in our tables and in what the sandbox wrote down by itself."""
    purpose = f"pledge:{pledge_id}"
    ledger, payments, receipts, letters = (
        site.query(sql, purpose)[0][0] for sql in OF_PLEDGE.values()
    )
    return Books(ledger, payments, receipts, letters, len(charges_of(site, purpose)))


def charges_of(site: RunningSite, purpose: str) -> list[int]:
    """Return the amounts that the sandbox charged for a purpose, by its own record."""
    return [
        line["amount_minor"]
        for line in record_of(site)
        if line["kind"] == "charge" and line["metadata"].get("purpose") == purpose
    ]


def pages_of(site: RunningSite, pledge_id: str) -> list[str]:
    """Return the pages for paying that the sandbox opened for the pledge, by their ids."""
    client = client_of(site.sandbox, key="sk_test_sandbox")
    opened = client.v1.checkout.sessions.list({"limit": 100}).auto_paging_iter()
    return [page.id for page in opened if page.client_reference_id == f"pledge:{pledge_id}"]


def record_of(site: RunningSite) -> list[dict]:
    """Return the lines of the sandbox's append-only record."""
    folder = site.sandbox.folder
    return [json.loads(line) for line in (folder / "record.jsonl").read_text().splitlines()]


def total_of(site: RunningSite, slug: str) -> int:
    """Return what the project's page shows as raised, in minor units."""
    return json.loads(site.get(f"/api/v1/projects/{slug}/")[1])["raised"]["amount_minor"]
