"""What the frame of every page is told."""

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.test import RequestFactory
from django.utils.translation import override

from frontend.context import Site, site


def the_site(path="/en/projects/", language="en", **request_extra) -> Site:
    request = RequestFactory().get(path, **request_extra)
    with override(language):
        return site(request)["site"]


class TestLanguages:
    def test_are_the_same_page_in_all_three(self):
        paths = [language.path for language in the_site("/fr/cities/lyon-fr/", "fr").languages]

        assert paths == ["/en/cities/lyon-fr/", "/fr/cities/lyon-fr/", "/es/cities/lyon-fr/"]

    def test_keep_the_search(self):
        (_, french, _) = the_site("/en/projects/?search=Benin&theme=water").languages

        assert french.path == "/fr/projects/?search=Benin&theme=water"

    def test_are_absolute_and_without_the_search_for_machines(self):
        (_, french, _) = the_site("/en/projects/?search=Benin").languages

        assert french.address == f"{settings.SITE_URL}/fr/projects/"

    def test_mark_the_current_one(self):
        current = [
            language.code for language in the_site(language="es").languages if language.is_current
        ]

        assert current == ["es"]

    def test_start_at_the_home_page_from_the_bare_address(self):
        bare = the_site("/", "fr")

        assert bare.languages[0].path == "/en/"
        assert bare.canonical == f"{settings.SITE_URL}/fr/"

    def test_do_not_take_a_word_that_begins_like_a_language(self):
        assert the_site("/english/").default_address.endswith("/english/")


class TestRoom:
    @pytest.mark.parametrize(
        ("path", "room"),
        [
            ("/en/projects/a-well/ledger/", "projects"),
            ("/fr/cities/", "cities"),
            ("/en/", ""),
            ("/en/terms/", ""),
        ],
    )
    def test_is_the_first_part_of_the_address(self, path, room):
        assert the_site(path).room == room


class TestSignedIn:
    def test_is_not_even_asked_without_a_session(self):
        # A request of the factory has no user: to ask for one would raise.
        assert the_site().signed_in is False

    def test_is_false_for_a_session_without_a_user(self):
        request = RequestFactory().get("/en/")
        request.COOKIES[settings.SESSION_COOKIE_NAME] = "x"
        request.user = AnonymousUser()

        assert site(request)["site"].signed_in is False
