"""Seeded bugs of money: mistakes that have cost others money, each of which must be caught.

Each is planted in a copy of the tree, never in the tree itself. Most must make a test of a boundary
fall, in seconds; those that only show in the life of a whole site must make a short campaign fail,
and for the reason that is given. `make faults` has more, of every kind.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from tests.architecture.faults import (
    CLOSING,
    GUARDS,
    INBOX,
    LATE,
    MISMATCH,
    OPENING,
    PLEDGES,
    QUEUE,
    RACES,
    REFUNDS,
    WEBHOOKS,
    copied_tree,
)

LETTERS = "tests/backend/pledges/test_letters.py"
PATIENCE_SECONDS = 900
# Longer than a campaign needs to end what it started.
TO_END_SECONDS = 60
SHORT_CAMPAIGN = ["-m", "tests.campaign.prove", "--seed", "1", "--pledges", "60"]
OPERATIONS = "backend/payments/operations.py"
CHARGING = "backend/payments/charging.py"
GATEWAY = "backend/payments/gateways/stripe.py"


@dataclass(frozen=True)
class Change:
    """`text` of `file` becomes `wrong`."""

    file: str
    text: str
    wrong: str


@dataclass(frozen=True)
class Bug:
    """Changes that together are one mistake, and the test that must fall.

    Without a test it is a short campaign that must fail, saying `words`.
    """

    name: str
    changes: tuple[Change, ...]
    test: str = ""
    words: str = ""


BUGS = (
    Bug(
        "the key of a payment is made from the clock",
        (
            Change(
                OPERATIONS,
                'key = f"{order.purpose}:{attempt}"',
                'key = f"{order.purpose}:{at.timestamp()}"',
            ),
        ),
        f"{OPENING}::TestOrder",
    ),
    Bug(
        "Stripe is called while the pledge's row can still be undone",
        (
            Change(GATEWAY, "    if connection.in_atomic_block and", "    if False and"),
            Change(
                OPERATIONS,
                "def open_checkout(*, order",
                "@transaction.atomic\ndef open_checkout(*, order",
            ),
        ),
        f"{OPENING}::TestOrder",
    ),
    Bug(
        "an event is stored without its job",
        (
            Change(
                "backend/payments/inbox.py",
                '    if created:\n        enqueue("payments.apply_event", event_id=pointer.id)',
                '    if created:\n        logger.debug("event.stored")',
            ),
        ),
        f"{INBOX}::TestPull",
    ),
    Bug(
        "a pledge is settled once for each delivery",
        (
            Change(
                OPERATIONS,
                "    if payment.state == states.SUCCEEDED:\n"
                "        return _note_fee(payment, session, at=at)\n",
                "",
            ),
            Change(
                "backend/pledges/operations.py",
                "    if pledge.state in states.PAID:\n        return pledge\n    was_promised",
                "    was_promised",
            ),
        ),
        f"{PLEDGES}::TestSettlePledge",
    ),
    Bug(
        "the key of a refund lacks the refund's own id",
        (
            Change(
                "backend/payments/refunds.py",
                'key=f"refund:{refund_id}"',
                'key=f"refund:{payment_id}"',
            ),
        ),
        f"{REFUNDS}::TestARefund",
    ),
    Bug(
        "a campaign is decided at every look",
        (Change("backend/pledges/closing.py", "    if earlier:\n", "    if False:\n"),),
        f"{CLOSING}::TestDecision",
    ),
    Bug(
        "a campaign is decided without its lock",
        (
            Change(
                "backend/pledges/closing.py",
                '    project = Project.objects.select_for_update(of=("self",)).get(pk=project_id)\n'
                "    earlier",
                "    project = Project.objects.get(pk=project_id)\n    earlier",
            ),
        ),
        f"{CLOSING}::TestDecision",
    ),
    Bug(
        "each try charges anew",
        (
            Change(
                CHARGING,
                "    is_resumed = payment.state == states.OPEN\n",
                "    is_resumed = False\n"
                "    if payment.state == states.OPEN:\n"
                "        again = create_intent(request=payment.request,"
                ' key=f"{payment.key}:{at}", account=payment.account)\n'
                "        payment.intent_id = again.intent_id\n"
                '        payment.save(update_fields=["intent_id"])\n',
            ),
        ),
        f"{CLOSING}::TestCharging",
    ),
    Bug(
        "the sweeper asks about nothing",
        (
            Change(
                "backend/payments/inbox.py",
                "    for waiting in _waiting_payments(at):",
                "    for waiting in ():",
            ),
        ),
        f"{OPENING}::TestSweep",
    ),
    Bug(
        "a letter is queued without its unique key",
        (
            Change(
                "backend/mail/operations.py",
                "        reference=reference,\n",
                "        reference=f'{reference} {timezone.now().timestamp()}',\n",
            ),
            Change(
                "backend/mail/operations.py",
                "from django.utils import translation",
                "from django.utils import timezone, translation",
            ),
        ),
        f"{LETTERS}::TestReceipt",
    ),
    Bug(
        "money on an ended attempt is silent",
        (
            Change(
                OPERATIONS, "    if payment.state in states.ENDED:", "    if payment.state in ():"
            ),
        ),
        f"{LATE}::TestLateMoney",
    ),
    Bug(
        "what Stripe charged is not compared with what was asked",
        (
            Change(
                OPERATIONS,
                'return "" if asked == told else',
                'return "" if asked[1:] == told[1:] else',
            ),
        ),
        MISMATCH,
    ),
    Bug(
        "two refunds of one charge do not wait for each other",
        (
            Change(
                "backend/payments/refunds.py",
                "payment = Payment.objects.select_for_update().get(pk=payment_id)",
                "payment = Payment.objects.get(pk=payment_id)",
            ),
        ),
        RACES,
    ),
    Bug(
        "a webhook of any age is believed",
        (Change(GATEWAY, "tolerance=300", "tolerance=10**9"),),
        WEBHOOKS,
    ),
    Bug(
        "one job that waits already keeps the others of a dead worker",
        (Change("backend/jobs/jobs.py", "except UniqueViolation:", "except ZeroDivisionError:"),),
        QUEUE,
    ),
    # The last of those with a test: it leaves a database with other tables behind.
    Bug(
        "the book takes the same fact twice",
        (
            Change(
                "backend/ledger/migrations/0001_initial.py",
                "fields=('kind', 'reference'), name='transaction_once'",
                "fields=('kind', 'reference', 'chain', 'seq'), name='transaction_once'",
            ),
        ),
        f"{GUARDS}::TestAFactIsThereOnce",
    ),
    Bug(
        "events that were lost are never pulled",
        (
            Change(
                "backend/payments/inbox.py",
                "    for pointer in events_since(moment=since, account=account):",
                "    for pointer in ():",
            ),
        ),
        words="unbooked: ",
    ),
    Bug(
        "cards are charged for a campaign that missed its minimum",
        (
            Change(
                "backend/pledges/closing.py",
                "    if project.state == project_states.FAILED:\n        while",
                "    if False:\n        while",
            ),
            Change(
                "backend/pledges/closing.py",
                "    if project.state == project_states.CLOSING:\n        if charge_some",
                "    if project.state in (project_states.CLOSING, project_states.FAILED):\n"
                "        if charge_some",
            ),
        ),
        words="charged for nothing: ",
    ),
)


def caught(bug: Bug, tree: Path) -> bool:
    """Plant the bug in the tree, tell whether it was caught, and take it out again."""
    sound = {change.file: (tree / change.file).read_text() for change in bug.changes}
    try:
        for change in bug.changes:
            file = tree / change.file
            if file.read_text().count(change.text) != 1:
                raise LookupError(f"{bug.name}: cannot be planted in {change.file}")
            file.write_text(file.read_text().replace(change.text, change.wrong))
        if bug.test:
            return not holds(
                [bug.test], tree, anew=any("migrations" in c.file for c in bug.changes)
            )
        code, said = _run(SHORT_CAMPAIGN, tree)
        return code == 1 and bug.words in said
    finally:
        for name, text in sound.items():
            (tree / name).write_text(text)


def holds(tests: list[str], tree: Path, *, anew: bool = False) -> bool:
    """Run tests in the tree; tell whether all passed. Anything but passed or fell is an error.

    The database of the run before is used again, unless its tables are `anew`.
    """
    database = "--create-db" if anew else "--reuse-db"
    command = ["-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", database, *tests]
    code, said = _run(command, tree)
    if code not in (0, 1):
        raise RuntimeError(said[-3000:])
    return code == 0


def _run(words: list[str], tree: Path) -> tuple[int, str]:
    """Run Python in the tree; one that takes too long is asked to end what it started."""
    program = subprocess.Popen(
        [sys.executable, *words],
        cwd=tree,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "TWINFUND_MODE": "test", "PYTHONDONTWRITEBYTECODE": "1"},
    )
    try:
        said, _ = program.communicate(timeout=PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        program.send_signal(signal.SIGINT)
        said, _ = program.communicate(timeout=TO_END_SECONDS)
        raise RuntimeError(f"took longer than {PATIENCE_SECONDS} s: {said[-3000:]}") from None
    return program.returncode, said


def main(names: list[str]) -> int:
    """Try the bugs whose names hold one of `names`, or all; return how many survived."""
    # One server for all runs; importing it starts it, and it reads the environment first.
    from tests import ground

    wanted = [bug for bug in BUGS if not names or any(name in bug.name for name in names)]
    began, survived = time.monotonic(), 0
    try:
        with tempfile.TemporaryDirectory(prefix="twinfund-bugs-") as folder:
            # Root's database runs under another account, which has to pass through.
            Path(folder).chmod(0o711)
            tree = copied_tree(Path(folder))
            tests = sorted({bug.test for bug in wanted if bug.test})
            if tests and not holds(tests, tree, anew=True):
                raise SystemExit("a test falls without any bug")
            for bug in wanted:
                is_caught = caught(bug, tree)
                survived += not is_caught
                by = bug.test or "a short campaign"
                said = "caught  " if is_caught else "SURVIVED"
                print(f"  {said} {bug.name}, by {by}", flush=True)
    finally:
        ground.pytest_unconfigure(None)
    seconds = time.monotonic() - began
    print(f"{len(wanted) - survived} of {len(wanted)} seeded bugs caught in {seconds:.0f} s")
    return survived


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
