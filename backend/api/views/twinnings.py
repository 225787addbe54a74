"""`/api/v1/twinnings/`: the ties of cities."""

from django.db.models import QuerySet
from django.http import HttpResponse
from rest_framework.request import Request

from backend.api import representations, shapes
from backend.api.description import CITY, COUNTRY, CURSOR, SLUG, query, reads
from backend.api.representations import TWINNING_COLUMNS
from backend.api.resources import PAGE_SIZE, PublicResource
from backend.cities.models import Twinning
from backend.cities.queries import (
    TWINNING_ORDER,
    NoSuchCity,
    NoSuchTwinning,
    city_by_slug,
    twinnings_in_order,
)
from backend.common.keyset import page_of

STATES = ("confirmed", "announced")


class TwinningList(PublicResource):
    """All ties, by slug."""

    parameters = ("city", "country", "state", "cursor")

    @reads(
        name="list_twinnings",
        summary="Ties of cities, 20 a page",
        shape="TwinningList",
        parameters=[
            CITY,
            COUNTRY,
            query("state", shapes.choice(["", *STATES]), "Whether it stands or was announced."),
            CURSOR,
        ],
    )
    def get(self, request: Request) -> HttpResponse:
        """Return a page of ties."""
        page = page_of(
            self._wanted().values(*TWINNING_COLUMNS),
            order=TWINNING_ORDER,
            size=PAGE_SIZE,
            cursor=self.asked.cursor(),
        )
        return self.listed(page, [representations.twinning(row, self.reader) for row in page.rows])

    def _wanted(self) -> QuerySet[Twinning]:
        slug, country = self.asked.slug("city"), self.asked.country()
        state = self.asked.one_of("state", STATES)
        try:
            city = city_by_slug(slug) if slug else None
        except NoSuchCity:
            return twinnings_in_order().none()
        return twinnings_in_order(city=city, country=country, state=state)


class TwinningDetail(PublicResource):
    """One tie."""

    @reads(
        name="read_twinning",
        summary="One tie of two cities",
        shape="Twinning",
        parameters=[SLUG],
        problems=[404],
    )
    def get(self, request: Request, slug: str) -> HttpResponse:
        """Return the tie with that slug."""
        row = twinnings_in_order().filter(slug=slug).values(*TWINNING_COLUMNS).first()
        if row is None:
            raise NoSuchTwinning(slug)
        return self.shown(representations.twinning(row, self.reader))
