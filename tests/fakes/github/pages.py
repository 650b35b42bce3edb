"""Pages of lists and conditional requests.

https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api and
https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

from fakes.github.errors import ApiError
from fakes.github.registry import Response

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fakes.github.registry import Request

__all__ = ["entity_tag", "page_of", "parse_page"]

Item = TypeVar("Item")

MOST_PER_PAGE = 100


def parse_page(request: Request) -> tuple[int, int]:
    """Return (page from 1, items per page); GitHub takes 100 for more and 30 for nonsense."""

    def number(name: str, default: int) -> int:
        text = request.query.get(name, "")
        return int(text) if text.isdigit() and int(text) > 0 else default

    return number("page", 1), min(number("per_page", 30), MOST_PER_PAGE)


def page_of(
    request: Request,
    items: Sequence[Item],
    render: Callable[[Item], Any],
    *,
    key: str | None = None,
    extra: dict[str, Any] | None = None,
) -> Response:
    """Return one page with its `Link` header; with `key` inside an object with `total_count`."""
    page, size = parse_page(request)
    last = max(1, -(-len(items) // size))
    body: Any = [render(item) for item in items[(page - 1) * size : page * size]]
    if key is not None:
        body = {"total_count": len(items), **(extra or {}), key: body}
    links = []
    if page < last:
        links += [("next", page + 1), ("last", last)]
    if page > 1:
        links += [("prev", min(page - 1, last)), ("first", 1)]
    headers = {}
    if links:
        headers["Link"] = ", ".join(
            f'<{_address(request, number)}>; rel="{relation}"' for relation, number in links
        )
    return Response(body=body, headers=headers)


def _address(request: Request, page: int) -> str:
    query = {**request.query, "page": str(page)}
    world = request.world
    return f"{world.origin}{world.path_prefix}{request.path}?{urlencode(query)}"


def entity_tag(body: bytes, credential: str) -> str:
    """Return the ETag of an answer; it differs between credentials, as on GitHub."""
    return f'W/"{hashlib.sha256(body + b"|" + credential.encode()).hexdigest()}"'


def integer(text: str) -> int:
    """Return a number of a path; anything else does not exist."""
    if not text.isdigit():
        raise ApiError(404, "Not Found")
    return int(text)
