"""A promise of money to a project, what became of it, and its receipt."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from backend.common.ids import uuid7
from backend.money import Money
from backend.pledges import states


class SourceClass(models.TextChoices):
    """Who gives; fixed at confirmation. The first four are private, the others public money."""

    CITIZEN = "citizen"
    COMPANY = "company"
    LOCAL_INSTITUTION = "local_institution"
    FOUNDATION = "foundation"
    MUNICIPALITY = "municipality"
    STATE = "state"


class Pledge(models.Model):
    """Made once, with a key of its own, before Stripe hears of it."""

    class Visibility(models.TextChoices):
        PUBLIC = "public"
        NAME_HIDDEN = "name_hidden"
        HIDDEN = "hidden"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(
        "projects.Project", on_delete=models.PROTECT, related_name="pledges"
    )
    donor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        related_name="pledges",
        null=True,
        blank=True,
    )
    email = models.EmailField(max_length=254)
    name = models.CharField(max_length=80, blank=True)
    visibility = models.CharField(max_length=11, choices=Visibility, default=Visibility.NAME_HIDDEN)
    source_class = models.CharField(max_length=17, choices=SourceClass, default=SourceClass.CITIZEN)
    language = models.CharField(max_length=5)
    currency = models.CharField(max_length=3)
    # The committee's Stripe account when the pledge was made; all of its money stays there. Empty
    # is the installation's own key. The database writes it itself and refuses every change.
    account = models.CharField(max_length=64, blank=True, default="", db_default="")
    gift_minor = models.BigIntegerField()
    cover_minor = models.BigIntegerField(default=0)
    fee_minor = models.BigIntegerField(null=True, blank=True)
    # What the platform kept of it; 0 where it takes nothing.
    platform_fee_minor = models.BigIntegerField(default=0, db_default=0)
    # What went back of the gift and cover: refunds that left, and lost disputes.
    returned_minor = models.BigIntegerField(default=0, db_default=0)
    state = models.CharField(
        max_length=13, choices=[(state, state) for state in states.STATES], default=states.NEW
    )
    is_processing = models.BooleanField(default=False)
    # The client's own key, and a digest of what it sent with it.
    idempotency_key = models.CharField(max_length=255, null=True, blank=True, unique=True)
    request_digest = models.CharField(max_length=64, blank=True)
    # Unguessable: whoever has it sees the pledge's page. Told by mail and on return only.
    token = models.CharField(max_length=43, unique=True)
    # What the public ledger shows instead of an id; only the receipt tells it.
    public_reference = models.CharField(max_length=32, unique=True)
    made_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)
    # When the saved card failed for the first time: a week from then its holder may help.
    failing_since = models.DateTimeField(null=True, blank=True)
    needs_authentication = models.BooleanField(default=False)
    is_sample = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(gift_minor__gt=0), name="pledge_is_positive"),
            models.CheckConstraint(
                condition=Q(cover_minor__gte=0), name="pledge_cover_not_negative"
            ),
            models.CheckConstraint(
                condition=Q(state__in=states.STATES), name="pledge_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(visibility__in=["public", "name_hidden", "hidden"]),
                name="pledge_visibility_is_known",
            ),
            models.CheckConstraint(
                condition=Q(source_class__in=SourceClass.values), name="pledge_source_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=states.PAID, settled_at__isnull=False)
                | (~Q(state__in=states.PAID) & Q(settled_at__isnull=True)),
                name="pledge_settled_has_a_moment",
            ),
            models.CheckConstraint(
                condition=~Q(state=states.FAILING) | Q(failing_since__isnull=False),
                name="pledge_failing_has_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(
                    returned_minor__gte=0,
                    returned_minor__lte=F("gift_minor") + F("cover_minor"),
                ),
                name="pledge_returns_at_most_its_money",
            ),
            models.CheckConstraint(
                condition=Q(
                    state=states.REFUNDED, returned_minor=F("gift_minor") + F("cover_minor")
                )
                | Q(
                    state=states.PART_REFUNDED,
                    returned_minor__gt=0,
                    returned_minor__lt=F("gift_minor") + F("cover_minor"),
                )
                | Q(state=states.DISPUTED)
                | (
                    ~Q(state__in=[states.REFUNDED, states.PART_REFUNDED, states.DISPUTED])
                    & Q(returned_minor=0)
                ),
                name="pledge_state_tells_what_went_back",
            ),
        ]
        indexes = [
            models.Index(
                fields=["project", "-settled_at", "-id"],
                condition=Q(state__in=states.PAID),
                name="pledge_settled_of_project",
            ),
            models.Index(Lower("email"), "project", name="pledge_of_address"),
            models.Index(
                fields=["made_at"],
                condition=Q(state__in=[states.NEW, states.PENDING]),
                name="pledge_unfinished",
            ),
            models.Index(
                fields=["project", "state", "id"],
                condition=Q(state__in=states.PROMISED),
                name="pledge_promised",
            ),
        ]

    def __str__(self) -> str:
        return f"Pledge {self.pk}"

    @property
    def gift(self) -> Money:
        """What the donor gives to the project."""
        return Money(self.gift_minor, self.currency)

    @property
    def cover(self) -> Money:
        """What the donor adds so that the fees do not come out of the gift."""
        return Money(self.cover_minor, self.currency)

    @property
    def gross(self) -> Money:
        """What the donor's card is charged: gift and cover."""
        return self.gift + self.cover

    @property
    def returned(self) -> Money:
        """What went back of it."""
        return Money(self.returned_minor, self.currency)

    @property
    def kept(self) -> Money:
        """What the project still has of it, the fees left aside."""
        return self.gross - self.returned

    @property
    def purpose(self) -> str:
        """What payments and ledger call this pledge."""
        return f"pledge:{self.pk}"


class PledgeVersion(models.Model):
    """What was promised, and agreed to, each time anew. The database refuses to change it.

    Saving a card needs its holder's word: `consent` is the very text that was agreed to, in the
    language in which it was read, and `consent_version` which text of ours that was.
    """

    pledge = models.ForeignKey(Pledge, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveSmallIntegerField()
    gift_minor = models.BigIntegerField()
    cover_minor = models.BigIntegerField()
    consent_version = models.CharField(max_length=20)
    consent = models.TextField()
    language = models.CharField(max_length=5)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pledge", "number"], name="pledge_version_once"),
            models.CheckConstraint(
                condition=Q(gift_minor__gt=0, cover_minor__gte=0, number__gt=0),
                name="pledge_version_is_positive",
            ),
            models.CheckConstraint(condition=~Q(consent=""), name="pledge_version_has_consent"),
        ]

    def __str__(self) -> str:
        return f"{self.pledge_id} {self.number}"


class AddressCode(models.Model):
    """That the donor of a pledge has to prove their address first, and the code for it.

    The code itself stands in the letter only; here is a keyed digest of it.
    """

    MOST_TRIES = 3

    pledge = models.OneToOneField(Pledge, on_delete=models.PROTECT, related_name="address_code")
    digest = models.CharField(max_length=64, blank=True)
    number = models.PositiveSmallIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    expires_at = models.DateTimeField(null=True)
    proved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(digest="", expires_at__isnull=True)
                | (~Q(digest="") & Q(expires_at__isnull=False, number__gt=0)),
                name="address_code_has_an_end",
            ),
            models.CheckConstraint(condition=Q(tries__lte=3), name="address_code_tries_are_few"),
        ]

    def __str__(self) -> str:
        return f"{self.pledge_id} {self.number}"


class Decision(models.Model):
    """Whether an all-or-nothing campaign reached its minimum: decided once, never changed."""

    project = models.OneToOneField(
        "projects.Project", on_delete=models.PROTECT, related_name="decision"
    )
    currency = models.CharField(max_length=3)
    secured_minor = models.BigIntegerField()
    received_minor = models.BigIntegerField()
    minimum_minor = models.BigIntegerField()
    pledges = models.PositiveIntegerField()
    is_reached = models.BooleanField()
    decided_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    is_reached=True, minimum_minor__lte=F("secured_minor") + F("received_minor")
                )
                | Q(is_reached=False, minimum_minor__gt=F("secured_minor") + F("received_minor")),
                name="decision_follows_the_sums",
            )
        ]

    def __str__(self) -> str:
        return f"{self.project_id} {'reached' if self.is_reached else 'missed'}"


class PledgeTransition(models.Model):
    """One change of a pledge's state, written once; only edges of the graph can be stored."""

    pledge = models.ForeignKey(Pledge, on_delete=models.PROTECT, related_name="transitions")
    old = models.CharField(max_length=13)
    event = models.CharField(max_length=20)
    new = models.CharField(max_length=13)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    *[Q(old=edge.old, event=edge.event, new=edge.new) for edge in states.EDGES],
                    _connector=Q.OR,
                ),
                name="pledge_transition_is_an_edge",
            )
        ]

    def __str__(self) -> str:
        return f"{self.pledge_id} {self.old} → {self.new}"


class ReceiptBook(models.Model):
    """The receipt numbers of one organisation and year, without gaps: its row is the lock."""

    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT)
    year = models.PositiveSmallIntegerField()
    last_number = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "year"], name="receipt_book_once")
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.year}"


class Receipt(models.Model):
    """The proof that money arrived: one number per settled pledge."""

    pledge = models.OneToOneField(Pledge, on_delete=models.PROTECT, related_name="receipt")
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT)
    year = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    issued_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "year", "number"], name="receipt_number_once"
            ),
            models.CheckConstraint(condition=Q(number__gt=0), name="receipt_number_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.year}-{self.number:05d}"
