"""Security updates go on when the rest of an installation's hour is used up."""

from __future__ import annotations

import pytest

from bot.errors import RateLimitedError
from bot.forge import BranchName, NewCommit
from bot.github.pace import NoPace, Wait
from fakes.forges import FILE, GitHubWorld

BRANCH = BranchName("thoth/security/pipfile-lock")


class OnlyUrgent(NoPace):
    """The pace of an installation whose ordinary updates have used up their share."""

    async def take(self, *, urgent=False):
        return self if urgent else Wait(3000.0)


async def test_what_is_urgent_is_written_and_the_rest_is_told_to_wait(
    github, repository, installation, make_app
):
    app = make_app(make_pace=lambda _installation: OnlyUrgent())
    world = GitHubWorld(github, repository, installation, app)
    await world.open()
    commit = NewCommit(BRANCH, world.head("main"), None, {"a": b"1"}, "Fix it\n")

    with pytest.raises(RateLimitedError):
        await world.forge.write_commit(commit)
    with world.forge.urgently():
        await world.forge.write_commit(commit)
        opened = await world.forge.open_pull_request(BRANCH, base="main", title="t", body="b")
    with pytest.raises(RateLimitedError):
        await world.forge.add_labels(opened.number, ["late"])

    assert world.entry(BRANCH, "a") == (FILE, b"1")
    assert [each.title for each in repository.pull_requests] == ["t"]
