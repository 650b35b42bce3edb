"""One delivery of a webhook: its payload, headers and signature, and what became of it.

https://docs.github.com/webhooks/webhook-events-and-payloads#delivery-headers
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from fakes.github.state import Installation, Repository
    from fakes.github.world import World

__all__ = ["Delivery", "make_delivery", "sign_body"]


@dataclass(eq=False, slots=True)
class Delivery:
    """One attempt to deliver one event."""

    id: int
    guid: str
    event: str
    action: str | None
    installation_id: int | None
    repository_id: int | None
    payload: dict[str, Any] = field(repr=False)
    body: bytes = field(repr=False)
    headers: dict[str, str] = field(repr=False)
    delivered_at: datetime
    redelivery: bool = False
    status_code: int = 0
    """0: not yet answered; 502: nobody answered."""
    status: str = "pending"
    duration_seconds: float = 0.0
    answer: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether the App answered 2xx in time."""
        return 200 <= self.status_code < 300


def sign_body(secret: str, body: bytes) -> str:
    """Return the value of `X-Hub-Signature-256`."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def make_delivery(
    world: World,
    event: str,
    action: str | None,
    payload: dict[str, Any],
    installation: Installation | None,
    repository: Repository | None,
) -> Delivery:
    """Return a new delivery, signed."""
    body = json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()
    guid = world.next_guid()
    secret = world.app.webhook_secret
    headers = {
        "Accept": "*/*",
        "Content-Type": "application/json",
        "User-Agent": "GitHub-Hookshot/fake",
        "X-GitHub-Delivery": guid,
        "X-GitHub-Event": event,
        "X-GitHub-Hook-ID": str(world.app.id + 1_000_000),
        "X-GitHub-Hook-Installation-Target-ID": str(world.app.id),
        "X-GitHub-Hook-Installation-Target-Type": "integration",
        "X-Hub-Signature": "sha1=" + hmac.new(secret.encode(), body, hashlib.sha1).hexdigest(),
        "X-Hub-Signature-256": sign_body(secret, body),
    }
    return Delivery(
        id=world.next_id(),
        guid=guid,
        event=event,
        action=action,
        installation_id=None if installation is None else installation.id,
        repository_id=None if repository is None else repository.id,
        payload=payload,
        body=body,
        headers=headers,
        delivered_at=world.clock.now(),
    )
