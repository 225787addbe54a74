"""How much the drawn tests draw: a little in `make test`, much at night.

HYPOTHESIS_PROFILE=nightly takes the large sizes (docs/tests.md names them all). What every test
of plain functions takes is the profile's own; a test that writes to a database or asks the sandbox
says both of its sizes by `examples`.

By day the draws are the same each time, so that a change is judged by what it changes; at night
they are new, and what falls there becomes a test of its own.
"""

import os

from hypothesis import HealthCheck, settings

PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "usual")
IS_NIGHT = PROFILE == "nightly"

settings.register_profile("usual", max_examples=200, deadline=None, derandomize=True)
settings.register_profile("nightly", max_examples=10_000, deadline=None)


def sized(usual: int, nightly: int) -> int:
    """Return the one or the other."""
    return nightly if IS_NIGHT else usual


def examples(usual: int, *, nightly: int) -> settings:
    """Return the settings of a test whose examples share what its fixtures gave."""
    shared = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large]
    return settings(max_examples=sized(usual, nightly), deadline=None, suppress_health_check=shared)
