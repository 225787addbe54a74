"""One account in the two forms that Stripe gives it: v1 (flags) and v2 (configurations).

Source: https://docs.stripe.com/api/accounts/object and
https://docs.stripe.com/api/v2/core/accounts/object
"""

from __future__ import annotations

from typing import Any

from sandbox.connect.standing import ACTIVE, MERCHANT, PENDING, RECIPIENT, Standing
from sandbox.lists import page_of
from sandbox.moments import written_out
from sandbox.store import Resource

V1_STATUSES = {"restricted": "inactive"}
INCLUDABLE = ("configuration.customer", "configuration.merchant", "configuration.recipient")
DETAILS = {
    "restricted": [{"code": "requirements_past_due", "resolution": "provide_info"}],
    "pending": [{"code": "requirements_pending_verification", "resolution": "no_resolution"}],
}


def v1_account(account_id: str, standing: Standing) -> Resource:
    """Return the account as v1 shows it."""
    banks = [standing.bank] if standing.bank else []
    due = list(standing.missing)
    statuses = {name: v1_status(standing, name) for name in standing.requested}
    return {
        "id": account_id,
        "object": "account",
        "business_type": standing.entity_type,
        "capabilities": statuses,
        "charges_enabled": standing.can_charge,
        "controller": _controller(standing),
        "country": standing.country,
        "created": standing.created,
        "default_currency": standing.currency,
        "details_submitted": standing.submitted,
        "email": standing.contact_email,
        "external_accounts": page_of(banks, url=f"/v1/accounts/{account_id}/external_accounts"),
        "future_requirements": _requirements([], []),
        "metadata": standing.metadata,
        "payouts_enabled": standing.can_pay_out,
        "requirements": _requirements(due, _under_check(standing)),
        "type": "none",
    }


def v1_status(standing: Standing, capability: str) -> str:
    """Return v1's word for how a capability stands."""
    status = standing.status_of(capability)
    return V1_STATUSES.get(status, status)


def capability(account_id: str, name: str, standing: Standing) -> Resource:
    """Return one capability as v1 shows it."""
    requested = name in standing.requested
    due = standing.missing if requested else []
    return {
        "id": name,
        "object": "capability",
        "account": account_id,
        "requested": requested,
        "requested_at": standing.created if requested else None,
        "requirements": {
            "alternatives": [],
            "current_deadline": None,
            "currently_due": list(due),
            "disabled_reason": "requirements.fields_needed" if due else None,
            "errors": [],
            "eventually_due": list(due),
            "past_due": [],
            "pending_verification": _under_check(standing) if requested else [],
        },
        "status": v1_status(standing, name) if requested else "unrequested",
    }


def v2_account(account_id: str, standing: Standing, include: list[str]) -> Resource:
    """Return the account as v2 shows it; what is not in `include` is null."""
    whole: dict[str, Any] = {
        "configuration": _configuration(standing, include),
        "defaults": {
            "currency": standing.currency,
            "locales": None,
            "profile": {
                "business_url": None,
                "doing_business_as": None,
                "product_description": None,
                **standing.profile,
            },
            "responsibilities": {
                "fees_collector": standing.fees_collector,
                "losses_collector": standing.losses_collector,
                "requirements_collector": "stripe",
            },
        },
        "future_requirements": {"alternatives": [], "entries": [], "summary": None},
        "identity": {
            "attestations": None,
            "business_details": {"registered_name": standing.registered_name}
            if standing.registered_name
            else None,
            "country": standing.country,
            "entity_type": standing.entity_type,
            "individual": None,
        },
        "requirements": _v2_requirements(standing),
    }
    wanted = {name.partition(".")[0] for name in include}
    return {
        "id": account_id,
        "object": "v2.core.account",
        "applied_configurations": standing.configurations,
        "closed": False,
        "contact_email": standing.contact_email,
        "contact_phone": None,
        "created": written_out(standing.created),
        "dashboard": standing.dashboard,
        "display_name": standing.display_name,
        "livemode": False,
        "metadata": standing.metadata,
        **{name: part if name in wanted else None for name, part in whole.items()},
    }


def _configuration(standing: Standing, include: list[str]) -> Resource:
    merchant = {name: _v2_status(standing, name) for name in standing.requested if name in MERCHANT}
    payouts = ACTIVE if standing.can_pay_out else standing.status_of("card_payments")
    shown: dict[str, Any] = {
        "merchant": {
            "applied": True,
            "capabilities": {**merchant, "stripe_balance": {"payouts": _v2_form(payouts)}},
        },
        "recipient": {
            "applied": True,
            "capabilities": {
                "stripe_balance": {"stripe_transfers": _v2_status(standing, RECIPIENT)}
            },
        },
        "customer": {"applied": True},
    }
    return {
        name: shown[name]
        if name in standing.configurations and f"configuration.{name}" in include
        else None
        for name in ("customer", "merchant", "recipient")
    }


def _v2_status(standing: Standing, name: str) -> Resource:
    return _v2_form(standing.status_of(name))


def _v2_form(status: str) -> Resource:
    return {"status": status, "status_details": DETAILS.get(status, [])}


def _v2_requirements(standing: Standing) -> Resource:
    entries = [_entry(name, "user", standing) for name in standing.missing]
    entries += [_entry(name, "stripe", standing) for name in _under_check(standing)]
    summary = {"minimum_deadline": {"status": "currently_due", "time": None}}
    return {"alternatives": [], "entries": entries, "summary": summary if entries else None}


def _entry(name: str, whose: str, standing: Standing) -> Resource:
    blocked = [
        {
            "capability": capability,
            "configuration": "merchant",
            "deadline": {"status": "currently_due"},
        }
        for capability in standing.requested
        if capability in MERCHANT
    ]
    return {
        "awaiting_action_from": whose,
        "description": name,
        "errors": [],
        "impact": {"restricts_capabilities": blocked},
        "minimum_deadline": {"status": "currently_due"},
        "reference": None,
        "requested_reasons": [{"code": "routine_onboarding"}],
    }


def _under_check(standing: Standing) -> list[str]:
    """Return what Stripe is still checking."""
    pending = any(standing.status_of(name) == PENDING for name in standing.requested)
    return ["identity.business_details.registered_name"] if pending else []


def _requirements(due: list[str], under_check: list[str]) -> Resource:
    reason = "requirements.past_due" if due else None
    if under_check and not due:
        reason = "requirements.pending_verification"
    return {
        "alternatives": [],
        "current_deadline": None,
        "currently_due": due,
        "disabled_reason": reason,
        "errors": [],
        "eventually_due": due,
        "past_due": due,
        "pending_verification": under_check,
    }


def _controller(standing: Standing) -> Resource:
    payer = "account" if standing.fees_collector == "stripe" else standing.fees_collector
    return {
        "fees": {"payer": payer},
        "is_controller": True,
        "losses": {"payments": standing.losses_collector},
        "requirement_collection": "stripe",
        "stripe_dashboard": {"type": standing.dashboard or "none"},
        "type": "application",
    }
