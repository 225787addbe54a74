"""What our rows, the sandbox's record and its log of deliveries say when a run is over."""

import sqlite3
import subprocess
from collections import Counter
from pathlib import Path

from tests.campaign.proving.judging import Kept
from tests.running_site import RunningSite, wait_for

PLEDGES = """
SELECT p.id::text, project.slug, p.currency, p.gift_minor + p.cover_minor,
  p.returned_minor, p.state,
  (SELECT count(*) FROM ledger_transaction t WHERE t.kind = 'pledge_settled'
     AND t.reference = 'pledge:' || p.id),
  (SELECT count(*) FROM pledges_receipt r WHERE r.pledge_id = p.id),
  (SELECT count(*) FROM mail_mail m WHERE m.kind = 'pledge_receipt' AND m.state = 'sent'
     AND m.reference = p.id::text)
FROM pledges_pledge p JOIN projects_project project ON project.id = p.project_id
"""
AT_STRIPE = """
SELECT e.currency, sum(e.debit_minor - e.credit_minor)::bigint FROM ledger_entry e
JOIN ledger_account a ON a.id = e.account_id WHERE a.code LIKE 'stripe:%%' GROUP BY 1
"""
# Every notification once, and every one that was queued has gone out.
LETTERS = """
SELECT kind || ' for ' || reference || ': ' || count(*) || ' times, ' || min(state)
FROM mail_mail GROUP BY kind, reference, recipient
HAVING count(*) > 1 OR min(state) <> 'sent' OR max(state) <> 'sent'
"""
SENT_TWICE = """
SELECT 'letters: ' || (SELECT count(*) FROM mail_mail WHERE state = 'sent') || ' in the outbox, '
  || count(*) || ' sent' FROM mail_demomessage
HAVING count(*) <> (SELECT count(*) FROM mail_mail WHERE state = 'sent')
"""
WAITING = """
SELECT (SELECT count(*) FROM procrastinate_jobs WHERE status IN ('todo', 'doing')
          AND queueing_lock IS DISTINCT FROM task_name)
     + (SELECT count(*) FROM payments_stripeevent WHERE state = 'received')
"""
# What waits for its next try waits no longer.
HURRY = "UPDATE procrastinate_jobs SET scheduled_at = now() WHERE status = 'todo'"
QUIET_SECONDS = 120


def kept_by_us(site: RunningSite) -> dict[str, Kept]:
    """Return our row of each pledge."""
    return {row[0]: Kept(*row) for row in site.query(PLEDGES)}


def book_of(site: RunningSite) -> dict[str, int]:
    """Return by currency what our ledger says to be at Stripe, in minor units."""
    return dict(site.query(AT_STRIPE))


def problems_of_letters(site: RunningSite) -> list[str]:
    """Name the letters that were not sent just once."""
    return [row[0] for sql in (LETTERS, SENT_TWICE) for row in site.query(sql)]


def wait_until_quiet(site: RunningSite) -> None:
    """Wait until no job and no event waits, whatever pause was planned before another try."""

    def is_quiet() -> bool:
        site.change(HURRY)
        return site.query(WAITING)[0][0] == 0

    for _ in range(2):
        wait_for(is_quiet, "the jobs to be done", seconds=QUIET_SECONDS)


def checked(site: RunningSite, *command: str) -> tuple[bool, str]:
    """Run one of the site's own checks; return whether it holds, and what it says."""
    try:
        return True, site.manage(*command)
    except AssertionError as broken:
        return False, str(broken)


def faults_met(site: RunningSite) -> Counter:
    """Return how often each fault of Stripe's interface was met."""
    return Counter(site.sandbox.control("faults")["met"])


def deliveries_met(site: RunningSite) -> Counter:
    """Return how many deliveries were lost, doubled, late (3 s or more) and out of their order."""
    met = Counter(site.sandbox.control("deliveries")["met"])
    path = site.sandbox.folder / "sandbox.sqlite3"
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as store:
        rows = store.execute(
            "SELECT a.delivery, a.at - d.made_at FROM delivery_attempt a"
            " JOIN delivery d ON d.sequence = a.delivery"
            " WHERE a.outcome = 'delivered' ORDER BY a.sequence"
        ).fetchall()
    newest = 0
    for number, seconds in rows:
        met["late"] += seconds >= 3
        met["reordered"] += number < newest
        newest = max(newest, number)
    return met


def commit_of(root: Path) -> str:
    """Return the tree's commit, with a plus where the tree differs from it."""
    git = ["git", "-C", str(root)]
    try:
        name = subprocess.run(
            [*git, "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True
        ).stdout.strip()
        changed = subprocess.run(
            [*git, "status", "--porcelain", "--untracked-files=no"],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return name + ("+" if changed else "")
