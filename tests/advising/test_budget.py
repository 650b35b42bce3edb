"""A budget is of all waiting and searching: what was found by then is valid, and its bound holds."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from advisor_core.advising.category import SearchOptions
from advisor_core.errors import BudgetExceededError
from advisor_core.index.cache import Cache
from advisor_core.index.client import IndexClient
from advisor_core.index.drive_online import OnlineAccess
from advisor_core.model import IndexSource
from fakes.advising import FakePipeline, MemoryAccess, advise
from fakes.package_index import PackageIndex
from fakes.releases import Release
from fakes.worlds import terms, worlds


class LateAccess(MemoryAccess):
    """Answers so many batches of the search, and none after."""

    def __init__(self, index, batches):
        super().__init__(index)
        self.left = batches
        self.resolving = False

    def resolve(self, session):
        self.resolving = True
        answer = super().resolve(session)
        self.resolving = False
        return answer

    def fetch(self, needs):
        if not self.resolving:
            self.left -= 1
            if self.left < 0:
                raise BudgetExceededError("too late")
        return super().fetch(needs)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worlds(), terms(), st.integers(0, 3))
def test_what_was_found_before_the_index_fell_silent_is_valid(world, given_terms, batches):
    index, roots = world
    whole = advise(index, roots, pipeline=FakePipeline(given_terms))
    assume(whole.advice is not None)
    access = LateAccess(index, batches)
    try:
        late = advise(index, roots, pipeline=FakePipeline(given_terms), access=access)
    except BudgetExceededError:
        return
    assume(late.conflict is None)
    best, found = whole.advice.products[0], late.advice.products[0]
    assert found.score <= best.score <= found.upper_bound
    if access.left < 0:
        assert found.status == "feasible"


def test_the_newest_stack_is_told_when_the_search_could_learn_nothing():
    index = {
        "a": {"1": Release(), "2": Release(("b<2",))},
        "b": {"1": Release(), "2": Release(), "3": Release()},
    }
    assert dict(advise(index, ["a", "b"]).advice.products[0].stack) == {"a": "1", "b": "3"}
    outcome = advise(index, ["a", "b"], access=LateAccess(index, 0))
    product = outcome.advice.products[0]
    assert dict(product.stack) == {"a": "2", "b": "1"}
    assert product.status == "feasible"
    assert product.upper_bound >= 0


@pytest.fixture
def silent_index():
    async def never(_request, _response):
        await asyncio.sleep(3600)

    with PackageIndex() as index:
        index.add("a", "1", requires=["b"])
        index.add("b", "1")
        index.behave("/simple/b/", never)
        yield index


def test_a_silent_index_is_waited_for_as_long_as_the_budget_says(silent_index, tmp_path):
    sources = (IndexSource("pypi", silent_index.url),)
    cache = Cache(tmp_path / "cache")
    with (
        OnlineAccess(lambda: IndexClient(sources, cache, {})) as access,
        pytest.raises(BudgetExceededError, match="did not answer within the time allowed"),
    ):
        advise({}, ["a"], access=access, options=SearchOptions(budget_seconds=0.3))
