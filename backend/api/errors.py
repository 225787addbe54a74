"""Which refusal is which HTTP status: the only place that knows.

A refusal of the domain speaks for itself; its text is shown. What is not listed here is a fault of
ours: it is logged, announced to Django's error signal, and told as a 500 without details.
"""

import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.core.signals import got_request_exception
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions

from backend.api.asking import ParameterRefused
from backend.api.problems import Fault, Problem, response_to
from backend.api.representations import status_address
from backend.api.resources import ReadTooOften
from backend.cities.queries import NoSuchCity, NoSuchTwinning
from backend.common.keyset import BadCursor
from backend.payments.gateways.stripe import BadSignature
from backend.payments.inbox import WrongMode
from backend.pledges import operations as pledges
from backend.pledges import returning
from backend.pledges.queries import NoSuchPledge
from backend.projects.queries import NoSuchProject

logger = structlog.get_logger(__name__)
RETRY_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Rule:
    """How a family of refusals is told. Without a `detail`, the refusal's own text is shown."""

    status: int
    code: str
    detail: Promise | None = None
    retry_seconds: int | None = None


_INTERRUPTED = Rule(
    503, "unavailable", _("The service is interrupted. Please try again soon."), RETRY_SECONDS
)
_UNREADABLE = Rule(400, "bad_request", _("The request could not be read."))
RULES: dict[type[Exception], Rule] = {
    NoSuchProject: Rule(404, "no_such_project", _("There is no project with this address.")),
    NoSuchCity: Rule(404, "no_such_city", _("There is no city with this address.")),
    NoSuchTwinning: Rule(404, "no_such_twinning", _("There is no twinning with this address.")),
    NoSuchPledge: Rule(404, "no_such_pledge", _("There is no pledge with this address.")),
    ParameterRefused: Rule(400, "bad_parameter"),
    BadCursor: Rule(400, "bad_cursor", _("This page marker is not one of ours.")),
    pledges.ProjectClosed: Rule(409, "project_closed"),
    pledges.AccountWaits: Rule(409, "account_not_ready"),
    pledges.WrongCurrency: Rule(422, "wrong_currency"),
    pledges.AmountOutOfRange: Rule(422, "amount_out_of_range"),
    pledges.NameRefused: Rule(422, "name_refused"),
    pledges.TooManyPledges: Rule(429, "too_many_pledges"),
    pledges.TooManyAttempts: Rule(429, "too_many_attempts"),
    pledges.AddressUnproved: Rule(403, "address_unproved"),
    pledges.ConsentMissing: Rule(422, "consent_missing"),
    pledges.KeyReused: Rule(409, "idempotency_key_reused"),
    pledges.NotPayable: Rule(409, "not_payable"),
    pledges.PaymentUnderWay: Rule(409, "in_progress", retry_seconds=1),
    returning.TooManyRefunds: Rule(429, "too_many_refunds"),
    returning.DisputeOpen: Rule(409, "dispute_open"),
    pledges.PaymentNotStarted: Rule(503, "payment_not_started", retry_seconds=RETRY_SECONDS),
    ReadTooOften: Rule(429, "too_many_reads", _("Too much was read from your network.")),
    BadSignature: Rule(400, "invalid_signature", _("This delivery is not signed by Stripe.")),
    WrongMode: Rule(400, "livemode_mismatch", _("Test and live events do not mix.")),
    Http404: Rule(404, "not_found", _("There is nothing at this address.")),
    RequestDataTooBig: Rule(413, "body_too_large", _("The body is too large.")),
    SuspiciousOperation: _UNREADABLE,
    UnreadablePostError: _UNREADABLE,
    OperationalError: _INTERRUPTED,
    InterfaceError: _INTERRUPTED,
}
_CODES_OF_DRF = {
    "parse_error": "malformed_json",
    "method_not_allowed": "method_not_allowed",
    "not_acceptable": "not_acceptable",
    "unsupported_media_type": "unsupported_media_type",
}


def answer(error: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """Return the problem that tells of `error`; DRF calls this for whatever a view raises."""
    rule = _rule_of(error)
    if rule:
        if rule is _INTERRUPTED:
            logger.error("api.database_unavailable", error=type(error).__name__)
        return response_to(_told(error, rule, context))
    if isinstance(error, exceptions.ValidationError):
        return response_to(_invalid(error))
    if isinstance(error, exceptions.APIException):
        return response_to(_refused_by_framework(error))
    return _our_fault(error, context)


def _rule_of(error: Exception) -> Rule | None:
    return next((RULES[kind] for kind in type(error).__mro__ if kind in RULES), None)


def _told(error: Exception, rule: Rule, context: Mapping[str, Any]) -> Problem:
    detail = str(rule.detail or error)
    code = getattr(error, "code", "") or rule.code
    field = "cursor" if isinstance(error, BadCursor) else getattr(error, "field", "")
    seconds = getattr(error, "retry_seconds", 0) or rule.retry_seconds
    retry = {"Retry-After": str(seconds)} if seconds else {}
    return Problem(
        status=rule.status,
        code=code,
        detail=detail,
        faults=[Fault(field, code, detail)] if field else [],
        headers=retry,
        extras=_extras(error, context.get("request")),
    )


def _extras(error: Exception, request: HttpRequest | None) -> dict[str, str]:
    """Tell where the pledge that was kept can be watched, proved and paid."""
    kept = (pledges.PaymentNotStarted, pledges.AddressUnproved)
    if request and isinstance(error, kept):
        return {"status_url": status_address(request, error.pledge)}
    return {}


def _invalid(error: exceptions.ValidationError) -> Problem:
    """Return what is wrong with each field of a body; unknown fields come first."""
    details: Any = error.get_full_details()
    faults = [
        Fault("" if field == "non_field_errors" else field, found["code"], str(found["message"]))
        for field, many in details.items()
        for found in many
    ]
    return Problem(status=422, code=faults[0].code, detail=faults[0].detail, faults=faults)


def _refused_by_framework(error: exceptions.APIException) -> Problem:
    code = str(error.get_codes())
    wait = getattr(error, "wait", None)
    return Problem(
        status=error.status_code,
        code=_CODES_OF_DRF.get(error.default_code, code),
        detail=str(error.detail),
        headers={"Retry-After": str(int(wait))} if wait else {},
    )


def _our_fault(error: Exception, context: Mapping[str, Any]) -> HttpResponse:
    """Note where it broke, and nothing of what was sent: neither the text nor any variable."""
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    places = [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]
    logger.error("api.broken", error=type(error).__name__, places=places)
    got_request_exception.send(sender=None, request=context.get("request"))
    return response_to(
        Problem(500, "internal_error", str(_("Something broke on our side. It has been noted.")))
    )
