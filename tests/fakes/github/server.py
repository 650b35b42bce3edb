"""The HTTP side of a fake GitHub: a server on loopback in a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar, TypeVarTuple, Unpack

from aiohttp import web

from fakes.github.git_http import serve_git
from fakes.github.sending import send_deliveries

if TYPE_CHECKING:
    from collections.abc import Callable

    from fakes.github.dispatch import Dispatcher
    from fakes.github.wire import WireAnswer
    from fakes.github.world import World

__all__ = ["Server"]

Result = TypeVar("Result")
Arguments = TypeVarTuple("Arguments")

LARGEST_REQUEST = 150 * 1024 * 1024

SHUTDOWN_SECONDS = 0.05
"""How long a request that hangs holds up the end; 0 would mean for ever."""


class Server:
    """Serves the API, tarballs and git, and sends the webhooks. `start` and `stop` block."""

    def __init__(
        self, world: World, dispatcher: Dispatcher, *, webhook_timeout_seconds: float
    ) -> None:
        self.port = 0
        self._world = world
        self._dispatcher = dispatcher
        self._webhook_timeout_seconds = webhook_timeout_seconds
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        # One thread: requests are carried out one after the other, in the order of arrival.
        self._worker = ThreadPoolExecutor(1, "fake-github-git")

    def start(self) -> None:
        """Start; `port` is set after it."""
        started = threading.Event()
        failures: list[BaseException] = []

        def run() -> None:
            try:
                asyncio.run(self._serve(started))
            except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
                failures.append(error)
            finally:
                started.set()

        self._thread = threading.Thread(target=run, name="fake-github", daemon=True)
        self._thread.start()
        started.wait()
        if failures:
            raise failures[0]

    def stop(self) -> None:
        """Stop and wait for the end."""
        if self._loop and self._stop and self._thread and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()
        self._worker.shutdown()

    async def _serve(self, started: threading.Event) -> None:
        loop = self._loop = asyncio.get_running_loop()
        self._stop = asyncio.Event()
        wake = asyncio.Event()
        application = web.Application(client_max_size=LARGEST_REQUEST)
        application.router.add_route("*", "/{path:.*}", self._handle)
        runner = web.AppRunner(
            application,
            access_log=None,
            shutdown_timeout=SHUTDOWN_SECONDS,
            handle_signals=False,
            handler_cancellation=True,
        )
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        self.port = runner.addresses[0][1]
        self._world.origin = f"http://127.0.0.1:{self.port}"
        webhooks = self._world.webhooks
        sender = asyncio.create_task(
            send_deliveries(
                self._world, webhooks, wake, timeout_seconds=self._webhook_timeout_seconds
            )
        )
        webhooks.connect(lambda: loop.call_soon_threadsafe(wake.set))
        started.set()
        try:
            await self._stop.wait()
        finally:
            webhooks.connect(None)
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
            await runner.cleanup()

    async def _handle(self, raw: web.Request) -> web.StreamResponse:
        if raw.path.startswith("/_codeload/"):
            return await self._in_worker(self._tarball, raw)
        if ".git/" in raw.path:
            return await serve_git(self._world, raw)
        data = await raw.read()
        headers = {key.lower(): value for key, value in raw.headers.items()}
        limiter = self._world.limiter
        credential = headers.get("authorization", "").partition(" ")[2]
        token = self._world.tokens.get(credential)
        installation = token.installation if token else None
        limiter.enter(installation)
        try:
            answer = await self._in_worker(self._answer, raw.method, raw.raw_path, headers, data)
            return await _write(raw, answer)
        finally:
            limiter.leave(installation)

    async def _in_worker(
        self, function: Callable[[Unpack[Arguments]], Result], *arguments: *Arguments
    ) -> Result:
        # Shielded: a client that goes away does not stop what it has asked for.
        loop = asyncio.get_running_loop()
        return await asyncio.shield(loop.run_in_executor(self._worker, function, *arguments))

    def _answer(self, method: str, target: str, headers: dict[str, str], data: bytes) -> WireAnswer:
        with self._world.changed:
            try:
                return self._dispatcher.answer(method, target, headers, data)
            finally:
                self._world.changed.notify_all()

    def _tarball(self, raw: web.Request) -> web.StreamResponse:
        with self._world.lock:
            found = self._world.archives.pop(raw.query.get("token", ""), None)
            if found is None:
                return web.Response(status=404)
            repository, sha = found
            folder = f"{repository.owner.login}-{repository.name}-{sha[:7]}/"
            data = repository.store.run("archive", "--format=tar.gz", f"--prefix={folder}", sha)
        return web.Response(body=data, content_type="application/x-gzip")


async def _write(raw: web.Request, answer: WireAnswer) -> web.StreamResponse:
    if answer.misfortune == "timeout":
        await asyncio.Event().wait()
    if answer.misfortune is not None:
        if raw.transport is not None:
            raw.transport.abort()
        return web.Response()
    return web.Response(status=answer.status, body=answer.body or None, headers=answer.headers)
