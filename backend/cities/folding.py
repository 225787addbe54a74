"""Names made comparable: no capitals, no accents, no punctuation.

The one rule: what is stored folded and what is searched for go through the same `fold`.
"""

import re
import unicodedata

# Letters that Unicode does not take apart into a letter and an accent.
_WHOLE_LETTERS = str.maketrans(
    {
        "ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "ß": "ss", "æ": "ae", "œ": "oe",
        "ı": "i", "ə": "e", "ħ": "h", "ŋ": "ng", "ŧ": "t", "ĸ": "k", "ʻ": "", "ʼ": "",
    }
)  # fmt: skip
_NOT_WORD = re.compile(r"[\W_]+")
_NOT_IN_A_SLUG = re.compile(r"[^a-z0-9]+")
MAXIMUM_SLUG_LENGTH = 100


def fold(text: str) -> str:
    """Return `text` in small letters without accents, its words parted by single spaces."""
    lowered = text.casefold()
    if not lowered.isascii():
        # A small raised “ᴬ” is taken apart into a capital, which is folded then.
        taken_apart = unicodedata.normalize("NFKD", lowered).casefold()
        taken_apart = unicodedata.normalize("NFKD", taken_apart)
        letters = "".join(char for char in taken_apart if not unicodedata.combining(char))
        lowered = letters.translate(_WHOLE_LETTERS)
    return _NOT_WORD.sub(" ", lowered.replace("&", " and ")).strip()


def slug_of(text: str) -> str:
    """Return `text` as it stands in an address, such as "sao-paulo"; may be empty."""
    return _NOT_IN_A_SLUG.sub("-", fold(text))[:MAXIMUM_SLUG_LENGTH].strip("-")
