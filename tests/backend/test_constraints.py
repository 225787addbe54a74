"""Every named constraint of every table, attacked: the database itself refuses what must not be.

Rows are changed past our own code and past the triggers (which tests/backend/ledger/test_guards.py
attacks), so that only the constraint stands in the way. The table is exhaustive: a constraint
that is neither broken here nor named by another test fails.

Planted and seen to fall: `project_minimum_within_goal` compared with goal_minor + 1;
`payment_settled_has_a_moment` taken from its migration; a new constraint without
an attack; the partial index `payment_charge_once` made over all rows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.db.models import UniqueConstraint

from backend.common.ids import uuid7
from backend.ledger.models import Account, Chain, Entry, Transaction
from backend.mail.models import Mail, Reader
from backend.organisations.models import Membership
from backend.payments.models import (
    DeclinesAlarm,
    Dispute,
    DisputeTransition,
    Pace,
    Payment,
    PaymentTransition,
    Payout,
    Refund,
    RefundTransition,
    StripeAccount,
    StripeAccountTransition,
)
from backend.pledges.models import (
    AddressCode,
    Decision,
    PledgeTransition,
    PledgeVersion,
    Receipt,
    ReceiptBook,
)
from backend.projects.models import (
    BudgetLine,
    Exchange,
    Extension,
    Milestone,
    ProjectTransition,
    SuggestedAmount,
)
from backend.projects.operations import freeze_promise
from tests.backend.ledger.books import a_posting
from tests.factories import (
    NOON,
    a_citizen,
    a_committee,
    a_draft,
    a_pledge,
    an_open_project,
)

CONSTRAINTS = {
    constraint.name: (model, constraint)
    for model in apps.get_models()
    if model.__module__.startswith("backend.")
    for constraint in model._meta.constraints
}


def a_membership():
    return Membership.objects.create(
        organisation=a_committee(), user=a_citizen(), role="chair", since=NOON
    )


def a_payment(number=1, **fields):
    return Payment.objects.create(
        **{
            "purpose": f"pledge:{number}",
            "attempt": 1,
            "key": f"pledge:{number}:1",
            "amount_minor": 2500,
            "currency": "EUR",
            "state": "open",
            "request": {},
            "session_expires_at": NOON,
            "created_at": NOON,
            **fields,
        }
    )


def a_succeeded_payment(number=1, **fields):
    return a_payment(number, state="succeeded", settled_at=NOON, **fields)


def a_payment_transition():
    return PaymentTransition.objects.create(
        payment=a_payment(), old="new", event="opened", new="open", at=NOON
    )


def a_refund():
    return Refund.objects.create(
        payment=a_payment(), key="refund:1", amount_minor=100, created_at=NOON
    )


def a_refund_transition():
    return RefundTransition.objects.create(
        refund=a_refund(), old="requested", event="sent", new="sent", at=NOON
    )


def a_stripe_account(committee=None, **fields):
    return StripeAccount.objects.create(
        **{
            "organisation": committee or a_committee(),
            "key": f"account:{uuid7()}",
            "request": {},
            "state": "opening",
            "created_at": NOON,
            **fields,
        }
    )


def an_account_transition():
    return StripeAccountTransition.objects.create(
        account=a_stripe_account(), old="none", event="asked_for", new="opening", at=NOON
    )


def a_payout():
    return Payout.objects.create(
        id="po_1", owner="platform", amount_minor=100, currency="EUR", made_at=NOON
    )


def a_dispute():
    return Dispute.objects.create(
        id="du_1", payment=a_payment(), amount_minor=100, opened_at=NOON, checked_at=NOON
    )


def a_dispute_transition():
    return DisputeTransition.objects.create(
        dispute=a_dispute(), old="new", event="opened", new="open", at=NOON
    )


def a_pledge_transition():
    return PledgeTransition.objects.create(
        pledge=a_pledge(), old="new", event="checkout_opened", new="pending", at=NOON
    )


def a_project_transition():
    return ProjectTransition.objects.create(
        project=an_open_project(), old="in_review", event="published", new="published", at=NOON
    )


def a_promise():
    return freeze_promise(project_id=a_draft().pk, at=NOON)


def a_receipt(number=1):
    pledge = a_pledge()
    return Receipt.objects.create(
        pledge=pledge,
        organisation=pledge.project.committee,
        year=2030,
        number=number,
        issued_at=NOON,
    )


def a_receipt_book():
    return ReceiptBook.objects.create(organisation=a_committee(), year=2030)


def a_mail(reference="1"):
    return Mail.objects.create(
        kind="receipt",
        reference=reference,
        recipient="guest@example.org",
        language="en",
        subject="Thank you",
        text="Thank you",
        html="<p>Thank you</p>",
        queued_at=NOON,
    )


def an_address_code():
    return AddressCode.objects.create(pledge=a_pledge())


def an_alarm():
    return DeclinesAlarm.objects.create(until=NOON)


def a_reader():
    return Reader.objects.create(address="guest@example.org")


def a_budget_line(project=None, position=7):
    return BudgetLine.objects.create(
        project=project or a_draft(), position=position, label={"en": "Pipes"}, amount_minor=1
    )


def a_milestone(project=None, position=7):
    return Milestone.objects.create(
        project=project or a_draft(),
        position=position,
        label={"en": "Pipes lie"},
        amount_minor=1,
        due_on=date(2030, 9, 1),
    )


def an_exchange(project=None, position=7):
    return Exchange.objects.create(
        project=project or a_draft(),
        position=position,
        direction="home_to_twin",
        label={"en": "Two engineers"},
    )


def a_suggested_amount(project=None, amount_minor=2500):
    return SuggestedAmount.objects.create(
        project=project or a_draft(), amount_minor=amount_minor, label={"en": "A metre of pipe"}
    )


def a_settled_pledge():
    pledge = a_pledge()
    pledge.state, pledge.settled_at = "settled", NOON
    pledge.save()
    return pledge


def a_line():
    a_posting()
    return Transaction.objects.get()


def an_entry():
    a_posting()
    return Entry.objects.first()


def an_account():
    a_posting()
    return Account.objects.first()


def a_chain():
    a_posting()
    return Chain.objects.get()


def a_card(number=1, **fields):
    return a_payment(number, kind="card", state="saved", **fields)


def a_charge(number=1, **fields):
    return a_payment(number, kind="charge", intent_id=f"pi_{number}", **fields)


def a_pace(what="charge"):
    return Pace.objects.create(account="acct_1", what=what, free_at=NOON)


def a_failing_pledge():
    pledge = a_pledge()
    pledge.state, pledge.failing_since = "failing", NOON
    pledge.save()
    return pledge


def a_version(pledge=None, number=1):
    return PledgeVersion.objects.create(
        pledge=pledge or a_pledge(),
        number=number,
        gift_minor=2500,
        cover_minor=0,
        consent_version="1",
        consent="I agree.",
        language="en",
        made_at=NOON,
    )


def a_decision(**fields):
    return Decision.objects.create(
        **{
            "project": an_open_project(),
            "currency": "EUR",
            "secured_minor": 300,
            "received_minor": 200,
            "minimum_minor": 500,
            "pledges": 1,
            "is_reached": True,
            "decided_at": NOON,
            **fields,
        }
    )


def a_missed_decision():
    return a_decision(secured_minor=299, is_reached=False)


def an_extension():
    project = an_open_project()
    return Extension.objects.create(
        project=project,
        old_closes_at=project.closes_at,
        new_closes_at=project.closes_at + timedelta(days=30),
        reason={"en": "The holidays."},
        extended_at=NOON,
        by="chair@example.org",
    )


@dataclass(frozen=True)
class Attack:
    """A valid row, and the change that must be refused."""

    row: Callable
    changes: dict


ATTACKS = {
    "account_currency_is_a_code": [Attack(an_account, {"currency": "eur"})],
    "account_has_a_code": [Attack(an_account, {"code": ""})],
    "chain_has_a_code": [Attack(a_chain, {"code": ""})],
    "transaction_has_a_key": [
        Attack(a_line, {"kind": ""}),
        Attack(a_line, {"reference": ""}),
    ],
    "transaction_seq_from_one": [Attack(a_line, {"seq": 0})],
    "entry_position_from_one": [Attack(an_entry, {"position": 0})],
    "user_email_is_lower": [Attack(a_citizen, {"email": "Guest@example.org"})],
    "mail_forgets_its_secret": [
        Attack(a_mail, {"useless_after": NOON, "state": "parked"}),
        Attack(a_mail, {"useless_after": NOON, "state": "sent", "sent_at": NOON, "text": ""}),
    ],
    "mail_sent_has_a_moment": [
        Attack(a_mail, {"state": "sent"}),
        Attack(a_mail, {"sent_at": NOON}),
    ],
    "address_code_has_an_end": [
        Attack(an_address_code, {"expires_at": NOON}),
        Attack(an_address_code, {"digest": "a" * 64}),
        Attack(an_address_code, {"digest": "a" * 64, "expires_at": NOON}),
    ],
    "address_code_tries_are_few": [Attack(an_address_code, {"tries": 4})],
    "declines_alarm_is_one": [Attack(an_alarm, {"id": 2})],
    "reader_address_is_lower": [Attack(a_reader, {"address": "Guest@example.org"})],
    "reader_declines_what_may_be": [Attack(a_reader, {"declined": ["news", "money"]})],
    "organisation_kind_is_known": [Attack(a_committee, {"kind": "club"})],
    "membership_role_is_known": [Attack(a_membership, {"role": "owner"})],
    "payment_is_positive": [
        Attack(a_payment, {"amount_minor": 0}),
        Attack(a_payment, {"amount_minor": -1}),
    ],
    "payment_state_is_known": [Attack(a_payment, {"state": "paid"})],
    "payment_settled_has_a_moment": [
        Attack(a_payment, {"state": "succeeded"}),
        Attack(a_payment, {"settled_at": NOON}),
        Attack(a_succeeded_payment, {"settled_at": None}),
    ],
    "payment_transition_is_an_edge": [
        Attack(a_payment_transition, {"new": "succeeded"}),
        Attack(a_payment_transition, {"event": "settled"}),
    ],
    "payment_returns_at_most_the_charge": [
        Attack(a_payment, {"returned_minor": 2501}),
        Attack(a_payment, {"returned_minor": -1}),
    ],
    "refund_is_positive": [Attack(a_refund, {"amount_minor": 0})],
    "refund_state_is_known": [Attack(a_refund, {"state": "paid"})],
    "refund_sent_has_a_moment": [
        Attack(a_refund, {"state": "sent"}),
        Attack(a_refund, {"sent_at": NOON}),
    ],
    "refund_transition_is_an_edge": [Attack(a_refund_transition, {"old": "refused"})],
    "payout_state_is_known": [Attack(a_payout, {"state": "lost"})],
    "payout_is_not_nothing": [Attack(a_payout, {"amount_minor": 0})],
    "payout_paid_has_a_day": [Attack(a_payout, {"state": "paid"})],
    "stripe_account_state_is_known": [
        Attack(a_stripe_account, {"state": "sleeping", "account_id": "acct_1"})
    ],
    "stripe_account_is_at_stripe": [Attack(a_stripe_account, {"state": "in_review"})],
    "stripe_account_was_ready": [
        Attack(a_stripe_account, {"state": "ready", "account_id": "acct_1"}),
        Attack(a_stripe_account, {"state": "restricted", "account_id": "acct_1"}),
    ],
    "stripe_account_transition_is_an_edge": [Attack(an_account_transition, {"new": "ready"})],
    "dispute_state_is_known": [Attack(a_dispute, {"state": "paid"})],
    "dispute_takes_only_when_lost": [
        Attack(a_dispute, {"taken_minor": 1}),
        Attack(a_dispute, {"state": "lost", "taken_minor": -1}),
    ],
    "dispute_transition_is_an_edge": [Attack(a_dispute_transition, {"old": "won"})],
    "pledge_returns_at_most_its_money": [
        Attack(a_settled_pledge, {"state": "disputed", "returned_minor": 2501}),
        Attack(a_settled_pledge, {"state": "disputed", "returned_minor": -1}),
    ],
    "pledge_state_tells_what_went_back": [
        Attack(a_settled_pledge, {"returned_minor": 1}),
        Attack(a_settled_pledge, {"state": "part_refunded"}),
        Attack(a_settled_pledge, {"state": "part_refunded", "returned_minor": 2500}),
        Attack(a_settled_pledge, {"state": "refunded", "returned_minor": 2499}),
    ],
    "pledge_is_positive": [Attack(a_pledge, {"gift_minor": 0})],
    "pledge_cover_not_negative": [Attack(a_pledge, {"cover_minor": -1})],
    "pledge_state_is_known": [Attack(a_pledge, {"state": "paid"})],
    "pledge_visibility_is_known": [Attack(a_pledge, {"visibility": "friends"})],
    "pledge_source_is_known": [Attack(a_pledge, {"source_class": "robot"})],
    "pledge_settled_has_a_moment": [
        Attack(a_pledge, {"state": "settled"}),
        Attack(a_pledge, {"settled_at": NOON}),
        Attack(a_settled_pledge, {"settled_at": None}),
    ],
    "pledge_transition_is_an_edge": [
        Attack(a_pledge_transition, {"new": "settled"}),
        Attack(a_pledge_transition, {"old": "settled"}),
    ],
    "receipt_number_is_positive": [Attack(a_receipt, {"number": 0})],
    "project_goal_is_positive": [
        # A goal of exactly nothing fails even before, in the generated share of it.
        Attack(a_draft, {"goal_minor": -1, "minimum_minor": -1}),
    ],
    "project_minimum_within_goal": [
        Attack(a_draft, {"minimum_minor": 500_001}),
        Attack(a_draft, {"minimum_minor": 0}),
    ],
    "project_totals_not_negative": [
        Attack(an_open_project, {"raised_minor": -1}),
        Attack(an_open_project, {"promised_minor": -1}),
    ],
    "project_closes_after_opening": [
        Attack(a_draft, {"opens_at": NOON, "closes_at": NOON}),
        Attack(a_draft, {"closes_at": NOON - timedelta(days=2)}),
    ],
    "project_state_is_known": [Attack(an_open_project, {"state": "open"})],
    "project_public_has_a_moment": [
        Attack(a_draft, {"state": "published"}),
        Attack(an_open_project, {"published_at": None}),
    ],
    "project_currency_is_a_code": [
        Attack(a_draft, {"currency": "eur"}),
        Attack(a_draft, {"currency": "E"}),
    ],
    "budget_line_is_positive": [Attack(a_budget_line, {"amount_minor": 0})],
    "milestone_is_not_negative": [Attack(a_milestone, {"amount_minor": -1})],
    "suggested_amount_is_positive": [Attack(a_suggested_amount, {"amount_minor": 0})],
    "payment_state_fits_kind": [
        Attack(a_card, {"kind": "page"}),
        Attack(a_card, {"state": "late"}),
        Attack(a_charge, {"state": "saved"}),
        Attack(a_payment, {"kind": "gift"}),
    ],
    "pledge_failing_has_a_moment": [Attack(a_failing_pledge, {"failing_since": None})],
    "pledge_version_is_positive": [
        Attack(a_version, {"gift_minor": 0}),
        Attack(a_version, {"cover_minor": -1}),
        Attack(a_version, {"number": 0}),
    ],
    "pledge_version_has_consent": [Attack(a_version, {"consent": ""})],
    "decision_follows_the_sums": [
        Attack(a_decision, {"is_reached": False}),
        Attack(a_decision, {"received_minor": 199}),
        Attack(a_missed_decision, {"is_reached": True}),
        Attack(a_missed_decision, {"received_minor": 201}),
    ],
    "extension_is_of_a_month_at_most": [
        Attack(an_extension, {"new_closes_at": NOON + timedelta(days=60, hours=2)}),
        Attack(an_extension, {"new_closes_at": NOON + timedelta(days=30)}),
    ],
    "extension_before_the_deadline": [
        Attack(an_extension, {"extended_at": NOON + timedelta(days=30)})
    ],
    "promise_digest_is_whole": [Attack(a_promise, {"digest": "A" * 64})],
    "project_transition_is_an_edge": [
        Attack(a_project_transition, {"old": "draft"}),
        Attack(a_project_transition, {"event": "resumed"}),
        Attack(a_project_transition, {"new": "delivered"}),
    ],
}
# Two rows that may stand beside each other; the second is then made to be the first.
PAIRS = {
    "mail_once_per_person": lambda: (a_mail("1"), a_mail("2")),
    "membership_one_role_each": lambda: (a_membership(), a_membership()),
    "payment_one_per_attempt": lambda: (
        a_payment(1, state="expired"),
        a_payment(2, state="expired"),
    ),
    "payment_succeeds_once_per_purpose": lambda: (
        a_succeeded_payment(1, attempt=1),
        a_succeeded_payment(2, attempt=2),
    ),
    "payment_one_unfinished_per_purpose": lambda: (
        a_payment(1, state="new", attempt=1),
        a_payment(2, state="processing", attempt=2),
    ),
    "payment_charge_once": lambda: (a_payment(1, charge_id="ch_1"), a_payment(2, charge_id="ch_2")),
    "payment_one_saved_card": lambda: (a_card(1, attempt=1), a_card(2, attempt=2)),
    "payment_intent_once": lambda: (
        a_charge(1, state="expired"),
        a_charge(2, state="expired"),
    ),
    "stripe_account_one_alive": lambda: (a_stripe_account(), a_stripe_account()),
    "pace_one_per_account": lambda: (a_pace("charge"), a_pace("request")),
    "pledge_version_once": lambda: (a_version(gift := a_pledge(), 1), a_version(gift, 2)),
    "receipt_book_once": lambda: (a_receipt_book(), a_receipt_book()),
    "receipt_number_once": lambda: (a_receipt(1), a_receipt(2)),
    "budget_line_has_a_place": lambda: (
        a_budget_line(line := a_draft(), 7),
        a_budget_line(line, 8),
    ),
    "milestone_has_a_place": lambda: (a_milestone(work := a_draft(), 7), a_milestone(work, 8)),
    "exchange_has_a_place": lambda: (an_exchange(work := a_draft(), 7), an_exchange(work, 8)),
    "suggested_amount_once": lambda: (
        a_suggested_amount(work := a_draft(), 100),
        a_suggested_amount(work, 200),
    ),
}
# Two cities are never one: the change needs the row's own other city.
OTHER_WAYS = {"project_joins_two_cities"}
# A key that another table's foreign key points at; it forbids nothing that the primary key allows.
TARGETS = {"account_with_its_currency"}


def refused(row, changes):
    """Return the name of the constraint that refuses the change."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
    with pytest.raises(IntegrityError) as refusal, transaction.atomic():
        type(row)._base_manager.filter(pk=row.pk).update(**changes)
    return refusal.value.__cause__.diag.constraint_name


@pytest.mark.django_db
class TestConstraints:
    @pytest.mark.parametrize(
        ("name", "attack"),
        [(name, attack) for name, attacks in ATTACKS.items() for attack in attacks],
        ids=lambda value: value if isinstance(value, str) else str(value.changes),
    )
    def test_refuse_a_row_that_must_not_be(self, name, attack):
        row = attack.row()

        assert refused(row, attack.changes) == name

    @pytest.mark.parametrize("name", PAIRS)
    def test_refuse_a_row_that_is_there_already(self, name):
        first, second = PAIRS[name]()
        fields = CONSTRAINTS[name][1].fields

        assert refused(second, {field: getattr(first, field) for field in fields}) == name

    def test_refuse_a_project_of_one_city(self):
        project = a_draft()

        found = refused(project, {"twin_city": project.home_city})

        assert found == "project_joins_two_cities"

    def test_let_charges_be_unknown_more_than_once(self):
        rows = [a_payment(1, charge_id=""), a_payment(2, charge_id="")]

        assert Payment.objects.filter(charge_id="").count() == len(rows)

    def test_let_an_ended_payment_be_followed_by_another(self):
        a_payment(1, state="expired")

        a_payment(1, attempt=2, key="pledge:1:2")

        assert Payment.objects.filter(purpose="pledge:1").count() == 2


class TestTable:
    def test_holds_every_constraint(self):
        here = Path(__file__)
        elsewhere = " ".join(
            path.read_text() for path in here.parent.rglob("test_*.py") if path != here
        )
        broken = {*ATTACKS, *PAIRS, *OTHER_WAYS, *TARGETS}

        assert len(CONSTRAINTS) > 50
        assert [n for n in CONSTRAINTS if n not in broken and n not in elsewhere] == []
        assert [n for n in broken if n not in CONSTRAINTS] == []

    def test_knows_which_of_them_are_unique(self):
        assert [n for n in PAIRS if not isinstance(CONSTRAINTS[n][1], UniqueConstraint)] == []
        assert [n for n in ATTACKS if isinstance(CONSTRAINTS[n][1], UniqueConstraint)] == []
