"""The only module that speaks to Stripe.

It turns Stripe's objects into frozen dataclasses of ours and Stripe's errors into three of
ours. No POST leaves without an idempotency key, and none from inside a database transaction:
a rolled-back transaction would forget what Stripe has done.

`stripe` is imported when first needed: the import takes a second, and most processes never pay.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection

if TYPE_CHECKING:
    from stripe import StripeClient

TIMEOUT_SECONDS = 10
# Our clock and Stripe's need not agree; a moment of ours is taken for so much earlier.
CLOCKS_DIFFER_SECONDS = 900
MOST_TYPES = 20
EXPANDED = ["payment_intent.latest_charge.balance_transaction", "setup_intent.payment_method"]
EXPANDED_INTENT = ["latest_charge.balance_transaction"]
# What reading a document that is no event ends in.
_NO_EVENT = (ValueError, KeyError, TypeError, AttributeError)


class StripeUnreachable(Exception):
    """No answer, or one that says nothing of what happened: the effect is unknown."""


class StripeBroken(StripeUnreachable):
    """The key is dead: a 5xx that Stripe replays for it, or other parameters came with it before.

    What the key's first call did is unknown.
    """


class StripeBusy(StripeUnreachable):
    """Another call with the same key is under way; its effect is not known yet."""


class StripeRefused(Exception):
    """Stripe understood and said no; nothing happened. The text is Stripe's own."""


class NotAtStripe(StripeRefused):
    """Stripe knows nothing of this id: it is of another account or mode, or nobody's."""


class NotConnected(StripeRefused):
    """Stripe does nothing on this committee's account: not for us any more, or not yet."""


class BadSignature(Exception):
    """A delivery was not signed by Stripe, or too long ago."""


class InsideTransaction(RuntimeError):
    """A programming error: Stripe was called while a database transaction was open."""


@dataclass(frozen=True, slots=True)
class Charged:
    """What really arrived. Amounts in Stripe's minor units; the fee is None until it is known."""

    charge_id: str
    amount_minor: int
    currency: str
    fee_minor: int | None
    balance_transaction_id: str
    is_returned: bool = False
    charged_at: datetime | None = None
    # What the platform took, of which `fee_minor` knows nothing.
    platform_fee_minor: int = 0


@dataclass(frozen=True, slots=True)
class SavedCard:
    """A way to pay that was saved with its holder's consent; `label` is what they know it by."""

    customer_id: str
    method_id: str
    label: str


@dataclass(frozen=True, slots=True)
class Intent:
    """A PaymentIntent as it is now. `error_code` tells why the last confirm failed, if it did.

    `charge_id` is its last charge, whatever came of it; `charged` only one that succeeded.
    """

    intent_id: str
    status: str
    payment_key: str
    livemode: bool
    error_code: str
    next_url: str
    charged: Charged | None
    charge_id: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """A Checkout Session as it is now; `charge_id` and `charged` are those of its intent."""

    id: str
    url: str
    status: str
    payment_status: str
    amount_minor: int
    currency: str
    livemode: bool
    expires_at: datetime
    payment_key: str
    intent_id: str
    intent_status: str
    charged: Charged | None
    saved: SavedCard | None = None
    charge_id: str = ""
    customer_id: str = ""
    subscription_id: str = ""


@dataclass(frozen=True, slots=True)
class Returned:
    """A refund as it is now. `has_left`: its money was taken from Stripe's balance."""

    id: str
    refund_key: str
    charge_id: str
    amount_minor: int
    status: str
    has_left: bool
    problem: str


@dataclass(frozen=True, slots=True)
class Moved:
    """What a dispute took from Stripe's balance (less than nothing) or brought back to it."""

    id: str
    amount_minor: int
    fee_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Disputed:
    """A dispute as it is now, with all that it moved."""

    id: str
    charge_id: str
    status: str
    reason: str
    amount_minor: int
    opened_at: datetime
    answer_by: datetime | None
    movements: tuple[Moved, ...]


@dataclass(frozen=True, slots=True)
class BalanceLine:
    """A line of Stripe's balance: what really moved. Amounts in Stripe's minor units.

    `net` is what the balance changed by: the amount less the fee.
    """

    id: str
    kind: str
    source_id: str
    amount_minor: int
    net_minor: int
    currency: str
    at: datetime


@dataclass(frozen=True, slots=True)
class PaidOut:
    """A payout as it is now: what it took from Stripe's balance for the account's bank."""

    id: str
    status: str
    amount_minor: int
    fee_minor: int
    currency: str
    at: datetime
    arrives_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """A committee's account as it is now.

    `status` is that of its card payments, `missing` what the committee has yet to tell Stripe,
    `banks` the ids of the bank accounts to which it is paid out.
    """

    account_id: str
    account_key: str
    status: str
    missing: tuple[str, ...]
    banks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pointer:
    """An event, reduced to what it points at; its contents are fetched anew when applied."""

    id: str
    type: str
    account: str
    subject_id: str
    livemode: bool
    created_at: datetime


def create_session(*, request: dict[str, Any], key: str, account: str) -> Session:
    """Create a Checkout Session with exactly these parameters.

    Raises StripeUnreachable or StripeRefused.
    """
    refuse_inside_transaction()
    with _our_errors():
        session = _client().v1.checkout.sessions.create(
            _stripes({**request, "expand": EXPANDED}),
            _options(account, key),
        )
    return _session(session.to_dict())


def fetch_session(*, session_id: str, account: str) -> Session:
    """Return what is true of the session now. Raises StripeUnreachable or StripeRefused."""
    refuse_inside_transaction()
    with _our_errors():
        session = _client().v1.checkout.sessions.retrieve(
            session_id, {"expand": EXPANDED}, _options(account)
        )
    return _session(session.to_dict())


def close_session(*, session_id: str, key: str, account: str) -> Session:
    """Let nobody pay on this page any more.

    Raises StripeUnreachable, or StripeRefused where the page is paid or closed already.
    """
    refuse_inside_transaction()
    with _our_errors():
        session = _client().v1.checkout.sessions.expire(
            session_id, {"expand": EXPANDED}, _options(account, key)
        )
    return _session(session.to_dict())


def create_refund(
    *, charge_id: str, amount_minor: int, refund_key: str, key: str, account: str
) -> Returned:
    """Give so much of a charge back to its payer. Raises StripeUnreachable or StripeRefused."""
    refuse_inside_transaction()
    with _our_errors():
        refund = _client().v1.refunds.create(
            {"charge": charge_id, "amount": amount_minor, "metadata": {"refund": refund_key}},
            _options(account, key),
        )
    return _returned(refund.to_dict())


def refunds_of(*, charge_id: str, account: str) -> list[Returned]:
    """Return every refund of a charge, ours or not, the first made first."""
    refuse_inside_transaction()
    with _our_errors():
        found = _client().v1.refunds.list({"charge": charge_id, "limit": 100}, _options(account))
        refunds = [_returned(refund.to_dict()) for refund in found.auto_paging_iter()]
    return refunds[::-1]


def disputes_of(*, charge_id: str, account: str) -> list[Disputed]:
    """Return every dispute of a charge, the first opened first."""
    refuse_inside_transaction()
    with _our_errors():
        found = _client().v1.disputes.list({"charge": charge_id, "limit": 100}, _options(account))
        disputes = [_disputed(dispute.to_dict()) for dispute in found.auto_paging_iter()]
    return disputes[::-1]


def charge_of_refund(*, refund_id: str, account: str) -> str:
    """Return the id of the charge of which a refund gives back. Raises NotAtStripe."""
    refuse_inside_transaction()
    with _our_errors():
        refund = _client().v1.refunds.retrieve(refund_id, {}, _options(account))
    return _id(refund.to_dict().get("charge"))


def charge_of_dispute(*, dispute_id: str, account: str) -> str:
    """Return the id of the charge that a dispute is about. Raises NotAtStripe."""
    refuse_inside_transaction()
    with _our_errors():
        dispute = _client().v1.disputes.retrieve(dispute_id, {}, _options(account))
    return _id(dispute.to_dict().get("charge"))


def payment_key_of(*, charge_id: str, account: str) -> str:
    """Return the key of the payment that we named when the charge was made, "" if it is not ours.

    Raises NotAtStripe.
    """
    refuse_inside_transaction()
    with _our_errors():
        charge = _client().v1.charges.retrieve(charge_id, {}, _options(account))
    return str((charge.to_dict().get("metadata") or {}).get("payment", ""))


def find_session(*, payment_key: str, since: datetime, account: str) -> Session | None:
    """Look for the session of a payment whose answer was lost, among those made since then."""
    refuse_inside_transaction()
    with _our_errors():
        recent = _client().v1.checkout.sessions.list(
            {"created": {"gte": int(since.timestamp()) - CLOCKS_DIFFER_SECONDS}, "limit": 100},
            _options(account),
        )
        for session in recent.auto_paging_iter():
            if (session.to_dict().get("metadata") or {}).get("payment") == payment_key:
                return fetch_session(session_id=session.id, account=account)
    return None


def create_intent(*, request: dict[str, Any], key: str, account: str) -> Intent:
    """Create a PaymentIntent and confirm nothing. Raises StripeUnreachable or StripeRefused."""
    refuse_inside_transaction()
    with _our_errors():
        intent = _client().v1.payment_intents.create(
            _stripes({**request, "expand": EXPANDED_INTENT}), _options(account, key)
        )
    return _intent(intent.to_dict())


def confirm_intent(
    *, intent_id: str, method_id: str, return_url: str, key: str, account: str
) -> Intent:
    """Charge the saved card: with its holder away, or, with `return_url`, before the page.

    Raises StripeUnreachable, or StripeRefused where the card was declined or the intent is past
    confirming; what is true of it then must be fetched.
    """
    refuse_inside_transaction()
    here = {"return_url": return_url} if return_url else {"off_session": True}
    with _our_errors():
        intent = _client().v1.payment_intents.confirm(
            intent_id,
            _stripes({"payment_method": method_id, "expand": EXPANDED_INTENT, **here}),
            _options(account, key),
        )
    return _intent(intent.to_dict())


def fetch_intent(*, intent_id: str, account: str) -> Intent:
    """Return what is true of the intent now. Raises StripeUnreachable or StripeRefused."""
    refuse_inside_transaction()
    with _our_errors():
        intent = _client().v1.payment_intents.retrieve(
            intent_id, {"expand": EXPANDED_INTENT}, _options(account)
        )
    return _intent(intent.to_dict())


def cancel_intent(*, intent_id: str, key: str, account: str) -> Intent:
    """Give the intent up, so that it can never charge.

    Raises StripeUnreachable, or StripeRefused where it has succeeded or is cancelled already.
    """
    refuse_inside_transaction()
    with _our_errors():
        intent = _client().v1.payment_intents.cancel(
            intent_id, {"expand": EXPANDED_INTENT}, _options(account, key)
        )
    return _intent(intent.to_dict())


def find_intent(*, payment_key: str, customer_id: str, account: str) -> Intent | None:
    """Look among a customer's few intents for the one whose answer was lost."""
    refuse_inside_transaction()
    with _our_errors():
        known = _client().v1.payment_intents.list(
            {"customer": customer_id, "limit": 100}, _options(account)
        )
        for intent in known.auto_paging_iter():
            if (intent.to_dict().get("metadata") or {}).get("payment") == payment_key:
                return fetch_intent(intent_id=intent.id, account=account)
    return None


def payment_key_of_setup(*, setup_id: str, account: str) -> str:
    """Return which payment of ours a SetupIntent belongs to, or nothing if none."""
    refuse_inside_transaction()
    with _our_errors():
        setup = _client().v1.setup_intents.retrieve(setup_id, {}, _options(account))
    return (setup.to_dict().get("metadata") or {}).get("payment", "")


def release_method(*, method_id: str, key: str, account: str) -> None:
    """Let a saved card go, for ever. Where it is gone already, nothing happens.

    Raises StripeUnreachable or StripeRefused.
    """
    refuse_inside_transaction()
    try:
        with _our_errors():
            _client().v1.payment_methods.detach(method_id, {}, _options(account, key))
    except NotAtStripe:
        return
    except StripeRefused:
        with _our_errors():
            method = _client().v1.payment_methods.retrieve(method_id, {}, _options(account))
        if method.to_dict().get("customer"):
            raise


def fetch_payout(*, payout_id: str, account: str) -> PaidOut:
    """Return what is true of the payout now. Raises StripeUnreachable or StripeRefused."""
    refuse_inside_transaction()
    with _our_errors():
        payout = _client().v1.payouts.retrieve(
            payout_id, {"expand": ["balance_transaction"]}, _options(account)
        )
    return _paid_out(payout.to_dict())


def payouts_since(*, moment: datetime, account: str) -> Iterator[PaidOut]:
    """Yield the account's payouts made since `moment`, the newest first."""
    refuse_inside_transaction()
    with _our_errors():
        payouts = _client().v1.payouts.list(
            {
                "created": {"gte": int(moment.timestamp())},
                "limit": 100,
                "expand": ["data.balance_transaction"],
            },
            _options(account),
        )
        for payout in payouts.auto_paging_iter():
            yield _paid_out(payout.to_dict())


def create_account(*, request: dict[str, Any], key: str) -> str:
    """Open an account for a committee with exactly these parameters; return its id.

    Source: docs.stripe.com/api/v2/core/accounts/create. Raises StripeUnreachable or
    StripeRefused.
    """
    refuse_inside_transaction()
    with _our_errors():
        account = _client().v2.core.accounts.create(_stripes(request), _options("", key))
    return account.id


def find_account(*, account_key: str) -> str:
    """Look for the account whose answer was lost; return its id, or nothing."""
    refuse_inside_transaction()
    with _our_errors():
        for account in _client().v2.core.accounts.list().auto_paging_iter():
            if (account.to_dict().get("metadata") or {}).get("account") == account_key:
                return account.id
    return ""


def fetch_standing(*, account_id: str) -> Standing:
    """Return how a committee's account stands now.

    Raises NotAtStripe or NotConnected where we have no access (any more), StripeUnreachable or
    StripeRefused.
    """
    refuse_inside_transaction()
    with _our_errors():
        account = _client().v2.core.accounts.retrieve(
            account_id, _stripes({"include": ["configuration.merchant", "requirements"]})
        )
        banks = _client().v1.accounts.external_accounts.list(account_id, _stripes({"limit": 100}))
        ids = tuple(sorted(bank.id for bank in banks.auto_paging_iter()))
    return _standing(account.to_dict(), ids)


def open_onboarding(*, account_id: str, return_url: str, refresh_url: str, key: str) -> str:
    """Return the address, good for some minutes, where a committee tells Stripe what it asks for.

    Source: docs.stripe.com/api/v2/core/account-links/create. Raises StripeUnreachable or
    StripeRefused.
    """
    refuse_inside_transaction()
    places = {"return_url": return_url, "refresh_url": refresh_url}
    with _our_errors():
        link = _client().v2.core.account_links.create(
            _stripes(
                {
                    "account": account_id,
                    "use_case": {"type": "account_onboarding", "account_onboarding": places},
                }
            ),
            _options("", key),
        )
    return link.url


def events_since(*, moment: datetime, account: str) -> Iterator[Pointer]:
    """Yield the account's events of our types since `moment`, the newest of each few types first.

    Source: docs.stripe.com/api/events/list; so many types may be asked for at once.
    """
    refuse_inside_transaction()
    for first in range(0, len(EVENT_TYPES), MOST_TYPES):
        asked = {
            "created": {"gte": int(moment.timestamp())},
            "limit": 100,
            "types": list(EVENT_TYPES[first : first + MOST_TYPES]),
        }
        with _our_errors():
            events = _client().v1.events.list(_stripes(asked), _options(account))
            for event in events.auto_paging_iter():
                yield _pointer(event.to_dict(), account)


def balance_lines_since(*, moment: datetime, account: str) -> Iterator[BalanceLine]:
    """Yield every line of the account's balance since `moment`, the newest first.

    Source: docs.stripe.com/api/balance_transactions/list. Raises StripeUnreachable or
    StripeRefused.
    """
    refuse_inside_transaction()
    with _our_errors():
        lines = _client().v1.balance_transactions.list(
            {"created": {"gte": int(moment.timestamp())}, "limit": 100}, _options(account)
        )
        for line in lines.auto_paging_iter():
            yield _balance_line(line.to_dict())


def read_delivery(*, body: bytes, signature: str) -> Pointer:
    """Check that Stripe signed this delivery and return what it points at. Raises BadSignature."""
    import stripe

    try:
        _check_signature(body.decode(), signature)
        event = stripe.Event.construct_from(_json(body), None).to_dict()
        return _pointer(event, event.get("account") or "")
    except (stripe.SignatureVerificationError, *_NO_EVENT) as error:
        raise BadSignature(str(error)) from error


def _check_signature(text: str, signature: str) -> None:
    """Raise unless one of our endpoints' secrets made the signature.

    There are several: an endpoint for our own account, one for the committees', and for a day
    the old secret of each that was rolled.
    """
    import stripe

    secrets = [secret.strip() for secret in settings.STRIPE_WEBHOOK_SECRET.split(",")]
    refusal = stripe.SignatureVerificationError("without a secret, anybody could sign", signature)
    for secret in filter(None, secrets):
        try:
            stripe.WebhookSignature.verify_header(text, signature, secret, tolerance=300)
        except stripe.SignatureVerificationError as error:
            refusal = error
        else:
            return
    raise refusal


def register_endpoint(*, url: str, key: str, of_committees: bool = False) -> str:
    """Make a webhook endpoint for our event types and return its signing secret.

    An endpoint tells either of our own account or of the committees' accounts.
    """
    refuse_inside_transaction()
    import stripe

    with _our_errors():
        endpoint = _client().v1.webhook_endpoints.create(
            _stripes(
                {
                    "url": url,
                    "enabled_events": list(EVENT_TYPES),
                    "api_version": stripe.api_version,
                    "connect": of_committees,
                }
            ),
            _options("", key),
        )
    if not endpoint.secret:
        raise StripeRefused("The endpoint came without a signing secret.")
    return endpoint.secret


EVENT_TYPES = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "charge.updated",
    "setup_intent.succeeded",
    "setup_intent.setup_failed",
    "payment_intent.succeeded",
    "payment_intent.payment_failed",
    "payment_intent.canceled",
    "charge.refunded",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.closed",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "customer.subscription.updated",
    "customer.subscription.deleted",
    "invoice.paid",
    "invoice.payment_failed",
    "invoice.payment_action_required",
    "account.updated",
    "capability.updated",
    "account.external_account.created",
    "account.external_account.updated",
    "account.external_account.deleted",
    "account.application.deauthorized",
    "payout.created",
    "payout.paid",
    "payout.failed",
    "payout.canceled",
)


def refuse_inside_transaction() -> None:
    """Raise InsideTransaction when a database transaction is open on this thread."""
    if connection.in_atomic_block and not settings.TESTS_WRAP_IN_TRANSACTION:
        raise InsideTransaction("record, call, apply: the call stands between two transactions")


@cache
def _client() -> "StripeClient":
    import stripe

    addresses: dict[str, Any] = {}
    if settings.STRIPE_API_BASE:
        addresses = {"base_addresses": {"api": settings.STRIPE_API_BASE}}
    return stripe.StripeClient(
        settings.STRIPE_SECRET_KEY,
        http_client=stripe.RequestsClient(timeout=TIMEOUT_SECONDS),
        max_network_retries=2,
        **addresses,
    )


def _stripes(parameters: dict[str, Any]) -> Any:
    """Pass parameters on as they are: rows and constants of ours, no literals of Stripe's types."""
    return parameters


def _options(account: str, key: str = "") -> Any:
    options: dict[str, str] = {}
    if account:
        options["stripe_account"] = account
    if key:
        options["idempotency_key"] = key
    return options


class _our_errors:  # noqa: N801  # reads as a phrase: `with _our_errors():`
    """Turn Stripe's errors into ours: unknown effect, or a clear no."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        import stripe

        if isinstance(error, stripe.APIConnectionError | stripe.RateLimitError):
            raise StripeUnreachable(str(error)) from error
        if isinstance(error, stripe.StripeError):
            status = error.http_status or 500
            if status >= 500 or isinstance(error, stripe.IdempotencyError):
                raise StripeBroken(str(error)) from error
            if status == 409:
                raise StripeBusy(str(error)) from error
            refusal = NotAtStripe if status == 404 else StripeRefused
            # Of a 403 the SDK keeps its code in the body alone; a key without a right has another.
            if "account_invalid" in (error.code, getattr(error.error, "code", None)):
                refusal = NotConnected
            raise refusal(error.user_message or str(error)) from error


def _session(session: dict[str, Any]) -> Session:
    intent = session.get("payment_intent") or {}
    if isinstance(intent, str):
        intent = {"id": intent}
    return Session(
        id=session["id"],
        url=session.get("url") or "",
        status=session["status"],
        payment_status=session["payment_status"],
        amount_minor=session["amount_total"] or 0,
        currency=(session["currency"] or "").upper(),
        livemode=session["livemode"],
        expires_at=_moment(session["expires_at"]),
        payment_key=(session.get("metadata") or {}).get("payment", ""),
        intent_id=intent.get("id", ""),
        intent_status=intent.get("status", ""),
        charged=_charged(intent),
        saved=_saved(session.get("setup_intent")),
        charge_id=_id(intent.get("latest_charge")),
        customer_id=_id(session.get("customer")),
        subscription_id=_id(session.get("subscription")),
    )


def _saved(setup: Any) -> SavedCard | None:
    """Return the card of a setup that is done; a method without its customer cannot be used."""
    if not isinstance(setup, dict) or setup["status"] != "succeeded":
        return None
    method = setup.get("payment_method")
    if not isinstance(method, dict) or not method.get("customer"):
        return None
    kind = method["type"]
    known = method.get(kind) or {}
    name = str(known.get("display_brand") or known.get("brand") or kind).replace("_", " ")
    return SavedCard(
        customer_id=method["customer"],
        method_id=method["id"],
        label=f"{name.title()} {known.get('last4', '')}".strip()[:40],
    )


def _intent(intent: dict[str, Any]) -> Intent:
    redirect = (intent.get("next_action") or {}).get("redirect_to_url") or {}
    return Intent(
        intent_id=intent["id"],
        status=intent["status"],
        payment_key=(intent.get("metadata") or {}).get("payment", ""),
        livemode=intent["livemode"],
        error_code=(intent.get("last_payment_error") or {}).get("code") or "",
        next_url=redirect.get("url") or "",
        charged=_charged(intent),
        charge_id=_id(intent.get("latest_charge")),
    )


def _charged(intent: dict[str, Any]) -> Charged | None:
    charge = intent.get("latest_charge")
    if not isinstance(charge, dict) or charge.get("status") != "succeeded":
        return None
    balance = charge.get("balance_transaction")
    return Charged(
        charge_id=charge["id"],
        amount_minor=charge["amount"],
        currency=charge["currency"].upper(),
        fee_minor=_fee(balance, charge["currency"]),
        balance_transaction_id=balance["id"] if isinstance(balance, dict) else "",
        is_returned=charge["refunded"],
        charged_at=_moment(charge["created"]),
        platform_fee_minor=_platform_fee(balance, charge["currency"]),
    )


def _fee(balance: Any, currency: str) -> int | None:
    """Return Stripe's fee; one in another currency belongs to that currency's book, not to this."""
    if not isinstance(balance, dict) or balance["currency"] != currency:
        return None
    return int(balance["fee"]) - _platform_fee(balance, currency)


def _platform_fee(balance: Any, currency: str) -> int:
    """Return what of a line's fees is the platform's."""
    if not isinstance(balance, dict) or balance["currency"] != currency:
        return 0
    parts = balance.get("fee_details") or ()
    return sum(part["amount"] for part in parts if part["type"] == "application_fee")


def _returned(refund: dict[str, Any]) -> Returned:
    return Returned(
        id=refund["id"],
        refund_key=(refund.get("metadata") or {}).get("refund", ""),
        charge_id=_id(refund.get("charge")),
        amount_minor=refund["amount"],
        status=refund["status"] or "",
        has_left=refund["status"] == "succeeded" or bool(refund.get("balance_transaction")),
        problem=refund.get("failure_reason") or "",
    )


def _disputed(dispute: dict[str, Any]) -> Disputed:
    answer_by = (dispute.get("evidence_details") or {}).get("due_by")
    return Disputed(
        id=dispute["id"],
        charge_id=_id(dispute["charge"]),
        status=dispute["status"],
        reason=dispute["reason"],
        amount_minor=dispute["amount"],
        opened_at=_moment(dispute["created"]),
        answer_by=_moment(answer_by) if answer_by else None,
        movements=tuple(
            Moved(
                id=moved["id"],
                amount_minor=moved["amount"],
                fee_minor=moved["fee"],
                currency=moved["currency"].upper(),
            )
            for moved in dispute.get("balance_transactions") or ()
        ),
    )


def _balance_line(line: dict[str, Any]) -> BalanceLine:
    return BalanceLine(
        id=line["id"],
        kind=line["type"],
        source_id=_id(line.get("source")),
        amount_minor=line["amount"],
        net_minor=line["net"],
        currency=line["currency"].upper(),
        at=_moment(line["created"]),
    )


def _paid_out(payout: dict[str, Any]) -> PaidOut:
    balance = payout.get("balance_transaction")
    return PaidOut(
        id=payout["id"],
        status=payout["status"],
        amount_minor=payout["amount"],
        fee_minor=balance["fee"] if isinstance(balance, dict) else 0,
        currency=payout["currency"].upper(),
        at=_moment(payout["created"]),
        arrives_at=_moment(payout["arrival_date"]),
    )


def _standing(account: dict[str, Any], banks: tuple[str, ...]) -> Standing:
    merchant = (account.get("configuration") or {}).get("merchant") or {}
    cards = (merchant.get("capabilities") or {}).get("card_payments") or {}
    entries = (account.get("requirements") or {}).get("entries") or []
    waiting = [entry for entry in entries if entry["awaiting_action_from"] == "user"]
    return Standing(
        account_id=account["id"],
        account_key=(account.get("metadata") or {}).get("account", ""),
        status=cards.get("status") or "",
        missing=tuple(entry["description"] for entry in waiting),
        banks=banks,
    )


def _id(found: Any) -> str:
    """Return the id of what Stripe tells by its id or in whole."""
    return str(found["id"] if isinstance(found, dict) else found or "")


def _pointer(event: dict[str, Any], account: str) -> Pointer:
    if event.get("object") == "v2.core.event":
        return _thin_pointer(event)
    return Pointer(
        id=event["id"],
        type=event["type"],
        account=account,
        subject_id=event["data"]["object"].get("id", ""),
        livemode=event["livemode"],
        created_at=_moment(event["created"]),
    )


def _thin_pointer(event: dict[str, Any]) -> Pointer:
    """Return what a thin event points at; of an account it comes to us, whose account it is."""
    subject = event["related_object"]
    is_account = subject["type"] == "v2.core.account"
    return Pointer(
        id=event["id"],
        type=event["type"],
        account=subject["id"] if is_account else event.get("context") or "",
        subject_id=subject["id"],
        livemode=event["livemode"],
        created_at=datetime.fromisoformat(event["created"]),
    )


def _json(body: bytes) -> Any:
    import json

    return json.loads(body)


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)
