"""`/api/v1/cities/`: the places."""

from django.http import HttpResponse
from rest_framework.request import Request

from backend.api import representations, shapes
from backend.api.description import COUNTRY, CURSOR, SLUG, query, reads
from backend.api.representations import CITY_COLUMNS
from backend.api.resources import PAGE_SIZE, PublicResource
from backend.cities.queries import CITY_ORDER, cities_in_order, cities_matching, city_by_slug
from backend.common.keyset import page_of


class CityList(PublicResource):
    """All cities, by name."""

    parameters = ("search", "country", "cursor")

    @reads(
        name="list_cities",
        summary="Cities by name, 20 a page",
        shape="CityList",
        parameters=[
            query("search", shapes.SEARCH, "Words of a name, in any of its spellings."),
            COUNTRY,
            CURSOR,
        ],
    )
    def get(self, request: Request) -> HttpResponse:
        """Return a page of cities."""
        search, country = self.asked.search(), self.asked.country()
        cities = cities_in_order(country=country)
        if search.strip():
            found = cities_matching(search, country)
            cities = cities.filter(pk__in=found.order_by().values("pk"))
        page = page_of(
            cities.values(*CITY_COLUMNS),
            order=CITY_ORDER,
            size=PAGE_SIZE,
            cursor=self.asked.cursor(),
        )
        return self.listed(page, [representations.city(row, self.reader) for row in page.rows])


class CityDetail(PublicResource):
    """One city."""

    @reads(
        name="read_city",
        summary="One city",
        shape="City",
        parameters=[SLUG],
        problems=[404],
    )
    def get(self, request: Request, slug: str) -> HttpResponse:
        """Return the city with that slug."""
        city = city_by_slug(slug)
        row = {column: getattr(city, column) for column in CITY_COLUMNS}
        return self.shown(representations.city(row, self.reader))
