"""The controls as a page for people: what can be asked, how, and what each fault does.

Programs get the same list as JSON; both are read from the controls themselves.
"""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import asdict

from sandbox.behaviour import Behaviour
from sandbox.checkout.html import Markup, in_fours, page, render
from sandbox.control.door import CONTROLS, Control
from sandbox.disturbances import MEANINGS
from sandbox.faults import KINDS
from sandbox.payments.cards import CARDS, Card


def guide_page(public_url: str) -> str:
    """Return the whole page; its examples speak to `public_url`."""
    content = render(
        "controls",
        url=public_url,
        controls=_terms((_address(entry), html.escape(entry.sentence)) for entry in CONTROLS),
        faults=_terms((_code(kind), html.escape(meaning)) for kind, meaning in KINDS.items()),
        disturbances=_terms(
            (_code(name), html.escape(meaning)) for name, meaning in MEANINGS.items()
        ),
        settings=_terms(
            (_code(name), _code(str(usual))) for name, usual in asdict(Behaviour()).items()
        ),
        cards=_terms((_code(in_fours(card.number)), _fate_of(card)) for card in CARDS.values()),
    )
    return page("en", "Controls", content)


def _terms(pairs: Iterable[tuple[str, str]]) -> Markup:
    return Markup("".join(f"<dt>{term}</dt><dd>{meaning}</dd>" for term, meaning in pairs))


def _code(text: str) -> str:
    return f"<code>{html.escape(text)}</code>"


def _address(entry: Control) -> str:
    """Return the address, as a link where following it only looks."""
    code = _code(f"{entry.verb} {entry.path}")
    return f'<a href="{html.escape(entry.path)}">{code}</a>' if entry.verb == "GET" else code


def _fate_of(card: Card) -> str:
    """Say in words what becomes of a payment with `card`."""
    parts = [card.brand]
    if card.authentication != "never":
        parts.append("asks for 3-D Secure")
    parts.append(f"then {card.decline}" if card.decline else "succeeds")
    return html.escape(", ".join(parts))
