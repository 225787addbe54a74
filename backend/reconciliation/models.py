"""What each comparison found, and what each look at the invariants found."""

from django.db import models
from django.db.models import F, Q

from backend.money import Money


class Comparison(models.Model):
    """One comparison of the three records, from `since` on."""

    since = models.DateTimeField()
    compared_at = models.DateTimeField(db_index=True)
    # How many lines of each record were compared.
    stripe_lines = models.PositiveIntegerField()
    postings = models.PositiveIntegerField()
    receipts = models.PositiveIntegerField()
    # Lines too young to be missed on the other side.
    on_the_way = models.PositiveIntegerField()
    # Debits that were sent to the payers' banks, which have not told yet; their sums by currency.
    under_way = models.PositiveIntegerField(default=0, db_default=0)
    under_way_minor = models.JSONField(default=dict, db_default={})
    # Money that went to the committees' banks; the book follows it to Stripe and no further.
    payouts = models.PositiveIntegerField()
    # Accounts at Stripe that gave no answer: what they hold was not compared.
    silent_accounts = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(compared_at__gt=F("since")), name="comparison_looks_back"
            )
        ]

    def __str__(self) -> str:
        return f"Comparison of {self.compared_at:%Y-%m-%d %H:%M}"

    @property
    def under_way_sums(self) -> tuple[Money, ...]:
        """What the debits under way sum to, in each currency."""
        return tuple(Money(minor, currency) for currency, minor in self.under_way_minor.items())


class Difference(models.Model):
    """One thing that stands in one record and not, or not so, in another."""

    class Kind(models.TextChoices):
        ONLY_AT_STRIPE = "only_at_stripe"
        ONLY_IN_BOOK = "only_in_book"
        OTHER_AMOUNT = "other_amount"
        UNBOOKED = "unbooked"
        TOLD_NOT_BOOKED = "told_not_booked"
        BOOKED_NOT_TOLD = "booked_not_told"

    comparison = models.ForeignKey(Comparison, on_delete=models.CASCADE, related_name="differences")
    kind = models.CharField(max_length=15, choices=Kind)
    # What it is about, as our book or Stripe names it; never shown in public.
    name = models.CharField(max_length=160)
    account = models.CharField(max_length=120, blank=True)
    # How much more there is at Stripe (or was told) than in the book.
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["comparison", "name"], name="difference_named_once"),
            models.CheckConstraint(condition=~Q(amount_minor=0), name="difference_is_not_nothing"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"

    @property
    def amount(self) -> Money:
        """How much more there is at Stripe (or was told) than in the book."""
        return Money(self.amount_minor, self.currency)


class InvariantLook(models.Model):
    """What the last look at one invariant found."""

    name = models.CharField(primary_key=True, max_length=40)
    looked_at = models.PositiveIntegerField()
    broken = models.PositiveIntegerField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
