"""When a committee's account at Stripe is no longer connected.

Its open campaigns are suspended at once, in the transaction that notes the loss. The cards that
are saved there can be charged by nobody here any more: they are let go, what they promised is
taken off the totals, and everybody with an open pledge is told. What is being paid or charged at
that moment stays as it is: we cannot see what becomes of it, and say so.
"""

from collections import Counter
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from backend.common.translated import LANGUAGES
from backend.jobs.queue import enqueue
from backend.money import Money
from backend.payments.operations import let_card_go
from backend.pledges import states
from backend.pledges.models import Pledge
from backend.pledges.operations import take_edge
from backend.projects.operations import add_to_promised, suspend_campaigns

RELEASED_AT_ONCE = 200
# In these, money may be on its way that we shall not see arrive.
UNDER_WAY = (states.PENDING, states.CHARGING, states.FAILING)


@transaction.atomic
def note_account_lost(*, account: str, organisation_id: UUID, at: datetime) -> None:
    """Suspend the committee's open campaigns, and have the rest done by a job."""
    suspend_campaigns(committee_id=organisation_id, reason=_reason(), by="", at=at)
    enqueue("pledges.let_lost_cards_go", account=account)


def _reason() -> dict[str, str]:
    reasons = {}
    for language in LANGUAGES:
        with translation.override(language):
            reasons[language] = _(
                "The committee’s account at Stripe is no longer connected to this site. Saved"
                " cards are let go and nobody is charged. What was given before stands in the open"
                " ledger."
            )
    return reasons


def let_lost_cards_go(*, account: str, at: datetime) -> None:
    """Let all cards go that are saved on the account, and tell everybody with an open pledge."""
    while release_lost(account=account, at=at):
        pass
    under_way = Pledge.objects.filter(account=account, state__in=UNDER_WAY).order_by("id")
    for pledge_id in under_way.values_list("id", flat=True):
        enqueue("pledges.tell", letter="account_lost", pledge_id=str(pledge_id))


@transaction.atomic
def release_lost(*, account: str, at: datetime) -> int:
    """Let some of the cards go that are saved on the account, and tell their holders; how many."""
    pledges = Pledge.objects.select_for_update(of=("self",), skip_locked=True).filter(
        account=account, state=states.SECURED
    )
    released: Counter[UUID] = Counter()
    promised: dict[UUID, Money] = {}
    for pledge in pledges.order_by("project_id", "id")[:RELEASED_AT_ONCE]:
        take_edge(pledge=pledge, event="card_released", at=at)
        let_card_go(purpose=pledge.purpose, at=at)
        enqueue("pledges.tell", letter="account_lost", pledge_id=str(pledge.pk))
        known = promised.get(pledge.project_id, Money(0, pledge.currency))
        promised[pledge.project_id] = known + pledge.gross
        released[pledge.project_id] += 1
    for project_id, number in released.items():
        add_to_promised(project_id=project_id, promised=-promised[project_id], promises=-number)
    return sum(released.values())
