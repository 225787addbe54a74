"""Cities and the ties between them.

The one rule: a city is a named point in a country, and two cities have at most one tie.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class CityQuerySet(models.QuerySet["City"]):
    """Cities, narrowed."""

    def in_order(self) -> "CityQuerySet":
        """Sort by name, then id, as every list of cities is sorted."""
        return self.order_by("name", "id")


class City(models.Model):
    """A place that has or may have a twin, with what is known of it."""

    slug = models.CharField(_("slug"), max_length=120, unique=True)
    name = models.CharField(_("name"), max_length=150)
    folded_name = models.CharField(
        max_length=200,
        default="",
        editable=False,
        help_text="The name without accents, capitals and qualifier, as it is searched for.",
    )
    country = models.CharField(_("country"), max_length=2, help_text=_("ISO 3166-1, or XK"))
    latitude = models.FloatField(_("latitude"))
    longitude = models.FloatField(_("longitude"))
    point_is_certain = models.BooleanField(
        default=True,
        help_text="False where the list puts the city at a point that lies in another country.",
    )
    population = models.PositiveIntegerField(
        _("population"), null=True, blank=True, help_text=_("empty: unknown")
    )
    languages = ArrayField(
        models.CharField(max_length=8),
        default=list,
        blank=True,
        verbose_name=_("languages"),
        help_text="Codes of the languages of the country (GeoNames); empty if unknown.",
    )
    time_zone = models.CharField(_("time zone"), max_length=64)
    time_zone_is_exact = models.BooleanField(
        default=False, help_text="False where the zone is that of the nearest known place."
    )
    geonames_id = models.PositiveIntegerField(null=True, blank=True)
    search_text = models.TextField(default="", editable=False)
    added_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = CityQuerySet.as_manager()

    class Meta:
        verbose_name = _("city")
        verbose_name_plural = _("cities")
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="city_has_a_name"),
            models.CheckConstraint(
                condition=Q(country__regex=r"^[A-Z]{2}$"), name="city_country_is_two_letters"
            ),
            # NaN is greater than every number in PostgreSQL, so it fails here too.
            models.CheckConstraint(
                condition=Q(latitude__gte=-90, latitude__lte=90), name="city_latitude_on_earth"
            ),
            models.CheckConstraint(
                condition=Q(longitude__gte=-180, longitude__lte=180),
                name="city_longitude_on_earth",
            ),
            models.CheckConstraint(
                condition=Q(population__isnull=True) | Q(population__gt=0),
                name="city_population_is_unknown_not_zero",
            ),
        ]
        indexes = [
            models.Index(fields=["name", "id"], name="city_in_order"),
            models.Index(fields=["country", "folded_name"], name="city_by_country"),
            models.Index(
                OpClass(F("folded_name"), name="text_pattern_ops"), name="city_name_prefix"
            ),
            GinIndex(SearchVector("search_text", config="simple"), name="city_words"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.country})"


class Twinning(models.Model):
    """The tie of two cities; the one with the smaller id is `city_a`."""

    class Kind(models.TextChoices):
        """What the two cities call their tie."""

        TWIN_TOWN = "twin_town", _("twin towns")
        FRIENDSHIP = "friendship", _("friendship cities")
        PARTNERSHIP = "partnership", _("partnership")

    class State(models.TextChoices):
        """Whether the tie stands or was only announced."""

        CONFIRMED = "confirmed", _("confirmed")
        ANNOUNCED = "announced", _("announced")

    slug = models.CharField(_("slug"), max_length=244, unique=True)
    # The unique pair below is its index.
    city_a = models.ForeignKey(City, on_delete=models.PROTECT, related_name="+", db_index=False)
    city_b = models.ForeignKey(City, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices, default=Kind.TWIN_TOWN)
    state = models.CharField(
        _("state"), max_length=16, choices=State.choices, default=State.CONFIRMED
    )
    since_on = models.DateField(_("since"), null=True, blank=True)
    source = models.TextField(_("source"), blank=True, help_text=_("where we know the tie from"))
    note = models.JSONField(_("note"), default=dict, blank=True)
    added_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        verbose_name = _("twinning")
        verbose_name_plural = _("twinnings")
        constraints = [
            models.CheckConstraint(
                condition=Q(city_a__lt=F("city_b")), name="twinning_of_two_cities_in_order"
            ),
            models.UniqueConstraint(fields=["city_a", "city_b"], name="twinning_once_per_pair"),
            models.CheckConstraint(
                condition=Q(kind__in=["twin_town", "friendship", "partnership"]),
                name="twinning_kind_is_known",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["confirmed", "announced"]), name="twinning_state_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.slug

    @property
    def is_announced(self) -> bool:
        """Whether the tie was only announced so far."""
        return self.state == self.State.ANNOUNCED

    def other_than(self, city: City) -> City:
        """Return the city at the other end of the tie."""
        return self.city_b if self.city_a_id == city.pk else self.city_a
