"""Clone, fetch and push over HTTP by `git http-backend`, each repository in its namespace.

https://git-scm.com/docs/git-http-backend; a token is the password of any user, as on GitHub
(https://docs.github.com/apps/creating-github-apps: HTTP-based Git access by an installation).
"""

from __future__ import annotations

import asyncio
import os
from base64 import b64decode
from typing import TYPE_CHECKING

from aiohttp import web

from fakes.github.access import granted, may_see, reaches
from fakes.github.changes import after_move

if TYPE_CHECKING:
    from fakes.github.state import Repository, Token
    from fakes.github.world import World

__all__ = ["serve_git"]


async def serve_git(world: World, raw: web.Request) -> web.StreamResponse:
    """Answer one request of git's smart HTTP protocol."""
    name, _, service = raw.path.lstrip("/").partition(".git/")
    writes = "git-receive-pack" in (service, raw.query.get("service"))
    with world.lock:
        repository = world.repository(name)
        token = _token(world, raw)
        if repository is None or not _may(world, repository, token, writes=writes):
            if token is not None:
                return web.Response(status=403)
            return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="GitHub"'})
        before = repository.refs.all()
        repository.refs.set_head(repository.default_branch)
    done = await _run_backend(raw, repository, service, await raw.read())
    with world.lock:
        repository.refs.forget()
        for ref in sorted(before.keys() | repository.refs.all().keys()):
            after_move(world, repository, ref, before.get(ref), actor=world.app.bot)
    return done


def _token(world: World, raw: web.Request) -> Token | None:
    scheme, _, credential = raw.headers.get("Authorization", "").partition(" ")
    if scheme.lower() == "basic":
        credential = b64decode(credential).decode(errors="replace").partition(":")[2]
    token = world.tokens.get(credential)
    if token is None or token.revoked or token.expires_at <= world.clock.now():
        return None
    gone = token.installation.deleted or token.installation.suspended_at is not None
    return None if gone else token


def _may(world: World, repository: Repository, token: Token | None, *, writes: bool) -> bool:
    if token is None:
        return not writes and not repository.private
    if not may_see(world, token, repository):
        return False
    held = (
        granted(world, token).get("contents", "none") if reaches(world, token, repository) else ""
    )
    return held == "write" if writes else (held in {"read", "write"} or not repository.private)


async def _run_backend(
    raw: web.Request, repository: Repository, service: str, data: bytes
) -> web.Response:
    variables = {
        "PATH": os.environ.get("PATH", os.defpath),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "http.receivepack",
        "GIT_CONFIG_VALUE_0": "true",
        "GIT_PROJECT_ROOT": str(repository.store.folder.parent),
        "GIT_HTTP_EXPORT_ALL": "1",
        "GIT_NAMESPACE": repository.refs.namespace,
        "GIT_PROTOCOL": raw.headers.get("Git-Protocol", ""),
        "PATH_INFO": f"/{repository.store.folder.name}/{service}",
        "QUERY_STRING": raw.query_string,
        "REQUEST_METHOD": raw.method,
        "CONTENT_TYPE": raw.headers.get("Content-Type", ""),
        "CONTENT_LENGTH": str(len(data)),
        "HTTP_CONTENT_ENCODING": "",
        "REMOTE_USER": "x-access-token",
        "REMOTE_ADDR": "127.0.0.1",
    }
    process = await asyncio.create_subprocess_exec(
        "git",
        "http-backend",
        env=variables,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate(data)
    head, _, body = out.partition(b"\r\n\r\n")
    status = 200
    headers = {}
    for line in head.decode().split("\r\n"):
        key, _, value = line.partition(": ")
        if key == "Status":
            status = int(value.split()[0])
        elif key:
            headers[key] = value
    return web.Response(status=status, body=body, headers=headers)
