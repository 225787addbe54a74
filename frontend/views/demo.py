"""The demo's mailbox: what would have been sent."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from backend.mail.queries import demo_messages

SHOWN = 50


@never_cache
@require_safe
def mailbox(request: HttpRequest) -> HttpResponse:
    """List the newest messages with their texts."""
    return render(request, "pages/mailbox.html", {"messages_sent": demo_messages()[:SHOWN]})
