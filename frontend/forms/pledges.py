"""What a citizen fills in to make a pledge: an amount, an address, perhaps a name."""

from uuid import UUID, uuid4

from django import forms
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from backend.money import Money
from backend.money.display import NotAnAmount, parse_amount
from backend.pledges.names import MAXIMUM_LENGTH


class PledgeForm(forms.Form):
    """Takes an amount as people write it and gives it as Money."""

    amount = forms.CharField(
        label=_("Amount"),
        max_length=40,
        error_messages={"required": _("Write how much you want to give.")},
        widget=forms.TextInput(
            attrs={"inputmode": "decimal", "autocomplete": "transaction-amount"}
        ),
    )
    email = forms.EmailField(
        label=_("E-mail"),
        help_text=_("Your receipt goes there."),
        max_length=254,
        error_messages={
            "required": _("Write the e-mail address to which the receipt goes."),
            "invalid": _("Write an e-mail address such as name@example.org."),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    name = forms.CharField(
        label=_("Name"),
        required=False,
        max_length=MAXIMUM_LENGTH,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    show_name = forms.BooleanField(
        label=_("Show my name on the project’s page"),
        help_text=_("Otherwise the list says “Name hidden”. The ledger never shows names."),
        required=False,
    )
    cover_fee = forms.BooleanField(label=_("Cover the payment fees"), required=False)
    save_card = forms.BooleanField(
        label=_("Save my card for this pledge"),
        required=False,
        error_messages={"required": _("Tick this box: without it your card cannot be saved.")},
    )
    # A second click on the button sends the same key, so it makes no second pledge.
    key = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, currency: str, consent: str = "", **kwargs) -> None:  # type: ignore[no-untyped-def]  # Form's own arguments
        """Keep the currency in which the project raises money, and what saving a card needs."""
        super().__init__(*args, **kwargs)
        self.currency = currency
        self.consent = consent
        if consent:
            self.fields["save_card"].required = True
            self.fields["save_card"].help_text = consent
        else:
            del self.fields["save_card"]
        if not self.is_bound:
            self.initial.setdefault("key", uuid4())

    def clean_amount(self) -> Money:
        """Give the amount in whole minor units."""
        try:
            return parse_amount(self.cleaned_data["amount"], self.currency, get_language() or "en")
        except NotAnAmount as problem:
            raise forms.ValidationError(str(problem)) from problem

    def clean_key(self) -> UUID:
        """Give a key even to a form that came without one."""
        return self.cleaned_data["key"] or uuid4()

    @property
    def visibility(self) -> str:
        """How the pledge will be shown."""
        return "public" if self.cleaned_data["show_name"] else "name_hidden"


class VisibilityForm(forms.Form):
    """How a pledge is shown in public."""

    visibility = forms.ChoiceField(
        label=_("How your pledge is shown"),
        choices=[
            ("public", _("Name and amount")),
            ("name_hidden", _("Amount only")),
            ("hidden", _("Neither: it only counts in the total")),
        ],
        widget=forms.RadioSelect,
    )


class ChangeForm(forms.Form):
    """Another sum for a pledge whose card is saved, agreed to anew."""

    amount = forms.CharField(
        label=_("Amount"),
        max_length=40,
        error_messages={"required": _("Write how much you want to give.")},
        widget=forms.TextInput(
            attrs={"inputmode": "decimal", "autocomplete": "transaction-amount"}
        ),
    )
    cover_fee = forms.BooleanField(label=_("Cover the payment fees"), required=False)
    save_card = forms.BooleanField(
        label=_("Charge my saved card with the new sum"),
        error_messages={"required": _("Tick this box, or the old sum stays.")},
    )

    def __init__(self, *args, currency: str, consent: str, **kwargs) -> None:  # type: ignore[no-untyped-def]  # Form's own arguments
        """Keep the currency, and the words to agree to."""
        super().__init__(*args, **kwargs)
        self.currency = currency
        self.fields["save_card"].help_text = consent

    def clean_amount(self) -> Money:
        """Give the amount in whole minor units."""
        try:
            return parse_amount(self.cleaned_data["amount"], self.currency, get_language() or "en")
        except NotAnAmount as problem:
            raise forms.ValidationError(str(problem)) from problem


class CodeForm(forms.Form):
    """Takes the code of a letter, however it is spaced."""

    code = forms.CharField(
        label=_("The code from our letter"),
        max_length=20,
        error_messages={"required": _("Type the code.")},
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "autocapitalize": "characters"}
        ),
    )
