"""Build the HTML of the Checkout pages: small files with gaps, every value escaped.

A value is escaped when it goes into a gap; only what `render` itself returned goes in as it is.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from string import Template
from urllib.parse import urlencode

from babel.numbers import format_currency

from sandbox.checkout.languages import WORDS
from sandbox.money_rules import exponent_of
from sandbox.payments.methods import REDIRECTS
from sandbox.store import Resource

TEMPLATES = Path(__file__).with_name("templates")
SHOWN_CARDS = (
    ("4242424242424242", "t_ok"),
    ("4000000000000002", "t_decline"),
    ("4000000000009995", "t_funds"),
    ("4000002500003155", "t_secure"),
)
BUTTONS = {"donate": "donate", "book": "book", "subscribe": "subscribe"}


class Markup(str):
    """Text that is HTML already."""


@dataclass
class Entered:
    """What stands in the fields of the form, and which of them is wrong."""

    method: str = "card"
    number: str = ""
    expiry: str = ""
    cvc: str = ""
    iban: str = ""
    name: str = ""
    email: str = ""
    problem: str = ""
    wrong: str = ""


@cache
def _template(name: str) -> Template:
    return Template((TEMPLATES / f"{name}.html").read_text(encoding="utf-8"))


def render(template: str, /, **values: str) -> Markup:
    """Fill the gaps of a template; what is not Markup is escaped."""
    safe = {k: v if isinstance(v, Markup) else html.escape(v) for k, v in values.items()}
    return Markup(_template(template).substitute(safe))


def page(language: str, title: str, content: Markup) -> str:
    """Return a whole page around `content`."""
    words = WORDS[language]
    return render(
        "layout",
        language=language,
        title=title,
        banner=words["banner"],
        banner_more=words["banner_more"],
        content=content,
    )


def amount_in(language: str, amount: int, currency: str) -> str:
    """Return an amount in minor units as people of that language write it."""
    decimals = exponent_of(currency)
    whole, part = divmod(amount, 10**decimals)
    number = f"{whole}.{part:0{decimals}d}" if decimals else str(whole)
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    local = {"en": f"¤{pattern}"}.get(language, f"{pattern} ¤")
    return format_currency(number, currency.upper(), local, locale=language, currency_digits=False)


def pay_page(language: str, session: Resource, lines: list[Resource], entered: Entered) -> str:
    """Return the page on which the payer fills in a card or an IBAN."""
    words = WORDS[language]
    paying = session["mode"] != "setup"
    amount = amount_in(language, session["amount_total"], session["currency"]) if paying else ""
    button, heading = words["save"], words["title_setup"]
    if paying:
        usual = "pay" if session["mode"] == "payment" else "subscribe"
        each = f"{amount} {words[f'per_{interval}']}" if (interval := _interval(lines)) else amount
        button = words[BUTTONS.get(session["submit_type"], usual)].format(amount=each)
        heading = button
    fixed = session["customer_email"] or ""
    content = render(
        "pay",
        heading=heading,
        lines=_lines(language, lines),
        total=_total(words, amount),
        cancel=_link(session["cancel_url"], words["cancel"]),
        action=f"/c/pay/{session['id']}",
        problem=_problem(words, entered.problem),
        email=fixed or entered.email,
        email_fixed=Markup("readonly" if fixed else ""),
        wrong_email=_wrong(entered, "email"),
        methods=_methods(words, session["payment_method_types"], entered),
        button=button,
        tests=_tests(words, session["id"]),
        **_labels(words, "email", "method", "test_numbers", "any_future"),
    )
    return page(language, heading, content)


def authenticate_page(language: str, *, action: str, amount: str) -> str:
    """Return the page that stands in for the bank's; `amount` is empty when a card is saved."""
    words = WORDS[language]
    text = words["secure_text"].format(amount=amount) if amount else words["secure_text_setup"]
    labels = _labels(words, "secure_title", "approve", "refuse")
    content = render("authenticate", action=action, text=text, **labels)
    return page(language, words["secure_title"], content)


def bank_page(language: str, *, action: str, kind: str, amount: str) -> str:
    """Return the page that stands in for the one of the payer's bank; `kind` is how they pay."""
    words = WORDS[language]
    title = words["bank_title"].format(method=REDIRECTS[kind])
    content = render(
        "bank",
        action=action,
        title=title,
        text=words["bank_text"].format(amount=amount),
        **_labels(words, "approve", "refuse", "bank_late"),
    )
    return page(language, title, content)


def notice_page(language: str, kind: str, *, url: str | None = None, link: str = "") -> str:
    """Return a page that says one thing, such as `paid` or `expired`, with a link to go on."""
    words = WORDS[language]
    heading = words[f"{kind}_title"]
    button = _link(url, words[link], style="button") if link else Markup("")
    content = render("notice", heading=heading, text=words[f"{kind}_text"], link=button)
    return page(language, heading, content)


def in_fours(number: str) -> str:
    """Return a card number as it is printed on cards."""
    return " ".join(number[start : start + 4] for start in range(0, len(number), 4))


def _interval(lines: list[Resource]) -> str | None:
    """Return how often the payment recurs: `month`, or None for a single one."""
    recurring = lines[0]["price"]["recurring"] if lines else None
    return str(recurring["interval"]) if recurring else None


def _labels(words: dict[str, str], *names: str) -> dict[str, str]:
    return {f"l_{name}": words[name] for name in names}


def _lines(language: str, lines: list[Resource]) -> Markup:
    shown = []
    for line in lines:
        times = f" × {line['quantity']}" if line["quantity"] > 1 else ""
        amount = html.escape(amount_in(language, line["amount_total"], line["currency"]))
        name = html.escape(f"{line['description']}{times}")
        shown.append(f'<li><span>{name}</span><span class="amount">{amount}</span></li>')
    return Markup("".join(shown))


def _total(words: dict[str, str], amount: str) -> Markup:
    if not amount:
        return Markup(f'<p class="total">{html.escape(words["nothing_now"])}</p>')
    total, shown = html.escape(words["total"]), html.escape(amount)
    return Markup(f'<p class="total"><span>{total}</span><span class="amount">{shown}</span></p>')


def _link(url: str | None, text: str, *, style: str = "") -> Markup:
    if not url:
        return Markup("")
    css = f' class="{style}"' if style else ""
    return Markup(f'<p><a{css} href="{html.escape(url)}">{html.escape(text)}</a></p>')


def _problem(words: dict[str, str], sentence: str) -> Markup:
    if not sentence:
        return Markup("")
    said = f"<strong>{html.escape(sentence)}</strong> {html.escape(words['try_again'])}"
    return Markup(f'<p class="problem" role="alert" id="problem">{said}</p>')


def _wrong(entered: Entered, name: str) -> Markup:
    wrong = entered.wrong == name
    return Markup('aria-invalid="true" aria-describedby="problem"' if wrong else "")


def _methods(words: dict[str, str], kinds: list[str], entered: Entered) -> Markup:
    chosen = entered.method if entered.method in kinds else kinds[0]
    shown: list[str] = []
    if "card" in kinds:
        labels = _labels(words, "card", "number", "expiry", "cvc", "name")
        wrong = {f"wrong_{name}": _wrong(entered, name) for name in ("number", "expiry", "cvc")}
        shown.append(
            render(
                "card",
                checked=Markup("checked" if chosen == "card" else ""),
                number=entered.number,
                expiry=entered.expiry,
                cvc=entered.cvc,
                name=entered.name,
                **labels,
                **wrong,
            )
        )
    if "sepa_debit" in kinds:
        shown.append(
            render(
                "debit",
                checked=Markup("checked" if chosen == "sepa_debit" else ""),
                iban=entered.iban,
                wrong_iban=_wrong(entered, "iban"),
                **_labels(words, "debit", "debit_hint", "iban"),
            )
        )
    shown += [
        render(
            "redirect",
            kind=kind,
            checked=Markup("checked" if chosen == kind else ""),
            l_kind=name,
            l_hint=words["redirect_hint"],
        )
        for kind, name in REDIRECTS.items()
        if kind in kinds
    ]
    return Markup("".join(shown))


def _tests(words: dict[str, str], session_id: str) -> Markup:
    shown = []
    for number, meaning in SHOWN_CARDS:
        spaced = in_fours(number)
        address = f"/c/pay/{session_id}?{urlencode({'card': number})}"
        link = f'<a href="{html.escape(address)}">{spaced}</a>'
        shown.append(f"<li>{link} <span>{html.escape(words[meaning])}</span></li>")
    return Markup("".join(shown))
