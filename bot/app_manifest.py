"""The GitHub App that Thoth needs, as GitHub's manifest flow takes it: what `app.yml` says. Pure.

https://docs.github.com/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""

from __future__ import annotations

from bot.github.app import PERMISSIONS

__all__ = ["EVENTS", "make_manifest"]

EVENTS = (
    "check_run",
    "check_suite",
    "issue_comment",
    "issues",
    "pull_request",
    "push",
    "repository",
    "status",
)
"""What it subscribes to. `installation` and `installation_repositories` come unasked."""

_DESCRIPTION = "Keeps Python repositories on the best software stack that can be shown to work."


def make_manifest(*, name: str, address: str, webhook_path: str) -> dict[str, object]:
    """Return the manifest of an App that is served at `address` (`https://thoth.example`).

    GitHub comes back to `address/setup` with a code once the App is made.
    """
    return {
        "name": name,
        "description": _DESCRIPTION,
        "url": address,
        "hook_attributes": {"url": address + webhook_path},
        "redirect_url": f"{address}/setup",
        "public": False,
        "default_events": list(EVENTS),
        "default_permissions": dict(PERMISSIONS),
    }
