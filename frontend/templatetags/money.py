"""How an amount of money is shown on a page. `{{ amount|money }}`, `{{ amount|money:"short" }}`."""

from django import template
from django.utils.html import format_html
from django.utils.translation import get_language

from backend.money import Money
from backend.money.display import format_money

register = template.Library()


@register.filter
def money(amount: Money, length: str = "") -> str:
    """Show `amount` to people and keep the exact minor units for programs in a data element."""
    return format_html('<data value="{}">{}</data>', amount.minor, money_text(amount, length))


@register.filter
def money_text(amount: Money, length: str = "") -> str:
    """Show `amount` as plain text, for attributes and sentences; "short" drops zero cents."""
    return format_money(amount, get_language() or "en", short=length == "short")
