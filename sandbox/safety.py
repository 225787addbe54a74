"""Where the sandbox refuses to run: beside production settings, or open to a network unasked.

A stand-in for a payment provider is a way to fake payments, so it must not be reachable where real
ones are taken.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path

LOOPBACK = {"127.0.0.1", "localhost", "::1"}
LIVE = ("sk_live_", "rk_live_", "pk_live_")
SECRETS = ("STRIPE_SECRET_KEY", "STRIPE_API_KEY", "STRIPE_PUBLISHABLE_KEY")


class UnsafePlace(Exception):
    """The sandbox must not run here; the text says why."""


def check_place(environment: Mapping[str, str], *, host: str, allow_host: bool) -> None:
    """Refuse production settings and a network address; raises UnsafePlace."""
    mode = environment.get("TWINFUND_MODE", "").lower()
    if mode == "production":
        raise UnsafePlace("TWINFUND_MODE is “production”: the sandbox never runs beside it.")
    for name in SECRETS:
        if environment.get(name, "").startswith(LIVE):
            raise UnsafePlace(f"{name} holds a live key: the sandbox never runs beside one.")
    if host not in LOOPBACK and not (allow_host and mode == "demo"):
        raise UnsafePlace(
            f"The sandbox listens to this computer only, not on {host}. For the demo's containers"
            " set TWINFUND_MODE=demo and pass --allow-host."
        )


def control_token(folder: Path, *, host: str) -> str | None:
    """Return the token that controls need where others can reach them; None on loopback."""
    if host in LOOPBACK:
        return None
    path = folder / "control_token"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(32), encoding="utf-8")
    return path.read_text(encoding="utf-8").strip()
