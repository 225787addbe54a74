"""Pledges and receipts, read-only: they change by operations alone."""

from django.contrib import admin

from backend.common.readonly import ReadOnly
from backend.pledges.models import Pledge, PledgeTransition, Receipt


class TransitionInline(ReadOnly, admin.TabularInline):
    """How the pledge came to its state."""

    model = PledgeTransition
    extra = 0


@admin.register(Pledge)
class PledgeAdmin(ReadOnly, admin.ModelAdmin):
    """What was promised and what became of it."""

    list_display = ["id", "project", "gift_minor", "currency", "state", "made_at", "settled_at"]
    list_filter = ["state", "currency", "source_class", "is_sample"]
    search_fields = ["=id", "=email", "=public_reference"]
    list_select_related = ["project"]
    exclude = ["token", "idempotency_key", "request_digest"]
    inlines = [TransitionInline]


@admin.register(Receipt)
class ReceiptAdmin(ReadOnly, admin.ModelAdmin):
    """Receipts by number."""

    list_display = ["organisation", "year", "number", "pledge", "issued_at"]
    list_filter = ["year"]
    list_select_related = ["organisation", "pledge"]
