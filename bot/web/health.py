"""Answers about the service itself: `/ping`, `/healthz`, `/readyz`, `/metrics` and `/`."""

from __future__ import annotations

import asyncio
from importlib.metadata import version
from typing import TYPE_CHECKING

from aiohttp import web

from advisor_core.errors import StoreError
from advisor_core.resolver.solve import engine_name
from bot.store.tallies import flush
from bot.web.metrics import CONTENT_TYPE_LATEST, render_metrics

if TYPE_CHECKING:
    from bot.metrics import Metrics
    from bot.store.service import ServiceStore

__all__ = ["add_basic_routes", "add_state_routes"]


async def _ping(_request: web.Request) -> web.Response:
    return web.Response(text="PONG")


async def _healthz(_request: web.Request) -> web.Response:
    return web.json_response({"status": "ok"})


def add_basic_routes(router: web.UrlDispatcher) -> None:
    """Add what answers as long as the process lives, also in setup mode."""
    router.add_get("/ping", _ping)
    router.add_get("/healthz", _healthz)


def add_state_routes(router: web.UrlDispatcher, store: ServiceStore, metrics: Metrics) -> None:
    """Add what asks the database."""

    async def readyz(_request: web.Request) -> web.Response:
        state = {"status": "ok", "database": "ok", "engine": engine_name()}
        try:
            await asyncio.to_thread(store.check)
        except StoreError:
            state |= {"status": "unavailable", "database": "unavailable"}
        return web.json_response(state, status=200 if state["status"] == "ok" else 503)

    async def show_metrics(_request: web.Request) -> web.Response:
        def read() -> bytes:
            flush(metrics, store.tallies)
            return render_metrics(store.tallies.read(), store.tallies.state())

        body = await asyncio.to_thread(read)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})

    async def index(_request: web.Request) -> web.Response:
        deliveries, jobs = await asyncio.to_thread(store.counts)
        lines = [
            f"Thoth {version('thoth-app')}",
            f"repositories watched: {jobs['repositories']}",
            f"jobs waiting: {jobs['waiting']}, at work: {jobs['working']}",
            f"deliveries kept: {sum(deliveries.values())}",
        ]
        return web.Response(text="\n".join(lines) + "\n")

    router.add_get("/readyz", readyz)
    router.add_get("/metrics", show_metrics)
    router.add_get("/", index)
