"""Payments, one row an attempt, and the inbox of Stripe's events."""

from datetime import datetime

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Q

from backend.common.ids import uuid7
from backend.money import Money
from backend.payments import (
    account_states,
    dispute_states,
    payout_states,
    refund_states,
    states,
)


class Payment(models.Model):
    """One attempt for one purpose at Stripe: to pay on a page, to save a card, to charge it.

    Or to begin a monthly gift on a page; what Stripe then collects by itself is a payment for
    each invoice, whose row is written when Stripe tells of it.

    The row with its idempotency key is committed before Stripe is called, and `request` holds
    the very parameters, so that a repeated call is the same call.
    """

    class Kind(models.TextChoices):
        PAGE = "page"
        CARD = "card"
        CHARGE = "charge"
        MONTHLY = "monthly"
        INVOICE = "invoice"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    kind = models.CharField(max_length=7, choices=Kind, default=Kind.PAGE)
    purpose = models.CharField(max_length=80)
    attempt = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=120, unique=True)
    # The committee's own Stripe account; empty is the installation's own key. Never changed.
    account = models.CharField(max_length=64, blank=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(
        max_length=11, choices=[(state, state) for state in states.STATES], default=states.NEW
    )
    request = models.JSONField()
    session_id = models.CharField(max_length=120, null=True, blank=True, unique=True)
    session_url = models.TextField(blank=True)
    # Of a charge, which has no page: until when Stripe knows its key.
    session_expires_at = models.DateTimeField()
    intent_id = models.CharField(max_length=120, blank=True)
    # How often a charge was confirmed; each time under a key of its own.
    confirms = models.PositiveSmallIntegerField(default=0)
    customer_id = models.CharField(max_length=120, blank=True)
    method_id = models.CharField(max_length=120, blank=True)
    # Of a page on which a monthly gift begins, and of the invoices that follow.
    subscription_id = models.CharField(max_length=120, blank=True, default="", db_default="")
    # What a person knows their card by, such as "Visa 4242".
    card_label = models.CharField(max_length=40, blank=True)
    charge_id = models.CharField(max_length=120, blank=True)
    balance_transaction_id = models.CharField(max_length=120, blank=True)
    fee_minor = models.BigIntegerField(null=True)
    # What was asked back of the charge and not undone, and what lost disputes took of it.
    returned_minor = models.BigIntegerField(default=0, db_default=0)
    problem = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["purpose", "attempt"], name="payment_one_per_attempt"),
            models.UniqueConstraint(
                fields=["purpose"],
                condition=Q(state=states.SUCCEEDED),
                name="payment_succeeds_once_per_purpose",
            ),
            models.UniqueConstraint(
                fields=["purpose"],
                condition=Q(state__in=states.UNFINISHED),
                name="payment_one_unfinished_per_purpose",
            ),
            models.UniqueConstraint(
                fields=["charge_id"], condition=~Q(charge_id=""), name="payment_charge_once"
            ),
            models.UniqueConstraint(
                fields=["purpose"], condition=Q(state=states.SAVED), name="payment_one_saved_card"
            ),
            models.UniqueConstraint(
                fields=["intent_id"],
                condition=Q(kind="charge") & ~Q(intent_id=""),
                name="payment_intent_once",
            ),
            models.UniqueConstraint(
                fields=["purpose"],
                condition=Q(state__in=states.MONTHLY),
                name="payment_begins_monthly_once",
            ),
            models.UniqueConstraint(
                fields=["subscription_id"],
                condition=Q(kind="monthly") & ~Q(subscription_id=""),
                name="payment_subscription_once",
            ),
            models.CheckConstraint(
                condition=(
                    Q(kind="card")
                    & ~Q(state__in=[states.SUCCEEDED, *states.UNBOOKED, *states.MONTHLY])
                )
                | (
                    Q(kind__in=["page", "charge", "invoice"])
                    & ~Q(state__in=[*states.CARD, *states.MONTHLY])
                )
                | (
                    Q(kind="monthly")
                    & Q(state__in=[states.NEW, states.OPEN, *states.ENDED, *states.MONTHLY])
                ),
                name="payment_state_fits_kind",
            ),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payment_is_positive"),
            models.CheckConstraint(
                condition=Q(returned_minor__gte=0, returned_minor__lte=F("amount_minor")),
                name="payment_returns_at_most_the_charge",
            ),
            models.CheckConstraint(
                condition=Q(state__in=states.STATES), name="payment_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state=states.SUCCEEDED, settled_at__isnull=False)
                | (~Q(state=states.SUCCEEDED) & Q(settled_at__isnull=True)),
                name="payment_settled_has_a_moment",
            ),
        ]
        indexes = [
            models.Index(
                fields=["state", "created_at"],
                condition=Q(state__in=states.UNFINISHED),
                name="payment_unfinished",
            ),
            models.Index(
                fields=["created_at"],
                condition=Q(state=states.RELEASING),
                name="payment_releasing",
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def amount(self) -> Money:
        """The gross amount that Stripe is asked to charge."""
        return Money(self.amount_minor, self.currency)


class PaymentTransition(models.Model):
    """One change of a payment's state, written once; only edges of the graph can be stored."""

    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="transitions")
    old = models.CharField(max_length=11)
    event = models.CharField(max_length=20)
    new = models.CharField(max_length=11)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    *[Q(old=edge.old, event=edge.event, new=edge.new) for edge in states.EDGES],
                    _connector=Q.OR,
                ),
                name="payment_transition_is_an_edge",
            )
        ]
        # Written in the order of time: a few pages of the index tell where ten minutes ago is.
        indexes = [BrinIndex(fields=["at"], autosummarize=True, name="payment_transition_when")]

    def __str__(self) -> str:
        return f"{self.payment_id} {self.old} → {self.new}"


class Decline(models.Model):
    """A bank refused a card on a page of Stripe's: known by the event that told of it."""

    id = models.CharField(primary_key=True, max_length=120)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="declines")
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.id


class DeclinesAlarm(models.Model):
    """The one row that tells until when so many cards are refused that somebody tries them out."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    until = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="declines_alarm_is_one")]

    def __str__(self) -> str:
        return f"until {self.until:%Y-%m-%d %H:%M}"


class Refund(models.Model):
    """Money of one charge that goes back to its payer: asked for by us, or in Stripe's dashboard.

    The row with its idempotency key is committed before Stripe is called; its sum is then taken
    from what is left of the charge, and given free again when nothing comes of it.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="refunds")
    key = models.CharField(max_length=120, unique=True)
    # A key for which Stripe replays a broken answer is dead; then the next one is used.
    attempt = models.PositiveSmallIntegerField(default=1)
    amount_minor = models.BigIntegerField()
    reason = models.CharField(max_length=500, blank=True)
    # Who asked for it here; empty if Stripe's dashboard or the site itself did.
    asked_by = models.UUIDField(null=True, blank=True)
    state = models.CharField(
        max_length=9,
        choices=[(state, state) for state in refund_states.STATES],
        default=refund_states.REQUESTED,
    )
    stripe_id = models.CharField(max_length=120, null=True, blank=True, unique=True)
    problem = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="refund_is_positive"),
            models.CheckConstraint(
                condition=Q(state__in=refund_states.STATES), name="refund_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state=refund_states.SENT, sent_at__isnull=False)
                | (~Q(state=refund_states.SENT) & Q(sent_at__isnull=True)),
                name="refund_sent_has_a_moment",
            ),
        ]
        indexes = [
            models.Index(
                fields=["state", "created_at"],
                condition=Q(state__in=refund_states.UNFINISHED),
                name="refund_unfinished",
            )
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def amount(self) -> Money:
        """How much goes back."""
        return Money(self.amount_minor, self.payment.currency)

    @property
    def stripe_key(self) -> str:
        """The idempotency key of the next call."""
        return self.key if self.attempt == 1 else f"{self.key}:{self.attempt}"


class RefundsHold(models.Model):
    """The one row that is there while refunds by committees wait, because the books disagree."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    since = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="refunds_hold_is_one")]

    def __str__(self) -> str:
        return f"Refunds wait since {self.since:%Y-%m-%d %H:%M}"


class RefundTransition(models.Model):
    """One change of a refund's state, written once; only edges of the graph can be stored."""

    refund = models.ForeignKey(Refund, on_delete=models.PROTECT, related_name="transitions")
    old = models.CharField(max_length=9)
    event = models.CharField(max_length=20)
    new = models.CharField(max_length=9)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    *[
                        Q(old=edge.old, event=edge.event, new=edge.new)
                        for edge in refund_states.EDGES
                    ],
                    _connector=Q.OR,
                ),
                name="refund_transition_is_an_edge",
            )
        ]

    def __str__(self) -> str:
        return f"{self.refund_id} {self.old} → {self.new}"


class Dispute(models.Model):
    """A payer's bank asks for a charge back; known by Stripe's own id."""

    id = models.CharField(primary_key=True, max_length=120)
    payment = models.ForeignKey(Payment, on_delete=models.PROTECT, related_name="disputes")
    state = models.CharField(
        max_length=7,
        choices=[(state, state) for state in dispute_states.STATES],
        default=dispute_states.NEW,
    )
    reason = models.CharField(max_length=80, blank=True)
    amount_minor = models.BigIntegerField()
    # What a lost dispute took of the gift; never more than was left of it.
    taken_minor = models.BigIntegerField(default=0)
    opened_at = models.DateTimeField()
    answer_by = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=dispute_states.STATES), name="dispute_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state=dispute_states.LOST, taken_minor__gte=0) | Q(taken_minor=0),
                name="dispute_takes_only_when_lost",
            ),
        ]
        indexes = [
            models.Index(
                fields=["checked_at"],
                condition=Q(state__in=dispute_states.UNDECIDED),
                name="dispute_undecided",
            )
        ]

    def __str__(self) -> str:
        return self.id


class DisputeTransition(models.Model):
    """One change of a dispute's state, written once; only edges of the graph can be stored."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="transitions")
    old = models.CharField(max_length=7)
    event = models.CharField(max_length=20)
    new = models.CharField(max_length=7)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    *[
                        Q(old=edge.old, event=edge.event, new=edge.new)
                        for edge in dispute_states.EDGES
                    ],
                    _connector=Q.OR,
                ),
                name="dispute_transition_is_an_edge",
            )
        ]

    def __str__(self) -> str:
        return f"{self.dispute_id} {self.old} → {self.new}"


class DisputeMovement(models.Model):
    """A line of Stripe's balance by which a dispute took money or brought it back; each once."""

    id = models.CharField(primary_key=True, max_length=120)
    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="movements")
    # Less than nothing when it was taken. The fee is more than nothing when Stripe keeps one.
    amount_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField()
    noted_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.id


class Payout(models.Model):
    """Money that Stripe sent on to a bank; known by Stripe's own id. Of the bank nothing is kept.

    Negative where Stripe took from the bank what the balance was short of.
    """

    id = models.CharField(primary_key=True, max_length=120)
    account = models.CharField(max_length=64, blank=True)
    # The committee whose bank it is, or the platform, as the book's accounts name them.
    owner = models.CharField(max_length=36)
    amount_minor = models.BigIntegerField()
    fee_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    state = models.CharField(
        max_length=9,
        choices=[(state, state) for state in payout_states.STATES],
        default=payout_states.NEW,
    )
    made_at = models.DateTimeField()
    arrived_on = models.DateField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=payout_states.STATES), name="payout_state_is_known"
            ),
            models.CheckConstraint(condition=~Q(amount_minor=0), name="payout_is_not_nothing"),
            models.CheckConstraint(
                condition=~Q(state=payout_states.PAID) | Q(arrived_on__isnull=False),
                name="payout_paid_has_a_day",
            ),
        ]
        indexes = [models.Index(fields=["owner", "currency", "state"], name="payout_of_owner")]

    def __str__(self) -> str:
        return self.id

    @property
    def amount(self) -> Money:
        """What the bank gets."""
        return Money(self.amount_minor, self.currency)


class StripeAccount(models.Model):
    """A committee's own account at Stripe, from the wish to open it to the end of the connection.

    As with a payment, the row with its key and the very parameters is committed before Stripe is
    called. What the account is called at Stripe stands in the committee's row too, as soon as its
    pledges are to go there.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(
        "organisations.Organisation", on_delete=models.PROTECT, related_name="stripe_accounts"
    )
    key = models.CharField(max_length=120, unique=True)
    # A key for which Stripe replays a broken answer is dead; then the next one is used.
    attempt = models.PositiveSmallIntegerField(default=1)
    request = models.JSONField()
    state = models.CharField(
        max_length=17,
        choices=[(state, state) for state in account_states.STATES],
        default=account_states.NONE,
    )
    account_id = models.CharField(max_length=64, null=True, blank=True, unique=True)
    # What Stripe asks the committee for, in Stripe's own words.
    missing = models.JSONField(default=list, blank=True)
    # The ids of the bank accounts to which Stripe pays out; nothing else is kept of them.
    banks = models.JSONField(default=list, blank=True)
    bank_changed_at = models.DateTimeField(null=True, blank=True)
    # A changed bank account may be a theft: until then nobody can begin a pledge.
    paused_until = models.DateTimeField(null=True, blank=True)
    no_access_since = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True)
    opened_by = models.UUIDField(null=True, blank=True)
    created_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation"],
                condition=Q(state__in=account_states.LIVE),
                name="stripe_account_one_alive",
            ),
            models.CheckConstraint(
                condition=Q(state__in=account_states.STATES), name="stripe_account_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[account_states.NONE, account_states.OPENING])
                | Q(account_id__isnull=False),
                name="stripe_account_is_at_stripe",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[account_states.READY, account_states.RESTRICTED])
                | Q(ready_at__isnull=False),
                name="stripe_account_was_ready",
            ),
        ]

    def __str__(self) -> str:
        return self.account_id or self.key

    @property
    def stripe_key(self) -> str:
        """The idempotency key of the next call."""
        return self.key if self.attempt == 1 else f"{self.key}:{self.attempt}"

    def is_paused(self, at: datetime) -> bool:
        """Tell whether new pledges wait at `at`; the end is exclusive."""
        return self.paused_until is not None and at < self.paused_until


class StripeAccountTransition(models.Model):
    """One change of an account's state, written once; only edges of the graph can be stored."""

    account = models.ForeignKey(StripeAccount, on_delete=models.PROTECT, related_name="transitions")
    old = models.CharField(max_length=17)
    event = models.CharField(max_length=20)
    new = models.CharField(max_length=17)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    *[
                        Q(old=edge.old, event=edge.event, new=edge.new)
                        for edge in account_states.EDGES
                    ],
                    _connector=Q.OR,
                ),
                name="stripe_account_transition_is_an_edge",
            )
        ]

    def __str__(self) -> str:
        return f"{self.account_id} {self.old} → {self.new}"


class StripeEvent(models.Model):
    """The inbox: each event of Stripe once, by its id, whether it was sent or pulled."""

    class State(models.TextChoices):
        RECEIVED = "received"
        APPLIED = "applied"
        IGNORED = "ignored"
        UNMATCHED = "unmatched"

    id = models.CharField(primary_key=True, max_length=120)
    account = models.CharField(max_length=64, blank=True)
    type = models.CharField(max_length=80)
    subject_id = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    received_at = models.DateTimeField()
    was_pulled = models.BooleanField()
    state = models.CharField(max_length=10, choices=State, default=State.RECEIVED)
    applied_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["received_at"],
                condition=Q(state__in=["received", "unmatched"]),
                name="stripe_event_waiting",
            )
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.id}"


class Pace(models.Model):
    """The next free moment for something of which one account takes only so many a second."""

    account = models.CharField(max_length=64, blank=True)
    what = models.CharField(max_length=20)
    free_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "what"], name="pace_one_per_account")
        ]

    def __str__(self) -> str:
        return f"{self.account or 'platform'} {self.what}"


class EventCursor(models.Model):
    """Up to which moment the events of an account have been pulled."""

    account = models.CharField(primary_key=True, max_length=64)
    pulled_until = models.DateTimeField()

    def __str__(self) -> str:
        return self.account or "platform"
