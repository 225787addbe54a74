"""Pledges and receipts, read-only: they change by operations alone."""

from django.conf import settings
from django.contrib import admin
from django.utils.html import format_html
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from backend.common.readonly import ReadOnly
from backend.pledges import states
from backend.pledges.models import Decision, Pledge, PledgeTransition, PledgeVersion, Receipt


class TransitionInline(ReadOnly, admin.TabularInline):
    """How the pledge came to its state."""

    model = PledgeTransition
    extra = 0


class VersionInline(ReadOnly, admin.TabularInline):
    """What was promised and agreed to, each time."""

    model = PledgeVersion
    extra = 0


@admin.register(Decision)
class DecisionAdmin(ReadOnly, admin.ModelAdmin):
    """Which all-or-nothing campaigns reached their minimum."""

    list_display = [
        "project", "is_reached", "secured_minor", "received_minor", "minimum_minor", "currency",
        "decided_at",
    ]  # fmt: skip
    list_filter = ["is_reached", "currency"]


@admin.register(Pledge)
class PledgeAdmin(ReadOnly, admin.ModelAdmin):
    """What was promised and what became of it."""

    list_display = ["id", "project", "gift_minor", "currency", "state", "made_at", "settled_at"]
    list_filter = ["state", "currency", "source_class", "is_sample"]
    search_fields = ["=id", "=email", "=public_reference"]
    list_select_related = ["project"]
    exclude = ["token", "idempotency_key", "request_digest"]
    readonly_fields = ["refund"]
    inlines = [VersionInline, TransitionInline]

    @admin.display(description=_("Refund"))
    def refund(self, pledge: Pledge) -> str:
        """Lead to the page that gives money back."""
        if pledge.state not in states.PAID or pledge.is_sample:
            return "–"
        address = settings.REFUND_ADDRESS.format(
            language=get_language(), reference=pledge.public_reference
        )
        return format_html('<a href="{}">{}</a>', address, _("Refund a pledge"))


@admin.register(Receipt)
class ReceiptAdmin(ReadOnly, admin.ModelAdmin):
    """Receipts by number."""

    list_display = ["organisation", "year", "number", "pledge", "issued_at"]
    list_filter = ["year"]
    list_select_related = ["organisation", "pledge"]
