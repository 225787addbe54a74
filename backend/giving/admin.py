"""Monthly gifts and their receipts, read-only: they change by operations alone."""

from django.contrib import admin

from backend.common.readonly import ReadOnly
from backend.giving.models import Instalment, MonthlyGift, MonthlyGiftTransition, Wish


class TransitionInline(ReadOnly, admin.TabularInline):
    """How the gift came to its state."""

    model = MonthlyGiftTransition
    extra = 0


class WishInline(ReadOnly, admin.TabularInline):
    """What the donor asked for, each time."""

    model = Wish
    extra = 0


@admin.register(MonthlyGift)
class MonthlyGiftAdmin(ReadOnly, admin.ModelAdmin):
    """Who gives what every month, and how it stands."""

    list_display = ["id", "committee", "gift_minor", "currency", "state", "made_at", "next_at"]
    list_filter = ["state", "currency", "is_sample"]
    search_fields = ["=id", "=email"]
    list_select_related = ["committee"]
    exclude = ["token", "idempotency_key", "request_digest"]
    inlines = [WishInline, TransitionInline]


@admin.register(Instalment)
class InstalmentAdmin(ReadOnly, admin.ModelAdmin):
    """The money of each month, with its receipt."""

    list_display = [
        "purpose", "organisation", "year", "number", "amount_minor", "currency", "state",
        "charged_at",
    ]  # fmt: skip
    list_filter = ["state", "year"]
    search_fields = ["=purpose", "=public_reference"]
    list_select_related = ["organisation"]
