"""The app of cities and their twinnings."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CitiesConfig(AppConfig):
    """Places and the ties between them."""

    name = "backend.cities"
    verbose_name = _("Cities")
