"""How many pledges are taken from one network and from one person.

Who tries out stolen cards needs many pledges from few places; a donor needs one or two.
"""

from datetime import datetime

from backend.throttles.operations import Limit, note

OF_NETWORK = Limit("pledges of a network", most=10, seconds=3600)
OF_PERSON = Limit("pledges of a person", most=15, seconds=7 * 24 * 3600)


def count_pledge(*, network: str, email: str, at: datetime) -> None:
    """Count a pledge that is about to be made. Raises TooOften."""
    note(acts=[(OF_NETWORK, network), (OF_PERSON, email.lower())], at=at)
