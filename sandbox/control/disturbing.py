"""Controls that disturb: faults in answers, faults in deliveries, settings, starting anew."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sandbox.behaviour import change_behaviour
from sandbox.control.door import Asking, WrongControl, control
from sandbox.faults import KINDS


@control("GET", "faults", "The planned faults, the rates, and how often each was met.")
def show_faults(asking: Asking) -> Any:
    """Return the faults that wait and those that were met."""
    return _shown(asking)


@control(
    "POST",
    "faults/next",
    f"A fault for the next calls: {{kind, count, verb, path, seconds, retry_after}}; {KINDS}.",
)
def plan_fault(asking: Asking) -> Any:
    """Plan a fault."""
    asking.sandbox.faults.plan(asking.body)
    return _shown(asking)


@control(
    "POST", "faults/rates", "Faults by chance: {seed, seconds, per_mille: {kind: so many in 1000}}."
)
def set_fault_rates(asking: Asking) -> Any:
    """Let chance bring faults, repeatable by the seed."""
    per_mille = asking.take("per_mille", dict, {})
    if not all(type(share) is int and share >= 0 for share in per_mille.values()):
        raise WrongControl("Rates are whole numbers per mille.")
    asking.sandbox.faults.set_rates(
        seed=asking.take("seed", int, 0),
        per_mille=per_mille,
        seconds=asking.take("seconds", float, 1.0),
    )
    return _shown(asking)


@control("POST", "faults/clear", "No faults any more.")
def clear_faults(asking: Asking) -> Any:
    """Forget every planned fault and every rate."""
    asking.sandbox.faults.clear()
    return _shown(asking)


@control(
    "POST",
    "deliveries/disturb",
    "drop_all, drop_next, drop_per_mille, duplicate, duplicate_per_mille, shuffle, delay_seconds,"
    " bad_signature_next, old_timestamp_next, seed.",
)
def disturb_deliveries(asking: Asking) -> Any:
    """Change what happens to deliveries."""
    asking.deliveries.disturbances.change(asking.body)
    return asking.deliveries.disturbances.shown()


@control("GET", "settings", "Fees, waiting times, retries.")
def show_settings(asking: Asking) -> Any:
    """Return the settings."""
    return asdict(asking.sandbox.behaviour)


@control("POST", "settings", "Change some settings; they are kept.")
def change_settings(asking: Asking) -> Any:
    """Change settings by name."""
    change_behaviour(asking.sandbox.behaviour, asking.body, asking.sandbox.store)
    return asdict(asking.sandbox.behaviour)


@control(
    "POST", "reset", "Forget everything: {confirm: true}. For tests; only in a strict sandbox."
)
def forget_everything(asking: Asking) -> Any:
    """Begin anew with an empty store."""
    if not asking.sandbox.options.strict or asking.body.get("confirm") is not True:
        raise WrongControl(
            "Only a sandbox started with --strict forgets, and only with confirm: true."
        )
    asking.sandbox.forget_everything()
    asking.deliveries.forget()
    return {"status": "empty", "platform_account": asking.sandbox.platform}


def _shown(asking: Asking) -> dict[str, Any]:
    faults = asking.sandbox.faults
    return {
        "planned": [asdict(fault) for fault in faults.planned],
        "per_mille": faults.per_mille,
        "seed": faults.seed,
        "met": faults.counts,
    }
