"""Projects for the platform's own people; publishing, for now, happens here."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backend.accounts.stewards import asks_for_recent_factor
from backend.projects.models import (
    BudgetLine,
    Exchange,
    Milestone,
    Project,
    ProjectTransition,
    Promise,
    SuggestedAmount,
)
from backend.projects.operations import ProjectRefused, index_project, move_project, publish_project

ROLLED_UP = [
    "state", "raised_minor", "promised_minor", "promises", "supporters", "published_at",
    "created_at",
]  # fmt: skip
# What supporters were promised when the project was published; it stays as it was.
PROMISED = [
    "slug", "campaign", "committee", "twin_committee", "home_city", "twin_city", "twinning",
    "currency", "goal_minor", "minimum_minor", "opens_at", "closes_at", "is_sample",
]  # fmt: skip


class Promised(admin.TabularInline):
    """Rows that are written while the project is a draft, and frozen when it is published."""

    def has_add_permission(self, request: HttpRequest, obj: Project | None = None) -> bool:
        """Only a draft gets rows."""
        return super().has_add_permission(request, obj) and not _is_frozen(obj)

    def has_change_permission(self, request: HttpRequest, obj: Project | None = None) -> bool:
        """Only a draft's rows change."""
        return super().has_change_permission(request, obj) and not _is_frozen(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Project | None = None) -> bool:
        """Only a draft loses rows."""
        return super().has_delete_permission(request, obj) and not _is_frozen(obj)


def _is_frozen(project: Project | None) -> bool:
    return project is not None and project.published_at is not None


class BudgetLineInline(Promised):
    """What each part costs."""

    model = BudgetLine
    extra = 0


class MilestoneInline(Promised):
    """The steps of the work."""

    model = Milestone
    extra = 0


class ExchangeInline(Promised):
    """What travels both ways."""

    model = Exchange
    extra = 0


class SuggestedAmountInline(Promised):
    """Amounts with what they buy."""

    model = SuggestedAmount
    extra = 0


class TransitionInline(admin.TabularInline):
    """How the project came to its state; read-only."""

    model = ProjectTransition
    extra = 0
    can_delete = False
    readonly_fields = ["old", "event", "new", "at", "by"]

    def has_add_permission(self, request: HttpRequest, obj: Project | None = None) -> bool:
        """Transitions come from operations only."""
        return False


class PromiseInline(admin.StackedInline):
    """What was promised at publishing; read-only."""

    model = Promise
    extra = 0
    can_delete = False
    readonly_fields = ["words", "digest", "frozen_at"]

    def has_add_permission(self, request: HttpRequest, obj: Project | None = None) -> bool:
        """A promise comes from publishing only."""
        return False


@admin.register(Project)
class ProjectAdmin(admin.ModelAdmin):
    """Drafts are written and published here until committees have their own workspace."""

    list_display = ["slug", "state", "home_city", "twin_city", "currency", "goal_minor"]
    list_filter = ["state", "theme", "currency", "is_sample"]
    search_fields = ["slug", "search_text"]
    raw_id_fields = ["home_city", "twin_city", "twinning", "committee", "twin_committee"]
    inlines = [
        BudgetLineInline,
        MilestoneInline,
        ExchangeInline,
        SuggestedAmountInline,
        PromiseInline,
        TransitionInline,
    ]
    actions = ["publish", "suspend", "resume"]

    def get_readonly_fields(self, request: HttpRequest, obj: Project | None = None) -> list[str]:
        """Freeze the promise when the project is published."""
        return [*ROLLED_UP, *PROMISED] if _is_frozen(obj) else ROLLED_UP

    def save_model(self, request: HttpRequest, obj: Project, form: Any, change: bool) -> None:  # noqa: FBT001  # ModelAdmin's signature
        """Note when the draft was begun."""
        if not change:
            obj.created_at = timezone.now()
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: Any) -> None:
        """Keep the words by which the project is found."""
        super().save_related(request, form, formsets, change)
        index_project(project_id=form.instance.pk)

    def has_delete_permission(self, request: HttpRequest, obj: Project | None = None) -> bool:
        """Only what nobody has seen may be thrown away."""
        return super().has_delete_permission(request, obj) and (
            obj is not None and obj.published_at is None
        )

    @admin.action(description=_("Publish: show to everybody and take pledges"))
    def publish(self, request: HttpRequest, queryset: QuerySet[Project]) -> HttpResponse | None:
        """Publish each chosen draft whose budget adds up; say why not for the others."""
        return self._each(request, queryset, "publish")

    @admin.action(description=_("Suspend: take no pledges for now"))
    def suspend(self, request: HttpRequest, queryset: QuerySet[Project]) -> HttpResponse | None:
        """Suspend the chosen projects."""
        return self._each(request, queryset, "suspended")

    @admin.action(description=_("Resume: take pledges again"))
    def resume(self, request: HttpRequest, queryset: QuerySet[Project]) -> HttpResponse | None:
        """Resume the chosen projects."""
        return self._each(request, queryset, "resumed")

    def _each(
        self, request: HttpRequest, projects: QuerySet[Project], act: str
    ) -> HttpResponse | None:
        if first := asks_for_recent_factor(request):
            return first
        for project in projects:
            self._try(request, project, act)
        return None

    def _try(self, request: HttpRequest, project: Project, act: str) -> None:
        by, at = str(request.user), timezone.now()
        try:
            if act == "publish":
                publish_project(project_id=project.pk, by=by, at=at)
            else:
                move_project(project_id=project.pk, event=act, by=by, at=at)
        except ProjectRefused as refusal:
            self.message_user(request, f"{project.slug}: {refusal}", messages.ERROR)
        else:
            self.message_user(request, project.slug, messages.SUCCESS)
