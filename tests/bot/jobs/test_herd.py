"""A release that concerns everybody: fair, nothing lost, within GitHub's limits; on a virtual clock."""

from __future__ import annotations

from itertools import pairwise

import pytest

from bot.forge import Forge
from bot.github.pace import SECONDS_BETWEEN_WRITES, WRITES_PER_HOUR
from bot.jobs.feeding import SECONDS_BETWEEN_JOBS
from fakes.herd import HerdTerms, run_herd
from fakes.memory_forge import MemoryForge

TERMS = HerdTerms(
    repositories=160, installations=12, workers=2, concurrency=2, advisory_after_seconds=900.0
)


@pytest.fixture(scope="module")
def herd(tmp_path_factory):
    return run_herd(TERMS, tmp_path_factory.mktemp("herd"))


def test_the_forge_in_memory_has_all_that_a_forge_has():
    """Else each job would fail and be tried again."""
    wanted = {name for name in vars(Forge) if not name.startswith("_")}
    assert wanted <= set(dir(MemoryForge))


def test_every_repository_gets_one_pull_request_whatever_fails(herd):
    assert herd.asked == TERMS.repositories
    assert herd.pending == 0
    assert herd.outcomes["postponed"] > 0, "some requests failed"
    assert set(herd.outcomes) == {"done", "postponed"}
    opened = {each.id: len(each.pull_requests) for each in herd.hub.repositories.values()}
    assert opened == {number: 1 + (number in herd.vulnerable) for number in opened}


def test_the_limits_of_each_installation_hold(herd):
    for moments in herd.hub.writes.values():
        assert all(
            later - earlier >= SECONDS_BETWEEN_WRITES for earlier, later in pairwise(moments)
        )
        assert all(
            later - earlier > 3600
            for earlier, later in zip(moments, moments[WRITES_PER_HOUR:], strict=False)
        )


def test_a_large_installation_delays_itself_and_not_the_small_ones(herd):
    for installation_id, size in herd.sizes.items():
        alone = size * SECONDS_BETWEEN_JOBS
        assert herd.completion(installation_id) <= alone + 15 * 60, (installation_id, size)


def test_a_vulnerability_overtakes_the_herd(herd):
    assert herd.ended_at > TERMS.advisory_after_seconds + 600
    assert len(herd.vulnerable) == 3
    assert herd.security_delays()[-1] <= 5 * 60
