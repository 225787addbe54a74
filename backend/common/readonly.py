"""Rows that the admin shows and never writes."""

from django.http import HttpRequest


class ReadOnly:
    """Mix in before a ModelAdmin or an inline: nothing is added, changed or thrown away."""

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Nothing is added by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Nothing is changed by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        """Nothing is thrown away."""
        return False
