"""Setup mode: no App is configured yet, and only who reads the log may configure one.

https://docs.github.com/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING

from aiohttp import web

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SetupToken", "add_setup_route"]

_TEXT = """\
Thoth is not connected to a GitHub App yet.

1. Make the App at {new_app_url}, with the events and permissions of app.yml,
   and the webhook address https://THIS-SERVER{webhook_path}
2. Set APP_ID, PRIVATE_KEY_PATH and WEBHOOK_SECRET in the environment or in .env
3. Start Thoth again
"""


class SetupToken:
    """128 random bits that open `/setup` once."""

    def __init__(self, make: Callable[[], str] = lambda: secrets.token_urlsafe(16)) -> None:
        self.value = make()
        self._used = False

    def redeem(self, offered: str) -> bool:
        """Return whether it is the token, and was not used before."""
        right = hmac.compare_digest(offered.encode("utf-8", "replace"), self.value.encode())
        if not right or self._used:
            return False
        self._used = True
        return True


def add_setup_route(
    router: web.UrlDispatcher, token: SetupToken, *, webhook_path: str, github_api_url: str
) -> None:
    """Add `/setup?token=...`."""
    host = "https://github.com"
    if github_api_url != "https://api.github.com":
        host = github_api_url.removesuffix("/api/v3")

    async def setup(request: web.Request) -> web.Response:
        if not token.redeem(request.query.get("token", "")):
            return web.Response(status=403, text="the token is wrong or was used: see the log\n")
        text = _TEXT.format(new_app_url=f"{host}/settings/apps/new", webhook_path=webhook_path)
        return web.Response(text=text, headers={"Cache-Control": "no-store"})

    router.add_get("/setup", setup)
