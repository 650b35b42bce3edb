"""`FakeGitHub`: the one object that tests make."""

from __future__ import annotations

import asyncio
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Self

from fakes.github.access import make_key
from fakes.github.clock import Clock
from fakes.github.description import load_description
from fakes.github.dispatch import Dispatcher
from fakes.github.errors import ContractViolation
from fakes.github.faults import Faults
from fakes.github.installation import FakeInstallation
from fakes.github.installing import add_repositories, install
from fakes.github.limits import Limits, RateLimiter
from fakes.github.mishaps import Mishaps
from fakes.github.repository import FakeRepository
from fakes.github.server import Server
from fakes.github.state import App, ManifestCode
from fakes.github.webhooks import Webhooks
from fakes.github.world import World

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType
    from typing import Literal

    from fakes.github.delivery import Delivery
    from fakes.github.repository import Content
    from fakes.github.wire import Call

__all__ = ["EVENTS", "PERMISSIONS", "FakeGitHub"]

PERMISSIONS = {
    "metadata": "read",
    "contents": "write",
    "pull_requests": "write",
    "checks": "write",
    "issues": "write",
    "statuses": "write",
}
"""What the App asks for unless the test says otherwise."""

EVENTS = (
    "check_run",
    "check_suite",
    "issue_comment",
    "issues",
    "pull_request",
    "push",
    "repository",
)
"""What the App subscribes to unless the test says otherwise; `installation*` come always."""


@lru_cache(maxsize=1)
def _shared_key() -> str:
    """One key for a whole run of tests: making one takes longer than many a test."""
    return make_key()


class FakeGitHub(Mishaps):
    """GitHub on loopback, with one App. A context manager; starting and stopping block.

        with FakeGitHub(webhook_url=...) as github:
            repository = github.add_repository("octo/hello", files={"Pipfile": "..."})
            github.install(repository)
            repository.push("main", {"Pipfile": "..."})
            await github.settled()
            assert repository.pull_requests[0].title == ...

    On leaving, every fault of the contract that a request, an answer or a webhook had is raised.
    """

    def __init__(
        self,
        *,
        webhook_url: str | None = None,
        webhook_secret: str = "It's a Secret to Everybody",
        webhook_timeout_seconds: float = 10.0,
        clock: Clock | None = None,
        limits: Limits | None = None,
        permissions: Mapping[str, str] | None = None,
        events: Sequence[str] = EVENTS,
        slug: str = "thoth",
        path_prefix: str = "",
        mergeable_at_once: bool = True,
        folder: Path | None = None,
        seed: int = 0,
    ) -> None:
        """`clock` None: follows the machine's. `path_prefix`: `/api/v3` for GitHub Enterprise.

        `mergeable_at_once` False: `mergeable` is null when first asked for, as on GitHub.
        `folder` None: a temporary one. The same `seed` and a frozen clock give the same answers.
        """
        self._temporary = None if folder else tempfile.TemporaryDirectory(prefix="fake-github-")
        self.clock = clock or Clock()
        self.violations: list[str] = []
        """What broke the contract so far; raised on leaving, so remove what a test provokes."""
        place = folder or Path(self._temporary.name if self._temporary else ".")
        self._world = World(folder=place, clock=self.clock, seed=seed)
        self._world.path_prefix = path_prefix
        self._world.mergeable_at_once = mergeable_at_once
        description = load_description()
        owner = self._world.account("thoth-station", "Organization")
        self._world.app = App(
            id=self._world.next_id(),
            slug=slug,
            name=slug.capitalize(),
            client_id=f"Iv23{self._world.random_text(16)}",
            owner=owner,
            bot=self._world.account(f"{slug}[bot]", "Bot"),
            private_key_pem=_shared_key(),
            webhook_secret=webhook_secret,
            webhook_url=webhook_url,
            permissions=dict(permissions or PERMISSIONS),
            events=list(events),
            created_at=self.clock.now(),
        )
        self.webhooks = self._world.webhooks = Webhooks(self._world, description, self.violations)
        """Holds, drops, doubles and reorders deliveries; sends any payload."""
        self.limiter = self._world.limiter = RateLimiter(self._world, limits or Limits())
        self._faults = Faults()
        self._dispatcher = Dispatcher(self._world, description, self._faults, self.violations)
        self._server = Server(
            self._world, self._dispatcher, webhook_timeout_seconds=webhook_timeout_seconds
        )

    # Running

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.stop()
        if self._temporary is not None:
            self._temporary.cleanup()
        if error is None:
            self.check()
        elif self.violations:
            error.add_note("fake GitHub: " + "\n".join(self.violations))

    def check(self) -> None:
        """Raise what broke the contract so far."""
        if self.violations:
            raise ContractViolation(list(self.violations))

    async def settled(self, timeout_seconds: float = 30.0) -> None:
        """Wait until all deliveries were sent and answered; raises TimeoutError."""
        await asyncio.to_thread(self.webhooks.wait_until_idle, timeout_seconds)

    def settle(self, timeout_seconds: float = 30.0) -> None:
        """Do the same, blocking: only for an App in another process or thread."""
        self.webhooks.wait_until_idle(timeout_seconds)

    async def until(self, holds: Callable[[], bool], timeout_seconds: float = 30.0) -> None:
        """Wait until `holds()`, asked after every request and delivery; raises TimeoutError."""
        await asyncio.to_thread(self.wait_until, holds, timeout_seconds)

    def wait_until(self, holds: Callable[[], bool], timeout_seconds: float = 30.0) -> None:
        """Do the same, blocking: only for an App in another process or thread."""
        changed = self._world.changed
        with changed:
            if not changed.wait_for(holds, timeout_seconds):
                raise TimeoutError(f"it did not come about in {timeout_seconds} s")

    # What the App is given

    @property
    def url(self) -> str:
        """The base of the API, without a slash at the end."""
        return f"{self._world.origin}{self._world.path_prefix}"

    @property
    def app_id(self) -> int:
        """The App's id."""
        return self._world.app.id

    @property
    def client_id(self) -> str:
        """The App's other name in a JWT."""
        return self._world.app.client_id

    @property
    def private_key(self) -> str:
        """The App's private key, PKCS#1 PEM."""
        return self._world.app.private_key_pem

    @property
    def webhook_secret(self) -> str:
        """The secret that deliveries are signed with."""
        return self._world.app.webhook_secret

    @property
    def webhook_url(self) -> str | None:
        """Where deliveries go; None: nowhere, they are logged as failed."""
        return self._world.app.webhook_url

    @webhook_url.setter
    def webhook_url(self, url: str | None) -> None:
        self._world.app.webhook_url = url

    @property
    def bot_login(self) -> str:
        """The login of the App's bot."""
        return self._world.app.bot.login

    # What tests build

    def add_repository(
        self,
        full_name: str,
        *,
        files: Mapping[str, Content] | None = None,
        private: bool = False,
        default_branch: str = "main",
        organization: bool = False,
    ) -> FakeRepository:
        """Add a repository with one commit; `files` None or empty: without any commit."""
        with self._world.lock:
            owner = full_name.partition("/")[0]
            self._world.account(owner, "Organization" if organization else "User")
            state = self._world.new_repository(
                full_name, private=private, default_branch=default_branch
            )
            repository = FakeRepository(self._world, state)
            repository.announce()
            if files:
                repository.push(default_branch, files, author=owner, message="Begin")
            return repository

    def repository(self, full_name: str) -> FakeRepository:
        """Return the repository of that name; raises KeyError if there is none."""
        state = self._world.repository(full_name)
        if state is None:
            raise KeyError(full_name)
        return FakeRepository(self._world, state)

    def install(
        self,
        *repositories: FakeRepository,
        permissions: Mapping[str, str] | None = None,
        events: Sequence[str] | None = None,
        selection: Literal["all", "selected"] = "selected",
    ) -> FakeInstallation:
        """Install the App on the repositories' owner, or add them to its installation.

        Sends `installation.created` or `installation_repositories.added`.
        """
        with self._world.lock:
            owner = repositories[0].state.owner
            states = [repository.state for repository in repositories]
            for installation in self._world.installations:
                if installation.account is owner and not installation.deleted:
                    add_repositories(self._world, installation, states, owner)
                    return FakeInstallation(self._world, installation)
            made = install(
                self._world,
                owner,
                states,
                permissions=dict(permissions or self._world.app.permissions),
                events=events or self._world.app.events,
                selection=selection,
            )
            return FakeInstallation(self._world, made)

    def add_manifest_code(self, manifest: Mapping[str, object]) -> str:
        """Return the code that GitHub redirects with after an App was made from a manifest."""
        code = self._world.random_text(40)
        self._world.manifest_codes[code] = ManifestCode(dict(manifest), self.clock.now())
        return code

    def add_account(self, login: str) -> None:
        """Add a person."""
        with self._world.lock:
            self._world.account(login)

    # What went on

    @property
    def calls(self) -> list[Call]:
        """Every request so far, refused ones too."""
        return list(self._dispatcher.calls)

    @property
    def deliveries(self) -> list[Delivery]:
        """Every delivery so far, oldest first; redeliveries are entries of their own."""
        return list(self.webhooks.log)
