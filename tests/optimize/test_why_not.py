"""Why something is not in the best stack, on both engines."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from optimize_support import brute_force
from optimize_support.problems import Generator

from advisor_core.errors import InputError
from advisor_core.resolver.optimize import optimize
from advisor_core.resolver.problem_file import read_problem
from advisor_core.resolver.why_not import explain_why_not, find_asked


def read(document):
    return read_problem(json.dumps(document).encode(), place="p.json")


@pytest.fixture(params=["c", "python"])
def implementation(request, monkeypatch):
    if request.param == "python":
        monkeypatch.setenv("THOTH_PURE", "1")
    return request.param


@given(random=st.randoms(use_true_random=False))
def check_why_not(random):
    document = Generator(random).document(levels=random.choice([0, 0, 2]))
    problem = read(document)
    node = random.choice(list(problem.packages))
    version = random.choice(list(problem.packages[node]))
    asked = find_asked(problem, f"{node}==={version}")
    assert asked.versions == {version}
    best = optimize(problem)
    told = explain_why_not(problem, asked, best=best)
    with_it = [
        brute_force.scores(document, stack)
        for stack in brute_force.all_stacks(document)
        if stack.get(node) == version
    ]
    if not with_it:
        assert told.conflict is not None
        assert told.found.status == "unsatisfiable"
        assert not told.in_best
        return
    found = told.found.stacks[0]
    assert found.scores == max(with_it)
    assert found.nodes[node] == version
    assert told.difference == best.stacks[0].score - found.score
    assert told.in_best == (best.stacks[0].nodes.get(node) == version)
    assert sum(change.best - change.asked for change in told.changes) == told.difference
    assert json.loads(json.dumps(told.to_json()))["difference"] == told.difference


def test_the_best_stack_with_it_and_every_point_of_the_difference_are_told(implementation):
    check_why_not()


DOCUMENT = {
    "format": "thoth-problem/1",
    "name": "web",
    "roots": ["app", "lib"],
    "packages": {
        "app": {"2": {"requires": ["lib>=2"]}, "1": {"requires": ["old"]}},
        "lib": {"2": {}, "1": {}},
        "old": {"1": {}},
        "alone": {"1": {}},
    },
    "unary": {"app": {"2": 9, "1": 1}, "lib": {"2": 3}},
    "pairs": [
        {
            "a": "app",
            "a_versions": ["1"],
            "b": "lib",
            "b_versions": ["1"],
            "score": 4,
            "source": "measured",
        }
    ],
}


def told_of(text, document=None):
    problem = read(document or DOCUMENT)
    return explain_why_not(problem, find_asked(problem, text), best=optimize(problem)).explanation


def test_the_difference_is_told_by_terms_and_by_what_forces_other_changes():
    assert told_of("lib<2") == (
        "the best stack with lib<2 scores 5, 7 less:\n"
        "  -8  app 1 in place of app 2\n"
        "  -3  lib 1 in place of lib 2\n"
        "  +4  app 1 with lib 1 (measured)\n"
        "  app 2 requires lib>=2, which lib 1 is not: app 1 in its place\n"
        "  app 1 requires old: old 1 comes in"
    )


def test_levels_are_told_one_by_one():
    document = {key: DOCUMENT[key] for key in ("format", "name", "roots", "packages")}
    document["levels"] = [
        {"name": "safe", "unary": {"lib": {"1": -1}}},
        {"name": "new", "unary": {"app": {"1": 7}}},
    ]
    assert told_of("lib<2", document) == (
        "the best stack with lib<2 has, in order of levels, safe -1 (not 0), new 7 (not 7):\n"
        "  -1  safe: lib 1 in place of lib 2"
    )


def test_what_is_in_the_best_stack_is_said_to_be():
    assert told_of("lib") == "lib is in the best stack"


def test_what_scores_the_same_would_do_as_well():
    even = DOCUMENT | {"unary": {}, "pairs": [], "roots": ["lib"]}
    other = "1" if optimize(read(even)).stacks[0].stack["lib"] == "2" else "2"
    text = told_of(f"lib=={other}", even)
    assert text == f"lib=={other} would do as well: the best stack with it scores 0 too"


def test_what_nothing_requires_is_in_no_stack():
    assert told_of("alone") == "no stack has alone: nothing that a stack can hold requires it"


def test_what_no_stack_has_is_told_with_the_conflict():
    document = DOCUMENT | {"roots": ["app==2", "lib"]}
    assert told_of("lib==1", document) == (
        "no stack has lib==1 and satisfies\n  app==2\nbecause\n  app 2 requires lib >=2"
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("lib==7", "--why-not: the problem has no such release: 'lib==7'"),
        ("ghost", "--why-not: the problem has no such package: 'ghost'"),
        ("lib ==", "--why-not: not PACKAGE or PACKAGE==VERSION: 'lib =='"),
    ],
)
def test_what_the_problem_does_not_know_is_an_input_error(text, message):
    with pytest.raises(InputError) as caught:
        find_asked(read(DOCUMENT), text)
    assert message in str(caught.value)
