"""What a treasurer fills in to give money back: how much, and why."""

from uuid import uuid4

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from backend.money import Money
from backend.money.display import NotAnAmount, parse_amount
from backend.pledges.returning import LONGEST_REASON


class SearchForm(forms.Form):
    """Takes what a donor can tell of a pledge."""

    words = forms.CharField(
        label=_("Line in the ledger, receipt number or e-mail address"),
        help_text=_("The donor finds the first two on the receipt."),
        required=False,
        max_length=254,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )


class RefundForm(forms.Form):
    """Takes an amount as people write it and gives it as Money."""

    amount = forms.CharField(
        label=_("How much goes back"),
        max_length=40,
        error_messages={"required": _("Write how much goes back.")},
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    reason = forms.CharField(
        label=_("Why"),
        help_text=_("The donor reads it in our letter. It is not shown in public."),
        max_length=LONGEST_REASON,
        error_messages={"required": _("Write why the money goes back.")},
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    # A second click on the button sends the same key, so it makes no second refund.
    key = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, *args, currency: str, **kwargs) -> None:  # type: ignore[no-untyped-def]  # Form's own arguments
        """Keep the currency in which the pledge was paid."""
        super().__init__(*args, **kwargs)
        self.currency = currency
        if not self.is_bound:
            self.initial.setdefault("key", uuid4())

    def clean_amount(self) -> Money:
        """Give the amount in whole minor units."""
        try:
            return parse_amount(self.cleaned_data["amount"], self.currency, get_language() or "en")
        except NotAnAmount as problem:
            raise forms.ValidationError(str(problem)) from problem
