"""Everything below `/api/` that is no address of ours."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponsePermanentRedirect
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve

from backend.api.resources import PublicResource


class Nowhere(PublicResource):
    """Answers as the API does, not with a page; a forgotten last slash is put right."""

    schema = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Redirect to the address meant, or tell that there is none."""
        if _lacks_only_a_slash(request.path_info):
            target = request.get_full_path(force_append_slash=True)
            response = HttpResponsePermanentRedirect(target)
            response.status_code = 308  # the method and the body stay
            return response
        return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        """Whatever is asked, it is not here."""
        raise Http404


def _lacks_only_a_slash(path: str) -> bool:
    if path.endswith("/"):
        return False
    try:
        return resolve(f"{path}/").url_name != "nowhere"
    except Resolver404:
        return False
