"""What search engines are told of a page, in the words of schema.org."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse


def graph(*descriptions: Mapping[str, Any]) -> dict[str, Any]:
    """Return several descriptions as the one document of a page."""
    return {"@graph": list(descriptions)}


def absolute(path: str) -> str:
    """Return the whole address of a path of this site."""
    return f"{settings.SITE_URL}{path}"


def project_described(project: Any, *, title: str, summary: str, is_open: bool) -> dict[str, Any]:
    """Describe a project, its committee and how to give to it."""
    committee = committee_described(project.committee, project.home_city)
    described: dict[str, Any] = {
        "@type": "Project",
        "name": title,
        "description": summary,
        "url": absolute(reverse("pages:project", args=[project.slug])),
        "image": absolute(reverse("machines:share_card", args=[project.slug])),
        "parentOrganization": committee,
        "location": [_place(project.home_city), _place(project.twin_city)],
        "foundingDate": project.published_at.date().isoformat(),
    }
    if is_open:
        described["potentialAction"] = {
            "@type": "DonateAction",
            "recipient": committee,
            "priceCurrency": project.currency,
            "target": absolute(reverse("pages:pledge", args=[project.slug])),
        }
    return described


def committee_described(committee: Any, city: Any) -> dict[str, Any]:
    """Describe a committee by its names and its city."""
    return {
        "@type": "Organization",
        "name": committee.name,
        "legalName": committee.legal_name,
        "location": _place(city),
    }


def city_described(city: Any) -> dict[str, Any]:
    """Describe a city by name, country and point."""
    return _place(city)


def _place(city: Any) -> dict[str, Any]:
    place: dict[str, Any] = {
        "@type": "City",
        "name": city.name,
        "address": {"@type": "PostalAddress", "addressCountry": city.country},
    }
    if city.point_is_certain:
        place["geo"] = {
            "@type": "GeoCoordinates",
            "latitude": city.latitude,
            "longitude": city.longitude,
        }
    return place


def trail_described(trail: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """Describe where the page stands; each step has a label and (but the last) an href."""
    return {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": position, "name": step["label"]}
            | ({"item": absolute(step["href"])} if step["href"] else {})
            for position, step in enumerate(trail, start=1)
        ],
    }
