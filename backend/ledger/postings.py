"""What a posting is, before and after it stands in the book."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from backend.ledger.lines import EntryLine


@dataclass(frozen=True, slots=True)
class NewPosting:
    """What is to be written: why (`kind`, `reference`), where (`chain`), what and when."""

    kind: str
    reference: str
    chain: str
    lines: Sequence[EntryLine]
    at: datetime
    public_reference: str = ""


@dataclass(frozen=True, slots=True)
class Posting:
    """What stands in the book. `is_new` tells the first call from all repetitions of it."""

    kind: str
    reference: str
    chain: str
    seq: int
    day: date
    posted_at: datetime
    public_reference: str
    lines: tuple[EntryLine, ...]
    prev: str
    hash: str
    is_new: bool = field(compare=False)
