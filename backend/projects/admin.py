"""Projects for the platform's own people; publishing, for now, happens here."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

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

ROLLED_UP = ["state", "raised_minor", "promised_minor", "supporters", "published_at"]


class BudgetLineInline(admin.TabularInline):
    """What each part costs."""

    model = BudgetLine
    extra = 0


class MilestoneInline(admin.TabularInline):
    """The steps of the work."""

    model = Milestone
    extra = 0


class ExchangeInline(admin.TabularInline):
    """What travels both ways."""

    model = Exchange
    extra = 0


class SuggestedAmountInline(admin.TabularInline):
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
    readonly_fields = ROLLED_UP
    inlines = [
        BudgetLineInline,
        MilestoneInline,
        ExchangeInline,
        SuggestedAmountInline,
        PromiseInline,
        TransitionInline,
    ]
    actions = ["publish", "suspend", "resume"]

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
    def publish(self, request: HttpRequest, queryset: QuerySet[Project]) -> None:
        """Publish each chosen draft whose budget adds up; say why not for the others."""
        for project in queryset:
            self._try(request, project, "publish")

    @admin.action(description=_("Suspend: take no pledges for now"))
    def suspend(self, request: HttpRequest, queryset: QuerySet[Project]) -> None:
        """Suspend the chosen projects."""
        for project in queryset:
            self._try(request, project, "suspended")

    @admin.action(description=_("Resume: take pledges again"))
    def resume(self, request: HttpRequest, queryset: QuerySet[Project]) -> None:
        """Resume the chosen projects."""
        for project in queryset:
            self._try(request, project, "resumed")

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
