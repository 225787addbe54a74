"""`/api/v1/projects/<slug>/ledger/`: the open book of a project."""

from django.http import HttpResponse
from rest_framework.request import Request

from backend.api import shapes
from backend.api.description import SLUG, query, reads
from backend.api.resources import PAGE_SIZE, PublicResource
from backend.ledger.queries import chain_page
from backend.projects.queries import public_card


class Ledger(PublicResource):
    """The lines of the book, the first written first. They are numbered without a gap."""

    parameters = ("after",)

    @reads(
        name="read_ledger",
        summary="The lines of a project's book, 20 a page",
        shape="LedgerPage",
        parameters=[
            SLUG,
            query("after", shapes.AFTER, "The `seq` of the line after which the page begins."),
        ],
        problems=[404],
    )
    def get(self, request: Request, slug: str) -> HttpResponse:
        """Return a page of lines, exactly as they were hashed."""
        after = self.asked.number("after")
        chain = f"project:{public_card(slug)['id']}"
        found = chain_page(chain, after_seq=after, size=PAGE_SIZE + 1)
        lines, more = found[:PAGE_SIZE], len(found) > PAGE_SIZE
        return self.shown(
            {
                "next": self.beside(after=lines[-1]["seq"]) if more else None,
                "previous": self.beside(after=max(0, after - PAGE_SIZE)) if after else None,
                "results": lines,
            }
        )
