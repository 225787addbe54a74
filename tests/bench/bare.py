"""What the site is compared with: the least that Django and DRF can do.

Four views as the DRF tutorial writes them: a JSON view without a database, a list of 20 rows (one
query for the rows and one that counts them), one row, and one new row. They read the same projects
as the site. Their program has no middleware, so the site pays for its own.
"""

from typing import Any, ClassVar

from django.db import models
from django.http import HttpRequest, JsonResponse
from django.urls import path
from rest_framework import generics, pagination, parsers, renderers, serializers

from backend.projects.models import Project


class Gift(models.Model):
    """A row to write, with the fields that a guest fills in."""

    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=80, blank=True)
    currency = models.CharField(max_length=3)
    amount_minor = models.BigIntegerField()
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "bench"
        db_table = "bench_gift"
        managed = False

    def __str__(self) -> str:
        return self.email


class ProjectSerializer(serializers.ModelSerializer[Project]):
    class Meta:
        model = Project
        fields = (
            "slug", "state", "campaign", "theme", "title", "summary", "currency", "goal_minor",
            "minimum_minor", "raised_minor", "promised_minor", "supporters", "opens_at",
            "closes_at", "home_city", "twin_city",
        )  # fmt: skip


class GiftSerializer(serializers.ModelSerializer[Gift]):
    class Meta:
        model = Gift
        fields = ("id", "email", "name", "currency", "amount_minor", "made_at")


class TwentyAPage(pagination.PageNumberPagination):
    page_size = 20


class Plain:
    """DRF's own JSON both ways; the site's settings name others."""

    renderer_classes: ClassVar[Any] = [renderers.JSONRenderer]
    parser_classes: ClassVar[Any] = [parsers.JSONParser]
    queryset = Project.objects.defer("search_text", "search_vector", "story", "outcome")


class ProjectList(Plain, generics.ListAPIView[Project]):
    queryset = Plain.queryset.order_by("-published_at")
    serializer_class = ProjectSerializer
    pagination_class = TwentyAPage


class ProjectDetail(Plain, generics.RetrieveAPIView[Project]):
    serializer_class = ProjectSerializer
    lookup_field = "slug"


class GiftList(Plain, generics.CreateAPIView[Gift]):
    queryset = Gift.objects.all()
    serializer_class = GiftSerializer


def greeting(request: HttpRequest) -> JsonResponse:
    """Answer a few bytes of JSON."""
    return JsonResponse({"hello": "world"})


urlpatterns = [
    path("greeting/", greeting),
    path("projects/", ProjectList.as_view()),
    path("projects/<slug:slug>/", ProjectDetail.as_view()),
    path("gifts/", GiftList.as_view()),
]
