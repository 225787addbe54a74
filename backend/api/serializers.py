"""What a client sends, field by field; nothing is converted and nothing is ignored.

A text is a JSON text and a number a JSON number: `"2500"` and `2500.0` are no amounts, because
whoever sends them may mean something else by them.
"""

from typing import Any

from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

from backend.common.translated import LANGUAGES
from backend.pledges.models import Pledge
from backend.pledges.names import MAXIMUM_LENGTH


class Strict(serializers.Serializer[Any]):
    """Refuses what it does not know, before it looks at what it knows."""

    default_error_messages = {"invalid": _("The body must be a JSON object.")}

    def to_internal_value(self, data: Any) -> Any:
        """Return the fields, or raise with everything that is wrong, unknown fields first."""
        faults: dict[str, Any] = {}
        if isinstance(data, dict):
            text = _("There is no field of this name here.")
            for name in data:
                if name not in self.fields:
                    faults[name] = [ErrorDetail(str(text), code="unknown_field")]
        try:
            fields = super().to_internal_value(data)
        except ValidationError as error:
            found: Any = error.detail
            raise ValidationError({**faults, **found}) from error
        if faults:
            raise ValidationError(faults)
        return fields


class WholeNumber(serializers.IntegerField):
    """A JSON integer: no text, no decimal point, no true."""

    default_error_messages = {
        "not_an_integer": _("This must be a whole number of minor units: 2500 for 25.00.")
    }

    def to_internal_value(self, data: Any) -> int:
        """Return the number."""
        if type(data) is not int:
            self.fail("not_an_integer")
        return data


class Text(serializers.CharField):
    """A JSON text, as it is: spaces at its ends are kept for others to judge."""

    default_error_messages = {"not_a_text": _("This must be a text.")}

    def __init__(self, **rules: Any) -> None:
        """Keep the text as it came."""
        super().__init__(trim_whitespace=False, **rules)

    def to_internal_value(self, data: Any) -> str:
        """Return the text."""
        if not isinstance(data, str):
            self.fail("not_a_text")
        return data


class Email(serializers.EmailField, Text):
    """An e-mail address, as a JSON text."""


class YesOrNo(serializers.BooleanField):
    """A JSON true or false; "yes" and 1 are neither."""

    default_error_messages = {"not_a_boolean": _("This must be true or false.")}

    def to_internal_value(self, data: Any) -> bool:
        """Return it."""
        if type(data) is not bool:
            self.fail("not_a_boolean")
        return data


class PledgeIn(Strict):
    """A pledge to be made. Whether the project takes it is for the operation to say."""

    amount_minor = WholeNumber()
    currency = serializers.RegexField(
        r"\A[A-Z]{3}\Z",
        trim_whitespace=False,
        error_messages={"invalid": _("A currency is three capital letters, such as EUR.")},
    )
    email = Email(max_length=254)
    name = Text(max_length=MAXIMUM_LENGTH, allow_blank=True, default="")
    visibility = serializers.ChoiceField(
        Pledge.Visibility.values, default=Pledge.Visibility.NAME_HIDDEN.value
    )
    cover_fee = YesOrNo(default=False)
    language = serializers.ChoiceField(LANGUAGES, required=False)
    save_card = YesOrNo(default=False)
