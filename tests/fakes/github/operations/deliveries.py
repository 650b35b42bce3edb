"""The log of webhook deliveries and redelivery."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from fakes.github.clock import format_time
from fakes.github.errors import not_found
from fakes.github.pages import integer, parse_page
from fakes.github.registry import Request, Response, operation

if TYPE_CHECKING:
    from fakes.github.delivery import Delivery


def _render(delivery: Delivery) -> dict[str, Any]:
    return {
        "id": delivery.id,
        "guid": delivery.guid,
        "delivered_at": format_time(delivery.delivered_at),
        "redelivery": delivery.redelivery,
        "duration": delivery.duration_seconds,
        "status": delivery.status,
        "status_code": delivery.status_code,
        "event": delivery.event,
        "action": delivery.action,
        "installation_id": delivery.installation_id,
        "repository_id": delivery.repository_id,
        "throttled_at": None,
    }


@operation("apps/list-webhook-deliveries", credential="app")
def list_deliveries(request: Request) -> Response:
    """Do https://docs.github.com/rest/apps/webhooks#list-deliveries-for-an-app-webhook.

    Newest first; the pages are linked by a cursor, not by number.
    """
    _, size = parse_page(request)
    found = request.world.webhooks.visible()
    wanted = request.query.get("status")
    if wanted is not None:
        found = [delivery for delivery in found if delivery.succeeded == (wanted == "success")]
    cursor = request.query.get("cursor")
    if cursor is not None:
        before = integer(cursor.removeprefix("v1_"))
        found = [delivery for delivery in found if delivery.id < before]
    page, rest = found[:size], found[size:]
    headers = {}
    if rest:
        query = urlencode({**request.query, "cursor": f"v1_{page[-1].id}"})
        world = request.world
        address = f"{world.origin}{world.path_prefix}{request.path}?{query}"
        headers["Link"] = f'<{address}>; rel="next"'
    return Response(body=[_render(delivery) for delivery in page], headers=headers)


def _delivery(request: Request) -> Delivery:
    identifier = integer(request.parameters["delivery_id"])
    for delivery in request.world.webhooks.visible():
        if delivery.id == identifier:
            return delivery
    raise not_found()


@operation("apps/get-webhook-delivery", credential="app")
def get_delivery(request: Request) -> Response:
    """Do https://docs.github.com/rest/apps/webhooks#get-a-delivery-for-an-app-webhook."""
    delivery = _delivery(request)
    body = {
        **_render(delivery),
        "url": request.world.app.webhook_url or "",
        "request": {"headers": delivery.headers, "payload": delivery.payload},
        "response": {"headers": {}, "payload": delivery.answer},
    }
    return Response(body=body)


@operation("apps/redeliver-webhook-delivery", credential="app")
def redeliver(request: Request) -> Response:
    """Do https://docs.github.com/rest/apps/webhooks#redeliver-a-delivery-for-an-app-webhook."""
    request.world.webhooks.redeliver(_delivery(request))
    return Response(202, {})
