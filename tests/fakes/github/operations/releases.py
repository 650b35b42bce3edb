"""Releases.

https://docs.github.com/rest/releases/releases
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fakes.github.access import reaches
from fakes.github.clock import format_time
from fakes.github.pages import page_of
from fakes.github.registry import Request, Response, operation
from fakes.github.rendering.accounts import html_url, render_account
from fakes.github.rendering.repositories import repository_url
from fakes.github.world import node_id

if TYPE_CHECKING:
    from fakes.github.state import Release


@operation("repos/list-releases", "contents:read")
def list_releases(request: Request) -> Response:
    """Do https://docs.github.com/rest/releases/releases#list-releases.

    Only who may write sees drafts.
    """
    token = request.token
    assert token is not None
    may_write = (
        reaches(request.world, token, request.repository)
        and token.permissions.get("contents") == "write"
    )
    found = [each for each in reversed(request.repository.releases) if may_write or not each.draft]
    return page_of(request, found, lambda each: _render(request, each))


def _render(request: Request, release: Release) -> dict[str, Any]:
    world, repository = request.world, request.repository
    base = repository_url(world, repository)
    url = f"{base}/releases/{release.id}"
    tag = quote(release.tag, safe="/")
    moment = format_time(release.created_at)
    return {
        "url": url,
        "assets_url": f"{url}/assets",
        "upload_url": f"{url}/assets{{?name,label}}",
        "html_url": html_url(f"{repository.full_name}/releases/tag/{tag}"),
        "tarball_url": None if release.draft else f"{base}/tarball/{tag}",
        "zipball_url": None if release.draft else f"{base}/zipball/{tag}",
        "id": release.id,
        "node_id": node_id("Release", release.id),
        "tag_name": release.tag,
        "target_commitish": repository.default_branch,
        "name": release.tag,
        "body": release.body,
        "draft": release.draft,
        "prerelease": release.prerelease,
        "created_at": moment,
        "published_at": None if release.draft else moment,
        "author": render_account(world, release.author),
        "assets": [],
    }
