"""Finding a city by what people type.

The one rule: what a city is called in full comes before how its name begins, that before its other
names, that before its country, and words that only begin alike come last; among equals the more
populous goes first.
"""

from difflib import get_close_matches

from django.contrib.postgres.search import SearchQuery, SearchVector
from django.db.models import Case, F, IntegerField, Q, QuerySet, Value, When

from backend.cities.countries import countries_matching
from backend.cities.folding import fold
from backend.cities.models import City

LONGEST_SEARCH = 100
_LIKE_ENOUGH = 0.7
_FEWEST_LETTERS = 3


def cities_matching(text: str, country: str | None = None) -> QuerySet[City]:
    """Return the cities that `text` may mean, the best first, narrowed to a country's code.

    Accents, capitals and punctuation do not matter, the last letters of a word may be missing, and
    several words must all be found: "lom", "sao paulo", "lomé togo", "Allemagne". Without a text
    it returns the whole country, or nothing.
    """
    wanted = fold(text[:LONGEST_SEARCH])
    cities: QuerySet[City] = City.objects.all()
    if country:
        cities = cities.filter(country=country)
    if wanted:
        cities = _matching(cities, wanted)
    elif not country:
        cities = cities.none()
    return cities.order_by(
        *(["rank"] if wanted else []), F("population").desc(nulls_last=True), "name", "id"
    )


def cities_suggested(text: str, *, limit: int = 3) -> list[City]:
    """Return cities whose name looks like `text`, for a word that found nothing.

    Those spelt alike come first, then the most populous that begin with the same letters.
    """
    wanted = fold(text[:LONGEST_SEARCH])
    if not wanted:
        return []
    by_population = City.objects.order_by(F("population").desc(nulls_last=True), "name", "id")
    namesakes = by_population.filter(folded_name__startswith=wanted[0])
    alike = get_close_matches(
        wanted, set(namesakes.values_list("folded_name", flat=True)), limit, _LIKE_ENOUGH
    )
    found = sorted(
        by_population.filter(folded_name__in=alike), key=lambda city: alike.index(city.folded_name)
    )
    for letters in range(min(_FEWEST_LETTERS, len(wanted)), 0, -1):
        if len(found) < limit:
            begin_alike = namesakes.filter(folded_name__startswith=wanted[:letters])
            found += begin_alike.exclude(pk__in=[city.pk for city in found])[: limit - len(found)]
    return found[:limit]


def _matching(cities: QuerySet[City], wanted: str) -> QuerySet[City]:
    whole = SearchQuery(" & ".join(wanted.split()), search_type="raw", config="simple")
    begun = SearchQuery(
        " & ".join(f"{word}:*" for word in wanted.split()), search_type="raw", config="simple"
    )
    countries = countries_matching(wanted)
    return (
        cities.annotate(words=SearchVector("search_text", config="simple"))
        .annotate(
            rank=Case(
                When(folded_name=wanted, then=Value(0)),
                When(folded_name__startswith=wanted, then=Value(1)),
                When(Q(words=whole) & ~Q(country__in=countries), then=Value(2)),
                When(country__in=countries, then=Value(3)),
                default=Value(4),
                output_field=IntegerField(),
            )
        )
        .filter(Q(folded_name__startswith=wanted) | Q(words=begun) | Q(country__in=countries))
    )
