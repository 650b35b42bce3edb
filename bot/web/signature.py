"""Whether a delivery is GitHub's. Pure.

https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
"""

from __future__ import annotations

import hashlib
import hmac
import re

__all__ = ["is_form", "is_signed"]

_FORM = re.compile(r"sha256=([0-9a-f]{64})", re.ASCII)


def is_form(header: str) -> bool:
    """Return whether it looks like GitHub's signature at all."""
    return _FORM.fullmatch(header) is not None


def is_signed(header: str | None, body: bytes, secret: bytes) -> bool:
    """Return whether `X-Hub-Signature-256` holds for the body as it came.

    Anything that is not exactly GitHub's form is no signature; SHA-1 is never looked at.
    """
    match = _FORM.fullmatch(header) if header is not None else None
    if match is None:
        return False
    expected = hmac.digest(secret, body, hashlib.sha256)
    return hmac.compare_digest(bytes.fromhex(match[1]), expected)
