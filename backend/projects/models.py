"""What two cities do together: the project, its budget, its milestones, what travels both ways.

Texts are translated texts (see backend.common.translated): {"en": "…", "fr": "…", "es": "…"}.
"""

from datetime import datetime, timedelta

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models
from django.db.models import F, Q, Value

from backend.common.ids import uuid7
from backend.money import Money
from backend.projects import states

# Thirty days, and the hour that a night of a changing clock adds.
LONGEST_EXTENSION = timedelta(days=30, hours=1)
NOTHING_WRITTEN = Value({}, models.JSONField())


class ProjectQuerySet(models.QuerySet["Project"]):
    """Filters that read as words: `Project.objects.public().open_at(moment)`."""

    def public(self) -> "ProjectQuerySet":
        """Return the projects that a visitor may see."""
        return self.filter(state__in=states.PUBLIC_STATES)

    def open_at(self, moment: datetime) -> "ProjectQuerySet":
        """Return the projects that take pledges at `moment`; the end is exclusive."""
        return self.filter(state=states.PUBLISHED, opens_at__lte=moment, closes_at__gt=moment)


class Project(models.Model):
    """One project of a home city and a twin city; its committee receives the money."""

    class Campaign(models.TextChoices):
        FLEXIBLE = "flexible"
        ALL_OR_NOTHING = "all_or_nothing"

    class Theme(models.TextChoices):
        WATER = "water"
        HEALTH = "health"
        ENERGY = "energy"
        CLIMATE = "climate"
        SCHOOL = "school"
        CULTURE = "culture"
        TRADE = "trade"
        FARMING = "farming"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(max_length=120, unique=True)
    state = models.CharField(
        max_length=10, choices=[(state, state) for state in states.STATES], default=states.DRAFT
    )
    campaign = models.CharField(max_length=14, choices=Campaign, default=Campaign.FLEXIBLE)
    theme = models.CharField(max_length=10, choices=Theme)
    committee = models.ForeignKey(
        "organisations.Organisation", on_delete=models.PROTECT, related_name="projects"
    )
    twin_committee = models.ForeignKey(
        "organisations.Organisation",
        on_delete=models.PROTECT,
        related_name="twin_projects",
        null=True,
        blank=True,
    )
    home_city = models.ForeignKey(
        "cities.City", on_delete=models.PROTECT, related_name="home_projects"
    )
    twin_city = models.ForeignKey(
        "cities.City", on_delete=models.PROTECT, related_name="twin_projects"
    )
    twinning = models.ForeignKey(
        "cities.Twinning",
        on_delete=models.PROTECT,
        related_name="projects",
        null=True,
        blank=True,
    )
    default_language = models.CharField(max_length=5, default="en")
    title = models.JSONField()
    summary = models.JSONField()
    story = models.JSONField(default=dict, blank=True)
    expected = models.JSONField(default=dict, db_default=NOTHING_WRITTEN, blank=True)
    risks = models.JSONField(default=dict, db_default=NOTHING_WRITTEN, blank=True)
    outcome = models.JSONField(default=dict, blank=True)
    state_reason = models.JSONField(default=dict, blank=True)
    currency = models.CharField(max_length=3)
    goal_minor = models.BigIntegerField()
    minimum_minor = models.BigIntegerField()
    raised_minor = models.BigIntegerField(default=0)
    promised_minor = models.BigIntegerField(default=0)
    # How many cards are saved for it, to be charged at the deadline.
    promises = models.PositiveIntegerField(default=0)
    supporters = models.PositiveIntegerField(default=0)
    # Kept beside the sums so that "close to its goal" is an index and not a sort.
    funded_permille = models.GeneratedField(
        expression=(F("raised_minor") + F("promised_minor")) * 1000 / F("goal_minor"),
        output_field=models.BigIntegerField(),
        db_persist=True,
    )
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    published_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    art = models.CharField(max_length=40, blank=True)
    search_text = models.TextField(blank=True, editable=False)
    search_vector = models.GeneratedField(
        expression=SearchVector("search_text", config="simple"),
        output_field=SearchVectorField(),
        db_persist=True,
    )
    is_sample = models.BooleanField(default=False)

    objects = ProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(goal_minor__gt=0), name="project_goal_is_positive"),
            models.CheckConstraint(
                condition=Q(minimum_minor__gt=0, minimum_minor__lte=F("goal_minor")),
                name="project_minimum_within_goal",
            ),
            models.CheckConstraint(
                condition=Q(raised_minor__gte=0, promised_minor__gte=0),
                name="project_totals_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")), name="project_closes_after_opening"
            ),
            models.CheckConstraint(
                condition=~Q(home_city=F("twin_city")), name="project_joins_two_cities"
            ),
            models.CheckConstraint(
                condition=Q(state__in=states.STATES), name="project_state_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=[states.DRAFT, states.IN_REVIEW])
                | Q(published_at__isnull=False),
                name="project_public_has_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(currency__regex=r"^[A-Z]{3}$"), name="project_currency_is_a_code"
            ),
        ]
        indexes = [
            GinIndex(fields=["search_vector"], name="project_search"),
            models.Index(fields=["-published_at", "-id"], name="project_newest"),
            models.Index(fields=["closes_at", "id"], name="project_soonest"),
            models.Index(fields=["-funded_permille", "-id"], name="project_nearest_goal"),
            models.Index(fields=["theme", "-published_at", "-id"], name="project_theme_newest"),
            models.Index(fields=["currency", "-published_at", "-id"], name="project_cur_newest"),
            models.Index(fields=["state", "-published_at", "-id"], name="project_state_newest"),
            models.Index(fields=["state", "closes_at", "id"], name="project_state_soonest"),
            models.Index(fields=["home_city", "-published_at"], name="project_home"),
            models.Index(fields=["twin_city", "-published_at"], name="project_twin"),
        ]

    def __str__(self) -> str:
        return self.slug

    @property
    def goal(self) -> Money:
        """What all budget lines cost together."""
        return Money(self.goal_minor, self.currency)

    @property
    def minimum(self) -> Money:
        """What the required lines cost together: with less, the project cannot be done."""
        return Money(self.minimum_minor, self.currency)

    @property
    def raised(self) -> Money:
        """Settled gross less refunds and lost disputes."""
        return Money(self.raised_minor, self.currency)

    @property
    def promised(self) -> Money:
        """Secured and expected money that has not arrived."""
        return Money(self.promised_minor, self.currency)

    @property
    def pledged(self) -> Money:
        """What has arrived and what is promised."""
        return self.raised + self.promised

    @property
    def counted(self) -> Money:
        """What counts towards the goal: a saved card does where it is charged by the same rule."""
        return self.pledged if self.is_all_or_nothing else self.raised

    @property
    def is_undecided(self) -> bool:
        """Whether nobody has been charged yet: an all-or-nothing campaign before its decision."""
        return self.is_all_or_nothing and self.state in states.UNDECIDED

    @property
    def is_all_or_nothing(self) -> bool:
        """Whether cards are charged at the deadline, and only if the minimum is reached."""
        return self.campaign == self.Campaign.ALL_OR_NOTHING

    @property
    def chain(self) -> str:
        """The code of the project's chain in the ledger."""
        return f"project:{self.pk}"

    def takes_pledges(self, at: datetime) -> bool:
        """Tell whether somebody can pledge at the moment `at`; the end is exclusive."""
        return self.state == states.PUBLISHED and self.opens_at <= at < self.closes_at


class BudgetLine(models.Model):
    """What one part of the project costs."""

    class Kind(models.TextChoices):
        MATERIAL = "material"
        WORK = "work"
        TRAVEL = "travel"
        TRAINING = "training"
        FEES = "fees"
        OTHER = "other"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="budget_lines")
    position = models.PositiveSmallIntegerField()
    label = models.JSONField()
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.OTHER)
    amount_minor = models.BigIntegerField()
    is_required = models.BooleanField(default=True)
    month = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["project", "position"], name="budget_line_has_a_place"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="budget_line_is_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.project_id} {self.position}"


class Milestone(models.Model):
    """A step of the work, with the money that it needs. Late is computed, not typed."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="milestones")
    position = models.PositiveSmallIntegerField()
    label = models.JSONField()
    amount_minor = models.BigIntegerField()
    due_on = models.DateField()
    reached_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["project", "position"], name="milestone_has_a_place"),
            models.CheckConstraint(
                condition=Q(amount_minor__gte=0), name="milestone_is_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project_id} {self.position}"


class Exchange(models.Model):
    """What travels, other than money, and from which city to which."""

    class Direction(models.TextChoices):
        HOME_TO_TWIN = "home_to_twin"
        TWIN_TO_HOME = "twin_to_home"

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="exchanges")
    position = models.PositiveSmallIntegerField()
    direction = models.CharField(max_length=12, choices=Direction)
    label = models.JSONField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["project", "position"], name="exchange_has_a_place")
        ]

    def __str__(self) -> str:
        return f"{self.project_id} {self.position}"


class SuggestedAmount(models.Model):
    """An amount with what it buys. None is ever preselected."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="suggested_amounts")
    amount_minor = models.BigIntegerField()
    label = models.JSONField()

    class Meta:
        ordering = ["amount_minor"]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "amount_minor"], name="suggested_amount_once"
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0), name="suggested_amount_is_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project_id} {self.amount_minor}"


class Promise(models.Model):
    """What the project promised when it was published. The database refuses to change it."""

    project = models.OneToOneField(Project, on_delete=models.PROTECT, related_name="promise")
    words = models.JSONField()
    digest = models.CharField(max_length=64)
    frozen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(digest__regex=r"^[0-9a-f]{64}$"), name="promise_digest_is_whole"
            )
        ]

    def __str__(self) -> str:
        return f"{self.project_id} {self.digest[:8]}"


class Extension(models.Model):
    """A deadline that was moved: once, before it came, with its reason in public."""

    project = models.OneToOneField(Project, on_delete=models.PROTECT, related_name="extension")
    old_closes_at = models.DateTimeField()
    new_closes_at = models.DateTimeField()
    reason = models.JSONField()
    extended_at = models.DateTimeField()
    by = models.CharField(max_length=254)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(new_closes_at__gt=F("old_closes_at"))
                & Q(new_closes_at__lte=F("old_closes_at") + LONGEST_EXTENSION),
                name="extension_is_of_a_month_at_most",
            ),
            models.CheckConstraint(
                condition=Q(extended_at__lt=F("old_closes_at")),
                name="extension_before_the_deadline",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project_id} until {self.new_closes_at:%Y-%m-%d}"


class ProjectTransition(models.Model):
    """One change of state, written once; only edges of the graph can be stored."""

    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="transitions")
    old = models.CharField(max_length=10)
    event = models.CharField(max_length=30)
    new = models.CharField(max_length=10)
    at = models.DateTimeField()
    by = models.CharField(max_length=254, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    *[Q(old=edge.old, event=edge.event, new=edge.new) for edge in states.EDGES],
                    _connector=Q.OR,
                ),
                name="project_transition_is_an_edge",
            )
        ]

    def __str__(self) -> str:
        return f"{self.project_id} {self.old} → {self.new}"
