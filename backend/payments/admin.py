"""Payments and Stripe's events, read-only."""

from django.contrib import admin

from backend.common.readonly import ReadOnly
from backend.payments.models import Payment, PaymentTransition, StripeEvent


class TransitionInline(ReadOnly, admin.TabularInline):
    """How the payment came to its state."""

    model = PaymentTransition
    extra = 0


@admin.register(Payment)
class PaymentAdmin(ReadOnly, admin.ModelAdmin):
    """Attempts to pay, with Stripe's ids."""

    list_display = ["key", "amount_minor", "currency", "state", "created_at", "settled_at"]
    list_filter = ["state", "currency"]
    search_fields = ["=key", "=session_id", "=intent_id", "=charge_id"]
    inlines = [TransitionInline]


@admin.register(StripeEvent)
class StripeEventAdmin(ReadOnly, admin.ModelAdmin):
    """The inbox."""

    list_display = ["id", "type", "state", "was_pulled", "created_at", "received_at"]
    list_filter = ["state", "type", "was_pulled"]
    search_fields = ["=id", "=subject_id"]
