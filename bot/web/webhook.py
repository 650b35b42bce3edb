"""The webhook: verify, store, answer. Nothing is parsed here.

https://docs.github.com/webhooks/using-webhooks/best-practices-for-using-webhooks asks for an answer
within ten seconds; this one takes as long as a transaction.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

from aiohttp import web

from bot.logs import get_log
from bot.store.deliveries import Received
from bot.web.body import Bodies, BodyRefusedError
from bot.web.intake import IntakeFullError
from bot.web.signature import is_form, is_signed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.metrics import Metrics
    from bot.web.intake import Intake

__all__ = ["make_webhook"]

_GUID = re.compile(r"[0-9A-Za-z-]{1,64}", re.ASCII)
_EVENT = re.compile(r"[a-z0-9_]{1,64}", re.ASCII)

_log = get_log(__name__)


def make_webhook(
    secret: str,
    intake: Intake,
    metrics: Metrics,
    *,
    clock: Callable[[], float] = time.time,
    bodies: Bodies | None = None,
) -> Callable[[web.Request], Awaitable[web.Response]]:
    """Return the handler of deliveries."""
    key = secret.encode()
    reader = bodies or Bodies()

    def refuse(status: int, reason: str) -> web.Response:
        metrics.refused(reason)
        return web.Response(status=status, text=f"{reason}\n")

    async def handle(request: web.Request) -> web.Response:
        headers = request.headers
        guid, event = headers.get("X-GitHub-Delivery", ""), headers.get("X-GitHub-Event", "")
        if not (_GUID.fullmatch(guid) and _EVENT.fullmatch(event)):
            return refuse(400, "not a delivery: X-GitHub-Delivery or X-GitHub-Event is wrong")
        signature = headers.get("X-Hub-Signature-256")
        if signature is None:
            return refuse(401, "not signed: X-Hub-Signature-256 is missing")
        if not is_form(signature):
            return refuse(401, "the signature is wrong")
        try:
            body = await reader.read(request)
        except BodyRefusedError as error:
            return refuse(error.status, error.reason)
        if not is_signed(signature, body, key):
            return refuse(401, "the signature is wrong")
        try:
            await intake.put(Received(guid, event, body, clock()))
        except IntakeFullError:
            return refuse(503, "too much waits to be stored")
        except Exception:  # noqa: BLE001 - the boundary of a request: logged, answered with 503
            _log.exception("delivery not stored", delivery=guid)
            return refuse(503, "the delivery cannot be stored now")
        metrics.accepted(len(body))
        return web.Response(status=202)

    return handle
