"""`/api/v1/schema/`: the API described by itself."""

from django.http import HttpResponse
from rest_framework.request import Request

from backend.api.description import described_api, reads
from backend.api.resources import PublicResource


class Schema(PublicResource):
    """OpenAPI 3.1, as JSON."""

    @reads(name="schema", summary="This description, in OpenAPI 3.1", shape="Description")
    def get(self, request: Request) -> HttpResponse:
        """Return the description."""
        return self.shown(described_api())
