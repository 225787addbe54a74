"""Rows for tests that live by the clock: the API cannot be told what time it is."""

from datetime import timedelta

from django.utils import timezone

from tests.factories import an_open_project


def a_project_open_now(**fields):
    now = timezone.now()
    return an_open_project(
        **{
            "opens_at": now - timedelta(days=1),
            "closes_at": now + timedelta(days=30),
            "published_at": now - timedelta(days=1),
            **fields,
        }
    )
