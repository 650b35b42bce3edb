"""The rate limit and accounts."""

from __future__ import annotations

from fakes.github.errors import not_found
from fakes.github.registry import Request, Response, operation
from fakes.github.rendering.accounts import render_public_account


@operation("rate-limit/get")
def get_rate_limit(request: Request) -> Response:
    """Do https://docs.github.com/rest/rate-limit/rate-limit; it does not count itself."""
    status = request.world.limiter.status(request.installation)
    return Response(body={"resources": {"core": status, "search": status}, "rate": status})


@operation("users/get-by-username")
def get_user(request: Request) -> Response:
    """Do https://docs.github.com/rest/users/users#get-a-user."""
    account = request.world.accounts.get(request.parameters["username"].lower())
    if account is None:
        raise not_found()
    return Response(body=render_public_account(request.world, account))
