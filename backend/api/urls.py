"""Addresses of the API. They stay as they are: what must change comes under /api/v2/."""

from django.urls import include, path, re_path

from backend.api.views import (
    cities,
    index,
    ledger,
    nowhere,
    pledges,
    projects,
    schema,
    status,
    twinnings,
    webhooks,
)

version_1 = [
    path("", index.Index.as_view(), name="index"),
    path("schema/", schema.Schema.as_view(), name="schema"),
    path("status/", status.StatusDetail.as_view(), name="status"),
    path("cities/", cities.CityList.as_view(), name="cities"),
    path("cities/<slug:slug>/", cities.CityDetail.as_view(), name="city"),
    path("twinnings/", twinnings.TwinningList.as_view(), name="twinnings"),
    path("twinnings/<slug:slug>/", twinnings.TwinningDetail.as_view(), name="twinning"),
    path("projects/", projects.ProjectList.as_view(), name="projects"),
    path("projects/<slug:slug>/", projects.ProjectDetail.as_view(), name="project"),
    path("projects/<slug:slug>/ledger/", ledger.Ledger.as_view(), name="ledger"),
    path("projects/<slug:slug>/pledges/", pledges.ProjectPledges.as_view(), name="pledges"),
    re_path(
        r"^pledges/(?P<token>[A-Za-z0-9_-]{43})/$", pledges.PledgeDetail.as_view(), name="pledge"
    ),
]

app_name = "api"
urlpatterns = [
    path("api/v1/", include(version_1)),
    path("webhooks/stripe/", webhooks.stripe, name="stripe_webhook"),
    re_path(r"^api/.*$", nowhere.Nowhere.as_view(), name="nowhere"),
]
