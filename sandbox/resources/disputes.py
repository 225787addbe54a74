"""Disputes over Stripe's interface: look, answer with evidence, give in.

Source: https://docs.stripe.com/api/disputes
"""

from __future__ import annotations

from sandbox.lists import listed
from sandbox.metadata_rules import changed_metadata
from sandbox.payments import disputes
from sandbox.routes import check_followed, route
from sandbox.scope import Call
from sandbox.store import Resource


@route("get", "/v1/disputes", takes="created charge payment_intent", paged=True)
def list_disputes(call: Call) -> Resource:
    """List this account's disputes."""
    return listed(call, "dispute", same={"charge": "charge", "payment_intent": "payment_intent"})


@route("get", "/v1/disputes/{dispute}")
def find_dispute(call: Call) -> Resource:
    """Return one dispute."""
    return call.find("dispute", call.id, param="dispute")


@route("post", "/v1/disputes/{dispute}", takes="evidence metadata submit")
def update_dispute(call: Call) -> Resource:
    """Keep evidence and metadata; the evidence goes to the bank unless `submit` is false."""
    dispute, params = call.find("dispute", call.id, param="dispute"), call.params
    evidence = params.get("evidence", {})
    check_followed(evidence, set(disputes.EVIDENCE), within="evidence")
    dispute["metadata"] = changed_metadata(dispute["metadata"], params.get("metadata"))
    if evidence or params.get("submit"):
        submit = params.get("submit", True)
        dispute = disputes.give_evidence(call, dispute, evidence, submit=submit)
    call.save(dispute)
    call.announce("charge.dispute.updated", dispute)
    return dispute


@route("post", "/v1/disputes/{dispute}/close")
def close_dispute(call: Call) -> Resource:
    """Give in: the dispute is lost for good."""
    return disputes.close_dispute(call, call.find("dispute", call.id, param="dispute"))
