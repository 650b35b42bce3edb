"""CPU of a delivery that is verified, stored and answered, beside a handler that stores nothing.

    python benchmarks/webhooks.py [--rounds 7] [--postgresql]

The peer is a bare aiohttp handler with gidgethub, which verifies and parses and keeps nothing. Both
run in processes of their own and take the same signed deliveries over 20 connections, in turn, round
by round; CPU is what the kernel says the server's process used. Then the time of an answer of the whole
`thoth-bot serve` is measured, first while it has nothing else to do, then while pushes to repositories
keep all its jobs computing advice. The rest of the machine has to be quiet for the latter: with fewer
cores than busy processes it measures the scheduler, which the idle server's answers show.
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
import urllib.request
import uuid
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

# The project first: `tests` has a folder `bot` too.
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
sys.path.insert(0, str(Path(__file__).parents[1]))

import gidgethub.sansio
from aiohttp import web

from bot.settings import AppSettings, Settings
from bot.store.service import ServiceStore
from bot.web.app import make_app
from fakes.app_process import AppProcess, wait_until
from fakes.databases import run_postgres
from fakes.github import FakeGitHub, sign_body
from fakes.package_index import PackageIndex

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

SECRET = "It's a Secret to Everybody"
PATH = "/api/github/webhooks"
CONNECTIONS = 20
TICKS = os.sysconf("SC_CLK_TCK")
PIPFILE = '[packages]\n{}\n[requires]\npython_version = "3.11"\n'


def make_payload(size: int) -> bytes:
    """Return the payload of a push that touches nothing of interest, of about that many bytes."""
    return make_push(2, "octo/hello", "src/module.py", size=size)


def make_push(
    repository: int, name: str, path: str, *, installation: int = 1, size: int = 0
) -> bytes:
    """Return a push's payload of at least that many bytes."""
    commit = {
        "id": "7638417db6d59f3c431d3e1f261cc637155684cd",
        "message": "Update README.md",
        "author": {"name": "Monalisa", "email": "mona@github.com", "username": "octocat"},
        "added": [],
        "modified": ["README.md", path],
        "removed": [],
    }
    payload: dict[str, Any] = {
        "ref": "refs/heads/main",
        "installation": {"id": installation},
        "repository": {"id": repository, "full_name": name, "default_branch": "main"},
        "commits": [commit],
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


def serve(kind: str, database_url: str, pipe: Connection) -> None:
    """Run a server in this process until it is killed; tell its port through the pipe."""
    settings = Settings(app=AppSettings(1, "", SECRET))
    app = make_bare() if kind == "bare" else make_app(settings, ServiceStore.open(database_url))

    async def run() -> None:
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        pipe.send(runner.addresses[0][1])
        await asyncio.Event().wait()

    asyncio.run(run())


PACKAGES = 40
REPOSITORIES = 8
"""Twice as many as one server works on at a time."""


def fill(index: PackageIndex) -> None:
    """Add packages that require each other."""
    for number in range(PACKAGES):
        for version in range(30):
            requires = [f"package-{each}>={version // 2}" for each in range(number)][-3:]
            index.add(f"package-{number}", f"{version}.0", requires=requires)


def serve_world(pipe: Connection) -> None:
    """Be GitHub with repositories, and their index, in this process; tell where it is."""
    lines = "\n".join(f'package-{number} = "*"' for number in range(PACKAGES))
    with PackageIndex() as index, FakeGitHub(webhook_secret=SECRET) as github:
        fill(index)
        repositories = [
            github.add_repository(f"owner{number}/hello", files={"Pipfile": PIPFILE.format(lines)})
            for number in range(REPOSITORIES)
        ]
        pushes = []
        for each in repositories:
            installation = github.install(each)
            push = make_push(each.id, each.full_name, "Pipfile", installation=installation.id)
            pushes.append(push)
        pipe.send((github.url, github.app_id, github.private_key, index.url, pushes))
        threading.Event().wait()


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


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--postgresql", action="store_true", help="store there, not in SQLite")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))

        def make_database(name: str) -> str:
            if options.postgresql:
                return stack.enter_context(stack.enter_context(run_postgres()).database())
            return f"sqlite:///{folder}/{name}.db"

        servers = {}
        for kind in ("bare", "ours"):
            database_url = make_database(kind) if kind == "ours" else ""
            servers[kind] = start(stack, serve, kind, database_url)
        if options.rounds:
            print_cpu(servers, options.rounds)
        _, world = start(stack, serve_world)
        print_latency(stack, folder, make_database("served"), world)


def start(stack: ExitStack, target: Any, *arguments: Any) -> tuple[int, Any]:  # noqa: ANN401
    """Run a function in a process of its own; return its id and the first thing that it tells."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=target, args=(*arguments, theirs), daemon=True)
    process.start()
    stack.callback(process.kill)
    return process.pid or 0, ours.recv()


def print_cpu(servers: dict[str, tuple[int, int]], rounds: int) -> None:
    """Print the CPU of a delivery at both sizes."""
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


class World:
    """What `AppProcess` has to know of the fake GitHub, which is in another process."""

    def __init__(self, url: str, app_id: int, private_key: str) -> None:
        self.url, self.app_id, self.private_key = url, app_id, private_key
        self.webhook_secret = SECRET


def print_latency(stack: ExitStack, folder: Path, database_url: str, world: Any) -> None:  # noqa: ANN401
    """Print how long an answer takes while nothing is computed, and while advice is."""
    url, app_id, private_key, index_url, pushes = world
    github: Any = World(url, app_id, private_key)
    app = AppProcess(folder / "app", github, index_url, database_url)
    stack.enter_context(app)
    app.wait_ready()
    payload = make_payload(6_000)
    asyncio.run(load(app.port, payload, 400))
    paces = (("200 deliveries a second", 0.1), ("as fast as it answers", 0.0))
    for what, pause_seconds in paces:
        print_seconds(f"nothing is computed, {what}", app.port, payload, pause_seconds)
    ended = threading.Event()
    pushing = threading.Thread(target=push_on, args=(app.port, pushes, ended), daemon=True)
    pushing.start()
    wait_until(lambda: count_jobs(app.port) >= REPOSITORIES, timeout_seconds=120, what=app.log())
    for what, pause_seconds in paces:
        jobs, started = count_jobs(app.port), time.perf_counter()
        print_seconds(f"advice is computed, {what}", app.port, payload, pause_seconds)
        done = count_jobs(app.port) - jobs
        print(f"    {done} jobs done meanwhile, in {time.perf_counter() - started:.1f} s")
    ended.set()


def print_seconds(what: str, port: int, payload: bytes, pause_seconds: float) -> None:
    """Print percentiles of the time of an answer."""
    seconds = sorted(asyncio.run(load(port, payload, 4000, pause_seconds=pause_seconds)))
    middle, late = seconds[len(seconds) // 2], seconds[int(len(seconds) * 0.99)]
    print(
        f"answer while {what}, {CONNECTIONS} connections"
        f" | p50 {middle * 1000:.1f} ms, p99 {late * 1000:.1f} ms | p99 < 100 ms |",
        flush=True,
    )


def push_on(port: int, pushes: list[bytes], ended: threading.Event) -> None:
    """Push to every repository again and again, so that each has a job at all times."""
    while not ended.wait(1.0):
        for push in pushes:
            headers = {
                "X-GitHub-Event": "push",
                "X-GitHub-Delivery": str(uuid.uuid4()),
                "X-Hub-Signature-256": sign_body(SECRET, push),
            }
            request = urllib.request.Request(f"http://127.0.0.1:{port}{PATH}", push, headers)
            urllib.request.urlopen(request, timeout=30).close()


def count_jobs(port: int) -> int:
    """Return how many jobs a server has done."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        text = answer.read().decode()
    lines = [line for line in text.splitlines() if line.startswith("thoth_job_seconds_count")]
    return sum(int(float(line.rpartition(" ")[2])) for line in lines)


if __name__ == "__main__":
    main()
