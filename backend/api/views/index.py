"""`/api/v1/`: where to begin."""

from django.http import HttpResponse
from django.urls import reverse
from rest_framework.request import Request

from backend.api.description import reads
from backend.api.resources import PublicResource


class Index(PublicResource):
    """The addresses of the lists."""

    @reads(name="index", summary="Where to begin", shape="Index")
    def get(self, request: Request) -> HttpResponse:
        """Return the full address of each list and of this description."""
        names = ("projects", "cities", "twinnings", "status", "schema")
        return self.shown({name: self.reader.base + reverse(f"api:{name}") for name in names})
