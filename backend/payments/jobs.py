"""The jobs of payments."""

from django.conf import settings
from django.utils import timezone

from backend.jobs.queue import job, periodic
from backend.payments import accounts, inbox, payouts
from backend.payments.account_letters import write_about_account
from backend.payments.disputes import look_after_disputes
from backend.payments.models import Payment
from backend.payments.monthly import look_after_monthly
from backend.payments.monthly import look_at_monthly as look_at_monthly_of
from backend.payments.operations import close_page as close_page_of
from backend.payments.refunds import look_after_refunds
from backend.payments.refunds import return_late_money as return_money_of


@job("payments.apply_event")
def apply_event(event_id: str) -> None:
    """Make what an event points at a fact."""
    inbox.apply_event(event_id=event_id, at=timezone.now())


@job("payments.close_page")
def close_page(payment_id: str) -> None:
    """Close a page that another attempt has made superfluous."""
    close_page_of(payment=Payment.objects.get(pk=payment_id), at=timezone.now())


@job("payments.look_at_monthly")
def look_at_monthly(payment_id: str) -> None:
    """Book what a monthly gift has brought, and note how it stands."""
    look_at_monthly_of(payment=Payment.objects.get(pk=payment_id), at=timezone.now())


@job("payments.return_late_money")
def return_late_money(payment_id: str) -> None:
    """Give back what was paid beside the payment that counts."""
    return_money_of(payment=Payment.objects.get(pk=payment_id), at=timezone.now())


@job("payments.release_cards")
def release_cards() -> None:
    """Let the cards go that are charged no more."""
    inbox.release_cards(at=timezone.now())


@job("payments.look_at_account")
def look_at_account(account_id: str) -> None:
    """Fetch how a committee's account stands."""
    accounts.look_at_account(account_id=account_id, at=timezone.now())


@job("payments.tell_committee")
def tell_committee(letter: str, account_id: str) -> None:
    """Tell those who answer for a committee's money what became of its account."""
    write_about_account(letter=letter, account_id=account_id, at=timezone.now())


@periodic("payments.look_after_accounts", cron=settings.STRIPE_SWEEP_CRON)
def look_after_accounts() -> None:
    """Go on with accounts that are being opened, and look at the others now and then."""
    accounts.look_after_accounts(at=timezone.now())


@periodic("payments.look_after_payouts", cron=settings.INVARIANTS_CRON)
def look_after_payouts() -> None:
    """Book the payouts whose events never came."""
    payouts.look_after_payouts(at=timezone.now())


@periodic("payments.pull_events", cron=settings.STRIPE_PULL_CRON)
def pull_events() -> None:
    """Fetch the events that never came, for each account with open money."""
    inbox.pull_all_events(at=timezone.now())


@periodic("payments.sweep", cron=settings.STRIPE_SWEEP_CRON)
def sweep_payments() -> None:
    """Ask Stripe about payments that should have ended, and about what goes back."""
    inbox.sweep_payments(at=timezone.now())
    look_after_refunds(at=timezone.now())
    look_after_disputes(at=timezone.now())
    look_after_monthly(at=timezone.now())
