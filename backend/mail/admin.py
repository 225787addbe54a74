"""The outbox, read-only."""

from django.contrib import admin

from backend.common.readonly import ReadOnly
from backend.mail.models import Mail


@admin.register(Mail)
class MailAdmin(ReadOnly, admin.ModelAdmin):
    """What was queued, sent, declined or parked; what a letter says is its reader's."""

    exclude = ["text", "html"]
    list_display = ["kind", "recipient", "state", "attempts", "problem", "queued_at", "sent_at"]
    list_filter = ["state", "kind"]
    search_fields = ["recipient", "reference"]
