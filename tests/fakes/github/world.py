"""All of a fake GitHub's state, with look-ups. Knows nothing of HTTP."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import random
import string
import threading
from base64 import b64encode
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from fakes.github.commit_object import Signature
from fakes.github.refs import Refs
from fakes.github.state import Account, Installation, Label, ManifestCode, Repository, Token
from fakes.github.store import GitStore

if TYPE_CHECKING:
    from pathlib import Path

    from fakes.github.clock import Clock
    from fakes.github.limits import RateLimiter
    from fakes.github.state import App
    from fakes.github.webhooks import Webhooks

__all__ = ["LEVELS", "World", "node_id"]

LEVELS = ("none", "read", "triage", "write", "maintain", "admin")
"""Roles in a repository and levels of an App's permissions, weakest first."""

_TOKEN_LIFE = timedelta(hours=1)


def node_id(kind: str, identifier: object) -> str:
    """Return the global id of an object."""
    return b64encode(f"{kind}:{identifier}".encode()).decode()


class World:
    """State and the sources of ids, randomness and time."""

    app: App
    webhooks: Webhooks
    limiter: RateLimiter

    def __init__(self, *, folder: Path, clock: Clock, seed: int = 0) -> None:
        self.folder = folder
        self.clock = clock
        self.lock = threading.RLock()
        self.changed = threading.Condition(self.lock)
        """Notified after every request and every delivery."""
        self.random = random.Random(seed)
        self.origin = "http://127.0.0.1"
        self.path_prefix = ""
        self.accounts: dict[str, Account] = {}
        self.repositories: list[Repository] = []
        self.moved: dict[str, Repository] = {}
        """Former full names, in lower case."""
        self.installations: list[Installation] = []
        self.tokens: dict[str, Token] = {}
        self.manifest_codes: dict[str, ManifestCode] = {}
        self.mergeable_at_once = True
        self.mergeability_asked: set[tuple[str, str]] = set()
        """Base and head for which the background job has run, where it is not at once."""
        self.archives: dict[str, tuple[Repository, str]] = {}
        """Code of a tarball's address -> repository and commit."""
        self._ids = itertools.count(1001)
        self._seed = seed

    # Ids

    def next_id(self) -> int:
        """Return an id that no object of any kind has."""
        return next(self._ids)

    def next_guid(self) -> str:
        """Return a random UUID (version 4) for a delivery."""
        digits = f"{self.random.getrandbits(128):032x}"
        digits = f"{digits[:12]}4{digits[13:16]}{'89ab'[int(digits[16], 16) % 4]}{digits[17:]}"
        bounds = (0, 8, 12, 16, 20, 32)
        return "-".join(digits[a:b] for a, b in itertools.pairwise(bounds))

    def random_text(self, length: int) -> str:
        """Return letters and digits."""
        return "".join(self.random.choices(string.ascii_letters + string.digits, k=length))

    # Accounts

    def account(self, login: str, kind: Literal["User", "Organization", "Bot"] = "User") -> Account:
        """Return the account of that login; it is made when there is none. Only Apps' have brackets."""
        key = login.lower()
        kind = "Bot" if key.endswith("[bot]") else kind
        if key not in self.accounts:
            self.accounts[key] = Account(self.next_id(), login, kind)
        return self.accounts[key]

    def identity(self, account: Account) -> Signature:
        """Return who an account is in a commit made now."""
        email = f"{account.id}+{account.login}@users.noreply.github.com"
        return Signature(account.login, email, int(self.clock.timestamp()))

    # Repositories

    def new_repository(
        self,
        full_name: str,
        *,
        private: bool = False,
        default_branch: str = "main",
        parent: Repository | None = None,
    ) -> Repository:
        """Return a new, empty repository (a fork shares its parent's objects)."""
        owner, _, name = full_name.partition("/")
        if not name or self.repository(full_name) is not None:
            raise ValueError(f"not a free name of a repository: {full_name!r}")
        identifier = self.next_id()
        store = parent.store if parent else GitStore(self.folder / f"{identifier}.git")
        now = self.clock.now()
        repository = Repository(
            id=identifier,
            owner=self.account(owner),
            name=name,
            private=private,
            default_branch=default_branch,
            created_at=now,
            pushed_at=now,
            store=store,
            refs=Refs(store, str(identifier)),
            parent=parent,
        )
        for label in ("bug", "enhancement"):
            repository.labels[label] = Label(self.next_id(), label)
        self.moved.pop(full_name.lower(), None)
        self.repositories.append(repository)
        return repository

    def repository(self, full_name: str) -> Repository | None:
        """Return the repository of exactly that name (whatever case) that is not deleted."""
        for repository in self.repositories:
            if repository.full_name.lower() == full_name.lower() and not repository.deleted:
                return repository
        return None

    def role(self, repository: Repository, account: Account) -> str:
        """Return the person's role: a stranger may read what is public."""
        if account is repository.owner:
            return "admin"
        public = "none" if repository.private else "read"
        return repository.collaborators.get(account.login.lower(), public)

    # Installations and tokens

    def installation(self, identifier: int) -> Installation | None:
        """Return the installation of that id that is not deleted."""
        for installation in self.installations:
            if installation.id == identifier and not installation.deleted:
                return installation
        return None

    def installation_of(self, repository: Repository) -> Installation | None:
        """Return the installation that has the repository, suspended or not."""
        for installation in self.installations:
            if not installation.deleted and repository in self.reach(installation):
                return installation
        return None

    def reach(self, installation: Installation) -> list[Repository]:
        """Return the repositories of an installation."""
        if installation.selection == "all":
            candidates = [
                found for found in self.repositories if found.owner is installation.account
            ]
        else:
            candidates = installation.repositories
        return [repository for repository in candidates if not repository.deleted]

    def new_token(
        self,
        installation: Installation,
        *,
        permissions: dict[str, str] | None = None,
        repositories: list[Repository] | None = None,
    ) -> Token:
        """Return a token for an hour.

        https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app
        """
        token = Token(
            text=f"ghs_{self.random_text(36)}",
            installation=installation,
            expires_at=self.clock.now() + _TOKEN_LIFE,
            permissions=dict(permissions or installation.permissions),
            repositories=repositories,
        )
        self.tokens[token.text] = token
        return token

    # Signing of commits

    def sign(self, payload: str) -> str:
        """Return GitHub's own signature of a commit."""
        key = f"fake GitHub {self._seed}".encode()
        digest = hmac.digest(key, payload.encode(), hashlib.sha256)
        text = b64encode(digest).decode()
        return f"-----BEGIN PGP SIGNATURE-----\n\n{text}\n-----END PGP SIGNATURE-----"

    def verification(self, signature: str | None, payload: str) -> tuple[bool, str]:
        """Return whether GitHub made the signature, and the reason it gives."""
        if signature is None:
            return False, "unsigned"
        if hmac.compare_digest(signature.strip().encode(), self.sign(payload).encode()):
            return True, "valid"
        return False, "unknown_key"
