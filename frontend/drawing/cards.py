"""A project as a card in a list. Twenty-four stand on a page, so every text is ready beforehand."""

from dataclasses import dataclass

from frontend.drawing.bars import FundingBar


@dataclass(frozen=True, slots=True)
class Card:
    """The texts and addresses of one card.

    `title_language` is a code when the title is not in the page's language, else "";
    `left_kind` is "good" (funded), "bad" or ""; `need` may be ""; `lazy` loads the picture late.
    """

    address: str
    title: str
    title_language: str
    home: str
    twin: str
    picture: str
    need: str
    raised: str
    percent: str
    left: str
    left_kind: str
    bar: FundingBar
    lazy: bool = True
