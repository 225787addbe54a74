"""Which names people may give themselves.

A name is shown on public pages and in mails, so it must not carry an address to click on,
a line break that ends a mail's header, or a mark that turns the text around.
"""

import re
import unicodedata

MAXIMUM_LENGTH = 80
_ENDINGS = "com|net|org|info|biz|ru|cn|io|xyz|top|shop"
_ADDRESS = re.compile(rf"://|www\.|@|\b[\w-]+\.(?:{_ENDINGS})\b", re.IGNORECASE)
_FORBIDDEN_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
# Joins letters in Persian, Hindi and other scripts; invisible, but part of how names are spelt.
_JOINERS = {"\u200c", "\u200d"}


class BadName(ValueError):
    """The name is too long, or holds an address or invisible characters."""


def check_name(name: str) -> str:
    """Return the name with its spaces put in order, or raise BadName."""
    tidy = " ".join(unicodedata.normalize("NFC", name).split(" ")).strip()
    if len(tidy) > MAXIMUM_LENGTH:
        raise BadName("length")
    if any(
        unicodedata.category(letter) in _FORBIDDEN_CATEGORIES and letter not in _JOINERS
        for letter in tidy
    ):
        raise BadName("invisible")
    if _ADDRESS.search(tidy):
        raise BadName("address")
    return tidy
