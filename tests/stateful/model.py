"""What ought to be true of pledges, in plain Python: a second opinion on the whole domain.

It knows nothing of databases, events or Stripe: only what donors, banks and treasurers did, and
what money must then be where.
"""

from dataclasses import dataclass, field

# What becomes of a page or a card, and how the pledge shows it once we have heard.
SHOWN = {
    "waiting": "pending",
    "under_way": "pending",
    "bounced": "dropped",
    "left": "expired",
    "card_waiting": "pending",
}


@dataclass
class Gift:
    """One pledge as it is at Stripe, and what of it we have heard."""

    gross: int
    state: str = "waiting"
    card: str = ""
    back: list[int] = field(default_factory=list)
    dispute: str = ""
    disputed: int = 0
    is_known: bool = False
    heard_left: int = 0
    heard_dispute: str = ""

    @property
    def left(self) -> int:
        """What the project has of it."""
        taken = self.disputed if self.dispute == "lost" else 0
        return self.gross - sum(self.back) - taken if self.state == "paid" else 0

    @property
    def held(self) -> int:
        """What the donor's bank has taken, for now or for good."""
        return self.disputed if self.dispute in ("open", "lost") else 0

    def hear(self) -> None:
        """Know here what is so at Stripe."""
        self.is_known = self.state == "paid"
        self.heard_left, self.heard_dispute = self.left, self.dispute

    def know_paid(self) -> None:
        """Know that it is paid, and not yet what became of it then."""
        if self.state == "paid" and not self.is_known:
            self.is_known, self.heard_left = True, self.gross

    def give_back(self, part: int) -> bool:
        """Take a treasurer's refund; it is made only where we and Stripe both allow it."""
        fits = part <= min(self.left, self.heard_left)
        is_made = fits and {self.dispute, self.heard_dispute} <= {"", "won"}
        if is_made:
            self.back.append(part)
            self.heard_left -= part
        return is_made

    def open_dispute(self) -> None:
        """Let the bank take what is left, until it decides; nobody contests a debit."""
        self.disputed = self.left
        self.dispute = "lost" if self.card == "debit" else "open"

    def shown(self) -> str:
        """Return the state in which the pledge must be once everything is heard."""
        if self.state != "paid":
            return SHOWN.get(self.state, self.state)
        if self.dispute == "open":
            return "disputed"
        if not self.left:
            return "refunded"
        return "settled" if self.left == self.gross else "part_refunded"


def decided(gifts: list[Gift], minimum: int) -> None:
    """Close an all-or-nothing campaign: charge every saved card, or let all go."""
    saved = [gift for gift in gifts if gift.state == "secured"]
    is_reached = sum(gift.gross for gift in saved) >= minimum
    for gift in saved:
        charged = "paid" if gift.card == "good" else "failing"
        gift.state = charged if is_reached else "released"
    for gift in gifts:
        if gift.state == "waiting":
            gift.state = "left"
