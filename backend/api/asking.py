"""What a client may ask for in the query of an address.

Nothing is ignored: a filter that is misspelt, comes twice or has a value that cannot be is
refused, because a longer list than the one asked for would be a wrong answer.
"""

import re
from collections.abc import Callable, Collection
from typing import NoReturn

from django.http import QueryDict
from django.utils.translation import gettext as _

from backend.common.keyset import MAXIMUM_CURSOR_LENGTH

LONGEST_SEARCH = 200
LARGEST_NUMBER = 2**31 - 1
SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,249}", re.ASCII)
COUNTRY = re.compile(r"[A-Za-z]{2}", re.ASCII)
CURRENCY = re.compile(r"[A-Za-z]{3}", re.ASCII)
CURSOR = re.compile(rf"[A-Za-z0-9_-]{{1,{MAXIMUM_CURSOR_LENGTH}}}", re.ASCII)
NUMBER = re.compile(r"[0-9]{1,10}", re.ASCII)


class ParameterRefused(Exception):
    """A parameter of the query cannot be answered, for a reason that people may read."""

    def __init__(self, field: str, code: str, text: str) -> None:
        """Keep which parameter it is, and the code for programs."""
        super().__init__(text)
        self.field = field
        self.code = code


class Asked:
    """The query of one request, read parameter by parameter. Every method raises ParameterRefused.

    An empty parameter (`?search=`) is the same as none: that is what a form without an entry sends.
    """

    def __init__(self, query: QueryDict, known: Collection[str]) -> None:
        """Refuse what is not `known`."""
        for name in query:
            if name not in known:
                _refuse(name, "unknown_parameter", _("There is no parameter of this name here."))
        self.query = query

    def search(self) -> str:
        """Return the words to look for."""
        text = self._one("search")
        if len(text) > LONGEST_SEARCH:
            _refuse("search", "too_long", _("A search has at most 200 characters."))
        return text

    def one_of(self, name: str, choices: Collection[str], default: str = "") -> str:
        """Return the choice, or the default if there is none."""
        return self._known_choice(name, self._one(name), choices) or default

    def some_of(self, name: str, choices: Collection[str]) -> tuple[str, ...]:
        """Return the choices of a parameter that may come several times, each once."""
        values = dict.fromkeys(value for value in self.query.getlist(name) if value)
        return tuple(self._known_choice(name, value, choices) for value in values)

    def slug(self, name: str) -> str:
        """Return the slug in small letters."""
        text = _("This is not the slug of a city, such as lome-tg.")
        return self._shaped(name, SLUG, str.lower, text)

    def country(self) -> str:
        """Return the country's code in capitals."""
        text = _("A country is given by its two letters, such as BJ.")
        return self._shaped("country", COUNTRY, str.upper, text)

    def currency(self) -> str:
        """Return the currency's code in capitals."""
        text = _("A currency is given by its three letters, such as EUR.")
        return self._shaped("currency", CURRENCY, str.upper, text)

    def cursor(self) -> str | None:
        """Return the page marker, if there is one."""
        text = _("This page marker is not one of ours.")
        return self._shaped("cursor", CURSOR, str, text, code="bad_cursor") or None

    def number(self, name: str) -> int:
        """Return the whole number, or 0."""
        text = _("This must be a whole number from 0 to 2147483647.")
        value = int(self._shaped(name, NUMBER, str, text) or 0)
        if value > LARGEST_NUMBER:
            _refuse(name, "bad_parameter", text)
        return value

    def _shaped(
        self,
        name: str,
        shape: re.Pattern[str],
        tidy: Callable[[str], str],
        text: str,
        *,
        code: str = "bad_parameter",
    ) -> str:
        value = self._one(name)
        if value and not shape.fullmatch(value):
            _refuse(name, code, text)
        return tidy(value)

    def _one(self, name: str) -> str:
        values = self.query.getlist(name)
        if len(values) > 1:
            _refuse(name, "repeated_parameter", _("This parameter can be given only once."))
        value = values[0] if values else ""
        if "\x00" in value:
            _refuse(name, "bad_parameter", _("This contains a character that cannot be read."))
        return value

    @staticmethod
    def _known_choice(name: str, value: str, choices: Collection[str]) -> str:
        if value and value not in choices:
            text = _("This must be one of: %(choices)s.") % {"choices": ", ".join(choices)}
            _refuse(name, "bad_parameter", text)
        return value


def _refuse(name: str, code: str, text: str) -> NoReturn:
    raise ParameterRefused(name, code, text)
