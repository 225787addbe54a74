"""Keep what the sandbox got wrong about Stripe, so that tests can assert that it is nothing."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from sandbox.running import Sandbox

log = logging.getLogger("sandbox")


def keep_violations(sandbox: Sandbox, *, where: str, sentences: Sequence[str]) -> None:
    """Keep each sentence, and say it on standard error; outside of the transaction that failed."""
    for sentence in sentences:
        log.error("%s: %s", where, sentence)
        with sandbox.store.transaction():
            sandbox.store.run(
                "INSERT INTO violation (at, request, sentence) VALUES (?, ?, ?)",
                sandbox.clock.now(),
                where,
                sentence,
            )
