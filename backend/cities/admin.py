"""Cities and twinnings in the admin: to look things up. Lists and operations write them."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from backend.cities.models import City, Twinning


class ReadOnlyAdmin(admin.ModelAdmin):
    """Shows rows and changes none."""

    list_per_page = 50
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds a row here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes a row here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes a row here."""
        return False


@admin.register(City)
class CityAdmin(ReadOnlyAdmin):
    """Finds a city by the beginning of its name or by its slug."""

    list_display = ("name", "country", "population", "time_zone", "point_is_certain")
    list_filter = ("point_is_certain", "time_zone_is_exact", "country")
    search_fields = ("folded_name__startswith", "slug__startswith", "name__startswith")
    ordering = ("name", "id")


@admin.register(Twinning)
class TwinningAdmin(ReadOnlyAdmin):
    """Finds a tie by the slug of one of its cities."""

    list_display = ("slug", "kind", "state", "since_on", "source")
    list_filter = ("state", "kind")
    search_fields = ("slug",)
    ordering = ("slug",)
