"""Webhook deliveries: made, signed, logged, and handed to whoever sends them.

https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries and
https://docs.github.com/webhooks/using-webhooks/handling-failed-webhook-deliveries (GitHub never
redelivers by itself; a redelivery keeps its GUID). Performs no I/O of its own: `sending` does.
"""

from __future__ import annotations

from collections import deque
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from fakes.github.delivery import Delivery, make_delivery
from fakes.github.rendering.accounts import render_account
from fakes.github.rendering.repositories import render_repository
from fakes.github.world import node_id

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fakes.github.description import Description
    from fakes.github.state import Account, Installation, Repository
    from fakes.github.world import World

__all__ = ["Webhooks"]

KEPT = timedelta(days=3)
"""How long GitHub shows a delivery and redelivers it when asked."""

_NEEDS = {
    "check_run": "checks",
    "check_suite": "checks",
    "create": "contents",
    "delete": "contents",
    "issue_comment": "issues",
    "issues": "issues",
    "pull_request": "pull_requests",
    "push": "contents",
    "repository": "metadata",
    "status": "statuses",
}
"""The permission without which an App gets no such event; `installation*` need none."""

_ALWAYS = frozenset({"installation", "installation_repositories", "ping"})


class Webhooks:
    """The log of deliveries and the queue of those to be sent."""

    def __init__(self, world: World, description: Description, violations: list[str]) -> None:
        self._world = world
        self._description = description
        self._violations = violations
        self._wake: Callable[[], object] | None = None
        self._queue: deque[Delivery] = deque()
        self._held: list[Delivery] | None = None
        self._drops: list[str | None] = []
        self._doubles: list[str | None] = []
        self._sending = 0
        self.log: list[Delivery] = []

    # What tests ask for

    def hold(self) -> None:
        """Keep further deliveries back until `release`."""
        with self._world.lock:
            self._held = self._held or []

    def release(self, order: Sequence[int] | None = None) -> None:
        """Send what was held, in the given order of positions (None: as they were made)."""
        with self._world.lock:
            held, self._held = self._held or [], None
            chosen = held if order is None else [held[position] for position in order]
            for delivery in chosen:
                self._enqueue(delivery)
            for delivery in held:
                if delivery not in chosen:
                    self._finish(delivery, 502, "failed to connect to host")

    @property
    def held(self) -> list[Delivery]:
        """What is held now, in the order in which it was made."""
        return list(self._held or ())

    def drop(self, times: int = 1, *, event: str | None = None) -> None:
        """Lose the next deliveries (of that event): GitHub logs them as failed."""
        self._drops += [event] * times

    def duplicate(self, times: int = 1, *, event: str | None = None) -> None:
        """Send the next deliveries (of that event) twice, with the same GUID."""
        self._doubles += [event] * times

    def wait_until_idle(self, timeout_seconds: float) -> None:
        """Block until all that is not held was sent and answered; raises TimeoutError."""
        changed = self._world.changed
        with changed:
            if not changed.wait_for(lambda: not (self._queue or self._sending), timeout_seconds):
                raise TimeoutError(f"webhooks not delivered: {[*self._queue]!r}")

    # What the fake does

    def connect(self, wake: Callable[[], object] | None) -> None:
        """Set what is called when there is something to send."""
        self._wake = wake

    def emit(
        self,
        event: str,
        action: str | None,
        fields: dict[str, Any],
        *,
        repository: Repository | None = None,
        installation: Installation | None = None,
        sender: Account,
        check: bool = True,
    ) -> Delivery | None:
        """Make the delivery of an event, if the App gets it; None: it does not."""
        world = self._world
        if installation is None and repository is not None:
            installation = world.installation_of(repository)
        if installation is None or not self._is_subscribed(installation, event):
            return None
        payload: dict[str, Any] = {} if action is None else {"action": action}
        payload |= fields
        if repository is not None and "repository" not in payload:
            payload["repository"] = render_repository(world, repository)
        if repository is not None and repository.owner.kind == "Organization":
            payload["organization"] = self._organization(repository.owner)
        payload["sender"] = render_account(world, sender)
        payload.setdefault(
            "installation",
            {"id": installation.id, "node_id": node_id("Installation", installation.id)},
        )
        if check:
            name = "-".join([event, *([action] if action else [])]).replace("_", "-")
            faults = self._description.webhook_faults(name, payload)
            self._violations += [f"webhook {name}: {fault}" for fault in faults]
        delivery = make_delivery(world, event, action, payload, installation, repository)
        self._put(delivery)
        return delivery

    def send(self, event: str, payload: dict[str, Any]) -> Delivery:
        """Deliver any payload as it is, signed."""
        with self._world.lock:
            delivery = make_delivery(self._world, event, payload.get("action"), payload, None, None)
            self._put(delivery)
            return delivery

    def redeliver(self, old: Delivery) -> Delivery:
        """Try a delivery again: a new entry in the log, the same GUID, body and headers."""
        world = self._world
        delivery = Delivery(
            id=world.next_id(),
            guid=old.guid,
            event=old.event,
            action=old.action,
            installation_id=old.installation_id,
            repository_id=old.repository_id,
            payload=old.payload,
            body=old.body,
            headers=old.headers,
            delivered_at=world.clock.now(),
            redelivery=True,
        )
        self._put(delivery)
        return delivery

    def visible(self) -> list[Delivery]:
        """Return the answered deliveries that GitHub still shows, newest first."""
        since = self._world.clock.now() - KEPT
        return [
            found
            for found in reversed(self.log)
            if found.status_code and found.delivered_at > since
        ]

    def take(self) -> Delivery | None:
        """Return the next delivery to be sent, or None; `finish` must follow."""
        with self._world.lock:
            if not self._queue:
                return None
            self._sending += 1
            return self._queue.popleft()

    def finish(self, delivery: Delivery, status_code: int, status: str) -> None:
        """Log the answer to a delivery."""
        with self._world.changed:
            self._sending -= 1
            self._finish(delivery, status_code, status)
            self._world.changed.notify_all()

    def _finish(self, delivery: Delivery, status_code: int, status: str) -> None:
        delivery.status_code = status_code
        delivery.status = status

    def _is_subscribed(self, installation: Installation, event: str) -> bool:
        if event in _ALWAYS:
            return True
        if installation.suspended_at is not None or event not in installation.events:
            return False
        return _NEEDS[event] == "metadata" or _NEEDS[event] in installation.permissions

    def _organization(self, account: Account) -> dict[str, Any]:
        rendered = render_account(self._world, account)
        kept = ("login", "id", "node_id", "url", "repos_url", "avatar_url")
        return {
            **{key: rendered[key] for key in kept},
            "events_url": f"{rendered['url']}/events",
            "hooks_url": f"{rendered['url']}/hooks",
            "issues_url": f"{rendered['url']}/issues",
            "members_url": f"{rendered['url']}/members{{/member}}",
            "public_members_url": f"{rendered['url']}/public_members{{/member}}",
            "description": None,
        }

    def _put(self, delivery: Delivery) -> None:
        self.log.append(delivery)
        if self._matches(self._drops, delivery):
            self._finish(delivery, 502, "failed to connect to host")
            return
        copies = 2 if self._matches(self._doubles, delivery) else 1
        for _ in range(copies):
            if self._held is not None:
                self._held.append(delivery)
            else:
                self._enqueue(delivery)

    def _enqueue(self, delivery: Delivery) -> None:
        if self._world.app.webhook_url is None or self._wake is None:
            self._finish(delivery, 502, "failed to connect to host")
            return
        self._queue.append(delivery)
        self._wake()

    def _matches(self, wanted: list[str | None], delivery: Delivery) -> bool:
        for event in wanted:
            if event in {None, delivery.event}:
                wanted.remove(event)
                return True
        return False
