"""`thoth-bot serve`, `web`, `worker` and `migrate`: the App as processes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from aiohttp import web

from advisor_core.errors import Fault, InputError
from advisor_core.index.access import cache_folder
from advisor_core.knowledge.ownership import own
from bot.jobs.advising import AdvisorProcesses
from bot.jobs.indexes import IndexPolicy
from bot.jobs.pace import SharedPace
from bot.jobs.site import GitHubSite
from bot.jobs.worker import Worker
from bot.logs import configure_logs, get_log
from bot.metrics import Metrics
from bot.settings import AppSettings, Settings, read_environment, read_settings
from bot.store.secrets import Secrets, open_box
from bot.store.service import ServiceStore
from bot.watch.releases import Pace
from bot.watch.service import WatchTerms
from bot.web.app import make_app, make_setup_app
from bot.web.setup import Setup, SetupToken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from bot.jobs.site import Site

__all__ = ["SWITCH_SECONDS", "load_settings", "run_migrate", "run_serve", "run_web", "run_worker"]

SWITCH_SECONDS = 0.0002
"""How long a thread that computes keeps the interpreter from others. Python's 5 ms would let each
delivery wait several times that long while advice is computed."""

_log = get_log(__name__)


def load_settings() -> Settings:
    """Return the settings of this process, with logs set up by them. Raises InputError."""
    settings = read_settings(read_environment(os.environ, Path.cwd()))
    configure_logs(level=settings.log_level, form=settings.log_format, secrets=settings.secrets)
    return settings


def run_serve() -> int:
    """Serve the webhook and do the work in one process, until SIGINT or SIGTERM."""
    settings = load_settings()
    if settings.app is None:
        return _serve_setup(settings, run_serve)
    sys.setswitchinterval(SWITCH_SECONDS)
    store = ServiceStore.open(settings.database_url)
    metrics = Metrics()
    with (
        contextlib.closing(store),
        _owned(store),
        _make_worker(settings, settings.app, store, metrics) as worker,
    ):
        app = make_app(settings, store, metrics=metrics, stored=worker.wake)
        asyncio.run(_serve(app, settings))
    return 0


def run_web() -> int:
    """Serve the webhook alone; workers do the work."""
    settings = load_settings()
    if settings.app is None:
        return _serve_setup(settings, run_web)
    _require_postgres(settings, "web")
    store = ServiceStore.open(settings.database_url)
    with contextlib.closing(store):
        asyncio.run(_serve(make_app(settings, store), settings))
    return 0


def run_worker() -> int:
    """Do the work alone; `thoth-bot web` serves the webhook."""
    settings = load_settings()
    if settings.app is None:
        raise InputError.single(
            "APP_ID", "not set", hint="a worker needs the App's settings; `web` helps to make them"
        )
    _require_postgres(settings, "worker")
    store = ServiceStore.open(settings.database_url)
    with contextlib.closing(store), _make_worker(settings, settings.app, store, Metrics()):
        with _stopped() as stop:
            stop.wait()
        _log.info("worker ends")
    return 0


def run_migrate() -> int:
    """Bring the database up to date and end."""
    from dbos import DBOS  # noqa: PLC0415 - slow to import

    settings = load_settings()
    store = ServiceStore.open(settings.database_url)
    shown = store.database.display_url
    store.close()
    url = settings.database_url
    if url.startswith("postgres://"):
        url = "postgresql://" + url.removeprefix("postgres://")
    DBOS.migrate(url)
    sys.stdout.write(f"{shown} is up to date\n")
    return 0


def _make_worker(
    settings: Settings, app: AppSettings, store: ServiceStore, metrics: Metrics
) -> Worker:
    def make_site(worker: str) -> Site:
        return GitHubSite(
            app,
            settings.github_api_url,
            make_pace=lambda installation_id: SharedPace(store.paces, installation_id, worker),
            metrics=metrics,
        )

    return Worker(
        store,
        database_url=settings.database_url,
        make_site=make_site,
        advisor=AdvisorProcesses(settings, metrics=metrics),
        metrics=metrics,
        names=settings.mention_names,
        onboarding=settings.onboarding,
        secrets=(
            Secrets(store.database, open_box(settings.secret_key)) if settings.secret_key else None
        ),
        watch=WatchTerms(
            database_url=settings.database_url,
            index_url=settings.index_url,
            allow_address=IndexPolicy.of(settings).refuse,
            further_indexes=IndexPolicy.of(settings).further,
            cache_folder=cache_folder(),
            osv_source=settings.advisories,
            refresh_seconds=settings.advisories_seconds,
            pace=Pace(interval_seconds=settings.watch_seconds),
        ),
    )


@contextlib.contextmanager
def _owned(store: ServiceStore) -> Iterator[None]:
    """Own the file of a SQLite database: a second service on it would do each job twice."""
    path = store.database.path
    with contextlib.nullcontext() if path is None else own(path, "thoth-bot serve"):
        yield


def _require_postgres(settings: Settings, command: str) -> None:
    """Raise InputError on SQLite, whose file only one process may write to for long."""
    if settings.database_url.startswith("sqlite"):
        fault = Fault(
            "DATABASE_URL",
            f"`thoth-bot {command}` needs PostgreSQL, not SQLite",
            "set it to postgresql://..., or run `thoth-bot serve`: web and worker in one process",
        )
        raise InputError((fault,))


def _serve_setup(settings: Settings, then: Callable[[], int]) -> int:
    """Serve `/setup` until an App is configured, and then what was asked for; or until a signal."""
    token = SetupToken()
    configured = asyncio.Event()
    env_file = Path.cwd() / ".env"
    setup = Setup(
        token, settings.webhook_path, settings.github_api_url, env_file, done=configured.set
    )
    # The one secret that is meant to be read in the log: without it nobody could set the App up.
    _log.warning(
        "no App is configured: open this address to set it up",
        address=f"http://{_reachable(settings.host)}:{settings.port}/setup?token={token.value}",
    )
    asyncio.run(_serve(make_setup_app(setup), settings, until=configured))
    return then() if env_file.exists() and load_settings().app is not None else 0


async def _serve(
    app: web.Application, settings: Settings, *, until: asyncio.Event | None = None
) -> None:
    """Serve until a signal asks to stop, or `until` is set; requests that have begun are finished."""
    stop = until or asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=10)
    await runner.setup()
    try:
        site = web.TCPSite(runner, settings.host, settings.port)
        try:
            await site.start()
        except OSError as error:
            place = f"{settings.host}:{settings.port}"
            reason = os.strerror(error.errno).lower() if error.errno else str(error)
            raise InputError.single(
                "HOST, PORT",
                f"cannot listen at {place}: {reason}",
                hint="end the program that listens there, or set PORT to a free one",
            ) from error
        port = runner.addresses[0][1]
        _log.info("serving", host=settings.host, port=port, webhook=settings.webhook_path)
        await stop.wait()
        _log.info("stopping")
    finally:
        await runner.cleanup()


@contextlib.contextmanager
def _stopped() -> Iterator[threading.Event]:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    yield stop


def _reachable(host: str) -> str:
    return "localhost" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - compared, not bound
