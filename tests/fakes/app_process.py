"""The App as a child process, told by its environment where the fakes are."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fakes.github import FakeGitHub

__all__ = ["AppProcess", "free_port", "wait_until"]

PATH = "/api/github/webhooks"


def free_port() -> int:
    """Return a port that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_until(holds: Callable[[], object], *, timeout_seconds: float, what: str) -> None:
    """Block until something holds; raises TimeoutError that says what did not."""
    deadline = time.monotonic() + timeout_seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.05)


@dataclass
class AppProcess:
    """`thoth-bot COMMAND` in a folder of its own. A context manager; leaving kills it."""

    folder: Path
    github: FakeGitHub
    index_url: str
    database_url: str
    port: int = field(default_factory=free_port)
    command: str = "serve"
    settings: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None
    starts: int = 0

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def webhook_url(self) -> str:
        """Where deliveries go."""
        return f"http://127.0.0.1:{self.port}{PATH}"

    @property
    def log_path(self) -> Path:
        """What it wrote, of all starts."""
        return self.folder / f"{self.command}-{self.port}.log"

    def start(self) -> None:
        """Start it, without waiting."""
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "APP_ID": str(self.github.app_id),
            "PRIVATE_KEY": self.github.private_key,
            "WEBHOOK_SECRET": self.github.webhook_secret,
            "GITHUB_API_URL": self.github.url,
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "DATABASE_URL": self.database_url,
            "THOTH_INDEX_URL": self.index_url,
            "THOTH_ADVISORIES": "off",
            "THOTH_CACHE_DIR": str(self.folder / "cache"),
            "LOG_FORMAT": "json",
            **self.settings,
        }
        self.folder.mkdir(parents=True, exist_ok=True)
        self.starts += 1
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "bot", self.command],
                cwd=self.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def wait_ready(self, timeout_seconds: float = 60) -> None:
        """Block until it serves."""

        def answers() -> bool:
            if self.process is None or self.process.poll() is not None:
                raise AssertionError(f"it ended: {self.log()[-3000:]}")
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5):
                    return True
            except OSError:
                return False

        wait_until(answers, timeout_seconds=timeout_seconds, what=f"not ready: {self.log()}")

    def wait_started(self, timeout_seconds: float = 60) -> None:
        """Block until its worker, as started last, has begun to look for work."""
        wait_until(
            lambda: self.log().count('"event": "worker started"') >= self.starts,
            timeout_seconds=timeout_seconds,
            what=f"no worker: {self.log()[-3000:]}",
        )

    def log(self) -> str:
        """Return what it wrote so far."""
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def kill(self) -> None:
        """End it at once, as a power cut would."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        if self.process is not None:
            self.process.wait()

    def stop(self, timeout_seconds: float = 40) -> int:
        """Ask it to end; return its exit code."""
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(timeout_seconds)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self.process is not None
        self.process.send_signal(number)
