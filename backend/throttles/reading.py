"""How often pages are read from one network: counted in this process, and forgotten with it.

A read must cost no write, so each web process counts for itself and takes as many; that is enough
against whoever copies the site. Nothing is refused when counting fails.
"""

from collections import OrderedDict
from datetime import datetime
from math import ceil

from django.conf import settings

from backend.throttles.operations import Limit

# More networks than a minute has; the one that came first is forgotten first.
MOST_NETWORKS = 20_000
_counts: OrderedDict[tuple[str, str, int], int] = OrderedDict()


def seconds_to_wait(limit: Limit, network: str, *, at: datetime) -> int:
    """Count one more read, and return in how many seconds the next is taken: 0 for now."""
    window = int(at.timestamp()) // limit.seconds
    key = (limit.name, network, window)
    _counts[key] = _counts.get(key, 0) + 1
    if len(_counts) > MOST_NETWORKS:
        _counts.popitem(last=False)
    if _counts[key] <= limit.most * settings.THROTTLES_TIMES:
        return 0
    return ceil((window + 1) * limit.seconds - at.timestamp())


def forget_reads() -> None:
    """Begin anew."""
    _counts.clear()
