"""News of a project: told once to each address that gave, and to nobody whose money went back.

Planted and seen to fall: one letter for each pledge; news to whoever never paid.
"""

import pytest

from backend.mail.models import Mail
from backend.pledges.news import write_news
from backend.pledges.operations import move_pledge, settle_pledge
from backend.pledges.returning import book_refund
from backend.projects.operations import close_due_projects, move_project
from tests.factories import NOON, a_pledge, an_open_project
from tests.jobs import do_jobs

pytestmark = pytest.mark.django_db


def settled(project, **fields):
    pledge = a_pledge(project, **fields)
    move_pledge(pledge_id=pledge.pk, event="checkout_opened", at=NOON)
    return settle_pledge(pledge_id=pledge.pk, amount=pledge.gross, fee=None, at=NOON)


def told(kind):
    return sorted(Mail.objects.filter(kind=kind).values_list("recipient", flat=True))


class TestNews:
    def test_go_once_to_each_address_that_gave(self):
        project = an_open_project(minimum_minor=1000)
        for email in ("ann@example.org", "Ann@example.org", "bea@example.org"):
            settled(project, email=email)
        a_pledge(project, email="never@example.org")
        gone = settled(project, email="gone@example.org")
        book_refund(pledge_id=gone.pk, refund="re_1", amount=gone.gross, at=NOON)

        close_due_projects(at=project.closes_at)
        do_jobs()
        write_news(project_id=project.pk, news="succeeded", at=NOON)

        assert told("project_succeeded") == ["ann@example.org", "bea@example.org"]

    def test_come_again_when_the_project_is_delivered(self):
        project = an_open_project(minimum_minor=1000)
        settled(project, email="ann@example.org", language="fr")
        close_due_projects(at=project.closes_at)
        move_project(project_id=project.pk, event="delivered", by="", at=project.closes_at)

        do_jobs()

        letter = Mail.objects.get(kind="project_delivered")
        assert letter.language == "fr"
        assert f"/fr/projects/{project.slug}/" in letter.text
        assert "Un puits pour Twintown" in letter.subject

    def test_are_not_told_of_a_project_that_fell_short(self):
        project = an_open_project()
        settled(project)

        close_due_projects(at=project.closes_at)

        assert "pledges.tell_news" not in do_jobs()
