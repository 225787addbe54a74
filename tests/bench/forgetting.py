"""A first visit, as often as one likes: the site forgets what it keeps of projects and pages.

With the header `X-Bench-Forget` kept pages, parts and totals are dropped before the request. The
figures of the whole site stay, because a job counts them and no visitor does.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.core.cache import caches

from backend.reports.queries import FIGURES_KEY
from frontend.drawing import parts

Program = Callable[[dict[str, Any], Any], Iterable[bytes]]


def forgetting(program: Program) -> Program:
    """Return `program`, which forgets when it is asked to."""

    def answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if "HTTP_X_BENCH_FORGET" in environ:
            pages = caches["pages"]
            figures = pages.get(FIGURES_KEY)
            pages.clear()
            if figures is not None:
                pages.set(FIGURES_KEY, figures)
            parts._rendered.cache_clear()
        return program(environ, start_response)

    return answer
