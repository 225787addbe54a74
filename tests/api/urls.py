"""The backend's own addresses without any page: it must work with the frontend unimportable."""

from django.urls import include, path

urlpatterns = [path("", include("backend.api.urls"))]
