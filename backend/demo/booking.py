"""The gifts to sample projects, booked as real ones are, but many at a time.

The rows are those that `make_pledge` and `settle_pledge` write, each marked as a sample: pledge,
transitions, numbered receipt, a line of the ledger on the committee's own Stripe account, and the
project's totals. Stripe never heard of them, which is why `is_sample` is what a reconciliation
asks for.
"""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby

from backend.accounts.models import User
from backend.demo.projects import SUSPENDED_DAYS_AGO
from backend.demo.samples import Sample
from backend.demo.supporters import Gift, gifts_to
from backend.ledger.operations import NewPosting, credit, debit, post_many
from backend.money import Money
from backend.payments.queries import cover_for, estimated_fee
from backend.pledges import states
from backend.pledges.models import Pledge, PledgeTransition, Receipt, ReceiptBook, SourceClass
from backend.pledges.operations import stripe_account_code
from backend.projects import states as project_states
from backend.projects.models import Project
from backend.projects.operations import add_to_totals

# How long a card payment takes from the pledge to the money.
PAYMENT_TAKES = timedelta(seconds=40)


def gifts_of(
    sample: Sample, project: Project, *, numbers: Iterator[int], at: datetime
) -> list[Gift]:
    """Return the gifts that had come to the project by the moment `at`."""
    ends_at = min(project.closes_at, at)
    if project.state == project_states.SUSPENDED:
        ends_at = at - timedelta(days=SUSPENDED_DAYS_AGO)
    return gifts_to(
        sample, opens_at=project.opens_at, ends_at=ends_at - PAYMENT_TAKES, numbers=numbers
    )


def book_gifts(project: Project, gifts: Sequence[Gift], *, giver: User | None) -> list[Pledge]:
    """Write settled pledges and their ledger lines; one citizen's gift is `giver`'s, if given."""
    pledges = [as_pledge(project, gift) for gift in gifts]
    if giver:
        hand_over(pledges, giver)
    Pledge.objects.bulk_create(pledges)
    PledgeTransition.objects.bulk_create(_transitions(pledges))
    post_settlements(project, pledges)
    return pledges


def post_settlements(project: Project, pledges: Sequence[Pledge]) -> None:
    """Write the lines of settled pledges into the project's book, and their sum into its total."""
    post_many(postings=[_posting(project, pledge) for pledge in pledges])
    raised = sum((pledge.gross for pledge in pledges), Money(0, project.currency))
    add_to_totals(project_id=project.pk, raised=raised, supporters=len(pledges))


def as_pledge(project: Project, gift: Gift) -> Pledge:
    """Return the settled pledge of a gift, as it stands in the database."""
    cover = cover_for(gift.amount) if gift.covers_fee else Money(0, gift.amount.currency)
    return Pledge(
        project=project,
        email=gift.email,
        name=gift.name,
        visibility=gift.visibility,
        source_class=gift.source_class,
        language=gift.language,
        currency=gift.amount.currency,
        account=project.committee.stripe_account,
        gift_minor=gift.amount.minor,
        cover_minor=cover.minor,
        fee_minor=estimated_fee(gift.amount + cover).minor,
        state=states.SETTLED,
        token=secrets.token_urlsafe(32),
        public_reference=secrets.token_hex(16),
        made_at=gift.made_at,
        settled_at=gift.made_at + PAYMENT_TAKES,
        is_sample=True,
    )


def hand_over(pledges: Iterable[Pledge], giver: User) -> None:
    """Make the first citizen's gift that of `giver`."""
    for pledge in pledges:
        if pledge.source_class == SourceClass.CITIZEN:
            pledge.donor, pledge.email, pledge.name = giver, giver.email, giver.name
            return


def _transitions(pledges: Iterable[Pledge]) -> Iterator[PledgeTransition]:
    for pledge in pledges:
        way = [("checkout_opened", pledge.made_at), ("payment_settled", _settled_at(pledge))]
        state = states.NEW
        for event, moment in way:
            new = states.next_state(state, event)
            yield PledgeTransition(pledge=pledge, old=state, event=event, new=new, at=moment)
            state = new


def _posting(project: Project, pledge: Pledge) -> NewPosting:
    """Return the posting that `book_settlement` would write for this pledge."""
    fee = Money(pledge.fee_minor or 0, pledge.currency)
    return NewPosting(
        kind="pledge_settled",
        reference=pledge.purpose,
        chain=project.chain,
        lines=[
            debit(stripe_account_code(project), pledge.gross - fee),
            debit(f"{project.chain}:fees", fee),
            credit(f"{project.chain}:gifts", pledge.gross),
        ],
        at=_settled_at(pledge),
        public_reference=pledge.public_reference,
    )


def issue_receipts(pledges: Iterable[Pledge]) -> None:
    """Number the receipts of all pledges without gaps, by committee and year, as money came."""

    def book_of(pledge: Pledge) -> tuple[str, int]:
        return str(pledge.project.committee_id), _settled_at(pledge).year

    in_order = sorted(pledges, key=lambda pledge: (*book_of(pledge), _settled_at(pledge)))
    for (organisation_id, year), group in groupby(in_order, key=book_of):
        receipts = Receipt.objects.bulk_create(
            Receipt(
                pledge=pledge,
                organisation_id=organisation_id,
                year=year,
                number=number,
                issued_at=_settled_at(pledge),
            )
            for number, pledge in enumerate(group, start=1)
        )
        ReceiptBook.objects.create(
            organisation_id=organisation_id, year=year, last_number=len(receipts)
        )


def _settled_at(pledge: Pledge) -> datetime:
    return pledge.settled_at or pledge.made_at
