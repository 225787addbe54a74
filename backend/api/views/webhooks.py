"""`/webhooks/stripe/`: where Stripe tells that something happened.

A delivery is a pointer. Its signature is checked on the raw body before anything else is read,
it is stored once, and 200 says no more than that; a job looks up what is true.
"""

import structlog
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from rest_framework.exceptions import MethodNotAllowed

from backend.api import errors
from backend.api.rendering import as_json
from backend.payments.gateways.stripe import BadSignature
from backend.payments.inbox import WrongMode, receive_delivery

MAXIMUM_BYTES = 512 * 1024
logger = structlog.get_logger(__name__)


@csrf_exempt
def stripe(request: HttpRequest) -> HttpResponse:
    """Store a delivery; a signature is what stands here instead of a session."""
    try:
        _receive(request)
    except Exception as error:  # whatever it is, Stripe gets a problem and tries again
        response = errors.answer(error, {"request": request})
        if isinstance(error, MethodNotAllowed):
            response["Allow"] = "POST"
        return response
    return HttpResponse(as_json({"received": True}), content_type="application/json")


def _receive(request: HttpRequest) -> None:
    if request.method != "POST":
        raise MethodNotAllowed(str(request.method))
    body = request.body
    if len(body) > MAXIMUM_BYTES:
        raise RequestDataTooBig
    try:
        receive_delivery(
            body=body, signature=request.headers.get("Stripe-Signature", ""), at=timezone.now()
        )
    except (BadSignature, WrongMode) as refusal:
        logger.warning("webhook.refused", reason=type(refusal).__name__)
        raise
