"""`POST /api/v1/projects/<slug>/pledges/`: make a pledge as a guest, and watch it afterwards."""

import re
from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.request import Request

from backend.accounts.networks import network_of
from backend.api import representations, shapes
from backend.api.description import SLUG, describes, in_path
from backend.api.rendering import JsonRenderer, as_json
from backend.api.resources import Resource
from backend.api.serializers import PledgeIn
from backend.money import Money
from backend.payments.queries import open_checkout_for
from backend.pledges.models import Pledge
from backend.pledges.operations import Made, NotPayable, make_pledge, start_payment
from backend.pledges.queries import pledge_by_token
from backend.projects.queries import public_project

KEY = re.compile(shapes.KEY_PATTERN, re.ASCII)
_KEY = OpenApiParameter(
    "Idempotency-Key",
    shapes.text(pattern=shapes.KEY_PATTERN),
    OpenApiParameter.HEADER,
    description="A random text of yours. The same key with the same body is the same pledge.",
)


class ProjectPledges(Resource):
    """The pledges of one project."""

    @describes(
        name="make_pledge",
        summary="Make a pledge; the answer tells where to pay",
        parameters=[SLUG, _KEY],
        body="PledgeIn",
        answers={201: "Pledge", 200: "Pledge"},
        problems=[400, 403, 404, 406, 409, 413, 415, 422, 429, 503],
    )
    def post(self, request: Request, slug: str) -> HttpResponse:
        """Make the pledge: 201; the same key again: 200 and the same pledge."""
        key = _key_of(request)
        sent = PledgeIn(data=request.data)
        sent.is_valid(raise_exception=True)
        network = network_of(request)
        made = self._make(slug, sent.validated_data, key, network=network)
        checkout_url = _start(made, network)
        made.pledge.refresh_from_db(fields=["state", "is_processing"])
        content = representations.pledge(made.pledge, request, checkout_url=checkout_url)
        status = 201 if made.is_new else 200
        response = HttpResponse(as_json(content), status=status, content_type="application/json")
        response["Location"] = content["status_url"]
        return response

    def _make(self, slug: str, fields: dict[str, Any], key: str | None, *, network: str) -> Made:
        return make_pledge(
            project=public_project(slug),
            amount=Money(fields["amount_minor"], fields["currency"]),
            email=fields["email"],
            name=fields["name"],
            visibility=fields["visibility"],
            cover_fee=fields["cover_fee"],
            language=fields.get("language", self.language),
            donor_id=None,
            idempotency_key=key,
            at=timezone.now(),
            network=network,
            save_card=fields["save_card"],
        )


def _key_of(request: Request) -> str | None:
    key = request.headers.get("Idempotency-Key")
    if key is not None and not KEY.fullmatch(key):
        text = _("An Idempotency-Key has 1 to 255 visible ASCII characters.")
        raise ValidationError(
            {"Idempotency-Key": [ErrorDetail(text, code="invalid_idempotency_key")]}
        )
    return key


def _start(made: Made, network: str) -> str | None:
    """Open Stripe's page; a pledge that came again may have nothing left to pay."""
    try:
        return start_payment(pledge=made.pledge, at=timezone.now(), network=network)
    except NotPayable:
        if made.is_new:
            raise
        return None


class AnyFormat(BaseContentNegotiation):
    """A browser is sent on to the page, so it need not accept JSON."""

    def select_parser(self, request: Request, parsers: Any) -> Any:
        """Take the only one."""
        return parsers[0]

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[JsonRenderer, str]:
        """Take the only one."""
        return renderers[0], renderers[0].media_type


class PledgeDetail(Resource):
    """One pledge, for whoever has its unguessable address."""

    content_negotiation_class = AnyFormat

    @describes(
        name="read_pledge",
        summary="What became of a pledge; a browser is sent on to its page",
        parameters=[in_path("token", shapes.TOKEN_PATTERN, "The end of `status_url`.")],
        answers={200: "Pledge", 303: ""},
        problems=[400, 404, 429, 503],
    )
    def get(self, request: Request, token: str) -> HttpResponse:
        """Return the pledge's state and, while it can be paid, Stripe's page."""
        pledge = pledge_by_token(token)
        content = representations.pledge(pledge, request, checkout_url=_open_page(pledge))
        if request.get_preferred_type([JsonRenderer.media_type, "text/html"]) == "text/html":
            response = HttpResponse(status=303)
            response["Location"] = content["html_url"]
        else:
            response = HttpResponse(as_json(content), content_type="application/json")
        response["Vary"] = "Accept"
        response["Referrer-Policy"] = "no-referrer"
        return response


def _open_page(pledge: Pledge) -> str | None:
    checkout = open_checkout_for(pledge.purpose)
    return checkout.url if checkout else None
