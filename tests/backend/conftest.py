"""What tests that forge the book have in common."""

import pytest
from django.db import transaction


@pytest.fixture
def undone(db):
    """Undo a forgery before the test's transaction is checked as a commit would be."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
