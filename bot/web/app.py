"""Puts the server together: routes, limits, what starts and ends with it."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

from aiohttp import web

from bot.logs import get_log
from bot.metrics import Metrics
from bot.store.tallies import flush
from bot.web.body import LARGEST_PAYLOAD
from bot.web.health import add_basic_routes, add_state_routes
from bot.web.intake import Intake
from bot.web.setup import add_setup_route
from bot.web.webhook import make_webhook

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.settings import Settings
    from bot.store.service import ServiceStore
    from bot.web.setup import Setup

__all__ = ["make_app", "make_setup_app"]

_CHECKPOINT_SECONDS = 60.0
"""Between two copies of SQLite's log. The first to write after a copy waits for the disk to sync, which
on a busy disk takes some 100 ms, so copies are rare; the log of a busy minute has some 100 MB."""

FLUSH_SECONDS = 10.0
"""Between two times that a process tells the database what it has counted."""

_log = get_log(__name__)


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

    async def run_checkpoints(_app: web.Application) -> AsyncIterator[None]:
        ending = threading.Event()
        running = asyncio.create_task(asyncio.to_thread(_checkpoint, store, ending))
        yield
        ending.set()
        await running

    async def run_flushes(_app: web.Application) -> AsyncIterator[None]:
        ending = threading.Event()
        running = asyncio.create_task(asyncio.to_thread(_flush, metrics, store, ending))
        yield
        ending.set()
        await running

    app.cleanup_ctx.append(run_flushes)
    app.cleanup_ctx.append(run_intake)
    if store.database.is_sqlite:
        app.cleanup_ctx.append(run_checkpoints)
    app.router.add_post(
        settings.webhook_path, make_webhook(settings.app.webhook_secret, intake, metrics)
    )
    add_basic_routes(app.router)
    add_state_routes(app.router, store, metrics)
    return app


def _flush(metrics: Metrics, store: ServiceStore, ending: threading.Event) -> None:
    while not ending.wait(FLUSH_SECONDS):
        flush(metrics, store.tallies)
    flush(metrics, store.tallies)


def _checkpoint(store: ServiceStore, ending: threading.Event) -> None:
    while not ending.wait(_CHECKPOINT_SECONDS):
        try:
            store.checkpoint()
        except Exception:  # noqa: BLE001 - the boundary of a round; the next one tries again
            _log.exception("the database's log could not be copied")


def make_setup_app(setup: Setup) -> web.Application:
    """Return the server of setup mode: `/setup`, `/ping` and `/healthz`, nothing else."""
    app = web.Application(client_max_size=64 * 1024)
    add_basic_routes(app.router)
    add_setup_route(app.router, setup)
    return app
