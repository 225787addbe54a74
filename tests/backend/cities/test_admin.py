import pytest
from django.contrib import admin
from django.test import RequestFactory

from backend.cities.models import City, Twinning

pytestmark = pytest.mark.django_db


class TestAdmin:
    @pytest.mark.parametrize("model", [City, Twinning])
    def test_changes_nothing(self, model):
        page = admin.site.get_model_admin(model)
        request = RequestFactory().get("/")

        assert not page.has_add_permission(request)
        assert not page.has_change_permission(request)
        assert not page.has_delete_permission(request)
