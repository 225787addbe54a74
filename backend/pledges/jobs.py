"""The jobs of pledges: what donors and committees are told, each once."""

from uuid import UUID

from django.conf import settings
from django.utils import timezone

from backend.common.crashpoints import crashpoint
from backend.jobs.queue import job, periodic
from backend.pledges import closing, letters, losing, paying_back
from backend.pledges.campaigns import look_after_campaigns
from backend.pledges.news import write_news
from backend.pledges.operations import look_after_pledges


@job("pledges.send_receipt")
def send_receipt(pledge_id: str) -> None:
    """Thank the donor and send the receipt."""
    crashpoint("after_commit_before_mail")
    letters.write_receipt(pledge_id=UUID(pledge_id), at=timezone.now())


@job("pledges.tell_processing")
def tell_processing(pledge_id: str) -> None:
    """Tell the donor that the bank takes some days."""
    letters.write_processing(pledge_id=UUID(pledge_id), at=timezone.now())


@job("pledges.tell_failed")
def tell_failed(pledge_id: str) -> None:
    """Tell the donor that the money did not come, and how to try again."""
    letters.write_failed(pledge_id=UUID(pledge_id), at=timezone.now())


@job("pledges.tell_refunded")
def tell_refunded(pledge_id: str, refund_id: str) -> None:
    """Tell the donor that money is on its way back."""
    letters.write_refunded(pledge_id=UUID(pledge_id), refund_id=UUID(refund_id), at=timezone.now())


@job("pledges.tell_paid_twice")
def tell_paid_twice(pledge_id: str, payment: str, number: int, amount_minor: int) -> None:
    """Tell the donor that a second payment goes back."""
    letters.write_paid_twice(
        pledge_id=UUID(pledge_id),
        reference=f"{payment}:{number}",
        amount_minor=amount_minor,
        at=timezone.now(),
    )


@job("pledges.tell_refund_failed")
def tell_refund_failed(pledge_id: str, refund_id: str) -> None:
    """Tell the donor that their bank sent the money back."""
    letters.write_refund_failed(
        pledge_id=UUID(pledge_id), refund_id=UUID(refund_id), at=timezone.now()
    )


@job("pledges.tell_disputed")
def tell_disputed(pledge_id: str, dispute_id: str) -> None:
    """Tell the committee of a dispute."""
    letters.write_disputed(pledge_id=UUID(pledge_id), dispute_id=dispute_id, at=timezone.now())


@job("pledges.tell")
def tell(letter: str, pledge_id: str, number: int = 0) -> None:
    """Tell the donor what became of a pledge whose card is saved."""
    letters.write_about_card(
        letter=letter, pledge_id=UUID(pledge_id), number=number, at=timezone.now()
    )


@job("pledges.let_lost_cards_go")
def let_lost_cards_go(account: str) -> None:
    """Let the cards go that are saved on an account which is gone, and tell their holders."""
    losing.let_lost_cards_go(account=account, at=timezone.now())


@job("pledges.tell_extended")
def tell_extended(project_id: str) -> None:
    """Tell everybody whose card is saved that the deadline has moved."""
    letters.write_extended(project_id=UUID(project_id), at=timezone.now())


@job("pledges.tell_news")
def tell_news(project_id: str, news: str) -> None:
    """Tell those who gave how the project goes on."""
    write_news(project_id=UUID(project_id), news=news, at=timezone.now())


@job("pledges.carry_out_decision")
def carry_out_decision(project_id: str, hand: int) -> None:
    """Charge the saved cards of a campaign that reached its minimum, or let them go."""
    closing.carry_out_decision(project_id=UUID(project_id), hand=hand)


@job("pledges.pay_back")
def pay_back(project_id: str) -> None:
    """Pay back what a project that does not go ahead has received."""
    paying_back.pay_back(project_id=UUID(project_id))


@periodic("pledges.look_after_campaigns", cron=settings.STRIPE_SWEEP_CRON)
def look_after_all_or_nothing() -> None:
    """Decide campaigns whose deadline has come, and go on with those that are decided."""
    look_after_campaigns(at=timezone.now())


@periodic("pledges.sweep", cron=settings.STRIPE_SWEEP_CRON)
def sweep() -> None:
    """End pledges that nobody went on with, and write letters that were lost."""
    look_after_pledges(at=timezone.now())
