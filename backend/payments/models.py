"""Payments, one row an attempt, and the inbox of Stripe's events."""

from django.db import models
from django.db.models import Q

from backend.common.ids import uuid7
from backend.money import Money
from backend.payments import states


class Payment(models.Model):
    """One attempt to pay for one purpose, by one Checkout Session of Stripe.

    The row with its idempotency key is committed before Stripe is called, and `request` holds
    the very parameters, so that a repeated call is the same call.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
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
    session_expires_at = models.DateTimeField()
    intent_id = models.CharField(max_length=120, blank=True)
    charge_id = models.CharField(max_length=120, blank=True)
    balance_transaction_id = models.CharField(max_length=120, blank=True)
    fee_minor = models.BigIntegerField(null=True)
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
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="payment_is_positive"),
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
            )
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

    def __str__(self) -> str:
        return f"{self.payment_id} {self.old} → {self.new}"


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


class EventCursor(models.Model):
    """Up to which moment the events of an account have been pulled."""

    account = models.CharField(primary_key=True, max_length=64)
    pulled_until = models.DateTimeField()

    def __str__(self) -> str:
        return self.account or "platform"
