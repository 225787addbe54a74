"""Amounts as people read and write them.

Planted and seen to fall: the decimal mark guessed when a text has two readings; a breaking
space between number and currency; digits taken with `\\d`, which knows Hindi and Arabic ones.
"""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.money import Money
from backend.money.currencies import CURRENCIES, UnknownCurrency, exponent, multiple
from backend.money.display import (
    NotAnAmount,
    currency_name,
    currency_symbol,
    format_money,
    parse_amount,
)

NBSP, NARROW = "\u00a0", "\u202f"
languages = st.sampled_from(["en", "fr", "es"])


@st.composite
def chargeable_amounts(draw):
    currency = draw(st.sampled_from(CURRENCIES))
    times = draw(st.integers(0, 10**14) | st.integers(0, 10**4))
    return Money(times // multiple(currency) * multiple(currency), currency)


class TestFormatMoney:
    @pytest.mark.parametrize(
        ("money", "english", "french", "spanish"),
        [
            (Money(2500, "EUR"), "€25.00", f"25,00{NBSP}€", f"25,00{NBSP}€"),
            (Money(125050, "EUR"), "€1,250.50", f"1{NARROW}250,50{NBSP}€", f"1.250,50{NBSP}€"),
            (Money(-5, "GBP"), "-£0.05", f"-0,05{NBSP}£GB", f"-0,05{NBSP}GBP"),
            (
                Money(7000, "XOF"),
                f"F{NBSP}CFA{NBSP}7,000",
                f"7{NARROW}000{NBSP}F{NBSP}CFA",
                f"7.000{NBSP}XOF",
            ),
            (Money(1250, "KWD"), f"KWD{NBSP}1.250", f"1,250{NBSP}KWD", f"1,250{NBSP}KWD"),
            (Money(500, "ISK"), f"ISK{NBSP}5", f"5{NBSP}ISK", f"5{NBSP}ISK"),
            (Money(2500, "CHF"), f"CHF{NBSP}25.00", f"25,00{NBSP}CHF", f"25,00{NBSP}CHF"),
        ],
        ids=lambda value: str(value),
    )
    def test_writes_as_each_language_does(self, money, english, french, spanish):
        shown = [format_money(money, language) for language in ("en", "fr", "es")]

        assert shown == [english, french, spanish]

    def test_is_exact_where_a_float_is_not(self):
        assert format_money(Money(9_007_199_254_740_993, "EUR"), "en") == "€90,071,992,547,409.93"

    def test_short_drops_zero_cents_and_only_those(self):
        shown = [format_money(Money(minor, "EUR"), "en", short=True) for minor in (2500, 2550, 0)]

        assert shown == ["€25", "€25.50", "€0"]

    def test_shows_the_cents_of_a_fee_even_where_people_have_none(self):
        assert format_money(Money(530, "ISK"), "en") == f"ISK{NBSP}5.30"

    @given(chargeable_amounts(), languages, st.booleans())
    def test_never_breaks_over_two_lines(self, money, language, short):
        shown = format_money(money, language, short=short)

        spaces = {sign for sign in shown if unicodedata.category(sign) == "Zs"}
        assert spaces <= {NBSP, NARROW}

    def test_refuses_a_currency_that_stripe_does_not_know(self):
        with pytest.raises(UnknownCurrency):
            format_money(Money(100, "XXX"), "en")


class TestCurrencyName:
    def test_is_the_languages_own(self):
        names = [currency_name("XOF", language) for language in ("en", "fr", "es")]

        assert names == [
            "West African CFA Franc",
            "franc CFA (BCEAO)",
            "franco CFA de África Occidental",
        ]

    @pytest.mark.parametrize("language", ["en", "fr", "es"])
    def test_is_known_for_every_currency(self, language):
        assert all(currency_name(code, language) != code for code in CURRENCIES)
        assert all(currency_symbol(code, language) for code in CURRENCIES)

    @pytest.mark.parametrize("ask", [currency_name, currency_symbol])
    def test_is_refused_for_an_unknown_currency(self, ask):
        with pytest.raises(UnknownCurrency):
            ask("XXX", "en")


class TestParseAmount:
    @pytest.mark.parametrize("language", ["en", "fr", "es"])
    @pytest.mark.parametrize(
        ("text", "minor"),
        [
            ("25", 2500),
            ("25.00", 2500),
            ("25,00", 2500),
            ("25.5", 2550),
            ("0", 0),
            ("0.05", 5),
            (" 25 ", 2500),
            ("€25", 2500),
            ("25 €", 2500),
            ("25 EUR", 2500),
            ("eur 25", 2500),
            ("1250", 125000),
            ("1 250", 125000),
            ("1 250,50", 125050),
            (f"1{NARROW}250,50{NBSP}€", 125050),
            ("1,250.50", 125050),
            ("1.250,50", 125050),
            ("1'250.50", 125050),
            ("1’250.50", 125050),
            ("1.250.000", 125000000),
            ("1,250,000.5", 125000050),
            ("007", 700),
        ],
    )
    def test_reads_what_people_write(self, text, minor, language):
        assert parse_amount(text, "EUR", language) == Money(minor, "EUR")

    @pytest.mark.parametrize("language", ["en", "fr", "es"])
    @pytest.mark.parametrize(
        "text",
        [
            "",
            " ",
            "€",
            "free",
            "NaN",
            "inf",
            "1e9",
            "1E9",
            "0x10",
            "+25",
            "(25)",
            "25%",
            "1_000",
            "२५",
            "٢٥",
            "２５",
            "²5",
            ".50",
            "25.",
            "25,",
            "25..00",
            "1 25",
            "1  250",
            "12 50.00",
            "0 250",
            "1,25.000,00",
            "1.250 000",
            "1 250'000",
            "25\n00",
            "25\x00",
            "25 26 27",
            "2" * 61,
        ],
    )
    def test_refuses_what_is_not_a_number(self, text, language):
        with pytest.raises(NotAnAmount, match="Write an amount such as"):
            parse_amount(text, "EUR", language)

    @pytest.mark.parametrize("text", ["-5", "−5", "–5", "5-", "-0", "- 5"])
    def test_refuses_less_than_nothing(self, text):
        with pytest.raises(NotAnAmount, match="cannot be negative"):
            parse_amount(text, "EUR", "en")

    @pytest.mark.parametrize("text", ["$25", "25 USD", "US$25", "£25", "25 xof"])
    def test_refuses_another_currency(self, text):
        with pytest.raises(NotAnAmount, match="Write the amount in euros"):
            parse_amount(text, "EUR", "en")

    @pytest.mark.parametrize("text", ["25.0055", "0.001", "0,250", "1234,567", "1 250,505"])
    def test_refuses_more_decimals_than_the_currency_has(self, text):
        with pytest.raises(NotAnAmount, match="Amounts in euros have at most 2 decimals"):
            parse_amount(text, "EUR", "en")

    @pytest.mark.parametrize(
        ("text", "currency"), [("25.00", "JPY"), ("25,5", "XOF"), ("5.30", "ISK")]
    )
    def test_refuses_decimals_where_there_are_none(self, text, currency):
        with pytest.raises(NotAnAmount, match="have no decimals"):
            parse_amount(text, currency, "en")

    @pytest.mark.parametrize(
        ("text", "language", "minor"),
        [("1,250", "en", 125000), ("1.250", "es", 125000), ("25,005", "en", 2500500)],
    )
    def test_takes_one_mark_before_three_digits_as_the_language_does(self, text, language, minor):
        assert parse_amount(text, "EUR", language) == Money(minor, "EUR")

    @pytest.mark.parametrize(
        ("text", "currency", "language"),
        [
            ("1.250", "EUR", "en"),
            ("1,250", "EUR", "fr"),
            ("1.250", "EUR", "fr"),
            ("1,250", "EUR", "es"),
            ("1,250", "KWD", "en"),
            ("1.250", "KWD", "fr"),
        ],
    )
    def test_refuses_one_mark_before_three_digits_that_has_two_readings(
        self, text, currency, language
    ):
        with pytest.raises(NotAnAmount, match=r"two ways. If you mean 1250, leave the mark out"):
            parse_amount(text, currency, language)

    @pytest.mark.parametrize("text", ["1,250", "1.250", "1 250", "F CFA 1250", "1250 XOF"])
    def test_has_one_reading_where_there_are_no_decimals(self, text):
        assert parse_amount(text, "XOF", "fr") == Money(1250, "XOF")

    @pytest.mark.parametrize(
        ("text", "currency", "minor"),
        [("5.120", "KWD", 5120), ("5.12", "KWD", 5120), ("5", "ISK", 500), ("$25", "CAD", 2500)],
    )
    def test_counts_in_stripes_minor_units(self, text, currency, minor):
        assert parse_amount(text, currency, "en") == Money(minor, currency)

    def test_refuses_a_third_decimal_that_stripe_does_not_take(self):
        with pytest.raises(NotAnAmount, match="The last decimal of an amount in KWD must be 0"):
            parse_amount("5.124", "KWD", "en")

    def test_refuses_more_than_the_book_can_hold(self):
        with pytest.raises(NotAnAmount, match="too large"):
            parse_amount("1" + "0" * 21, "EUR", "en")

    def test_refuses_a_currency_that_stripe_does_not_know(self):
        with pytest.raises(UnknownCurrency):
            parse_amount("25", "XXX", "en")

    @given(chargeable_amounts(), languages)
    def test_reads_back_what_is_shown(self, money, language):
        assert parse_amount(format_money(money, language), money.currency, language) == money

    @given(chargeable_amounts().filter(lambda money: exponent(money.currency) < 3), languages)
    def test_reads_back_the_short_form(self, money, language):
        shown = format_money(money, language, short=True)

        assert parse_amount(shown, money.currency, language) == money

    @given(st.text(max_size=30), st.sampled_from(CURRENCIES), languages)
    def test_any_text_is_an_amount_or_refused_in_words(self, text, currency, language):
        try:
            shown = format_money(parse_amount(text, currency, language), language)
        except NotAnAmount as refusal:
            shown = str(refusal)

        assert shown
        assert not shown.startswith("-")
