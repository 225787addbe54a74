"""Money on pages: for people to read and for programs to count."""

from django.utils.translation import override

from backend.money import Money
from frontend.templatetags.money import money, money_text


class TestMoney:
    def test_keeps_the_minor_units_for_programs(self):
        with override("en"):
            assert money(Money(2500, "EUR")) == '<data value="2500">€25.00</data>'

    def test_drops_zero_cents_when_short(self):
        with override("en"):
            assert money_text(Money(2500, "EUR"), "short") == "€25"

    def test_keeps_cents_that_are_not_zero_when_short(self):
        with override("en"):
            assert money_text(Money(2550, "EUR"), "short") == "€25.50"

    def test_follows_the_language_of_the_page(self):
        with override("fr"):
            assert money_text(Money(2500, "EUR")) == "25,00\xa0€"
