"""A deadline moves once, before it has come, by thirty days at most, and everybody is told.

Planted and seen to fall: see the table of faults (tests/architecture/faults.py).
"""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from backend.mail.models import Mail
from backend.pledges.models import Pledge
from backend.pledges.securing import secure_pledge
from backend.projects.models import Extension
from backend.projects.operations import (
    ExtensionRefused,
    NotPossibleNow,
    ReasonMissing,
    decide_short,
    extend_campaign,
)
from tests.factories import NOON, a_pledge, an_open_project
from tests.jobs import do_jobs

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
REASON = {"en": "The holidays came between.", "fr": "Les vacances sont passées par là."}


def extend(project, **fields):
    return extend_campaign(
        **{
            "project_id": project.pk,
            "closes_at": project.closes_at + 14 * DAY,
            "reason": REASON,
            "by": "chair@example.org",
            "at": NOON,
            **fields,
        }
    )


class TestExtending:
    def test_moves_the_deadline_and_keeps_the_old_one(self):
        project = an_open_project()
        before = project.closes_at

        extend(project)

        project.refresh_from_db()
        kept = Extension.objects.get()
        assert project.closes_at == before + 14 * DAY
        assert (kept.old_closes_at, kept.new_closes_at) == (before, before + 14 * DAY)

    def test_tells_everybody_whose_card_is_saved_once_and_nobody_else(self):
        project = an_open_project(campaign="all_or_nothing")
        secured = a_pledge(project, email="ann@example.org", language="fr")
        a_pledge(project, email="ben@example.org")
        Pledge.objects.filter(pk=secured.pk).update(state="pending")
        secure_pledge(pledge_id=secured.pk, at=NOON)

        extend(project)
        do_jobs()

        mail = Mail.objects.get(kind="pledge_extended")
        assert mail.recipient == "ann@example.org"
        assert "vacances" in mail.text

    def test_happens_once(self):
        project = an_open_project()
        extend(project, closes_at=project.closes_at + DAY)
        project.refresh_from_db()

        with pytest.raises(ExtensionRefused):
            extend(project, closes_at=project.closes_at + DAY)

        assert Extension.objects.count() == 1

    def test_is_of_thirty_days_to_the_moment(self):
        project = an_open_project()

        with pytest.raises(ExtensionRefused):
            extend(project, closes_at=project.closes_at + 30 * DAY + timedelta(milliseconds=1))
        extend(project, closes_at=project.closes_at + 30 * DAY)

        assert Extension.objects.count() == 1

    @pytest.mark.parametrize("later", [timedelta(0), -DAY])
    def test_never_shortens(self, later):
        project = an_open_project()

        with pytest.raises(ExtensionRefused):
            extend(project, closes_at=project.closes_at + later)

    def test_is_too_late_in_the_moment_of_the_deadline(self):
        project = an_open_project()

        with pytest.raises(ExtensionRefused):
            extend(project, at=project.closes_at)

    def test_needs_a_reason(self):
        with pytest.raises(ReasonMissing):
            extend(an_open_project(), reason={"en": ""})

    def test_stays_as_it_was(self):
        extend(an_open_project())

        with pytest.raises(IntegrityError, match="refused"), transaction.atomic():
            Extension.objects.all().delete()


class TestDecidingInPublic:
    @pytest.mark.parametrize(("goes_ahead", "state"), [(True, "succeeded"), (False, "failed")])
    def test_is_written_with_its_reason(self, goes_ahead, state):
        project = an_open_project(state="short")

        decide_short(
            project_id=project.pk, goes_ahead=goes_ahead, reason=REASON, by="chair", at=NOON
        )

        project.refresh_from_db()
        assert (project.state, project.state_reason) == (state, REASON)

    def test_needs_a_reason(self):
        project = an_open_project(state="short")

        with pytest.raises(ReasonMissing):
            decide_short(project_id=project.pk, goes_ahead=True, reason={}, by="chair", at=NOON)

    def test_is_for_campaigns_that_ended_short(self):
        project = an_open_project()

        with pytest.raises(NotPossibleNow):
            decide_short(project_id=project.pk, goes_ahead=True, reason=REASON, by="chair", at=NOON)

        project.refresh_from_db()
        assert project.state_reason == {}
