"""The book in the administration: to be read, by nobody to be written."""

from django.contrib import admin

from backend.common.readonly import ReadOnly
from backend.ledger.models import Account, Chain, Entry, Transaction


class EntryInline(ReadOnly, admin.TabularInline):
    """The debits and credits of a transaction."""

    model = Entry
    fields = ["position", "account", "currency", "debit_minor", "credit_minor"]
    ordering = ["position"]


@admin.register(Account)
class AccountAdmin(ReadOnly, admin.ModelAdmin):
    """Accounts by code."""

    actions = None
    list_display = ["code", "currency"]
    list_filter = ["currency"]
    search_fields = ["code"]
    ordering = ["code"]
    show_full_result_count = False


@admin.register(Chain)
class ChainAdmin(ReadOnly, admin.ModelAdmin):
    """Chains and their heads."""

    actions = None
    list_display = ["code", "seq", "hash"]
    search_fields = ["code"]
    ordering = ["code"]
    show_full_result_count = False


@admin.register(Transaction)
class TransactionAdmin(ReadOnly, admin.ModelAdmin):
    """Lines of the book, the last written first."""

    actions = None
    list_display = ["day", "kind", "reference", "public_reference", "chain", "seq"]
    list_filter = ["kind", "day"]
    list_select_related = ["chain"]
    search_fields = ["=reference", "=public_reference", "=chain__code"]
    ordering = ["-id"]
    show_full_result_count = False
    inlines = [EntryInline]
