"""How many pledges, payments and refunds are taken from one network, person, project.

Who tries out stolen cards needs many pledges from few places; a donor needs one or two. Beyond
some limits nothing more is taken for a while; a project that suddenly gets many pledges, and a
site at which banks refuse many cards, ask whoever is not signed in to prove their address.
"""

from datetime import datetime
from uuid import UUID

from backend.throttles.operations import TooOften, limit_named, note

OF_NETWORK = limit_named("pledges of a network")
OF_PERSON = limit_named("pledges of a person")
OF_PROJECT = limit_named("pledges of a project")
ATTEMPTS_OF_PLEDGE = limit_named("payment attempts of a pledge")
ATTEMPTS_OF_NETWORK = limit_named("payment attempts of a network")
REFUNDS_OF_PERSON = limit_named("refunds of a person")
CODES_OF_ADDRESS = limit_named("codes of an address")
CODES_OF_NETWORK = limit_named("codes of a network")


def count_pledge(*, network: str, email: str, at: datetime) -> None:
    """Count a pledge that is about to be made. Raises TooOften."""
    note(acts=[(OF_NETWORK, network), (OF_PERSON, email.lower())], at=at)


def is_rushed(*, project_id: UUID, at: datetime) -> bool:
    """Count a pledge to the project, and tell whether more come than people make."""
    try:
        note(acts=[(OF_PROJECT, str(project_id))], at=at)
    except TooOften:
        return True
    return False


def count_attempt(*, pledge_id: UUID, network: str, at: datetime) -> None:
    """Count another page of Stripe's for a pledge that had one. Raises TooOften."""
    note(acts=[(ATTEMPTS_OF_PLEDGE, str(pledge_id)), (ATTEMPTS_OF_NETWORK, network)], at=at)


def count_refund(*, person_id: UUID, at: datetime) -> None:
    """Count a refund that a person asks for. Raises TooOften."""
    note(acts=[(REFUNDS_OF_PERSON, str(person_id))], at=at)


def count_code(*, email: str, network: str, at: datetime) -> None:
    """Count a code that is about to be sent; the first is not asked for over the net."""
    acts = [(CODES_OF_ADDRESS, email.lower())]
    note(acts=[*acts, (CODES_OF_NETWORK, network)] if network else acts, at=at)
