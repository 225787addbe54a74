"""The double-entry book: written once, never changed, and chained so that anybody can tell.

What must be true is true in the database; migration 0002 holds the triggers that no
constraint can express (balance at commit, no change ever, unbroken chains).
"""

from django.db import models
from django.db.models import Q

from backend.ledger.lines import GENESIS

_HASH = "^[0-9a-f]{64}$"


class Account(models.Model):
    """A place where money is or where it came from, named by a path such as `project:…:gifts`.

    An account counts in one currency for ever.
    """

    code = models.CharField(max_length=120, unique=True)
    currency = models.CharField(max_length=3)

    class Meta:
        constraints = [
            # The pair is what an entry points to, so that it cannot be in another currency.
            models.UniqueConstraint(fields=["id", "currency"], name="account_with_its_currency"),
            models.CheckConstraint(
                condition=Q(currency__regex="^[A-Z]{3}$"), name="account_currency_is_a_code"
            ),
            models.CheckConstraint(condition=~Q(code=""), name="account_has_a_code"),
        ]

    def __str__(self) -> str:
        return f"{self.code} ({self.currency})"


class Chain(models.Model):
    """The lines of one project in their order; this row holds how many they are and the head.

    Who appends locks this row, so the lines of one project are numbered without a gap while
    those of others are written at the same time.
    """

    code = models.CharField(max_length=120, unique=True)
    seq = models.PositiveIntegerField(default=0)
    hash = models.CharField(max_length=64, default=GENESIS)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(code=""), name="chain_has_a_code"),
        ]

    def __str__(self) -> str:
        return f"{self.code} ({self.seq} lines)"


class Transaction(models.Model):
    """One thing that happened to money, known by (kind, reference), as a line of one chain.

    `reference` is ours (`pledge:<uuid>`) and stays inside; `public_reference` is the pseudonym
    that the line shows. `posted_at` stays inside too: the line shows its day, in UTC.
    """

    kind = models.CharField(max_length=40)
    reference = models.CharField(max_length=120)
    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, db_index=False)
    seq = models.PositiveIntegerField()
    day = models.DateField()
    posted_at = models.DateTimeField()
    public_reference = models.CharField(max_length=120, blank=True)
    # Fixed before the entries are written, so that none can be added to a line afterwards.
    entry_count = models.PositiveSmallIntegerField()
    prev = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "reference"], name="transaction_once"),
            models.UniqueConstraint(fields=["chain", "seq"], name="transaction_place_in_chain"),
            models.CheckConstraint(
                condition=~Q(kind="") & ~Q(reference=""), name="transaction_has_a_key"
            ),
            models.CheckConstraint(condition=Q(seq__gte=1), name="transaction_seq_from_one"),
            models.CheckConstraint(
                condition=Q(entry_count__gte=2), name="transaction_has_two_entries"
            ),
            models.CheckConstraint(
                condition=Q(hash__regex=_HASH, prev__regex=_HASH),
                name="transaction_hashes_are_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.reference}"


class Entry(models.Model):
    """One debit or one credit of a transaction, at its place in the line."""

    transaction = models.ForeignKey(
        Transaction, on_delete=models.PROTECT, related_name="entries", db_index=False
    )
    position = models.PositiveSmallIntegerField()
    # Its foreign key, (account, currency), stands in migration 0002.
    account = models.ForeignKey(Account, on_delete=models.PROTECT, db_constraint=False)
    currency = models.CharField(max_length=3)
    debit_minor = models.BigIntegerField(default=0)
    credit_minor = models.BigIntegerField(default=0)

    class Meta:
        verbose_name_plural = "entries"
        constraints = [
            models.UniqueConstraint(fields=["transaction", "position"], name="entry_place_in_line"),
            models.CheckConstraint(
                condition=Q(debit_minor__gt=0, credit_minor=0)
                | Q(debit_minor=0, credit_minor__gt=0),
                name="entry_is_one_debit_or_credit",
            ),
            models.CheckConstraint(condition=Q(position__gte=1), name="entry_position_from_one"),
        ]

    def __str__(self) -> str:
        side = "debit" if self.debit_minor else "credit"
        return f"{side} {self.debit_minor or self.credit_minor} {self.currency}"
