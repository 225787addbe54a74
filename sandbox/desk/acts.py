"""The desk's buttons: each uses the control that programs use too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.control import acting, connecting, contesting, disturbing
from sandbox.control.door import Answerer, WrongControl

Form = dict[str, str]
LONGEST_STEP_DAYS = 400


def _nothing(form: Form) -> dict[str, Any]:
    return {}


def _time(form: Form) -> dict[str, Any]:
    """Read how far the clock goes: a button's seconds, or days that were written."""
    seconds, days = form.get("seconds", ""), form.get("days", "").strip()
    if seconds.isdigit():
        return {"seconds": int(seconds), "deliver": True}
    if not days.isdigit() or not 1 <= int(days) <= LONGEST_STEP_DAYS:
        raise WrongControl(f"Days are a whole number from 1 to {LONGEST_STEP_DAYS}.")
    return {"days": int(days), "deliver": True}


def _fault(form: Form) -> dict[str, Any]:
    count = form.get("count", "1")
    if not count.isdigit() or int(count) < 1:
        raise WrongControl("A fault is met a whole number of times.")
    return {"kind": form.get("kind", ""), "count": int(count), "path": form.get("path", "")}


def _disturbance(form: Form) -> dict[str, Any]:
    wanted: dict[str, Any] = {"drop_all": "drop_all" in form, "duplicate": "duplicate" in form}
    wanted["shuffle"] = "shuffle" in form
    for name in ("drop_next", "bad_signature_next", "old_timestamp_next"):
        text = form.get(name, "0") or "0"
        if not text.isdigit():
            raise WrongControl("How many deliveries are meant is a whole number.")
        wanted[name] = int(text)
    return wanted


@dataclass(frozen=True)
class Act:
    """One kind of button: the control it uses, what it says afterwards, how its form is read."""

    answer: Answerer
    said: str
    body: Callable[[Form], dict[str, Any]] = _nothing


ACTS = {
    "advance": Act(acting.advance_clock, "The clock was moved.", _time),
    "settle": Act(acting.settle_payment, "The bank has paid."),
    "fail": Act(acting.fail_payment, "The bank has refused."),
    "resend": Act(acting.redeliver_event, "The event is delivered again."),
    "dispute": Act(contesting.open_a_dispute, "The dispute was opened; its money was withdrawn."),
    "win": Act(contesting.win_a_dispute, "The dispute was won; the money came back."),
    "lose": Act(contesting.lose_a_dispute, "The dispute was lost."),
    "fail_refund": Act(contesting.fail_a_refund, "The refund came back."),
    "fail_payout": Act(contesting.fail_a_payout, "The payout came back."),
    "onboard": Act(connecting.onboard_account, "The account is ready."),
    "restrict": Act(connecting.restrict_account, "The account takes no payments for now."),
    "bank": Act(connecting.change_bank_account, "The account has another bank."),
    "deauthorize": Act(connecting.deauthorize_account, "The account has left the platform."),
    "fault": Act(disturbing.plan_fault, "The fault waits for its call.", _fault),
    "clear": Act(disturbing.clear_faults, "No faults any more."),
    "disturb": Act(
        disturbing.disturb_deliveries, "Deliveries are disturbed as you chose.", _disturbance
    ),
}
