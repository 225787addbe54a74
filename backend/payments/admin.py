"""Payments and Stripe's events, read-only."""

from django.contrib import admin

from backend.common.readonly import ReadOnly
from backend.payments.models import (
    Dispute,
    DisputeTransition,
    Payment,
    PaymentTransition,
    Payout,
    Refund,
    RefundTransition,
    StripeAccount,
    StripeAccountTransition,
    StripeEvent,
)


class TransitionInline(ReadOnly, admin.TabularInline):
    """How the payment came to its state."""

    model = PaymentTransition
    extra = 0


@admin.register(Payment)
class PaymentAdmin(ReadOnly, admin.ModelAdmin):
    """Attempts to pay, with Stripe's ids."""

    list_display = ["key", "kind", "amount_minor", "currency", "state", "created_at", "settled_at"]
    list_filter = ["kind", "state", "currency"]
    search_fields = ["=key", "=session_id", "=intent_id", "=charge_id"]
    inlines = [TransitionInline]


class RefundTransitionInline(ReadOnly, admin.TabularInline):
    """How the refund came to its state."""

    model = RefundTransition
    extra = 0


@admin.register(Refund)
class RefundAdmin(ReadOnly, admin.ModelAdmin):
    """Refunds, those of Stripe's dashboard too."""

    list_display = ["key", "payment", "amount_minor", "state", "created_at", "sent_at"]
    list_filter = ["state"]
    list_select_related = ["payment"]
    search_fields = ["=key", "=stripe_id", "=payment__key", "=payment__charge_id"]
    inlines = [RefundTransitionInline]


class DisputeTransitionInline(ReadOnly, admin.TabularInline):
    """How the dispute came to its state."""

    model = DisputeTransition
    extra = 0


@admin.register(Dispute)
class DisputeAdmin(ReadOnly, admin.ModelAdmin):
    """Disputes, the newest first; the answer to one is given in Stripe's dashboard."""

    list_display = ["id", "payment", "amount_minor", "state", "reason", "opened_at", "answer_by"]
    list_filter = ["state", "reason"]
    list_select_related = ["payment"]
    search_fields = ["=id", "=payment__key", "=payment__charge_id"]
    ordering = ["-opened_at"]
    inlines = [DisputeTransitionInline]


@admin.register(Payout)
class PayoutAdmin(ReadOnly, admin.ModelAdmin):
    """Money sent on to committees' banks, the newest first."""

    list_display = ["id", "owner", "amount_minor", "currency", "state", "made_at", "arrived_on"]
    list_filter = ["state", "currency"]
    search_fields = ["=id", "=account", "=owner"]
    ordering = ["-made_at"]


class AccountTransitionInline(ReadOnly, admin.TabularInline):
    """How the account came to its state."""

    model = StripeAccountTransition
    extra = 0


@admin.register(StripeAccount)
class StripeAccountAdmin(ReadOnly, admin.ModelAdmin):
    """Committees' own accounts at Stripe, the newest first."""

    list_display = ["organisation", "account_id", "state", "paused_until", "checked_at"]
    list_filter = ["state"]
    list_select_related = ["organisation"]
    search_fields = ["organisation__name", "=account_id", "=key"]
    ordering = ["-created_at"]
    inlines = [AccountTransitionInline]


@admin.register(StripeEvent)
class StripeEventAdmin(ReadOnly, admin.ModelAdmin):
    """The inbox."""

    list_display = ["id", "type", "state", "was_pulled", "created_at", "received_at"]
    list_filter = ["state", "type", "was_pulled"]
    search_fields = ["=id", "=subject_id"]
