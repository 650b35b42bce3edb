"""Who a request comes from, what it may see and what it may do.

https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from fakes.github.errors import ApiError, not_found
from fakes.github.world import LEVELS

if TYPE_CHECKING:
    from fakes.github.registry import Handler
    from fakes.github.state import Installation, Repository, Token
    from fakes.github.world import World

__all__ = ["authenticate_app", "authenticate_token", "check_permission", "make_key", "may_see"]

MAXIMUM_LIFE_SECONDS = 600
"""An App's JWT may not expire later than ten minutes from now."""


def make_key() -> str:
    """Return a new RSA private key as PKCS#1 PEM, the form in which GitHub gives it out."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()
    ).decode()


@lru_cache(maxsize=4)
def public_key(private_key_pem: str) -> rsa.RSAPublicKey:
    """Return the public half, kept: reading a key checks its numbers for a tenth of a second."""
    public = load_pem_private_key(private_key_pem.encode(), None).public_key()
    assert isinstance(public, rsa.RSAPublicKey)
    return public


def bearer(header: str) -> str | None:
    """Return the credential of an `Authorization` header; `bearer` and `token` mean the same."""
    scheme, _, credential = header.partition(" ")
    return credential.strip() if scheme.lower() in {"bearer", "token"} and credential else None


def authenticate_app(world: World, header: str) -> None:
    """Check an App's JWT; raises a 401 that says what is wrong with it."""
    credential = bearer(header)
    if credential is None or credential.count(".") != 2:
        raise ApiError(401, "A JSON web token could not be decoded")
    public = public_key(world.app.private_key_pem)
    try:
        # Times are judged by the fake's clock, below.
        options: Any = {
            "verify_exp": False,
            "verify_iat": False,
            "verify_nbf": False,
            "verify_iss": False,
        }
        claims = jwt.decode(credential, public, algorithms=["RS256"], options=options)
    except jwt.InvalidTokenError as error:
        raise ApiError(401, "A JSON web token could not be decoded") from error
    if str(claims.get("iss")) not in {str(world.app.id), world.app.client_id}:
        raise ApiError(401, "Integration not found")
    now = world.clock.timestamp()
    expires, issued = claims.get("exp"), claims.get("iat")
    if not isinstance(expires, int) or expires <= now:
        raise ApiError(
            401,
            "'Expiration time' claim ('exp') must be a numeric value representing the future time "
            "at which the assertion expires",
        )
    if expires > now + MAXIMUM_LIFE_SECONDS:
        raise ApiError(401, "'Expiration time' claim ('exp') is too far in the future")
    if not isinstance(issued, int) or issued > now:
        raise ApiError(
            401,
            "'Issued at' claim ('iat') must be an Integer representing the time that the "
            "assertion was issued",
        )


def authenticate_token(world: World, header: str) -> Token:
    """Return the valid installation token of a request; raises 401 or, if suspended, 403."""
    credential = bearer(header)
    token = world.tokens.get(credential or "")
    if (
        token is None
        or token.revoked
        or token.installation.deleted
        or token.expires_at <= world.clock.now()
    ):
        raise ApiError(401, "Bad credentials")
    if token.installation.suspended_at is not None:
        raise ApiError(403, "This installation has been suspended")
    return token


def granted(world: World, token: Token) -> dict[str, str]:
    """Return what a token may do now: what it was made with, less what was taken away since."""
    current: Installation = token.installation
    return {
        name: min(level, current.permissions[name], key=LEVELS.index)
        for name, level in token.permissions.items()
        if name in current.permissions
    }


def reaches(world: World, token: Token, repository: Repository) -> bool:
    """Whether the token is for that repository."""
    if repository not in world.reach(token.installation):
        return False
    return token.repositories is None or repository in token.repositories


def may_see(world: World, token: Token, repository: Repository) -> bool:
    """Whether the repository is public or the token is for it."""
    return not repository.private or reaches(world, token, repository)


def check_permission(
    world: World, token: Token, repository: Repository | None, handler: Handler
) -> None:
    """Raise 404 for what may not be seen and 403 for what was not granted.

    What is public may be read with any token.
    """
    if repository is not None and not may_see(world, token, repository):
        raise not_found()
    if handler.permission is None:
        return
    if repository is not None and not reaches(world, token, repository):
        if handler.permission[1] == "read":
            return
        raise _refused(handler)
    held = granted(world, token)
    held.setdefault("metadata", "read")
    for name, level in (handler.permission, *handler.alternatives):
        if LEVELS.index(held.get(name, "none")) >= LEVELS.index(level):
            return
    if repository is not None and not repository.private and handler.permission[1] == "read":
        return
    raise _refused(handler)


def _refused(handler: Handler) -> ApiError:
    assert handler.permission is not None
    accepted = "; ".join(
        f"{name}={level}" for name, level in (handler.permission, *handler.alternatives)
    )
    return ApiError(
        403,
        "Resource not accessible by integration",
        headers={"x-accepted-github-permissions": accepted},
    )
