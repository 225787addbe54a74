"""What can be asked about organisations."""

import pytest

from backend.organisations.queries import committees_of
from tests.factories import a_city, a_committee


@pytest.mark.django_db
class TestCommitteesOf:
    def test_are_the_committees_of_that_city_by_name(self):
        ostend = a_city()
        a_committee(city=ostend, name="Zuid")
        a_committee(city=ostend, name="Amitié")
        a_committee(city=ostend, name="A company", kind="company")
        a_committee(name="Another city's")

        assert [row.name for row in committees_of(ostend.pk)] == ["Amitié", "Zuid"]
