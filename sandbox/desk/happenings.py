"""What the desk shows of what happens: what is due, events, deliveries, accounts, faults."""

from __future__ import annotations

from sandbox.checkout.html import Markup, render
from sandbox.connect.accounts import standing_of
from sandbox.connect.standing import NEEDED
from sandbox.desk.sight import Sight
from sandbox.desk.tables import (
    Cell,
    Column,
    button,
    code,
    moment,
    money,
    state,
    table,
    together,
    two,
)
from sandbox.disturbances import MEANINGS
from sandbox.errors import Refusal
from sandbox.faults import KINDS

FUTURE = {
    "session_expires": "A Checkout page expires",
    "bank_answers": "The bank answers a slow payment",
    "bank_disputes": "The bank disputes a charge",
    "network_warns": "A fraud warning arrives",
    "dispute_is_answered_too_late": "The last day for evidence passes",
    "bank_decides_dispute": "The bank decides a dispute",
    "funds_become_available": "Money becomes available",
    "refund_is_answered": "The bank answers a refund",
    "payout_arrives": "A payout arrives",
    "payouts_are_made": "What is available is paid out",
    "balance_is_told": "The balance is told",
    "account_is_checked": "Stripe has checked an account",
    "subscription_cycles": "A subscription renews",
    "subscription_expires": "An unpaid subscription expires",
    "collection_resumes": "A paused subscription goes on",
    "invoice_is_finalized": "An invoice is opened",
    "invoice_is_tried_again": "An invoice is charged again",
    "invoice_is_overdue": "An invoice becomes overdue",
}


NEEDS = dict(zip(NEEDED, ("its name", "a document", "a bank account"), strict=True))


def coming(sight: Sight, *, most: int) -> Markup:
    """Return what the clock will bring about next."""
    due = sight.sandbox.store.rows("SELECT * FROM due ORDER BY at, resource LIMIT ?", most)
    rows = [
        [
            moment(row["at"]),
            FUTURE.get(row["change"], row["change"]),
            sight.name_of(row["account"]),
            code(row["resource"]),
        ]
        for row in due
    ]
    columns = [Column("When"), Column("What"), Column("Account"), Column("About")]
    return table("What comes next", columns, rows, empty="Nothing waits for the clock.")


def events(sight: Sight, *, most: int) -> Markup:
    """Return the latest events of all accounts, with how their deliveries went."""
    rows: list[list[Cell]] = []
    for account, event in sight.latest("event", most):
        went = sight.sandbox.store.rows(
            "SELECT state, count(*) AS n FROM delivery WHERE event = ? GROUP BY state", event["id"]
        )
        states = [state(f"{row['state']}" if row["n"] == 1 else f"{row['state']}: {row['n']}")
                  for row in went]  # fmt: skip
        again = button("Resend", **sight.form, act="resend", id=event["id"], about=event["id"])
        about = event["data"]["object"].get("id") or event["data"]["object"]["object"]
        rows.append(
            [
                moment(event["created"]),
                two(event["type"], code(event["id"])),
                sight.name_of(account),
                code(about),
                Markup(" ".join(states)) or Markup('<span class="none">not asked for</span>'),
                together([again] if went else []),
            ]
        )
    columns = [
        Column("When"),
        Column("Event"),
        Column("Account"),
        Column("About"),
        Column("Delivered"),
        Column("Acts"),
    ]
    empty = "Nothing has happened yet. Every payment, refund and payout will be told here."
    return table("The latest events", columns, rows, empty=empty)


def deliveries(sight: Sight, *, most: int) -> Markup:
    """Return the latest deliveries: to whom, how often tried, what was answered."""
    store = sight.sandbox.store
    rows: list[list[Cell]] = []
    for row in store.rows("SELECT * FROM delivery ORDER BY sequence DESC LIMIT ?", most):
        tried = store.rows(
            "SELECT * FROM delivery_attempt WHERE delivery = ? ORDER BY sequence DESC LIMIT 1",
            row["sequence"],
        )
        answer = _answer_in_words(tried[0]["status"], tried[0]["detail"]) if tried else "–"
        waits = row["state"] == "waiting"
        rows.append(
            [
                moment(row["made_at"]),
                two(_type_of(sight, row["event"]), code(row["event"])),
                _address_of(sight, row["endpoint"]),
                state(row["state"]),
                str(row["attempts"]),
                answer,
                moment(row["due_at"]) if waits else Markup('<span class="none">–</span>'),
            ]
        )
    columns = [
        Column("When"),
        Column("Event"),
        Column("To"),
        Column("State"),
        Column("Tried", is_amount=True),
        Column("Last answer"),
        Column("Next try"),
    ]
    empty = "Nothing was delivered: no site has registered a webhook endpoint, or nothing happened."
    return table("The latest deliveries", columns, rows, empty=empty)


def accounts(sight: Sight, *, most: int) -> Markup:
    """Return the connected accounts: whether they can take payments, and what is missing."""
    rows: list[list[Cell]] = []
    for _, account in sight.latest("account", most):
        own = account["id"]
        name = two(sight.names.get(own, "Without a name"), code(own))
        try:
            standing = standing_of(sight.sandbox, own)
        except Refusal:
            rows.append([name, account["country"], state("canceled"), "has left", "–", Markup("")])
            continue
        about = str(sight.names.get(own) or own)
        acts = [
            button("Make ready", **sight.form, act="onboard", id=own, about=about),
            button("Let a document be missing", **sight.form, act="restrict", id=own, about=about),
            button("Change bank", **sight.form, act="bank", id=own, about=about),
            button("Disconnect", **sight.form, act="deauthorize", id=own, about=about),
        ]
        missing = ", ".join(NEEDS[part] for part in standing.missing)
        bank = f"… {standing.bank['last4']}" if standing.bank else "none"
        rows.append(
            [
                name,
                two(standing.country, standing.currency.upper()),
                state(standing.status_of("card_payments")),
                missing or "nothing",
                bank,
                together(acts[standing.can_charge and 1 :]),
            ]
        )
    columns = [
        Column("Account"),
        Column("Country"),
        Column("Card payments"),
        Column("Missing"),
        Column("Bank"),
        Column("Acts"),
    ]
    empty = "Only the platform's own account is here. A committee that connects appears below it."
    return table("Connected accounts", columns, rows, empty=empty)


def subscriptions(sight: Sight, *, most: int) -> Markup:
    """Return the latest subscriptions of all accounts."""
    rows: list[list[Cell]] = []
    for account, one in sight.latest("subscription", most):
        first = one["items"]["data"][0]
        amount = first["price"]["unit_amount"] * first["quantity"]
        word = "paused" if one["pause_collection"] else one["status"].replace("_", " ")
        rows.append(
            [
                moment(one["created"]),
                sight.name_of(account),
                two(money(amount, one["currency"]), f"each {first['plan']['interval']}"),
                two(state(word), code(one["id"])),
                moment(None if one["ended_at"] else first["current_period_end"]),
            ]
        )
    columns = [
        Column("Since"),
        Column("Account"),
        Column("Amount", is_amount=True),
        Column("State"),
        Column("Renews"),
    ]
    return table("Subscriptions", columns, rows, empty="Nobody gives every month yet.")


def faults(sight: Sight) -> Markup:
    """Return the planned faults and disturbances, and the forms that plan more."""
    planned = [
        [two(fault.kind, KINDS[fault.kind]), str(fault.count), fault.path or "any call"]
        for fault in sight.sandbox.faults.planned
    ]
    met = [
        [two(kind, KINDS[kind]), str(times)] for kind, times in sight.sandbox.faults.counts.items()
    ]
    now = sight.deliveries.disturbances.shown()
    disturbed = [
        [name.replace("_", " "), meaning, "yes" if now[name] is True else str(now[name])]
        for name, meaning in MEANINGS.items()
        if now[name]
    ]
    counted = Column("Times", is_amount=True)
    return Markup(
        render(
            "desk_faults",
            token=sight.token,
            back=sight.back,
            kinds=Markup(
                "".join(
                    f'<option value="{kind}">{kind}: {meaning}</option>'
                    for kind, meaning in KINDS.items()
                )
            ),
        )
        + table(
            "Faults that wait",
            [Column("Fault"), counted, Column("For")],
            planned,
            empty="No fault waits: every call is answered as it should be.",
        )
        + table("Faults that were met", [Column("Fault"), counted], met, empty="None was met.")
        + table(
            "Deliveries now",
            [Column("Disturbance"), Column("Meaning"), Column("Set to")],
            disturbed,
            empty="Deliveries go out as they should.",
        )
    )


def _type_of(sight: Sight, event_id: str) -> str:
    rows = sight.sandbox.store.rows(
        "SELECT json_extract(body, '$.type') AS type FROM resource WHERE id = ?", event_id
    )
    return str(rows[0]["type"]) if rows else ""


def _address_of(sight: Sight, endpoint_id: str) -> Cell:
    rows = sight.sandbox.store.rows(
        "SELECT json_extract(body, '$.url') AS url FROM resource WHERE id = ?", endpoint_id
    )
    return code(rows[0]["url"]) if rows else "an endpoint that is gone"


def _answer_in_words(status: int | None, detail: str) -> Cell:
    if status is None:
        return detail.partition(":")[0] or "none"
    return str(status)
