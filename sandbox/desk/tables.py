"""Build the desk's tables, states and forms; every value is escaped on its way into the page.

On a narrow screen each row becomes a card whose cells say their column, by the style sheet alone.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sandbox.checkout.html import Markup
from sandbox.money_rules import exponent_of
from sandbox.store import Resource

GOOD = {"succeeded", "paid", "active", "won", "delivered", "complete", "available", "open"}
BAD = {"failed", "lost", "given up", "dropped", "declined", "restricted", "canceled", "disputed"}
LONGEST_ID = 40
Cell = str | Markup


@dataclass(frozen=True)
class Column:
    """A column: its heading, and whether it holds amounts."""

    heading: str
    is_amount: bool = False


def table(
    caption: str, columns: Sequence[Column], rows: Sequence[Sequence[Cell]], *, empty: str
) -> Markup:
    """Return a table under its caption; without rows the sentence `empty` in its place."""
    heading = f"<h2>{html.escape(caption)}</h2>"
    if not rows:
        return Markup(f'<section>{heading}<p class="empty">{html.escape(empty)}</p></section>')
    heads = "".join(
        f'<th scope="col"{_css(column)}>{html.escape(column.heading)}</th>' for column in columns
    )
    body = "".join(_row(columns, row) for row in rows)
    return Markup(
        f'<section>{heading}<div class="scroll" role="region" tabindex="0"'
        f' aria-label="{html.escape(caption)}"><table><thead><tr>{heads}</tr></thead>'
        f"<tbody>{body}</tbody></table></div></section>"
    )


def money(amount: int | None, currency: str) -> Markup:
    """Return an amount in its currency, or a dash."""
    if amount is None:
        return Markup('<span class="none">–</span>')
    if amount == 0:
        return Markup('<span class="none">0</span>')
    decimals = exponent_of(currency)
    whole, part = divmod(abs(amount), 10**decimals)
    number = f"{whole:,}.{part:0{decimals}d}" if decimals else f"{whole:,}"
    sign = "−" if amount < 0 else ""
    return Markup(f'{sign}{number}<span class="currency"> {html.escape(currency.upper())}</span>')


def moment(at: float | None) -> Markup:
    """Return a moment as people write it, in UTC."""
    if at is None:
        return Markup('<span class="none">–</span>')
    then = datetime.fromtimestamp(at, UTC)
    return Markup(
        f'<time datetime="{then.isoformat(timespec="seconds")}">{then:%-d %b %Y, %H:%M}</time>'
    )


def state(word: str) -> Markup:
    """Return a state as a coloured word."""
    first = word.partition(":")[0]
    tone = "good" if first in GOOD else "bad" if first in BAD else "waiting"
    return Markup(f'<span class="state state--{tone}">{html.escape(word)}</span>')


def code(text: str) -> Markup:
    """Return an id; of a very long one its two ends, with the whole as its title."""
    if len(text) <= LONGEST_ID:
        return Markup(f"<code>{html.escape(text)}</code>")
    short = f"{text[:14]}…{text[-8:]}"
    return Markup(f'<code title="{html.escape(text)}">{html.escape(short)}</code>')


def two(first: Cell, second: Cell) -> Markup:
    """Return two lines in one cell, the second one quiet."""
    return Markup(f'{_escaped(first)}<br><span class="quiet-ink">{_escaped(second)}</span>')


def button(label: str, *, token: str, back: str, act: str, about: str = "", **more: str) -> Markup:
    """Return a form of one button; `about` says of what, for those who only hear it."""
    fields = {"token": token, "back": back, "act": act, **more}
    hidden = "".join(
        f'<input type="hidden" name="{html.escape(name)}" value="{html.escape(value)}">'
        for name, value in fields.items()
    )
    named = f' aria-label="{html.escape(f"{label}: {about}")}"' if about else ""
    return Markup(
        f'<form method="post" action="/_sandbox/desk/act">{hidden}'
        f'<button type="submit" class="small"{named}>{html.escape(label)}</button></form>'
    )


def together(parts: Sequence[Markup]) -> Markup:
    """Return several buttons in one cell."""
    return Markup(f'<div class="acts">{"".join(parts)}</div>' if parts else "")


def payer_of(charge: Resource | None) -> str:
    """Return who paid, as far as is known."""
    billing = (charge or {}).get("billing_details") or {}
    return str(billing.get("name") or billing.get("email") or "")


def _row(columns: Sequence[Column], row: Sequence[Cell]) -> str:
    cells = zip(columns, row, strict=True)
    return "<tr>" + "".join(_cell(column, cell) for column, cell in cells) + "</tr>"


def _cell(column: Column, cell: Cell) -> str:
    shown = _escaped(cell)
    says_nothing = not shown or 'class="none">–' in shown
    names = ["amount"] * column.is_amount + ["bare"] * says_nothing
    css = f' class="{" ".join(names)}"' if names else ""
    return f'<td{css} data-column="{html.escape(column.heading)}"><div>{shown}</div></td>'


def _css(column: Column) -> str:
    return ' class="amount"' if column.is_amount else ""


def _escaped(cell: Cell) -> str:
    return cell if isinstance(cell, Markup) else html.escape(cell)
