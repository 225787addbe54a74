"""Which letters a person wants: one tick for each kind that can be declined."""

from django import forms

from backend.mail.queries import Choice


class LettersForm(forms.Form):
    """Has a field for each choice that a person has."""

    def __init__(self, *args, choices: list[Choice], **kwargs) -> None:  # type: ignore[no-untyped-def]  # Form's own arguments
        """Make the fields; what can not be declined has none."""
        super().__init__(*args, **kwargs)
        for choice in choices:
            if choice.may_decline:
                self.fields[choice.category] = forms.BooleanField(
                    label=choice.name,
                    help_text=choice.about,
                    required=False,
                    initial=choice.is_wanted,
                )

    @property
    def wanted(self) -> set[str]:
        """The categories that are ticked."""
        return {name for name, is_wanted in self.cleaned_data.items() if is_wanted}
