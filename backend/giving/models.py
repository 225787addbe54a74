"""A monthly gift, what its donor wished of it, and the money of each month with its receipt."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from backend.common.ids import uuid7
from backend.giving import states
from backend.money import Money


class MonthlyGift(models.Model):
    """Made once, with a key of its own, before Stripe hears of it; Stripe then collects it.

    It goes to a committee, for its work in general or for one of its city's twinnings.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    committee = models.ForeignKey(
        "organisations.Organisation", on_delete=models.PROTECT, related_name="monthly_gifts"
    )
    twinning = models.ForeignKey(
        "cities.Twinning",
        on_delete=models.PROTECT,
        related_name="monthly_gifts",
        null=True,
        blank=True,
    )
    donor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        related_name="monthly_gifts",
        null=True,
        blank=True,
    )
    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=80, blank=True)
    language = models.CharField(max_length=5)
    currency = models.CharField(max_length=3)
    gift_minor = models.BigIntegerField()
    cover_minor = models.BigIntegerField(default=0)
    state = models.CharField(
        max_length=8, choices=[(state, state) for state in states.STATES], default=states.NEW
    )
    # What Stripe tells: how the gift is paid, when next, when it ends by itself.
    card_label = models.CharField(max_length=40, blank=True)
    next_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    tried_again_at = models.DateTimeField(null=True, blank=True)
    # The client's own key, and a digest of what it sent with it.
    idempotency_key = models.CharField(max_length=255, null=True, blank=True, unique=True)
    request_digest = models.CharField(max_length=64, blank=True)
    # Unguessable: whoever has it sees, changes and stops the gift. Told by mail and on return.
    token = models.CharField(max_length=43, unique=True)
    made_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    is_sample = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(gift_minor__gt=0, cover_minor__gte=0), name="monthly_gift_is_positive"
            ),
            models.CheckConstraint(
                condition=Q(state__in=states.STATES), name="monthly_gift_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=states.PAYABLE, begun_at__isnull=True)
                | (~Q(state__in=states.PAYABLE) & Q(begun_at__isnull=False)),
                name="monthly_gift_begun_has_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(state__in=states.ENDED, ended_at__isnull=False)
                | (~Q(state__in=states.ENDED) & Q(ended_at__isnull=True)),
                name="monthly_gift_ended_has_a_moment",
            ),
        ]
        indexes = [
            models.Index(Lower("email"), name="monthly_gift_of_address"),
            models.Index(
                fields=["made_at"], condition=Q(state="new"), name="monthly_gift_unstarted"
            ),
            models.Index(
                fields=["committee", "currency"],
                condition=Q(state__in=states.LIVING),
                name="monthly_gift_living",
            ),
        ]

    def __str__(self) -> str:
        return f"Monthly gift {self.pk}"

    @property
    def gift(self) -> Money:
        """What the donor gives each month."""
        return Money(self.gift_minor, self.currency)

    @property
    def cover(self) -> Money:
        """What the donor adds so that the fees do not come out of the gift."""
        return Money(self.cover_minor, self.currency)

    @property
    def gross(self) -> Money:
        """What is charged each month: gift and cover."""
        return self.gift + self.cover

    @property
    def purpose(self) -> str:
        """What payments call this gift."""
        return f"monthly:{self.pk}"

    @property
    def chain(self) -> str:
        """The chain of the committee's book for what is given to it and to no project."""
        return f"committee:{self.committee_id}:{self.currency}"


class Wish(models.Model):
    """What the donor asked of their gift; committed with its key before Stripe hears of it.

    The first wish is the gift itself. Each keeps the sum that is to be charged from then on, so
    that every sum that was ever agreed to stays on record.
    """

    class Act(models.TextChoices):
        BEGIN = "begin"
        CHANGE = "change"
        PAUSE = "pause"
        RESUME = "resume"
        STOP = "stop"

    class State(models.TextChoices):
        ASKED = "asked"
        DONE = "done"
        REFUSED = "refused"

    gift = models.ForeignKey(MonthlyGift, on_delete=models.PROTECT, related_name="wishes")
    number = models.PositiveSmallIntegerField()
    act = models.CharField(max_length=6, choices=Act)
    state = models.CharField(max_length=7, choices=State, default=State.ASKED)
    # A key for which Stripe replays a broken answer is dead; then the next one is used.
    attempt = models.PositiveSmallIntegerField(default=1)
    gift_minor = models.BigIntegerField()
    cover_minor = models.BigIntegerField(default=0)
    problem = models.CharField(max_length=300, blank=True)
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "wishes"
        constraints = [
            models.UniqueConstraint(fields=["gift", "number"], name="wish_numbered_once"),
            models.UniqueConstraint(
                fields=["gift"], condition=Q(state="asked"), name="wish_one_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(gift_minor__gt=0, cover_minor__gte=0, number__gt=0, attempt__gt=0),
                name="wish_is_positive",
            ),
            models.CheckConstraint(
                condition=Q(act__in=["begin", "change", "pause", "resume", "stop"])
                & Q(state__in=["asked", "done", "refused"]),
                name="wish_is_known",
            ),
            models.CheckConstraint(
                condition=Q(state="asked", ended_at__isnull=True)
                | (~Q(state="asked") & Q(ended_at__isnull=False)),
                name="wish_ended_has_a_moment",
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def key(self) -> str:
        """The idempotency key of the call."""
        again = f":{self.attempt}" if self.attempt > 1 else ""
        return f"{self.gift.purpose}:wish:{self.number}{again}"

    @property
    def gross(self) -> Money:
        """What is charged each month from then on."""
        return Money(self.gift_minor + self.cover_minor, self.gift.currency)


class MonthlyGiftTransition(models.Model):
    """One change of a gift's state, written once; only edges of the graph can be stored."""

    gift = models.ForeignKey(MonthlyGift, on_delete=models.PROTECT, related_name="transitions")
    old = models.CharField(max_length=8)
    event = models.CharField(max_length=20)
    new = models.CharField(max_length=8)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    *[Q(old=edge.old, event=edge.event, new=edge.new) for edge in states.EDGES],
                    _connector=Q.OR,
                ),
                name="monthly_transition_is_an_edge",
            )
        ]

    def __str__(self) -> str:
        return f"{self.gift_id} {self.old} → {self.new}"


class MonthlyReceiptBook(models.Model):
    """The receipt numbers of one committee's monthly gifts and year, without gaps: the lock."""

    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT)
    year = models.PositiveSmallIntegerField()
    last_number = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "year"], name="monthly_receipt_book_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.year}"


class Instalment(models.Model):
    """The money of one month: booked once, with its receipt, known by Stripe's invoice."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    gift = models.ForeignKey(MonthlyGift, on_delete=models.PROTECT, related_name="instalments")
    # What payments and ledger call it: "invoice:in_…".
    purpose = models.CharField(max_length=80, unique=True)
    amount_minor = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    fee_minor = models.BigIntegerField(null=True, blank=True)
    # What went back of it: refunds that left, and lost disputes.
    returned_minor = models.BigIntegerField(default=0)
    state = models.CharField(
        max_length=13,
        choices=[(state, state) for state in states.OF_MONEY],
        default=states.SETTLED,
    )
    # What the public ledger shows instead of an id; only the receipt tells it.
    public_reference = models.CharField(max_length=32, unique=True)
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT)
    year = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    # Stripe's moment, and ours.
    charged_at = models.DateTimeField()
    settled_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "year", "number"], name="instalment_receipt_once"
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0, number__gt=0), name="instalment_is_positive"
            ),
            models.CheckConstraint(
                condition=Q(returned_minor__gte=0, returned_minor__lte=F("amount_minor")),
                name="instalment_returns_at_most_itself",
            ),
            models.CheckConstraint(
                condition=Q(state=states.REFUNDED, returned_minor=F("amount_minor"))
                | Q(
                    state=states.PART_REFUNDED,
                    returned_minor__gt=0,
                    returned_minor__lt=F("amount_minor"),
                )
                | Q(state=states.DISPUTED)
                | Q(state=states.SETTLED, returned_minor=0),
                name="instalment_state_tells_what_went_back",
            ),
        ]
        indexes = [
            models.Index(fields=["gift", "-charged_at", "-id"], name="instalment_of_gift"),
            models.Index(fields=["settled_at"], name="instalment_newest"),
        ]

    def __str__(self) -> str:
        return self.receipt_number

    @property
    def receipt_number(self) -> str:
        """The number of its receipt, such as "2030-M00001": a series beside that of pledges."""
        return f"{self.year}-M{self.number:05d}"

    @property
    def amount(self) -> Money:
        """What was charged."""
        return Money(self.amount_minor, self.currency)

    @property
    def returned(self) -> Money:
        """What went back of it."""
        return Money(self.returned_minor, self.currency)

    @property
    def kept(self) -> Money:
        """What the committee still has of it, the fees left aside."""
        return self.amount - self.returned
