"""Samples for the page templates/styleguide.html, on which every part can be looked at.

All names of people and projects are made up; nothing here is read from the database.
"""

from datetime import date
from types import SimpleNamespace
from typing import Any

from django import forms

from backend.money import Money
from backend.reports.books import Month
from frontend.drawing.art import DESCRIPTIONS, picture
from frontend.drawing.bars import FundingBar, funding_bar
from frontend.drawing.cards import Card
from frontend.drawing.map import Place, Route, draw_map
from frontend.drawing.months import months_chart
from frontend.drawing.qr import qr_code

LOME, LYON = Place("Lomé", 6.13, 1.22), Place("Lyon", 45.75, 4.85)
OSTEND, BANJUL = Place("Ostend", 51.22, 2.92), Place("Banjul", 13.45, -16.58)
TAMPERE, MWANZA = Place("Tampere", 61.5, 23.76), Place("Mwanza", -2.52, 32.9)
KYOTO, HUE = Place("Kyoto", 35.01, 135.77), Place("Huế", 16.46, 107.6)
NANTES, RECIFE = Place("Nantes", 47.22, -1.55), Place("Recife", -8.05, -34.9)
PORTO, BEIRA = Place("Porto", 41.15, -8.61), Place("Beira", -19.84, 34.84)
OAKLAND, FUKUOKA = Place("Oakland", 37.8, -122.27), Place("Fukuoka", 33.6, 130.41)
AUCKLAND, LIMA = Place("Auckland", -36.85, 174.76), Place("Lima", -12.05, -77.04)
ROUTES = (
    Route(TAMPERE, MWANZA),
    Route(LYON, LOME),
    Route(OSTEND, BANJUL),
    Route(NANTES, RECIFE),
    Route(PORTO, BEIRA),
    Route(KYOTO, HUE),
    Route(OAKLAND, FUKUOKA),
    Route(AUCKLAND, LIMA),
)


class SampleForm(forms.Form):
    """The pledge form's fields, one of them wrong."""

    amount = forms.CharField(label="Amount in euros", help_text="From €2. For example 25 or 12.50")
    email = forms.EmailField(label="E-mail", help_text="For your receipt. We show it to nobody.")
    name = forms.CharField(label="Your name", required=False)
    shown = forms.BooleanField(label="Show my name on the page", required=False)


def sample() -> dict[str, Any]:
    """Return the context of the page."""
    form = SampleForm({"amount": "12,5,0", "email": "ama.example.org"})
    form.add_error("amount", "Write the amount in figures, such as 25 or 12.50")
    return {
        "form": form,
        "bar": _bar(21_460_00, 18_800_00, 8_000_00, 0),
        "promised_bar": _bar(9_300_00, 4_000_00, 0, 21_000_00),
        "full_bar": _bar(41_000_00, 20_280_00, 4_000_00, 0),
        "money_rows": _money_rows(),
        "picture": picture("rain-tank"),
        "pictures": [picture(name) for name in DESCRIPTIONS],
        "cards": [_card(name, number) for number, name in enumerate(DESCRIPTIONS)],
        "choices": _choices(),
        "steps": _steps(),
        "budget": _budget(),
        "there": {"title": "Skills, tests and money", "lines": THERE},
        "back": {"title": "How to build for drought", "lines": BACK},
        "ledger": _ledger(),
        "box": {
            "raised": "€48,260",
            "of_goal": "of €64,000",
            "left": "23 days left",
            "bar": _bar(21_460_00, 18_800_00, 8_000_00, 0),
            "bar_label": "75% funded; goes ahead at €52,000, 81%",
        },
        "fees": SimpleNamespace(
            is_estimate=False,
            stripe_fee=Money(63, "EUR"),
            platform_fee=None,
            net=Money(24_37, "EUR"),
        ),
        "months": months_chart(_months(), "en"),
        "world": draw_map(routes=ROUTES),
        "close": draw_map(routes=ROUTES[1:2], close_up=True),
        "tabs": [{"href": "#", "label": name} for name in ("Story", "Budget", "Plan", "Ledger")],
        "trail": [{"label": "Cities", "href": "#"}, {"label": "Lyon", "href": ""}],
        "facts": [
            {"name": "Agreement", "value": "Signed 1974"},
            {"name": "Distance", "value": "4,406 km"},
        ],
        "figures": [
            {"value": "€131,510", "label": "pledged"},
            {"value": "24,912", "label": "twinnings"},
        ],
        "icons": ICON_NAMES,
        "qr": qr_code("https://example.org/en/projects/sample/"),
    }


ICON_NAMES = ("arrow-left", "arrow-right", "check", "clock", "info", "search", "triangle-alert")
THERE = ("Two water engineers for six weeks", "A lab kit, and training for four technicians")
BACK = ("A rain-harvest course for the parks team", "The open €900 tank design")
TITLES = (
    "Clean water for nine lakeside schools",
    "Night power for the district clinic",
    "A cargo-bike workshop run by young people",
    "A market hall roof that collects rain",
    "Mangroves back on the shore",
    "A paper-restoration lab for the city archive",
)


def _bar(citizens: int, companies: int, funds: int, promised: int) -> FundingBar:
    return funding_bar(
        minor_by_kind={
            "citizens": citizens,
            "companies": companies,
            "funds": funds,
            "promised": promised,
        },
        goal_minor=64_000_00,
        minimum_minor=52_000_00,
    )


def _card(art: str, number: int) -> Card:
    route = ROUTES[number % len(ROUTES)]
    funded = number % 6 == 2
    return Card(
        address="#",
        title=TITLES[number % len(TITLES)],
        title_language="",
        home=route.home.name,
        twin=route.twin.name,
        picture=picture(art).address,
        need="" if number % 4 == 3 else "Also needed: 2 engineers",
        raised="€65,280" if funded else "€48,260",
        percent="102%" if funded else "75%",
        left="Funded" if funded else "23 days left",
        left_kind="good" if funded else "",
        bar=_bar(41_000_00, 24_280_00, 0, 0) if funded else _bar(21_460_00, 18_800_00, 8_000_00, 0),
        lazy=number > 2,
    )


def _money_rows() -> list[dict[str, str]]:
    return [
        {"kind": "citizens", "label": "312 citizens", "amount": "€21,460"},
        {"kind": "companies", "label": "6 companies", "amount": "€18,800"},
        {"kind": "funds", "label": "Institutions and funds", "amount": "€8,000"},
        {"kind": "promised", "label": "Promised, not yet here", "amount": "€4,000"},
    ]


def _choices() -> list[dict[str, str]]:
    return [
        {"value": "1500", "amount": "€15", "buys": "Water tests for one class"},
        {"value": "4000", "amount": "€40", "buys": "Clean water for a pupil, three years"},
        {"value": "12000", "amount": "€120", "buys": "One tap, fitted and taught"},
    ]


def _steps() -> list[dict[str, Any]]:
    return [
        {"title": "Wells tested, design agreed", "amount": "€7,200", "when": "March", "done": True},
        {"title": "Three schools built", "amount": "€21,000", "when": "When the campaign closes"},
        {"title": "Six more schools", "amount": "€29,300", "when": "After invoices and photos"},
        {"title": "Tests and open report", "amount": "€6,500", "when": "After twelve months"},
    ]


def _budget() -> list[dict[str, Any]]:
    return [
        {"label": "Tanks and gutters", "share": 44, "amount": "€28,200", "note": "3 quotes"},
        {"label": "Filters, pipes and taps", "share": 26, "amount": "€16,800"},
        {"label": "Local wages, eight plumbers", "share": 17, "amount": "€10,900"},
        {"label": "Exchange travel and training", "share": 9, "amount": "€5,600"},
        {"label": "Payment fees and audit", "share": 4, "amount": "€2,500"},
    ]


def _months() -> list[Month]:
    sums = ((9, 6_120_00, 98_00), (10, 14_300_00, 228_00), (11, 27_840_00, 445_00))
    return [
        Month(date(2026, number, 1), Money(received, "EUR"), Money(fees, "EUR"))
        for number, received, fees in sums
    ]


def _ledger() -> list[SimpleNamespace]:
    lines = (
        ("23 Nov", "Pledge by Ama S. (sample)", "€40.00", ""),
        ("23 Nov", "Pledge, name not shown", "€15.00", ""),
        ("12 Nov", "Fee of the payment service", "", "€0.63"),
    )
    return [
        SimpleNamespace(
            number=3 - count, day=day, what=what, amount_in=paid, amount_out=spent, balance="€55.00"
        )
        for count, (day, what, paid, spent) in enumerate(lines)
    ]
