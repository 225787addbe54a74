"""The pledges to sample campaigns that are all-or-nothing, as their project's state asks for.

The rows are those that saving a card, the decision and the charges write. No card stands behind
them: Stripe never heard of a sample.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from backend.accounts.models import User
from backend.demo.booking import PAYMENT_TAKES, as_pledge, hand_over, post_settlements
from backend.demo.supporters import Gift
from backend.money import Money
from backend.pledges import states
from backend.pledges.consent import CONSENT_VERSION, consent_words
from backend.pledges.models import Decision, Pledge, PledgeTransition, PledgeVersion
from backend.projects import states as project_states
from backend.projects.models import Project
from backend.projects.operations import add_to_promised

# While cards are being charged, one in so many has failed; the others were charged one by one.
CHARGES_PER_FAILURE = 14
CHARGE_EVERY = timedelta(seconds=2)
_ENDS = {
    project_states.CLOSING: states.SETTLED,
    project_states.SUCCEEDED: states.SETTLED,
    project_states.FAILED: states.RELEASED,
}
_WAYS = {
    states.SECURED: (),
    states.SETTLED: ("charge_begun", "payment_settled"),
    states.FAILING: ("charge_begun", "charge_declined"),
    states.RELEASED: ("card_released",),
}


def book_promises(project: Project, gifts: Sequence[Gift], *, giver: User | None) -> list[Pledge]:
    """Write the campaign's pledges with what was agreed to, the decision, and what was charged."""
    pledges = [_promise(project, gift, number) for number, gift in enumerate(gifts)]
    if giver:
        hand_over(pledges, giver)
    Pledge.objects.bulk_create(pledges)
    PledgeVersion.objects.bulk_create(map(_version, pledges))
    PledgeTransition.objects.bulk_create(_transitions(pledges))
    if project.state in _ENDS:
        _decide(project, pledges)
    post_settlements(project, [p for p in pledges if p.state == states.SETTLED])
    waiting = [p for p in pledges if p.state in states.PROMISED]
    add_to_promised(project_id=project.pk, promised=_sum(project, waiting), promises=len(waiting))
    return pledges


def _promise(project: Project, gift: Gift, number: int) -> Pledge:
    pledge = as_pledge(project, gift)
    pledge.state = _ENDS.get(project.state, states.SECURED)
    charged_at = project.closes_at + (number + 1) * CHARGE_EVERY
    pledge.settled_at = charged_at if pledge.state == states.SETTLED else None
    is_failing = number % CHARGES_PER_FAILURE == CHARGES_PER_FAILURE - 1
    if project.state == project_states.CLOSING and is_failing:
        pledge.state, pledge.settled_at = states.FAILING, None
        pledge.failing_since = charged_at
        pledge.needs_authentication = number % 2 == 1
    if pledge.state != states.SETTLED:
        pledge.fee_minor = None
    return pledge


def _version(pledge: Pledge) -> PledgeVersion:
    return PledgeVersion(
        pledge=pledge,
        number=1,
        gift_minor=pledge.gift_minor,
        cover_minor=pledge.cover_minor,
        consent_version=CONSENT_VERSION,
        consent=consent_words(pledge.project, pledge.gross, pledge.language),
        language=pledge.language,
        made_at=pledge.made_at,
    )


def _transitions(pledges: Iterable[Pledge]) -> Iterator[PledgeTransition]:
    for pledge in pledges:
        ended_at = pledge.settled_at or pledge.failing_since or pledge.project.closes_at
        way = [("checkout_opened", pledge.made_at), ("card_saved", pledge.made_at + PAYMENT_TAKES)]
        way += [(event, ended_at) for event in _WAYS[pledge.state]]
        state = states.NEW
        for event, moment in way:
            new = states.next_state(state, event)
            yield PledgeTransition(pledge=pledge, old=state, event=event, new=new, at=moment)
            state = new


def _decide(project: Project, pledges: Sequence[Pledge]) -> None:
    secured = _sum(project, pledges).minor
    Decision.objects.create(
        project=project,
        currency=project.currency,
        secured_minor=secured,
        received_minor=0,
        minimum_minor=project.minimum_minor,
        pledges=len(pledges),
        is_reached=secured >= project.minimum_minor,
        decided_at=project.closes_at,
    )


def _sum(project: Project, pledges: Iterable[Pledge]) -> Money:
    return sum((pledge.gross for pledge in pledges), Money(0, project.currency))
