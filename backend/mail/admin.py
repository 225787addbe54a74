"""The outbox, read-only."""

from django.contrib import admin

from backend.common.readonly import ReadOnly
from backend.mail.models import Mail


@admin.register(Mail)
class MailAdmin(ReadOnly, admin.ModelAdmin):
    """What was queued, sent or parked."""

    list_display = ["kind", "recipient", "state", "attempts", "queued_at", "sent_at"]
    list_filter = ["state", "kind"]
    search_fields = ["recipient", "reference"]
