"""`/api/v1/projects/`: what twin cities do together."""

from django.http import HttpResponse
from rest_framework.request import Request

from backend.api import representations, shapes
from backend.api.description import CITY, COUNTRY, CURSOR, SLUG, query, reads
from backend.api.resources import PAGE_SIZE, PublicResource
from backend.projects import states
from backend.projects.models import Project
from backend.projects.queries import ORDERS, Wanted, project_cards, public_card

THEMES = tuple(Project.Theme.values)
NEWEST = "newest"


class ProjectList(PublicResource):
    """Every project in a public state, unless filtered; never a draft."""

    parameters = (
        "search",
        "city",
        "country",
        "theme",
        "state",
        "currency",
        "order",
        "cursor",
    )

    @reads(
        name="list_projects",
        summary="Projects in every public state, 20 a page",
        shape="ProjectList",
        parameters=[
            query("search", shapes.SEARCH, "Words of title, summary, cities and countries."),
            CITY,
            COUNTRY,
            query("theme", shapes.choice(["", *THEMES]), "One or more themes.", many=True),
            query(
                "state",
                shapes.choice(["", *states.PUBLIC_STATES]),
                "One or more states.",
                many=True,
            ),
            query("currency", shapes.text(pattern="^([A-Za-z]{3})?$"), "Code of a currency: EUR."),
            query(
                "order",
                shapes.choice(["", *ORDERS]),
                "`newest` unless given. `ending` shows only those that take pledges, unless"
                " states are given.",
            ),
            CURSOR,
        ],
    )
    def get(self, request: Request) -> HttpResponse:
        """Return a page of projects."""
        page = project_cards(self._wanted(), cursor=self.asked.cursor(), size=PAGE_SIZE)
        return self.listed(page, [representations.project(row, self.reader) for row in page.rows])

    def _wanted(self) -> Wanted:
        return Wanted(
            search=self.asked.search(),
            city=self.asked.slug("city"),
            country=self.asked.country(),
            theme=self.asked.some_of("theme", THEMES),
            state=self.asked.some_of("state", states.PUBLIC_STATES),
            currency=self.asked.currency(),
            order=self.asked.one_of("order", ORDERS, NEWEST),
        )


class ProjectDetail(PublicResource):
    """One project."""

    @reads(
        name="read_project",
        summary="One project",
        shape="Project",
        parameters=[SLUG],
        problems=[404],
    )
    def get(self, request: Request, slug: str) -> HttpResponse:
        """Return the public project with that slug."""
        return self.shown(representations.project(public_card(slug), self.reader))
