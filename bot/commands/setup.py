"""`thoth-bot setup`: in the terminal, what `/setup` does in a browser."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from urllib.parse import quote, urlencode

from advisor_core.errors import Fault, InputError
from bot.app_manifest import EVENTS
from bot.github.app import PERMISSIONS
from bot.settings import Settings, read_environment, read_settings

__all__ = ["new_app_url", "run_setup"]


def run_setup(*, address: str | None, name: str, organization: str | None) -> int:
    """Say how this folder is set up, and how to make the App. Return the exit code.

    Raises InputError with all faults of the settings, or for an address that is none.
    """
    settings = read_settings(read_environment(os.environ, Path.cwd()))
    write = sys.stdout.write
    if settings.app is not None:
        write(f"The App {settings.app.app_id} is configured; `thoth-bot serve` runs it.\n")
        return 0
    if address is not None and not address.startswith(("https://", "http://")):
        raise InputError(
            (Fault("--address", f"not an address: {address!r}", "write https://thoth.example"),)
        )
    place = (address or "https://YOUR-SERVER").rstrip("/")
    url = new_app_url(settings, address=place, name=name, organization=organization)
    write(
        "No App is configured here. In a browser: `thoth-bot serve` prints an address that sets it up.\n"
        "By hand:\n\n"
        f"1. Make the App at this address, which fills the form in; choose a webhook secret there:\n"
        f"   {url}\n"
        "2. On the App's page generate a private key, and install the App on a repository.\n"
        "3. Put these lines into .env:\n"
        "   APP_ID=the number on the App's page\n"
        "   PRIVATE_KEY_PATH=the key's file\n"
        "   WEBHOOK_SECRET=the secret you chose\n"
        "4. Start `thoth-bot serve`.\n"
    )
    return 0


def new_app_url(settings: Settings, *, address: str, name: str, organization: str | None) -> str:
    """Return the page on GitHub that makes the App, with its form filled in.

    https://docs.github.com/apps/sharing-github-apps/registering-a-github-app-using-url-parameters
    """
    host = (
        "https://github.com"
        if settings.github_api_url == "https://api.github.com"
        else settings.github_api_url.removesuffix("/api/v3")
    )
    owner = f"/organizations/{quote(organization)}" if organization else ""
    fields = [
        ("name", name),
        ("url", address),
        ("webhook_url", address + settings.webhook_path),
        ("public", "false"),
        *(("events[]", event) for event in EVENTS),
        *PERMISSIONS.items(),
    ]
    return f"{host}{owner}/settings/apps/new?{urlencode(fields)}"
