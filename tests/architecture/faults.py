"""Planted faults: mistakes that somebody could make, each with the test that must fall.

`make faults` plants one after the other in a copy of the tree, never in the tree itself, runs the
named test there and says whether it fell. A fault that survives is a test that is missing.
`tests/architecture/test_faults.py` keeps the table true in every run: each text stands in its file
exactly once, and each test is there.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 90


@dataclass(frozen=True)
class Fault:
    """`text` of `file` becomes `wrong`; then `test` (file, or file::class) must fall."""

    name: str
    file: str
    text: str
    wrong: str
    test: str


MONEY = "tests/backend/money/test_amounts.py"
LEDGER = "tests/backend/ledger/test_operations.py"
GUARDS = "tests/backend/ledger/test_guards.py"
PLEDGES = "tests/backend/pledges/test_operations.py"
PUBLIC = "tests/backend/pledges/test_public_list.py"
MISMATCH = "tests/backend/payments/test_mismatch.py"
CHECKOUT = "tests/backend/payments/test_checkout.py"
BANKS_PAGE = "tests/sandbox/test_completing.py::TestBanksPage"
FEES = "tests/backend/payments/test_fees.py"
SLOW_PLEDGES = "tests/backend/pledges/test_slow_methods.py"
SLOW_METHOD = "tests/sandbox/test_completing.py::TestSlowMethod"
MONTHLY = "tests/backend/giving"
RECONCILIATION = "tests/backend/reconciliation/test_operations.py"
LATE = "tests/backend/payments/test_late_money.py"
OPENING = "tests/backend/payments/test_opening.py"
INBOX = "tests/backend/payments/test_inbox.py"
REFUNDS = "tests/backend/payments/test_refunds.py"
RACES = "tests/backend/payments/test_refund_races.py"
DISPUTES = "tests/backend/payments/test_disputes.py"
EDGES = "tests/backend/payments/test_every_edge.py"
DESK = "tests/frontend/views/test_refunds.py"
QUEUE = "tests/backend/jobs/test_queue.py"
OUTBOX = "tests/backend/mail/test_operations.py"
WEBHOOKS = "tests/api/test_webhooks.py"
POSTS = "tests/api/test_pledges.py"
READS = "tests/api/test_resources.py"
ACTS = "tests/backend/projects/test_operations.py"
FINDS = "tests/backend/projects/test_queries.py"
FIGURES = "tests/backend/reports/test_queries.py"
CLOSING = "tests/backend/pledges/test_closing.py"
SECURING = "tests/backend/pledges/test_securing.py"
RECOVERY = "tests/backend/pledges/test_recovery.py"
EXTENSION = "tests/backend/projects/test_extension.py"
DEADLINES = "tests/backend/projects/test_deadlines.py"
CHOICES = "tests/backend/mail/test_choices.py"
ONE_CLICK = "tests/frontend/views/test_letters.py"
ACCOUNT_LETTERS = "tests/frontend/account/test_letters.py"
REFUSALS = "tests/backend/payments/test_declines.py::TestAtTheSandbox"
ALARM = "tests/backend/payments/test_declines.py::TestAlarm"
CODES = "tests/backend/pledges/test_address_codes.py::TestTheCode"
API_BRAKES = "tests/api/test_brakes.py::TestFurtherPages"
KEPT = "tests/backend/pledges/test_account.py"
ACCOUNTS = "tests/backend/payments/test_accounts.py"
PAYOUTS = "tests/backend/payments/test_payouts.py"
LOSING = "tests/backend/pledges/test_losing.py"
COMMITTEES = "tests/frontend/views/test_committees.py"

FAULTS = [
    # Money
    Fault(
        "a spare unit of a split is lost",
        "backend/money/amounts.py",
        "        parts[index] += 1",
        "        parts[index] += 0",
        MONEY,
    ),
    Fault(
        "euros are added to dollars",
        "backend/money/amounts.py",
        "if self.currency != other.currency:",
        "if False:",
        MONEY,
    ),
    Fault(
        "true is one minor unit",
        "backend/money/amounts.py",
        "type(self.minor) is not int",
        "not isinstance(self.minor, int)",
        MONEY,
    ),
    # Ledger
    Fault(
        "the same key with other contents is taken for a repetition",
        "backend/ledger/operations.py",
        "if asked != (known.chain, known.public_reference, sorted(known.lines)):",
        "if asked[0] != known.chain:",
        LEDGER,
    ),
    Fault(
        "an entry of the book can be changed",
        "backend/ledger/migrations/0002_append_only.py",
        "BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry",
        "BEFORE DELETE OR TRUNCATE ON ledger_entry",
        GUARDS,
    ),
    Fault(
        "the verifier does not look at the hash of the line before",
        "backend/ledger/verifier/verify.py",
        'need(line["prev"] == head, ',
        "need(True, ",
        "tests/backend/ledger/test_verifier.py",
    ),
    # Pledges
    Fault(
        "a pledge is settled twice",
        "backend/pledges/operations.py",
        "    if pledge.state in states.PAID:\n        return pledge\n    was_promised",
        "    was_promised",
        PLEDGES,
    ),
    Fault(
        "a project takes a pledge in the moment of its closing",
        "backend/projects/models.py",
        "self.opens_at <= at < self.closes_at",
        "self.opens_at <= at <= self.closes_at",
        PLEDGES,
    ),
    Fault(
        "a pledge has no upper limit",
        "backend/pledges/operations.py",
        "if not least <= amount <= most:",
        "if not least <= amount:",
        PLEDGES,
    ),
    Fault(
        "an idempotency key is taken for another request",
        "backend/pledges/operations.py",
        "if earlier and earlier.request_digest != digest:",
        "if earlier and not digest:",
        PLEDGES,
    ),
    Fault(
        "a receipt's number is left out",
        "backend/pledges/operations.py",
        'book.last_number = F("last_number") + 1',
        'book.last_number = F("last_number") + 2',
        PLEDGES,
    ),
    Fault(
        "the total grows by what Stripe leaves, not by what was given",
        "backend/pledges/operations.py",
        "add_to_totals(project_id=pledge.project_id, raised=amount, supporters=1)",
        "add_to_totals(project_id=pledge.project_id, raised=amount - fee if fee else amount,"
        " supporters=1)",
        PLEDGES,
    ),
    # Payments
    Fault(
        "what Stripe charged is not compared with what was asked",
        "backend/payments/operations.py",
        'return "" if asked == told else',
        'return "" if asked[1:] == told[1:] else',
        MISMATCH,
    ),
    Fault(
        "a payment in test mode counts on a live site",
        "backend/payments/operations.py",
        "(charged.amount_minor, charged.currency, session.livemode)",
        "(charged.amount_minor, charged.currency, settings.STRIPE_IS_LIVE)",
        MISMATCH,
    ),
    Fault(
        "money on an ended attempt is silent",
        "backend/payments/operations.py",
        "if payment.state in states.ENDED:",
        "if payment.state in ():",
        LATE,
    ),
    Fault(
        "a pledge paid twice keeps both payments waiting",
        "backend/payments/operations.py",
        "if others.filter(state=states.SUCCEEDED).exists():",
        "if False:",
        LATE,
    ),
    Fault(
        "money that went back is not noted",
        "backend/payments/operations.py",
        "if session.charged is None or not session.charged.is_returned:",
        "if True:",
        LATE,
    ),
    Fault(
        "a page that another payment made superfluous stays open",
        "backend/payments/operations.py",
        'enqueue("payments.close_page", payment_id=str(other.pk))',
        "pass",
        LATE,
    ),
    Fault(
        "an attempt that has its page is ended by a slower call",
        "backend/payments/operations.py",
        '    if payment.state == states.NEW:\n        move_payment(payment, "never_started"',
        '    if True:\n        move_payment(payment, "never_started"',
        OPENING,
    ),
    Fault(
        "a refused attempt leaves its pledge new for ever",
        "backend/payments/operations.py",
        "problem=problem[:300])\n        announce(PaymentExpired(payment.purpose, at))",
        "problem=problem[:300])",
        OPENING,
    ),
    Fault(
        "a page past its end is given again unseen",
        "backend/payments/operations.py",
        "if payment.state == states.OPEN and payment.session_expires_at <= at:",
        "if False:",
        OPENING,
    ),
    Fault(
        "a dead key with other parameters is taken for a no",
        "backend/payments/gateways/stripe.py",
        "if status >= 500 or isinstance(error, stripe.IdempotencyError):",
        "if status >= 500:",
        OPENING,
    ),
    Fault(
        "a clock that is minutes off opens no page",
        "backend/payments/operations.py",
        "CLOCKS_DIFFER = timedelta(minutes=15)",
        "CLOCKS_DIFFER = timedelta(minutes=1)",
        OPENING,
    ),
    Fault(
        "one payment that cannot be asked about holds up the sweep",
        "backend/payments/inbox.py",
        "except Exception as problem:  # noted here",
        "except ZeroDivisionError as problem:  # noted here",
        OPENING,
    ),
    Fault(
        "a fee that was told late is never learned",
        "backend/payments/inbox.py",
        "yield recent.filter(seldom, state=states.SUCCEEDED, fee_minor=None)",
        "yield recent.none()",
        OPENING,
    ),
    Fault(
        "whoever pays by a slow method is asked to pay again",
        "backend/pledges/operations.py",
        "if pledge.state not in states.PAYABLE or pledge.is_processing:",
        "if pledge.state not in states.PAYABLE:",
        CHECKOUT,
    ),
    # Refunds and disputes
    Fault(
        "a charge whose bank holds it is refunded",
        "backend/payments/refunds.py",
        "if Dispute.objects.filter(payment=payment, state=dispute_states.OPEN).exists():",
        "if False:",
        f"{REFUNDS}::TestIsRefused",
    ),
    Fault(
        "more than the charge is asked back",
        "backend/payments/refunds.py",
        "    if amount.minor > _left_of(payment):",
        "    if False:",
        f"{REFUNDS}::TestIsRefused",
    ),
    Fault(
        "two refunds of one charge do not wait for each other",
        "backend/payments/refunds.py",
        "payment = Payment.objects.select_for_update().get(pk=payment_id)",
        "payment = Payment.objects.get(pk=payment_id)",
        RACES,
    ),
    Fault(
        "the same form with another sum is the same refund",
        "backend/payments/refunds.py",
        "if (earlier.payment_id, earlier.amount) != (payment.pk, amount):",
        "if earlier.payment_id != payment.pk:",
        f"{REFUNDS}::TestIsRefused",
    ),
    Fault(
        "a key whose answer broke is used again",
        "backend/payments/refunds.py",
        'attempt=F("attempt") + 1',
        'attempt=F("attempt")',
        f"{REFUNDS}::TestSilence",
    ),
    Fault(
        "a refund whose answer was lost is asked for again unseen",
        "backend/payments/refunds.py",
        "told = _found(refund) if at > refund.created_at else None",
        "told = None",
        f"{REFUNDS}::TestSilence",
    ),
    Fault(
        "a refund that waits for money is in the book",
        "backend/payments/refunds.py",
        "if told.has_left and refund.state in",
        "if refund.state in",
        f"{REFUNDS}::TestPending",
    ),
    Fault(
        "a refund that came back stays in the book",
        "backend/payments/refunds.py",
        "if had_left and payment.state == states.SUCCEEDED:",
        "if False:",
        f"{REFUNDS}::TestComesBack",
    ),
    Fault(
        "a failed refund keeps its part of the charge",
        "backend/payments/refunds.py",
        "payment.returned_minor -= refund.amount_minor",
        "payment.returned_minor -= 0",
        f"{REFUNDS}::TestComesBack",
    ),
    Fault(
        "late money is returned again and again",
        "backend/payments/refunds.py",
        "payment.refunds.count() >= MOST_RETURNS",
        "payment.refunds.count() < 0",
        f"{REFUNDS}::TestLateMoney",
    ),
    Fault(
        "a refund of money that is not booked yet is forgotten",
        "backend/payments/inbox.py",
        "    if payment.state not in states.HELD:\n",
        "    if False:\n",
        f"{REFUNDS}::TestInStripesDashboard",
    ),
    Fault(
        "the total does not follow a refund",
        "backend/pledges/returning.py",
        "raised=-amount,",
        "raised=amount - amount,",
        f"{REFUNDS}::TestARefund",
    ),
    Fault(
        "who got all back still counts as a supporter",
        "backend/pledges/returning.py",
        "supporters=bool(pledge.kept) - counted,",
        "supporters=0,",
        f"{REFUNDS}::TestARefund",
    ),
    Fault(
        "a receipt hides what went back",
        "backend/pledges/queries.py",
        "        kept=pledge.kept,",
        "        kept=pledge.gross,",
        f"{REFUNDS}::TestARefund",
    ),
    Fault(
        "a lost dispute takes what a refund took already",
        "backend/payments/disputes.py",
        "min(withheld, payment.amount_minor - payment.returned_minor)",
        "withheld",
        f"{DISPUTES}::TestWithRefunds",
    ),
    Fault(
        "the fee of a dispute is in no book",
        "backend/payments/disputes.py",
        "fee=Money(fee, payment.currency),",
        "fee=Money(0, payment.currency),",
        f"{DISPUTES}::TestOpened",
    ),
    Fault(
        "a dispute that is lost before its money is shown takes nothing",
        "backend/payments/disputes.py",
        "        if not withheld:\n",
        "        if False:\n",
        f"{DISPUTES}::TestWhatStripeMayTell",
    ),
    Fault(
        "a dispute whose event was lost is never asked about",
        "backend/payments/disputes.py",
        "ASK_SELDOM_AFTER = timedelta(hours=6)",
        "ASK_SELDOM_AFTER = timedelta(days=6)",
        f"{DISPUTES}::TestWhatIsToldLateOrTwice",
    ),
    Fault(
        "an account is forgotten while its charges can be disputed",
        "backend/payments/inbox.py",
        "*accounts.distinct(), *asked_before",
        "*accounts.distinct()",
        f"{DISPUTES}::TestWhatIsToldLateOrTwice",
    ),
    Fault(
        "what is decided is decided again",
        "backend/payments/dispute_states.py",
        '    Edge(OPEN, "lost", LOST),\n',
        '    Edge(OPEN, "lost", LOST),\n    Edge(LOST, "won", WON),\n',
        f"{EDGES}::TestTables",
    ),
    Fault(
        "every member of a committee gives money back",
        "backend/organisations/queries.py",
        "role=Membership.Role.TREASURER,",
        "role__in=Membership.Role.values,",
        f"{DESK}::TestWhoMay",
    ),
    Fault(
        "a refund needs no fresh second factor",
        "frontend/views/refunds.py",
        "_or_404(request, reference)\n    if first := asks_for_recent_factor(request):",
        "_or_404(request, reference)\n    if first := None:",
        f"{DESK}::TestWhoMay",
    ),
    Fault(
        "money goes back at the first click",
        "frontend/views/refunds.py",
        'if "confirmed" in request.POST:',
        "if request.POST:",
        f"{DESK}::TestGivingBack",
    ),
    # Inbox
    Fault(
        "a webhook of any age is believed",
        "backend/payments/gateways/stripe.py",
        "tolerance=300",
        "tolerance=10**9",
        WEBHOOKS,
    ),
    Fault(
        "an event of the other mode is stored",
        "backend/payments/inbox.py",
        "if pointer.livemode != settings.STRIPE_IS_LIVE:",
        "if pointer.livemode is None:",
        WEBHOOKS,
    ),
    Fault(
        "an event that comes twice has two jobs",
        "backend/payments/inbox.py",
        "    if created:\n        enqueue",
        "    if True:\n        enqueue",
        WEBHOOKS,
    ),
    Fault(
        "an event of ours without its payment is forgotten",
        "backend/payments/inbox.py",
        "return StripeEvent.State.UNMATCHED",
        "return StripeEvent.State.IGNORED",
        INBOX,
    ),
    Fault(
        "an account that is gone holds up the pull of all",
        "backend/payments/inbox.py",
        'except (StripeRefused, StripeUnreachable) as problem:\n            logger.warning("events',
        'except ZeroDivisionError as problem:\n            logger.warning("events',
        INBOX,
    ),
    Fault(
        "an applied event is opened again by a slower worker",
        "backend/payments/inbox.py",
        "StripeEvent.objects.exclude(state=StripeEvent.State.APPLIED).filter(pk=event.pk)",
        "StripeEvent.objects.filter(pk=event.pk)",
        INBOX,
    ),
    # Queue and outbox
    Fault(
        "a job that waits already undoes who asks for it",
        "backend/jobs/queue.py",
        "        with transaction.atomic():\n            task.defer(**arguments)",
        "        task.defer(**arguments)",
        QUEUE,
    ),
    Fault(
        "one job that waits already keeps the others of a dead worker",
        "backend/jobs/jobs.py",
        "except UniqueViolation:",
        "except ZeroDivisionError:",
        QUEUE,
    ),
    Fault(
        "a letter that was declined is sent",
        "backend/mail/operations.py",
        "    if _first_state(reader, category) == Mail.State.DECLINED:",
        "    if reader is None:",
        CHOICES,
    ),
    Fault(
        "opening the link in a letter stops the letters",
        "frontend/views/letters.py",
        '    if request.method == "POST":\n        act',
        "    if request.method:\n        act",
        ONE_CLICK,
    ),
    Fault(
        "a code to sign in is sent after it is worth nothing",
        "backend/mail/operations.py",
        "    if mail.useless_after and at >= mail.useless_after:",
        "    if mail.useless_after and at < mail.queued_at:",
        ACCOUNT_LETTERS,
    ),
    Fault(
        "the third refusal of a card leaves its page open",
        "backend/payments/declines.py",
        "    if is_refused_too_often(payment) and payment.state != states.EXPIRED:",
        "    if is_refused_too_often(payment) and payment.state == states.EXPIRED:",
        REFUSALS,
    ),
    Fault(
        "the alarm about refused cards never ends",
        "backend/payments/queries.py",
        "    return DeclinesAlarm.objects.filter(until__gt=at).exists()",
        "    return DeclinesAlarm.objects.filter(pk=1).exists()",
        ALARM,
    ),
    Fault(
        "Stripe's page opens without the code",
        "backend/pledges/operations.py",
        "    if is_needed(pledge, at=at):",
        "    if is_needed(pledge, at=at) and not network:",
        CODES,
    ),
    Fault(
        "a code may be tried for ever",
        "backend/pledges/address_codes.py",
        "    if is_over or asked.tries >= AddressCode.MOST_TRIES:",
        "    if is_over:",
        CODES,
    ),
    Fault(
        "further pages of Stripe's are not counted",
        "backend/pledges/operations.py",
        "    if network and latest_payment(pledge.purpose):",
        "    if network and not latest_payment(pledge.purpose):",
        API_BRAKES,
    ),
    Fault(
        "a mail that was sent is sent again",
        "backend/mail/operations.py",
        "    if mail.state != Mail.State.QUEUED:\n        return mail",
        "    if mail is None:\n        return mail",
        OUTBOX,
    ),
    Fault(
        "a refused address is tried again and again",
        "backend/mail/jobs.py",
        "final=500 <= code < 600)",
        "final=False)",
        OUTBOX,
    ),
    Fault(
        "a pledge whose page is being looked for is ended",
        "backend/pledges/operations.py",
        "if pledge.purpose not in going_on:",
        "if True:",
        "tests/backend/pledges/test_looking_after.py",
    ),
    Fault(
        "a settled pledge is moved by the end of another attempt",
        "backend/pledges/operations.py",
        "return pledge.state in states.PAID",
        "return False",
        "tests/backend/pledges/test_states.py",
    ),
    # Reading of what the API is sent
    Fault(
        "true and 25.0 are amounts",
        "backend/api/serializers.py",
        "        if type(data) is not int:\n",
        "        if not isinstance(data, int | float):\n",
        f"{POSTS}::TestPledgeRefusals",
    ),
    Fault(
        "an unknown field is ignored",
        "backend/api/serializers.py",
        "if name not in self.fields:",
        'if name == "":',
        f"{POSTS}::TestPledgeRefusals",
    ),
    Fault(
        "of two amounts in one body the last is taken",
        "backend/api/parsing.py",
        "if len(found) != len(members):",
        "if len(found) > len(members):",
        f"{POSTS}::TestPledgeRefusals",
    ),
    Fault(
        "an idempotency key may end in anything",
        "backend/api/views/pledges.py",
        "not KEY.fullmatch(key)",
        "not re.match('[!-~]', key)",
        f"{POSTS}::TestMakePledgeAgain",
    ),
    Fault(
        "an unchanged answer is sent again",
        "backend/api/resources.py",
        'return "*" in known or etag in',
        'return "*" in known and etag in',
        READS,
    ),
    # Projects and who may see them
    Fault(
        "a draft is shown by its address",
        "backend/projects/queries.py",
        "row = Project.objects.public().filter(slug=slug)",
        "row = Project.objects.filter(slug=slug)",
        FINDS,
    ),
    Fault(
        "a search finds drafts",
        "backend/projects/queries.py",
        "rows = Project.objects.filter(state__in=wanted.state or states.PUBLIC_STATES)",
        "rows = Project.objects.filter(state__in=wanted.state or states.STATES)",
        "tests/api/test_projects.py",
    ),
    Fault(
        "a budget may be smaller than its goal",
        "backend/projects/operations.py",
        "if found != wanted:",
        "if found > wanted:",
        ACTS,
    ),
    Fault(
        "a campaign that reaches exactly its minimum is short",
        "backend/projects/operations.py",
        "project.raised_minor >= project.minimum_minor",
        "project.raised_minor > project.minimum_minor",
        ACTS,
    ),
    Fault(
        "money in another currency is added to the total",
        "backend/projects/operations.py",
        "Project.objects.filter(pk=project_id, currency=raised.currency).update(",
        "Project.objects.filter(pk=project_id).update(",
        ACTS,
    ),
    Fault(
        "a promise can be changed after publishing",
        "backend/projects/migrations/0002_promise.py",
        "BEFORE UPDATE OR DELETE OR TRUNCATE ON projects_promise",
        "BEFORE DELETE OR TRUNCATE ON projects_promise",
        ACTS,
    ),
    Fault(
        "a closed project still counts as open",
        "backend/projects/models.py",
        "closes_at__gt=moment",
        "closes_at__gte=moment",
        FINDS,
    ),
    # Visibility
    Fault(
        "a hidden name is shown",
        "backend/pledges/queries.py",
        'name=pledge.name if shows_name else "",',
        "name=pledge.name,",
        PUBLIC,
    ),
    Fault(
        "a hidden amount is shown",
        "backend/pledges/queries.py",
        "amount=pledge.kept if shows_amount else None,",
        "amount=pledge.kept,",
        PUBLIC,
    ),
    Fault(
        "the ledger names the pledge",
        "backend/pledges/operations.py",
        "        lines=lines,\n        at=at,\n        public_reference=pledge.public_reference,",
        "        lines=lines,\n        at=at,\n        public_reference=str(pledge.pk),",
        PUBLIC,
    ),
    # Permissions
    Fault(
        "the book can be changed in the administration",
        "backend/common/readonly.py",
        '        """Nothing is changed by hand."""\n        return False',
        '        """Nothing is changed by hand."""\n        return True',
        "tests/backend/ledger/test_admin.py",
    ),
    Fault(
        "guest pledges of everybody go to whoever proves an address",
        "backend/pledges/operations.py",
        "guests.filter(address=proven_email.lower()).update",
        "guests.update",
        PLEDGES,
    ),
    # Reports
    Fault(
        "a municipality's money counts as private",
        "backend/reports/queries.py",
        "        SourceClass.FOUNDATION,\n",
        "        SourceClass.FOUNDATION,\n        SourceClass.MUNICIPALITY,\n",
        FIGURES,
    ),
    Fault(
        "a promise counts as money in the private share",
        "backend/reports/queries.py",
        "pledges.filter(state__in=PAID)",
        "pledges.all()",
        FIGURES,
    ),
    Fault(
        "the two directions of a tie are swapped",
        "backend/reports/queries.py",
        "TwoWayMoney(a_to_b=_sums(sums[city_a_id]), b_to_a=_sums(sums[city_b_id]))",
        "TwoWayMoney(a_to_b=_sums(sums[city_b_id]), b_to_a=_sums(sums[city_a_id]))",
        FIGURES,
    ),
    # Reconciliation
    Fault(
        "what only Stripe has is passed over",
        "backend/reconciliation/operations.py",
        "yield from _difference(Kind.ONLY_AT_STRIPE, line, line.amount.minor)",
        "continue",
        f"{RECONCILIATION}::TestOnlyAtStripe",
    ),
    Fault(
        "what only the book has is passed over",
        "backend/reconciliation/operations.py",
        "            yield from _difference(Kind.ONLY_IN_BOOK, line, -line.amount.minor)",
        "            continue",
        f"{RECONCILIATION}::TestOnlyInTheBook",
    ),
    Fault(
        "another amount is passed over",
        "backend/reconciliation/operations.py",
        "Kind.OTHER_AMOUNT, line, line.amount.minor - booked.amount.minor",
        "Kind.OTHER_AMOUNT, line, 0",
        f"{RECONCILIATION}::TestOnlyInTheBook",
    ),
    Fault(
        "an account that is silent is taken for an empty one",
        "backend/reconciliation/operations.py",
        "    if stripes.silent:\n        return\n",
        "",
        f"{RECONCILIATION}::TestOnlyInTheBook",
    ),
    Fault(
        "young lines are missed at once",
        "backend/reconciliation/operations.py",
        "difference.at <= at - young]",
        "difference.at <= at]",
        f"{RECONCILIATION}::TestOnlyAtStripe",
    ),
    Fault(
        "lines of the margin are judged",
        "backend/reconciliation/operations.py",
        "if one.at >= since and",
        "if",
        f"{RECONCILIATION}::TestKeeping",
    ),
    Fault(
        "money that is in no book is passed over",
        "backend/reconciliation/operations.py",
        "            yield from _difference(Kind.UNBOOKED, line, line.amount.minor)",
        "            continue",
        f"{RECONCILIATION}::TestWhatAgrees",
    ),
    Fault(
        "other uses of the account are taken for ours",
        "backend/reconciliation/records.py",
        "return bool(charge_id and self._key_of(charge_id))",
        "return bool(charge_id)",
        f"{RECONCILIATION}::TestWhatAgrees",
    ),
    Fault(
        "a receipt's sum is not compared",
        "backend/reconciliation/operations.py",
        "Kind.TOLD_NOT_BOOKED, line, line.amount.minor - booked.amount.minor",
        "Kind.TOLD_NOT_BOOKED, line, 0",
        f"{RECONCILIATION}::TestReceipts",
    ),
    Fault(
        "a gift without a receipt is passed over",
        "backend/reconciliation/operations.py",
        "            yield from _difference(Kind.BOOKED_NOT_TOLD, line, -line.amount.minor)",
        "            continue",
        f"{RECONCILIATION}::TestReceipts",
    ),
    Fault(
        "the amount before fees is compared",
        "backend/reconciliation/records.py",
        "return Line(name, Money(line.net_minor, line.currency), line.at, self.account)",
        "return Line(name, Money(line.amount_minor, line.currency), line.at, self.account)",
        f"{RECONCILIATION}::TestWhatAgrees",
    ),
    Fault(
        "sample gifts are looked for at Stripe",
        "backend/reconciliation/records.py",
        "        if reference in left_out:\n            continue\n",
        "",
        f"{RECONCILIATION}::TestWhatAgrees",
    ),
    Fault(
        "a debit under way is a difference",
        "backend/reconciliation/operations.py",
        " and one.name not in expected]",
        "]",
        f"{RECONCILIATION}::TestDebitsUnderWay",
    ),
    Fault(
        "a debit may be under way for ever",
        "backend/reconciliation/operations.py",
        " and line.at > at - LONGEST_UNDER_WAY",
        "",
        f"{RECONCILIATION}::TestDebitsUnderWay",
    ),
    Fault(
        "the charge of a debit under way is not kept",
        "backend/payments/operations.py",
        "    if session.charge_id and payment.charge_id != session.charge_id:",
        "    if False:",
        f"{RECONCILIATION}::TestDebitsUnderWay",
    ),
    Fault(
        "too little of Stripe's record is read to find a debit's line",
        "backend/reconciliation/operations.py",
        "MARGIN = LONGEST_UNDER_WAY + timedelta(days=4)",
        "MARGIN = timedelta(days=4)",
        f"{RECONCILIATION}::TestDebitsUnderWay",
    ),
    Fault(
        "committees refund while the books disagree",
        "backend/payments/refunds.py",
        "    if by_committee and RefundsHold.objects.exists():\n        raise RefundsAreHeld\n",
        "",
        f"{RECONCILIATION}::TestRefundsByCommittees",
    ),
    Fault(
        "a comparison without Stripe's answer frees the refunds",
        "backend/reconciliation/operations.py",
        "    elif not comparison.silent_accounts:",
        "    else:",
        f"{RECONCILIATION}::TestRefundsByCommittees",
    ),
    # Events
    Fault(
        "a subscriber's error is swallowed",
        "backend/events/bus.py",
        "        function(event)",
        "        try:\n            function(event)\n        except Exception:\n            pass",
        "tests/backend/events/test_bus.py",
    ),
    # Fees
    Fault(
        "a cover forgets the platform's fee",
        "backend/payments/queries.py",
        "gift - estimated_parts(gift, cover, account=account).net",
        'gift - estimated_parts(gift, cover, account="").net',
        f"{FEES}::TestParts",
    ),
    Fault(
        "a platform's fee is taken where no account is",
        "backend/payments/queries.py",
        "    if not account:\n        return Money(0, amount.currency)\n",
        "",
        f"{FEES}::TestPlatformFee",
    ),
    Fault(
        "the platform's fee is booked as Stripe's",
        "backend/payments/gateways/stripe.py",
        'return int(balance["fee"]) - _platform_fee(balance, currency)',
        'return int(balance["fee"])',
        f"{FEES}::TestBooked",
    ),
    Fault(
        "the net leaves the platform's fee out",
        "backend/payments/queries.py",
        "return self.gross - self.stripe_fee - self.platform_fee",
        "return self.gross - self.stripe_fee",
        f"{FEES}::TestParts",
    ),
    # Slow methods
    Fault(
        "a weekend counts among business days",
        "backend/payments/queries.py",
        "        number -= day.weekday() < SATURDAY",
        "        number -= 1",
        SLOW_PLEDGES,
    ),
    Fault(
        "who failed after the close is asked to pay again",
        "backend/pledges/letters.py",
        "can_pay=pledge.project.takes_pledges(at)",
        "can_pay=True",
        SLOW_PLEDGES,
    ),
    Fault(
        "a second failure is told to nobody",
        "backend/pledges/letters.py",
        " if latest and latest.attempt > 1 else",
        " if not latest else",
        SLOW_PLEDGES,
    ),
    Fault(
        "a late bank is told as a usual one",
        "frontend/views/pledges.py",
        "day is not None and day < at.date()",
        "day is None",
        "tests/frontend/views/test_slow_pledges.py",
    ),
    # The stand-in for Stripe
    Fault(
        "the sandbox repeats an answer for other parameters",
        "sandbox/idempotency.py",
        'if rows[0]["fingerprint"] != held.fingerprint:',
        'if rows[0]["fingerprint"] == "":',
        "tests/sandbox/test_idempotency.py",
    ),
    Fault(
        "a debit has no line in the balance before it succeeds",
        "sandbox/payments/charges.py",
        "    _post_charge(scope, charge, available_at=scope.at + wait)\n    scope.save",
        "    scope.save",
        SLOW_METHOD,
    ),
    Fault(
        "a debit gets a second line when it succeeds",
        "sandbox/payments/charges.py",
        '    if charge["balance_transaction"]:',
        "    if False:",
        SLOW_METHOD,
    ),
    Fault(
        "the fee of a failed debit is kept",
        "sandbox/payments/charges.py",
        '        fee=-(line["fee"] - (charge["application_fee_amount"] or 0)),',
        "        fee=0,",
        SLOW_METHOD,
    ),
    Fault(
        "a bank's page pays without the payer's word",
        "sandbox/payments/intents.py",
        '    if method["type"] in REDIRECTS:\n        return _ask',
        '    if method["type"] in REDIRECTS:\n        return _settle(scope, intent, method)\n'
        "        return _ask",
        BANKS_PAGE,
    ),
    Fault(
        "a late bank's answer is taken for money",
        "sandbox/payments/intents.py",
        "(_wait_for_bank if is_late else _settle)(scope, intent, method)",
        "_settle(scope, intent, method)",
        BANKS_PAGE,
    ),
    # The list of twinnings
    Fault(
        "Kosovo is in no country",
        "backend/cities/countries.py",
        '"republic of kosovo": "XK",',
        '"republic of kosovo": "RS",',
        "tests/backend/cities/test_countries.py",
    ),
    # All or nothing
    Fault(
        "a campaign that reaches exactly its minimum fails",
        "backend/pledges/closing.py",
        ">= project.minimum_minor\n    decision",
        "> project.minimum_minor\n    decision",
        CLOSING,
    ),
    Fault(
        "a campaign is decided before its deadline",
        "backend/pledges/closing.py",
        "    if not due_campaigns(at=at).filter(pk=project_id).exists():",
        "    if not project.is_all_or_nothing:",
        CLOSING,
    ),
    Fault(
        "two schedulers decide at once",
        "backend/pledges/closing.py",
        '    project = Project.objects.select_for_update(of=("self",)).get(pk=project_id)\n'
        "    earlier",
        "    project = Project.objects.get(pk=project_id)\n    earlier",
        CLOSING,
    ),
    Fault(
        "a page that is open at the deadline is cut off",
        "backend/pledges/closing.py",
        "    if pages and at < project.closes_at + PAGES_STAY_OPEN_FOR:",
        "    if pages and at < project.closes_at:",
        CLOSING,
    ),
    Fault(
        "a saved card seen unseen before the decision does not count",
        "backend/pledges/closing.py",
        "    return not unfinished_payments(purposes)\n",
        "    return True\n",
        CLOSING,
    ),
    Fault(
        "a charge that was broken off is left alone",
        "backend/pledges/closing.py",
        "        if payment.checked_at is None or payment.checked_at < untouched_since:",
        "        if payment.checked_at is None:",
        CLOSING,
    ),
    Fault(
        "short is under the whole minimum",
        "backend/pledges/closing.py",
        "settled * 10 < project.minimum_minor * 9",
        "settled < project.minimum_minor",
        CLOSING,
    ),
    Fault(
        "promised money stays promised when it arrives",
        "backend/pledges/operations.py",
        "    if was_promised:\n        add_to_promised(",
        "    if False:\n        add_to_promised(",
        CLOSING,
    ),
    Fault(
        "a card is kept after it was charged",
        "backend/pledges/operations.py",
        "        let_card_go(purpose=pledge.purpose, at=at)\n    book_settlement",
        "        pass\n    book_settlement",
        CLOSING,
    ),
    Fault(
        "a card saved after the decision counts",
        "backend/projects/operations.py",
        "    undecided = Project.objects.filter(pk=project_id, state__in=states.UNDECIDED)",
        "    undecided = Project.objects.filter(pk=project_id)",
        SECURING,
    ),
    Fault(
        "a pledge is changed in the moment of the deadline",
        "backend/pledges/securing.py",
        "at < project.closes_at\n",
        "at <= project.closes_at\n",
        SECURING,
    ),
    Fault(
        "a card is saved without its holder's word",
        "backend/pledges/operations.py",
        "    if project.is_all_or_nothing and not save_card:",
        "    if False:",
        SECURING,
    ),
    Fault(
        "a withdrawn pledge's card is kept",
        "backend/pledges/securing.py",
        "    let_card_go(purpose=pledge.purpose, at=at)\n"
        '    enqueue("pledges.tell", letter="withdrawn"',
        '    enqueue("pledges.tell", letter="withdrawn"',
        SECURING,
    ),
    Fault(
        "another version overwrites the first",
        "backend/pledges/operations.py",
        "number=PledgeVersion.objects.filter(pledge=pledge).count() + 1",
        "number=1",
        SECURING,
    ),
    Fault(
        "the week of a failed card begins anew with each refusal",
        "backend/pledges/recovery.py",
        "    elif pledge.state == states.FAILING:\n        pledge.needs",
        "    elif pledge.state == states.FAILING:\n        pledge.failing_since = at\n"
        "        Pledge.objects.filter(pk=pledge_id).update(failing_since=at)\n"
        "        pledge.needs",
        RECOVERY,
    ),
    Fault(
        "a failed card has a day more than a week",
        "backend/pledges/recovery.py",
        "WINDOW = timedelta(days=7)",
        "WINDOW = timedelta(days=8)",
        RECOVERY,
    ),
    Fault(
        "another card is asked for while the charge lives",
        "backend/pledges/recovery.py",
        "        cancel_charge(payment=payment, at=at)\n\n\ndef _not_started",
        "        return\n\n\ndef _not_started",
        RECOVERY,
    ),
    Fault(
        "the bank is asked about a new charge",
        "backend/payments/charging.py",
        "    payment = _asked_again(payment, at=at)\n"
        "    intent = fetch_intent(intent_id=payment.intent_id, account=payment.account)",
        "    payment = _asked_again(payment, at=at)\n"
        '    intent = create_intent(request=payment.request, key=f"{payment.key}:again", '
        "account=payment.account)\n"
        "    Payment.objects.filter(pk=payment.pk).update(intent_id=intent.intent_id)\n"
        "    payment.refresh_from_db()",
        RECOVERY,
    ),
    Fault(
        "a reminder goes out at every look",
        "backend/pledges/recovery.py",
        "(at - pledge.failing_since) // REMINDED_EVERY",
        "(at - pledge.failing_since) // timedelta(hours=1)",
        RECOVERY,
    ),
    Fault(
        "an extension may come twice",
        "backend/projects/operations.py",
        "    if Extension.objects.filter(project=project).exists():",
        "    if False:",
        EXTENSION,
    ),
    Fault(
        "an extension may come after the deadline",
        "backend/projects/operations.py",
        "    if not project.takes_pledges(at):\n        raise ExtensionRefused",
        "    if not project.published_at:\n        raise ExtensionRefused",
        EXTENSION,
    ),
    Fault(
        "of an hour that comes twice the deadline is the first",
        "backend/projects/deadlines.py",
        "tzinfo=zone).replace(fold=1)",
        "tzinfo=zone).replace(fold=0)",
        DEADLINES,
    ),
    # A committee's own account
    Fault(
        "two accounts are opened for one committee",
        "backend/payments/accounts.py",
        "    if alive:\n        return alive\n",
        "",
        f"{ACCOUNTS}::TestOpenAccount",
    ),
    Fault(
        "an account whose answer was lost is not looked for",
        "backend/payments/accounts.py",
        "        if found:\n            return found\n        if isinstance",
        "        if isinstance",
        f"{ACCOUNTS}::TestOpenAccount",
    ),
    Fault(
        "a day later an account is asked for again",
        "backend/payments/accounts.py",
        "    if at >= account.created_at + KEY_KEPT_FOR:",
        "    if False:",
        f"{ACCOUNTS}::TestOpenAccount",
    ),
    Fault(
        "an unverified committee opens an account",
        "backend/payments/accounts.py",
        "    if committee.verified_on is None:",
        "    if False:",
        f"{ACCOUNTS}::TestOpenAccount",
    ),
    Fault(
        "pledges go to an account that is not ready",
        "backend/payments/accounts.py",
        "    if account.state == states.READY:\n        _send",
        "    if True:\n        _send",
        f"{ACCOUNTS}::TestReadiness",
    ),
    Fault(
        "a restricted account takes pledges",
        "backend/payments/queries.py",
        "    if known.state != account_states.READY:",
        "    if False:",
        f"{ACCOUNTS}::TestReadiness",
    ),
    Fault(
        "a changed bank account pauses nothing",
        "backend/payments/accounts.py",
        "    if account.banks and has_new:",
        "    if False:",
        f"{ACCOUNTS}::TestChangedBank",
    ),
    Fault(
        "the first bank account pauses pledges",
        "backend/payments/accounts.py",
        "    if account.banks and has_new:",
        "    if has_new:",
        f"{ACCOUNTS}::TestChangedBank",
    ),
    Fault(
        "the pause lasts a moment too long",
        "backend/payments/models.py",
        "at < self.paused_until",
        "at <= self.paused_until",
        f"{ACCOUNTS}::TestChangedBank",
    ),
    Fault(
        "a wrong key suspends every campaign at once",
        "backend/payments/accounts.py",
        "    if is_ended or at - account.no_access_since >= LOST_AFTER:",
        "    if True:",
        f"{ACCOUNTS}::TestNoAccess",
    ),
    Fault(
        "a connection that is gone for good is never believed",
        "backend/payments/accounts.py",
        "    if is_ended or at - account.no_access_since >= LOST_AFTER:",
        "    if is_ended:",
        f"{ACCOUNTS}::TestNoAccess",
    ),
    Fault(
        "no access is taken for another refusal",
        "backend/payments/gateways/stripe.py",
        'if "account_invalid" in (error.code, getattr(error.error, "code", None)):',
        'if error.code == "account_invalid":',
        f"{ACCOUNTS}::TestNoAccess",
    ),
    Fault(
        "a pledge begins where it cannot be paid",
        "backend/pledges/operations.py",
        "    refuse_waiting(project=project, at=at)\n",
        "",
        f"{COMMITTEES}::TestWhileNobodyCanPledge",
    ),
    Fault(
        "the project's page does not say that nobody can pledge",
        "frontend/drawing/money_box.py",
        "project.takes_pledges(at) and not waits",
        "project.takes_pledges(at)",
        f"{COMMITTEES}::TestWhileNobodyCanPledge",
    ),
    Fault(
        "a look at the page opens the account",
        "frontend/views/committees.py",
        '    if request.method != "POST":',
        "    if request.GET:",
        f"{COMMITTEES}::TestOpening",
    ),
    Fault(
        "an editor opens the committee's account",
        "backend/organisations/queries.py",
        "ANSWERABLE = (Membership.Role.CHAIR, Membership.Role.TREASURER)",
        "ANSWERABLE = tuple(Membership.Role)",
        f"{COMMITTEES}::TestWhoMay",
    ),
    Fault(
        "an account at fault is told as a declined card",
        "backend/payments/charging.py",
        "is not told that a bank said no.\n        raise\n",
        "is told.\n        return _decline(payment, problem='', at=at)\n",
        f"{LOSING}::TestCharging",
    ),
    Fault(
        "lost cards stay promised",
        "backend/pledges/losing.py",
        "promises=-number)",
        "promises=0)",
        f"{LOSING}::TestTheEnd",
    ),
    Fault(
        "nobody is told that the account is lost",
        "backend/pledges/losing.py",
        'letter="account_lost", pledge_id=str(pledge.pk))',
        'letter="withdrawn", pledge_id=str(pledge.pk))',
        f"{LOSING}::TestTheEnd",
    ),
    Fault(
        "a lost account suspends no campaign",
        "backend/pledges/losing.py",
        '    suspend_campaigns(committee_id=organisation_id, reason=_reason(), by="", at=at)\n',
        "",
        f"{LOSING}::TestTheEnd",
    ),
    Fault(
        "a payout that came back stays at the bank",
        "backend/payments/payouts.py",
        "    had_it = at_bank if payout.state == states.PAID else under_way",
        "    had_it = under_way",
        f"{PAYOUTS}::TestPayout",
    ),
    Fault(
        "a payout is at the bank before it has arrived",
        "backend/payments/payouts.py",
        '    "in_transit": "sent",',
        '    "in_transit": "arrived",',
        f"{PAYOUTS}::TestOwner",
    ),
    Fault(
        "a payout of other money is booked",
        "backend/payments/payouts.py",
        "can_be_ours(first_payment_at(account), moved_at=paid_out.at)",
        "True",
        f"{PAYOUTS}::TestPayout",
    ),
    Fault(
        "payouts are not compared",
        "backend/reconciliation/records.py",
        "        if line.kind in PAYOUTS:\n            return self._payout(line)\n",
        "        if line.kind in PAYOUTS:\n            return None\n",
        f"{PAYOUTS}::TestComparison",
    ),
    Fault(
        "a lost account is missed at Stripe for ever",
        "backend/reconciliation/records.py",
        "_samples() | references_on(lost_accounts())",
        "_samples()",
        f"{PAYOUTS}::TestComparison",
    ),
    # A pledge stays on its account
    Fault(
        "a pledge begins while the committee's account is being exchanged",
        "backend/pledges/migrations/0006_account.py",
        "        FOR SHARE OF committee;",
        "        ;",
        f"{KEPT}::TestCommittee",
    ),
    Fault(
        "a pledge moves to another account",
        "backend/pledges/migrations/0006_account.py",
        "WHEN (NEW.account <> OLD.account)",
        "WHEN (false)",
        f"{KEPT}::TestPledge",
    ),
    Fault(
        "a pledge is written on any account",
        "backend/pledges/migrations/0006_account.py",
        "ELSIF NEW.account <> known THEN",
        "ELSIF false THEN",
        f"{KEPT}::TestPledge",
    ),
    Fault(
        "a payment moves to another account",
        "backend/payments/migrations/0006_account.py",
        "WHEN (NEW.account <> OLD.account)",
        "WHEN (false)",
        f"{KEPT}::TestPledge",
    ),
    Fault(
        "a campaign changes its account under its saved cards",
        "backend/pledges/migrations/0006_account.py",
        "WHEN (NEW.stripe_account <> OLD.stripe_account)",
        "WHEN (false)",
        f"{KEPT}::TestCommittee",
    ),
    Fault(
        "Stripe is asked on the committee's account of today",
        "backend/pledges/operations.py",
        "        account=pledge.account,",
        "        account=project.committee.stripe_account,",
        f"{KEPT}::TestCommittee",
    ),
    Fault(
        "the committees' accounts are not heard of",
        "backend/payments/gateways/stripe.py",
        '"connect": of_committees,',
        '"connect": False,',
        f"{KEPT}::TestRegisterWebhook",
    ),
    Fault(
        "monthly: an older look undoes a newer one",
        "backend/payments/monthly.py",
        "if payment.checked_at != seen_at:",
        "if payment is None:",
        f"{MONTHLY}/test_operations.py::TestLooks",
    ),
    Fault(
        "monthly: what a subscription brought is not looked at",
        "backend/payments/monthly.py",
        "        _take_invoices(payment, told, at=at)\n",
        "",
        f"{MONTHLY}/test_lives.py::TestAYear",
    ),
    Fault(
        "monthly: a debit under way has no row",
        "backend/payments/monthly.py",
        'MOVES_MONEY = ("succeeded", "processing")',
        'MOVES_MONEY = ("succeeded",)',
        f"{MONTHLY}/test_money.py::TestTheRecords",
    ),
    Fault(
        "monthly: a dead key is used again",
        "backend/giving/wishes.py",
        'attempt=F("attempt") + 1',
        'attempt=F("attempt")',
        f"{MONTHLY}/test_operations.py::TestAWishStripeDoesNotAnswer",
    ),
    Fault(
        "monthly: a second wish begins while the first waits",
        "backend/giving/wishes.py",
        "    if earlier:\n",
        "    if earlier and earlier.act == act:\n",
        f"{MONTHLY}/test_operations.py::TestAWishStripeDoesNotAnswer",
    ),
    Fault(
        "monthly: a pause is told to nobody",
        "backend/giving/operations.py",
        'if event in ("paused", "resumed",',
        'if event in ("resumed",',
        f"{MONTHLY}/test_lives.py::TestAWish",
    ),
    Fault(
        "monthly: a committee that nobody checked is given to",
        "backend/giving/operations.py",
        "        and committee.verified_on is not None\n",
        "",
        f"{MONTHLY}/test_operations.py::TestMakeMonthlyGift",
    ),
    Fault(
        "monthly: a receipt's number is left out",
        "backend/giving/booking.py",
        'F("last_number") + 1',
        'F("last_number") + 2',
        f"{MONTHLY}/test_lives.py::TestAYear",
    ),
    Fault(
        "monthly: a refund of a month is not counted",
        "backend/giving/booking.py",
        "instalment.returned_minor += amount.minor",
        "instalment.returned_minor += 0",
        f"{MONTHLY}/test_money.py::TestARefundInTheDashboard",
    ),
    Fault(
        "monthly: a sum that nobody agreed to is not named",
        "backend/giving/invariants.py",
        "strange = ours.filter(~Exists(wished))",
        "strange = ours.filter(Exists(wished), amount_minor=0)",
        f"{MONTHLY}/test_lives.py::TestStripesOwnPages",
    ),
    Fault(
        "monthly: the charges of subscriptions are other uses of the account",
        "backend/reconciliation/records.py",
        "return key or payment_key_of_invoice(charge_id=charge_id, account=self.account)",
        "return key",
        f"{MONTHLY}/test_money.py::TestTheRecords",
    ),
    Fault(
        "monthly: the page of a gift that stopped offers to stop it",
        "frontend/views/monthly.py",
        '"is_living": gift.state in LIVING and not gift.is_sample,',
        '"is_living": True,',
        "tests/frontend/views/test_monthly.py::TestEachState",
    ),
]


def copied_tree(folder: Path) -> Path:
    """Copy every tracked file, and those that are new and not ignored."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


def fell(test: str, tree: Path) -> bool:
    """Run the test in the tree; tell whether it fell. Anything but fell or passed is an error."""
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", test]
    done = subprocess.run(
        command,
        cwd=tree,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        env={**os.environ, "TWINFUND_MODE": "test", "PYTHONDONTWRITEBYTECODE": "1"},
    )
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stdout[-2000:] + done.stderr[-2000:])
    return done.returncode == 1


def try_fault(fault: Fault, tree: Path) -> bool:
    """Plant the fault in the tree, tell whether its test fell, and take the fault out again."""
    file = tree / fault.file
    sound = file.read_text()
    if sound.count(fault.text) != 1:
        raise LookupError(f"{fault.name}: the text is {sound.count(fault.text)} times in the file")
    file.write_text(sound.replace(fault.text, fault.wrong))
    try:
        return fell(fault.test, tree)
    finally:
        file.write_text(sound)


def main(names: list[str]) -> int:
    """Try the faults whose names hold one of `names`, or all; return how many survived."""
    # One server for all runs; importing it starts it, and it reads the environment first.
    from tests import ground

    wanted = [f for f in FAULTS if not names or any(name in f.name for name in names)]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="twinfund-faults-") as folder:
        tree = copied_tree(Path(folder))
        sound = sorted({fault.test for fault in wanted})
        survived = []
        for test in sound:
            if fell(test, tree):
                raise SystemExit(f"{test} falls without any fault")
        for fault in wanted:
            caught = try_fault(fault, tree)
            survived += [] if caught else [fault]
            print(f"{'caught  ' if caught else 'SURVIVED'} {fault.name}", flush=True)
    ground.pytest_unconfigure(None)
    seconds = time.monotonic() - began
    print(f"{len(wanted) - len(survived)} of {len(wanted)} caught in {seconds:.0f} s")
    return len(survived)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
