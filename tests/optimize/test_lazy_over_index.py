"""The lazy search over an index in memory, by the judge and the source that `benchmarks/lazy.py` measures."""

from __future__ import annotations

import importlib.util
import random as randoms
from pathlib import Path

import pytest

from advisor_core.resolver.lazy import optimize_lazily
from advisor_core.resolver.optimize import optimize
from fakes.advising import MemoryAccess
from fakes.releases import Release, make_session


def load_benchmark():
    path = Path(__file__).parents[2] / "benchmarks" / "lazy.py"
    spec = importlib.util.spec_from_file_location("benchmark_lazy", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


benchmark = load_benchmark()


def search(index, requirements):
    """Return the lazy answer, its source, and the access that says what was asked for."""
    access = MemoryAccess(index)
    source = benchmark.RecordedSource(make_session(index, requirements).session, access)
    return optimize_lazily(source), source, access


INDEX = {
    "app": {
        "2": Release(requires=("lib<3", "tool")),
        "1": Release(requires=("lib",)),
    },
    "lib": {"4": Release(), "3": Release(), "2": Release(), "1": Release()},
    "tool": {"2": Release(requires=("lib>=3",)), "1": Release(requires=("lib",))},
}


def test_only_releases_that_a_better_stack_might_have_are_loaded():
    found, source, access = search(INDEX, ["app"])
    assert found.answer.stacks[0].stack == {"app": "2", "lib": "2", "tool": "1"}
    # lib is 2 behind: 30*log2(3) rounded up is 48; tool is 1 behind: 30.
    assert found.answer.stacks[0].scores == (0, -78)
    assert access.asked == ["app==2", "lib==2", "tool==2", "tool==1"]
    assert (found.loaded, found.existing, source.files) == (4, 8, 4)
    assert benchmark.list_beside(found) == ["tool 2: a stack with it could have scored (0, -48)"]


def draw_requirements(random, others):
    chosen = random.sample(others, min(2, len(others)))
    return tuple(name + random.choice(["", "<2", "<4", ">=3", "!=5"]) for name in chosen)


@pytest.mark.parametrize("seed", range(6))
def test_the_answer_is_that_of_everything_loaded(seed):
    random = randoms.Random(seed)
    names = [f"p{number}" for number in range(7)]
    index = {
        name: {
            str(version): Release(requires=draw_requirements(random, names[place + 1 :]))
            for version in range(5, 0, -1)
        }
        for place, name in enumerate(names)
    }
    found, source, _ = search(index, ["p0", "p1"])
    while any((known := source.known()).unloaded.values()):
        source.load([(node, at) for node, versions in known.unloaded.items() for at in versions])
    eager = optimize(known.problem)
    assert found.answer.status == eager.status
    assert [each.scores for each in found.answer.stacks] == [each.scores for each in eager.stacks]
