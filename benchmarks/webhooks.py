"""CPU of a delivery that is verified, stored and answered, beside a handler that stores nothing.

    python benchmarks/webhooks.py [--rounds 7] [--postgresql]

The peer is a bare aiohttp handler with gidgethub, which verifies and parses and keeps nothing. Both
run in processes of their own and take the same signed deliveries over 20 connections, in turn, round
by round; CPU is what the kernel says the server's process used. Then the time of an answer is measured
while two threads of the same process compute advice without a pause. The machine has to be quiet for
the latter: with fewer cores than busy processes it measures the scheduler.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import os
import statistics
import sys
import tempfile
import threading
import time
import uuid
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

# The project first: `tests` has a folder `bot` too.
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1]))

import gidgethub.sansio
from aiohttp import web

from bot.commands.service import SWITCH_SECONDS
from bot.jobs.advising import make_advisor
from bot.settings import AppSettings, Settings
from bot.store.service import ServiceStore
from bot.web.app import make_app
from fakes.databases import run_postgres
from fakes.github import sign_body
from fakes.package_index import PackageIndex

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

SECRET = "It's a Secret to Everybody"
PATH = "/api/github/webhooks"
CONNECTIONS = 20
TICKS = os.sysconf("SC_CLK_TCK")
PIPFILE = '[packages]\n{}\n[requires]\npython_version = "3.11"\n'


def make_payload(size: int) -> bytes:
    """Return a push's payload of about that many bytes."""
    commit = {
        "id": "7638417db6d59f3c431d3e1f261cc637155684cd",
        "message": "Update README.md",
        "author": {"name": "Monalisa", "email": "mona@github.com", "username": "octocat"},
        "added": [],
        "modified": ["README.md", "src/module.py"],
        "removed": [],
    }
    payload: dict[str, Any] = {
        "ref": "refs/heads/main",
        "installation": {"id": 1},
        "repository": {"id": 2, "full_name": "octo/hello", "default_branch": "main"},
        "commits": [],
    }
    while len(json.dumps(payload)) < size:
        payload["commits"] += [commit] * max(1, (size - len(json.dumps(payload))) // 400)
    return json.dumps(payload, separators=(",", ":")).encode()


def make_bare() -> web.Application:
    """Return the peer."""

    async def handle(request: web.Request) -> web.Response:
        body = await request.read()
        gidgethub.sansio.Event.from_http(request.headers, body, secret=SECRET)
        return web.Response(status=202)

    app = web.Application(client_max_size=30 << 20)
    app.router.add_post(PATH, handle)
    return app


def serve(kind: str, database_url: str, index_url: str, cache: str, pipe: Connection) -> None:
    """Run a server in this process until it is killed; tell its port through the pipe."""
    os.environ["THOTH_CACHE_DIR"] = cache
    settings = Settings(app=AppSettings(1, "", SECRET), index_url=index_url)
    if kind == "bare":
        app = make_bare()
    else:
        app = make_app(settings, ServiceStore.open(database_url))
    if kind == "busy":
        sys.setswitchinterval(SWITCH_SECONDS)
        for _ in range(2):
            threading.Thread(target=compute_advice, args=(settings,), daemon=True).start()

    async def run() -> None:
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        pipe.send(runner.addresses[0][1])
        await asyncio.Event().wait()

    asyncio.run(run())


class PipfileAlone:
    """A project with nothing but a Pipfile that asks for every package of the index."""

    def read(self, path: str) -> bytes | None:
        """Return the Pipfile."""
        lines = "\n".join(f'package-{number} = "*"' for number in range(PACKAGES))
        return PIPFILE.format(lines).encode() if path == "Pipfile" else None


PACKAGES = 40
_WARM_UP_SECONDS = 8


def compute_advice(settings: Settings) -> None:
    """Compute advice for ever."""
    advise = make_advisor(settings)
    while True:
        advise(PipfileAlone())


def fill(index: PackageIndex) -> None:
    """Add packages that require each other."""
    for number in range(PACKAGES):
        for version in range(30):
            requires = [f"package-{each}>={version // 2}" for each in range(number)][-3:]
            index.add(f"package-{number}", f"{version}.0", requires=requires)


def cpu_seconds(process_id: int) -> float:
    """Return the CPU time that a process has used, all threads."""
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


async def load(
    port: int, payload: bytes, deliveries: int, *, pause_seconds: float = 0.0
) -> list[float]:
    """Send deliveries over all connections at once; return the seconds of each answer.

    `pause_seconds`: after each of a connection's answers; without it the server is saturated.
    """
    signature = sign_body(SECRET, payload)
    seconds: list[float] = []

    async def send_some(number: int) -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for _ in range(number):
            head = (
                f"POST {PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(payload)}\r\n"
                f"Content-Type: application/json\r\nX-GitHub-Event: push\r\n"
                f"X-GitHub-Delivery: {uuid.uuid4()}\r\nX-Hub-Signature-256: {signature}\r\n\r\n"
            )
            started = time.perf_counter()
            writer.write(head.encode() + payload)
            answer = await reader.readuntil(b"\r\n\r\n")
            seconds.append(time.perf_counter() - started)
            assert answer.startswith(b"HTTP/1.1 202"), answer
            await asyncio.sleep(pause_seconds)
        writer.close()

    await asyncio.gather(*(send_some(deliveries // CONNECTIONS) for _ in range(CONNECTIONS)))
    return seconds


def send_load(port: int, payload: bytes, deliveries: int, pause_seconds: float) -> list[float]:
    """Do what `load` does, blocking."""
    return asyncio.run(load(port, payload, deliveries, pause_seconds=pause_seconds))


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--postgresql", action="store_true", help="store there, not in SQLite")
    options = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        index = stack.enter_context(PackageIndex())
        fill(index)
        servers = {}
        for kind in ("bare", "ours", "busy"):
            url = f"sqlite:///{folder}/{kind}.db"
            if options.postgresql and kind != "bare":
                url = stack.enter_context(stack.enter_context(run_postgres()).database())
            ours, theirs = context.Pipe()
            process = context.Process(
                target=serve, args=(kind, url, index.url, f"{folder}/cache", theirs), daemon=True
            )
            process.start()
            stack.callback(process.kill)
            servers[kind] = (process.pid or 0, ours.recv())
        print_cpu(servers, options.rounds)
        print_latency(servers)


def print_cpu(servers: dict[str, tuple[int, int]], rounds: int) -> None:
    """Print the CPU of a delivery at both sizes."""
    # The busy server computes all the time: it is stopped while others are measured.
    os.kill(servers["busy"][0], 19)
    print("what | ours | peer | ratio")
    for size, deliveries in ((6_000, 2000), (160_000, 400)):
        payload = make_payload(size)
        taken: dict[str, list[float]] = {"bare": [], "ours": []}
        for _ in range(rounds):
            for kind, samples in taken.items():
                process_id, port = servers[kind]
                before = cpu_seconds(process_id)
                asyncio.run(load(port, payload, deliveries))
                samples.append((cpu_seconds(process_id) - before) / deliveries * 1000)
        ours, bare = (statistics.median(taken[kind]) for kind in ("ours", "bare"))
        print(
            f"CPU of a stored delivery, {len(payload) // 1000} kB"
            f" | {ours:.3f} ms | {bare:.3f} ms | {ours / bare:.2f}"
        )
    os.kill(servers["busy"][0], 18)


def print_latency(servers: dict[str, tuple[int, int]]) -> None:
    """Print how long an answer takes while advice is computed."""
    payload = make_payload(6_000)
    port = servers["busy"][1]
    # Until the threads have read the index once, and the server has imported what it needs.
    time.sleep(_WARM_UP_SECONDS)
    asyncio.run(load(port, payload, 400))
    for what, pause_seconds in (("200 deliveries a second", 0.1), ("as fast as it answers", 0.0)):
        # In a process of its own: this one serves the index to the threads that compute.
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            seconds = sorted(pool.apply(send_load, (port, payload, 3000, pause_seconds)))
        middle, late = seconds[len(seconds) // 2], seconds[int(len(seconds) * 0.99)]
        print(
            f"answer while advice is computed, {CONNECTIONS} connections, {what}"
            f" | p50 {middle * 1000:.1f} ms, p99 {late * 1000:.1f} ms | p99 < 100 ms |"
        )


if __name__ == "__main__":
    main()
