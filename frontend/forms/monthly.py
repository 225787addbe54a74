"""What somebody fills in to give every month, or to give another sum."""

from uuid import UUID, uuid4

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from backend.money import Money
from backend.money.display import NotAnAmount, parse_amount
from backend.pledges.names import MAXIMUM_LENGTH


class SumForm(forms.Form):
    """Takes a sum a month as people write it and gives it as Money."""

    amount = forms.CharField(
        label=_("Amount a month"),
        max_length=40,
        error_messages={"required": _("Write how much you want to give.")},
        widget=forms.TextInput(
            attrs={"inputmode": "decimal", "autocomplete": "transaction-amount"}
        ),
    )
    cover_fee = forms.BooleanField(label=_("Cover the payment fees"), required=False)

    def __init__(self, *args, currency: str, **kwargs) -> None:  # type: ignore[no-untyped-def]  # Form's own arguments
        """Keep the currency in which the committee is given to."""
        super().__init__(*args, **kwargs)
        self.currency = currency

    def clean_amount(self) -> Money:
        """Give the amount in whole minor units."""
        try:
            return parse_amount(self.cleaned_data["amount"], self.currency, get_language() or "en")
        except NotAnAmount as problem:
            raise forms.ValidationError(str(problem)) from problem


class MonthlyForm(SumForm):
    """A sum, an address, perhaps a name."""

    email = forms.EmailField(
        label=_("E-mail"),
        help_text=_("Each month’s receipt goes there, with the link to change or stop."),
        max_length=254,
        error_messages={
            "required": _("Write the e-mail address to which the receipt goes."),
            "invalid": _("Write an e-mail address such as name@example.org."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    name = forms.CharField(
        label=_("Name"),
        help_text=_("It stands on your receipts and nowhere else."),
        required=False,
        max_length=MAXIMUM_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    # A second click on the button sends the same key, so it makes no second gift.
    key = forms.UUIDField(required=False, widget=forms.HiddenInput)

    field_order = ("amount", "email", "name", "cover_fee")

    def __init__(self, *args, **kwargs) -> None:  # type: ignore[no-untyped-def]  # Form's own arguments
        """Give a new form its key."""
        super().__init__(*args, **kwargs)
        if not self.is_bound:
            self.initial.setdefault("key", uuid4())

    def clean_key(self) -> UUID:
        """Give a key even to a form that came without one."""
        return self.cleaned_data["key"] or uuid4()
