"""Named points at which a test may kill the process, as kill -9 would.

Silent unless the environment names a point: TWINFUND_CRASHPOINTS=after_pledge_row. A payment
must come out right whichever point it dies at; tests/campaign tries each.
"""

import os

NAMES = (
    "after_pledge_row",
    "after_stripe_before_commit",
    "after_session_stored",
    "after_intent_before_commit",
    "after_intent_stored",
    "after_charge_before_commit",
    "after_decision",
    "after_event_stored",
    "before_refetch",
    "after_refetch_before_apply",
    "after_ledger_before_rollup",
    "after_commit_before_mail",
    "after_refund_row",
    "after_refund_before_commit",
    "after_account_row",
    "after_account_before_commit",
)
KILLED = 137
_armed = frozenset(os.environ.get("TWINFUND_CRASHPOINTS", "").split(","))


def crashpoint(name: str) -> None:
    """Die here, without clean-up, if this point is armed; the last word says where."""
    if name in _armed:
        os.write(2, f"died at {name}\n".encode())
        os._exit(KILLED)
