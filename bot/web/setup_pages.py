"""The pages of setup mode. Plain HTML without scripts; everything quoted is escaped."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["HEADERS", "ask_page", "create_page", "done_page", "trouble_page"]

HEADERS: Final = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""No page may be kept, framed, or tell its address (which may hold the token) to anybody."""

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Set up Thoth</title><style>
body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto; padding: 0 1rem }}
label {{ display: block; margin-top: 1rem }} input {{ font: inherit; width: 100%; box-sizing: border-box }}
button {{ font: inherit; margin-top: 1.5rem; padding: .4rem 1rem }} code {{ background: #8882 }}
</style></head><body><h1>Set up Thoth</h1>{content}</body></html>
"""


def _page(content: str) -> str:
    return _PAGE.format(content=content)


def ask_page(*, nonce: str, address: str) -> str:
    """Return the form that asks what the App is to be called, and where it can be reached."""
    return _page(
        "<p>Thoth is a GitHub App of your own. Three answers, then GitHub makes it.</p>"
        '<form method="post" action="/setup">'
        f'<input type="hidden" name="nonce" value="{escape(nonce)}">'
        '<label>Name of the App, unique on GitHub <input name="name" value="Thoth" maxlength="34" '
        "required></label>"
        '<label>Address at which GitHub reaches this server <input name="address" type="url" '
        f'value="{escape(address)}" required></label>'
        '<label>Organization that is to own it; empty: your own account <input name="organization" '
        'maxlength="39"></label>'
        "<button>Go on</button></form>"
    )


def create_page(*, action: str, manifest: Mapping[str, object]) -> str:
    """Return the button that takes the manifest to GitHub."""
    permissions = manifest["default_permissions"]
    rows = permissions.items() if isinstance(permissions, dict) else ()
    shown = "".join(f"<li><code>{escape(str(k))}</code>: {escape(str(v))}</li>" for k, v in rows)
    return _page(
        f"<p>The App will ask for these permissions, and for no others:</p><ul>{shown}</ul>"
        f'<form method="post" action="{escape(action)}">'
        f'<input type="hidden" name="manifest" value="{escape(json.dumps(dict(manifest)))}">'
        "<button>Create the App on GitHub</button></form>"
    )


def done_page(*, name: str, install_url: str, path: str) -> str:
    """Return what is said once the App is made and its settings are written."""
    return _page(
        f"<p><strong>{escape(name)}</strong> is made, and its settings are in <code>{escape(path)}</code>. "
        "Thoth is starting.</p>"
        f'<p>Now <a href="{escape(install_url)}" rel="noreferrer">install it</a> on a repository.</p>'
    )


def trouble_page(reason: str, *, hint: str = "") -> str:
    """Return what is said when something is wrong."""
    more = f"<p>{escape(hint)}</p>" if hint else ""
    return _page(f"<p>{escape(reason)}</p>{more}")
