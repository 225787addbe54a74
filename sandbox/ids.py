"""Ids in Stripe's form: a prefix that says what it is, then random letters and digits."""

from __future__ import annotations

import secrets
import string

LETTERS = string.ascii_letters + string.digits
LENGTHS = {"cs_test": 58, "whsec": 32, "req": 14, "cus": 14, "acct": 16}
USUAL_LENGTH = 24


def new_id(prefix: str) -> str:
    """Return a new id such as `pi_3Q…`."""
    length = LENGTHS.get(prefix, USUAL_LENGTH)
    return f"{prefix}_{''.join(secrets.choice(LETTERS) for _ in range(length))}"
