"""Setup mode: no App is configured yet, and only who reads the log may configure one.

    GET  /setup?token=...        once, with the token from the log: asks for name and address
    POST /setup                  answers with the manifest, as a form that goes to GitHub
    GET  /setup?code=..&state=.. where GitHub comes back to: the code is exchanged for the App's key

https://docs.github.com/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""

from __future__ import annotations

import base64
import hmac
import re
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlsplit

import aiohttp
import msgspec
from aiohttp import web

from advisor_core.errors import InputError
from bot.app_manifest import make_manifest
from bot.env_file import add_settings
from bot.logs import get_log
from bot.web.setup_pages import HEADERS, ask_page, create_page, done_page, trouble_page

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["Setup", "SetupToken", "add_setup_route"]

_log = get_log(__name__)

_CODE = re.compile(r"[A-Za-z0-9_-]{1,200}", re.ASCII)
_ORGANIZATION = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,38})", re.ASCII)
_LONGEST_NAME: Final = 34
"""Characters of an App's name (GitHub's limit)."""

_MOST_ANSWER_BYTES: Final = 100_000
_TIMEOUT: Final = aiohttp.ClientTimeout(total=30)


class _MadeApp(msgspec.Struct, frozen=True):
    """What GitHub answers for the code. Never shown: it holds the key."""

    id: int
    slug: str
    name: str
    html_url: str
    webhook_secret: str
    pem: str

    def __repr__(self) -> str:
        return f"_MadeApp(id={self.id})"


class SetupToken:
    """128 random bits that open `/setup` once."""

    def __init__(self, make: Callable[[], str] = lambda: secrets.token_urlsafe(16)) -> None:
        self.value = make()
        self._used = False

    def redeem(self, offered: str) -> bool:
        """Return whether it is the token, and was not used before."""
        right = _is_same(offered, self.value)
        if not right or self._used:
            return False
        self._used = True
        return True


@dataclass(slots=True)
class Setup:
    """One setup, from the token to the written settings."""

    token: SetupToken
    webhook_path: str
    github_api_url: str
    env_file: Path
    done: Callable[[], None] = lambda: None
    """Called once the settings are written."""
    _nonce: str = ""
    """What the form that was shown for the token sends back; empty: none was shown."""
    _state: str = ""
    """What GitHub brings back with the code; empty: none was sent."""
    _make: Callable[[], str] = field(default=lambda: secrets.token_urlsafe(16))

    @property
    def github_url(self) -> str:
        """Where people see GitHub."""
        if self.github_api_url == "https://api.github.com":
            return "https://github.com"
        return self.github_api_url.removesuffix("/api/v3")

    async def get(self, request: web.Request) -> web.Response:
        """Answer who has the token, and GitHub when it comes back."""
        if "code" in request.query:
            return await self._receive(request.query["code"], request.query.get("state", ""))
        if not self.token.redeem(request.query.get("token", "")):
            return _trouble(
                403,
                "The token is wrong, or was used.",
                hint="Open the address that the log shows; start Thoth again for a new one.",
            )
        self._nonce = self._make()
        address = f"{request.headers.get('X-Forwarded-Proto', request.scheme)}://{request.host}"
        return _html(ask_page(nonce=self._nonce, address=address))

    async def post(self, request: web.Request) -> web.Response:
        """Answer the form with the button that goes to GitHub."""
        form = await request.post()
        if not self._nonce or not _is_same(str(form.get("nonce", "")), self._nonce):
            return _trouble(403, "This form is not the one that was shown.")
        name = str(form.get("name", "")).strip()
        organization = str(form.get("organization", "")).strip()
        address = str(form.get("address", "")).strip().rstrip("/")
        if not 1 <= len(name) <= _LONGEST_NAME or not name.isprintable():
            return _trouble(400, f"The name must have 1 to {_LONGEST_NAME} characters.")
        if organization and not _ORGANIZATION.fullmatch(organization):
            return _trouble(400, "That is not the name of an organization.")
        if not _is_address(address):
            return _trouble(400, "The address must begin with https:// or http://.")
        self._state = self._make()
        owner = f"/organizations/{quote(organization)}" if organization else ""
        action = f"{self.github_url}{owner}/settings/apps/new?state={quote(self._state)}"
        manifest = make_manifest(name=name, address=address, webhook_path=self.webhook_path)
        return _html(create_page(action=action, manifest=manifest))

    async def _receive(self, code: str, state: str) -> web.Response:
        if not self._state or not _is_same(state, self._state) or not _CODE.fullmatch(code):
            return _trouble(403, "GitHub's answer does not belong to this setup.")
        self._state = ""
        made = await self._exchange(code)
        if made is None:
            return _trouble(
                502,
                "GitHub did not give the App's key for the code.",
                hint="A code is good for one hour and once. Start Thoth again, and begin anew.",
            )
        try:
            add_settings(self.env_file, _settings(made))
        except InputError as error:
            _log.error("the settings were not written", reason=str(error))
            return _trouble(500, str(error), hint=error.hint or "")
        _log.info("the App is set up", app_id=made.id, env_file=str(self.env_file))
        self.done()
        url = f"{made.html_url}/installations/new"
        return _html(done_page(name=made.name, install_url=url, path=str(self.env_file)))

    async def _exchange(self, code: str) -> _MadeApp | None:
        """Return the App that GitHub made, None when it has none for the code."""
        url = f"{self.github_api_url}/app-manifests/{quote(code)}/conversions"
        headers = {"Accept": "application/vnd.github+json", "User-Agent": "thoth"}
        try:
            async with (
                aiohttp.ClientSession(timeout=_TIMEOUT, headers=headers) as session,
                session.post(url, allow_redirects=False) as answer,
            ):
                if answer.status != 201:
                    _log.warning("GitHub refused the code", status=answer.status)
                    return None
                return msgspec.json.decode(
                    await answer.content.read(_MOST_ANSWER_BYTES), type=_MadeApp
                )
        except (aiohttp.ClientError, TimeoutError, msgspec.DecodeError) as error:
            # Only the kind is told: the answer holds the key.
            _log.warning("GitHub could not be asked", reason=type(error).__name__)
            return None


def add_setup_route(router: web.UrlDispatcher, setup: Setup) -> None:
    """Add `/setup`."""
    router.add_get("/setup", setup.get)
    router.add_post("/setup", setup.post)


def _settings(made: _MadeApp) -> dict[str, str]:
    return {
        "APP_ID": str(made.id),
        "PRIVATE_KEY": base64.b64encode(made.pem.encode()).decode(),
        "WEBHOOK_SECRET": made.webhook_secret,
    }


def _is_same(offered: str, secret: str) -> bool:
    return hmac.compare_digest(offered.encode("utf-8", "replace"), secret.encode())


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return parts.scheme in {"https", "http"} and bool(parts.hostname) and text.isprintable()
    except ValueError:
        return False


def _html(text: str, *, status: int = 200) -> web.Response:
    return web.Response(text=text, status=status, content_type="text/html", headers=HEADERS)


def _trouble(status: int, reason: str, *, hint: str = "") -> web.Response:
    return _html(trouble_page(reason, hint=hint), status=status)
