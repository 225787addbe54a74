"""The book in the administration.

Planted and seen to fall: the permission to change given back to superusers.
"""

import pytest
from django.contrib import admin
from django.contrib.auth import get_user_model
from django.test import RequestFactory

from backend.ledger.models import Account, Chain, Entry, Transaction
from tests.backend.ledger.books import a_posting

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_of_a_superuser():
    request = RequestFactory().get("/")
    request.user = get_user_model()(is_staff=True, is_superuser=True, is_active=True)
    return request


class TestTheBookInTheAdmin:
    @pytest.mark.parametrize("model", [Account, Chain, Transaction])
    def test_can_be_looked_at_and_not_written(self, model, request_of_a_superuser):
        page = admin.site.get_model_admin(model)

        assert page.has_view_permission(request_of_a_superuser)
        assert not page.has_add_permission(request_of_a_superuser)
        assert not page.has_change_permission(request_of_a_superuser)
        assert not page.has_delete_permission(request_of_a_superuser)
        assert page.get_actions(request_of_a_superuser) == {}

    def test_shows_entries_within_their_transaction_only(self, request_of_a_superuser):
        a_posting()
        page = admin.site.get_model_admin(Transaction)

        [inline] = page.get_inline_instances(request_of_a_superuser, Transaction.objects.get())

        assert inline.model is Entry
        assert not inline.has_add_permission(request_of_a_superuser, None)
        assert not inline.has_change_permission(request_of_a_superuser)
        assert not inline.has_delete_permission(request_of_a_superuser)
        assert not admin.site.is_registered(Entry)
