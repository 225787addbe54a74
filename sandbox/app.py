"""The program as ASGI: Stripe's interface, the pages, the controls, and what runs beside them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sandbox.all_routes import ROUTES
from sandbox.api import FrontDoor
from sandbox.billing.portal import PortalPages
from sandbox.checkout.page import Pages
from sandbox.connect.page import OnboardingPages
from sandbox.control import acting, billing, connecting, contesting, disturbing, looking
from sandbox.control.door import control_routes
from sandbox.deliveries import Deliveries
from sandbox.desk.pages import Desk
from sandbox.due import bring_about, prune
from sandbox.running import Options, Sandbox
from sandbox.safety import LOOPBACK, control_token

TICK_SECONDS = 0.2
PRUNE_EVERY_TICKS = 1500
VERBS = ["GET", "POST", "DELETE", "PUT", "PATCH"]
# Importing them registers their controls.
CONTROL_MODULES = (acting, billing, connecting, contesting, disturbing, looking)
log = logging.getLogger("sandbox")


def make_app(options: Options) -> Starlette:
    """Return the sandbox as an ASGI application; its store is opened at once."""
    options.folder.mkdir(parents=True, exist_ok=True)
    sandbox = Sandbox(options, ROUTES)
    deliveries = Deliveries(sandbox)
    front_door = FrontDoor(sandbox)
    token = control_token(options.folder, host=options.host)

    desk = Desk(sandbox, deliveries, token=token)

    async def to_the_desk(request: Request) -> Response:
        return RedirectResponse("/_sandbox/")

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        ticking = asyncio.create_task(_tick(sandbox, deliveries))
        yield
        ticking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await ticking
        await deliveries.close()
        sandbox.close()

    return Starlette(
        lifespan=lifespan,
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=_names_of(options))],
        routes=[
            Route("/", to_the_desk),
            Route("/v1/{path:path}", front_door.answer, methods=VERBS),
            Route("/v2/{path:path}", front_door.answer, methods=VERBS),
            *Pages(sandbox).routes(),
            *OnboardingPages(sandbox).routes(),
            *PortalPages(sandbox).routes(),
            *desk.routes(),
            *control_routes(sandbox, deliveries, token=token, start=desk.show),
        ],
    )


def _names_of(options: Options) -> list[str]:
    """Return the names the sandbox answers to: its own, so that no foreign page can speak to it."""
    if options.host not in LOOPBACK:
        return ["*"]  # containers have names of their own; there the controls ask for a token
    return sorted({"localhost", "127.0.0.1", urlsplit(options.public_url).hostname or "localhost"})


async def _tick(sandbox: Sandbox, deliveries: Deliveries) -> None:
    """Bring about what is due and deliver what waits, at once when something happened."""
    ticks = 0
    while True:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(TICK_SECONDS):
                await sandbox.something_is_due.wait()
        sandbox.something_is_due.clear()
        ticks += 1
        try:
            bring_about(sandbox)
            deliveries.begin_due()
            if ticks % PRUNE_EVERY_TICKS == 0:
                prune(sandbox)
        except Exception:  # the loop must outlive one bad row; the log says which
            log.exception("The sandbox's clock could not do what was due.")
            await asyncio.sleep(1)
