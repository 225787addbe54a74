"""Stripe's limits on metadata, and how an update changes it.

Source: https://docs.stripe.com/metadata: at most 50 keys of 40 characters without square brackets,
values of at most 500 characters; an empty value removes a key, an empty `metadata` removes all.
"""

from __future__ import annotations

from typing import Any

from sandbox.errors import Refusal

MOST_KEYS, LONGEST_KEY, LONGEST_VALUE = 50, 40, 500


def changed_metadata(
    now: dict[str, str], wanted: Any, *, param: str = "metadata"
) -> dict[str, str]:
    """Return the metadata after a call that sent `wanted` (None: nothing sent); raises Refusal."""
    if wanted is None:
        return now
    if wanted == "":
        return {}
    for key, value in wanted.items():
        _check_pair(key, value, param)
    after = {key: value for key, value in {**now, **wanted}.items() if value != ""}
    if len(after) > MOST_KEYS:
        raise Refusal(
            f"Metadata can have at most {MOST_KEYS} keys; this has {len(after)}.", param=param
        )
    return after


def _check_pair(key: str, value: str, param: str) -> None:
    if len(key) > LONGEST_KEY:
        raise Refusal(
            f"Metadata keys can have at most {LONGEST_KEY} characters, but you passed in a key of"
            f" {len(key)}: {key[:60]}",
            param=param,
        )
    if "[" in key or "]" in key:
        raise Refusal(f"Metadata keys cannot contain square brackets: {key}", param=param)
    if len(value) > LONGEST_VALUE:
        raise Refusal(
            f"Metadata values can have at most {LONGEST_VALUE} characters, but you passed in a"
            f" value of {len(value)} for the key “{key}”.",
            param=param,
        )
