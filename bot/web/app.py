"""Puts the server together: routes, limits, what starts and ends with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from bot.web.health import add_basic_routes, add_state_routes
from bot.web.intake import Intake
from bot.web.metrics import Metrics
from bot.web.setup import SetupToken, add_setup_route
from bot.web.webhook import LARGEST_PAYLOAD, make_webhook

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.settings import Settings
    from bot.store.service import ServiceStore

__all__ = ["make_app", "make_setup_app"]


def make_app(
    settings: Settings,
    store: ServiceStore,
    *,
    metrics: Metrics | None = None,
    stored: Callable[[], None] = lambda: None,
) -> web.Application:
    """Return the server of a configured App; `stored` is called, in a thread, after each storing.

    Raises ValueError in setup mode.
    """
    if settings.app is None:
        raise ValueError("no App is configured")
    app = web.Application(client_max_size=LARGEST_PAYLOAD)
    metrics = metrics or Metrics()
    intake = Intake(store.deliveries.keep, stored=stored)

    async def run_intake(_app: web.Application) -> AsyncIterator[None]:
        async with intake:
            yield

    app.cleanup_ctx.append(run_intake)
    app.router.add_post(
        settings.webhook_path, make_webhook(settings.app.webhook_secret, intake, metrics)
    )
    add_basic_routes(app.router)
    add_state_routes(app.router, store, metrics)
    return app


def make_setup_app(settings: Settings, token: SetupToken) -> web.Application:
    """Return the server of setup mode: `/setup`, `/ping` and `/healthz`, nothing else."""
    app = web.Application(client_max_size=64 * 1024)
    add_basic_routes(app.router)
    add_setup_route(
        app.router,
        token,
        webhook_path=settings.webhook_path,
        github_api_url=settings.github_api_url,
    )
    return app
