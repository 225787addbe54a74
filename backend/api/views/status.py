"""`/api/v1/status/`: whether the books agree."""

from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request

from backend.api import representations
from backend.api.description import reads
from backend.api.resources import PublicResource
from backend.reconciliation.queries import status


class StatusDetail(PublicResource):
    """The last comparison of receipts, book and Stripe's record, and the invariants."""

    @reads(name="read_status", summary="Whether the books agree", shape="Status")
    def get(self, request: Request) -> HttpResponse:
        """Return what the last comparison and the last look at the invariants found."""
        return self.shown(representations.status(status(at=timezone.now())))
