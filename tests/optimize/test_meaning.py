"""What a problem means, feature by feature, on problems small enough to read."""

from __future__ import annotations

import json

import pytest

from advisor_core.resolver.optimize import optimize
from advisor_core.resolver.problem_file import read_problem


def solve(roots, packages, *, count=1, **objective):
    document = {"format": "thoth-problem/1", "roots": roots, "packages": packages} | objective
    return optimize(read_problem(json.dumps(document).encode(), place="p.json"), count=count)


def releases(*versions, requires=()):
    return {version: {"requires": list(requires)} for version in versions}


@pytest.fixture(params=["c", "python"], autouse=True)
def implementation(request, monkeypatch):
    if request.param == "python":
        monkeypatch.setenv("THOTH_PURE", "1")


def test_knowledge_of_pairs_beats_the_newest_versions():
    needs = ["dependency1", "dependency2"]
    answer = solve(
        ["simplelib", "anotherlib"],
        {
            "simplelib": releases("1", "2", requires=needs),
            "anotherlib": releases("1", "2", requires=needs),
            "dependency1": releases("1", "2"),
            "dependency2": releases("1", "2"),
        },
        unary={
            "simplelib": {"2": 1},
            "anotherlib": {"2": 2},
            "dependency1": {"2": 1},
            "dependency2": {"2": 1},
        },
        pairs=[
            {
                "a": "anotherlib",
                "a_versions": ["2"],
                "b": "dependency2",
                "b_versions": ["2"],
                "score": -100,
                "source": "inspection",
            },
            {
                "a": "simplelib",
                "a_versions": ["1"],
                "b": "dependency1",
                "b_versions": ["1"],
                "score": 50,
                "source": "inspection",
            },
        ],
    )
    assert answer.status == "optimal"
    assert answer.stacks[0].stack == {
        "anotherlib": "2",
        "dependency1": "1",
        "dependency2": "1",
        "simplelib": "1",
    }
    assert answer.upper_bound == answer.stacks[0].score == 52


def test_no_roots_give_the_empty_stack():
    answer = solve([], {"a": releases("1")}, unary={"a": {"1": 9}})
    assert (answer.status, answer.stacks[0].stack, answer.stacks[0].score) == ("optimal", {}, 0)


def test_no_packages_and_no_roots_give_the_empty_stack():
    assert solve([], {}).stacks[0].stack == {}


def test_a_root_that_no_package_is_called_has_no_stack():
    answer = solve(["ghost"], {"a": releases("1")})
    assert (answer.status, answer.upper_bound) == ("unsatisfiable", None)


def test_a_release_that_requires_a_missing_package_is_unusable():
    packages = {"a": releases("1") | releases("2", requires=["ghost"])}
    assert solve(["a"], packages, unary={"a": {"2": 9}}).stacks[0].stack == {"a": "1"}


def test_points_do_not_make_a_package_present_that_nobody_requires():
    packages = {"a": releases("1"), "b": releases("1")}
    assert solve(["a"], packages, unary={"b": {"1": 100}}).stacks[0].stack == {"a": "1"}


def test_a_cycle_does_not_support_itself():
    packages = {
        "a": releases("1"),
        "b": releases("1", requires=["c"]),
        "c": releases("1", requires=["b"]),
    }
    assert solve(["a"], packages, unary={"b": {"1": 100}}).stacks[0].stack == {"a": "1"}


def test_a_cycle_that_two_releases_can_enter_needs_one_of_them():
    packages = {
        "a": releases("1", requires=["b"]) | releases("2", requires=["c"]) | releases("3"),
        "b": releases("1", requires=["c"]),
        "c": releases("1", requires=["b"]),
    }
    answer = solve(["a"], packages, unary={"a": {"3": 10}, "b": {"1": 7}, "c": {"1": 7}})
    assert answer.stacks[0].score == 14
    assert answer.stacks[0].stack["a"] in {"1", "2"}


def test_a_term_over_three_releases_counts_only_when_all_are_there():
    packages = {name: releases("1", "2") for name in "abc"}
    when = [{"package": name, "versions": ["1"]} for name in "abc"]
    unary = {name: {"2": 3} for name in "abc"}
    best = solve(list("abc"), packages, unary=unary, terms=[{"when": when, "score": 10}])
    assert best.stacks[0].stack == {"a": "1", "b": "1", "c": "1"}
    worse = solve(list("abc"), packages, unary=unary, terms=[{"when": when, "score": 8}])
    assert worse.stacks[0].stack == {"a": "2", "b": "2", "c": "2"}


def test_a_term_may_want_a_package_absent():
    packages = {"a": releases("1", requires=["b"]) | releases("2"), "b": releases("1")}
    terms = [{"when": [{"package": "b", "absent": True}], "score": -5}]
    assert solve(["a"], packages, terms=terms).stacks[0].stack == {"a": "1", "b": "1"}


def test_a_forbidden_combination_is_in_no_stack():
    packages = {"a": releases("1", "2"), "b": releases("1", "2")}
    terms = [
        {
            "when": [{"package": "a", "versions": ["2"]}, {"package": "b", "versions": ["2"]}],
            "forbid": "they crash",
        },
    ]
    answer = solve(["a", "b"], packages, unary={"a": {"2": 2}, "b": {"2": 1}}, terms=terms)
    assert answer.stacks[0].stack == {"a": "2", "b": "1"}


def test_a_requirement_is_off_when_all_of_unless_holds():
    requirement = {"requirement": "b", "unless": [{"package": "c", "versions": ["2"]}]}
    packages = {
        "a": {"1": {"requires": [requirement]}},
        "b": releases("1"),
        "c": releases("1", "2"),
    }
    with_c2 = solve(["a", "c"], packages, unary={"c": {"2": 5}, "b": {"1": 3}})
    assert with_c2.stacks[0].stack == {"a": "1", "c": "2"}
    with_c1 = solve(["a", "c"], packages, unary={"c": {"2": 2}, "b": {"1": 3}})
    assert with_c1.stacks[0].stack == {"a": "1", "b": "1", "c": "1"}


def test_when_b_is_absent_requires_b_has_no_stack_without_b():
    terms = [{"when": [{"package": "b", "absent": True}], "requires": ["b"]}]
    assert solve(["a"], {"a": releases("1"), "b": releases("1")}, terms=terms).status == (
        "unsatisfiable"
    )


def test_an_empty_when_always_holds():
    answer = solve([], {"b": releases("1")}, terms=[{"when": [], "requires": ["b"]}])
    assert answer.stacks[0].stack == {"b": "1"}


def test_an_extra_is_a_node_of_its_own_and_not_reported():
    packages = {
        "p": releases("1", "2"),
        "p[x]": {v: {"requires": [f"p=={v}", "q"]} for v in ("1", "2")},
        "q": releases("1"),
    }
    answer = solve(["p[x]"], packages, unary={"p": {"2": 1}})
    assert answer.stacks[0].stack == {"p": "2", "q": "1"}
    assert answer.stacks[0].nodes == {"p": "2", "p[x]": "2", "q": "1"}


def test_an_extra_that_is_not_listed_means_the_package():
    assert solve(["p[y]>=1"], {"p": releases("1")}).stacks[0].stack == {"p": "1"}


def test_several_extras_mean_each_of_them_and_the_package():
    packages = {
        "p": releases("1"),
        "p[x]": {"1": {"requires": ["q"]}},
        "p[y]": {"1": {"requires": ["r"]}},
        "q": releases("1"),
        "r": releases("1"),
    }
    assert solve(["p[x,y]"], packages).stacks[0].stack == {"p": "1", "q": "1", "r": "1"}


def test_a_virtual_release_counts_and_is_not_reported():
    packages = {
        "a": releases("1"),
        "b": {"1": {"requires": [], "virtual": True}, "2": {"requires": []}},
    }
    answer = solve(["a", "b"], packages, unary={"b": {"1": 5}})
    assert (answer.stacks[0].stack, answer.stacks[0].score) == ({"a": "1"}, 5)


def test_pairs_add_up_when_repeated_and_mirrored():
    packages = {"a": releases("1"), "b": releases("1")}
    one = {"a": "a", "a_versions": ["1"], "b": "b", "b_versions": ["1"], "score": 3}
    other = {"a": "b", "a_versions": ["1"], "b": "a", "b_versions": ["1"], "score": 4}
    assert solve(["a", "b"], packages, pairs=[one, one, other]).stacks[0].score == 10


def test_specifiers_match_prereleases_and_local_versions():
    packages = {"a": releases("1.0+cpu"), "b": releases("2rc1")}
    stack = solve(["a==1.0", "b>=1"], packages).stacks[0].stack
    assert stack == {"a": "1.0+cpu", "b": "2rc1"}


def test_names_are_compared_normalized_and_reported_as_listed():
    answer = solve(["My.Lib"], {"my_lib": releases("1")}, unary={"MY-LIB": {"1": 2}})
    assert (answer.stacks[0].stack, answer.stacks[0].score) == ({"my_lib": "1"}, 2)


def test_two_spellings_of_one_version_are_two_candidates():
    packages = {"a": releases("1.0", "1.0.0")}
    answer = solve(["a==1"], packages, unary={"a": {"1.0": 1, "1.0.0": 2}}, count=5)
    assert [found.stack for found in answer.stacks] == [{"a": "1.0.0"}, {"a": "1.0"}]


def test_points_at_the_edge_of_the_format_add_up_exactly():
    packages = {name: releases("1", "2") for name in ("a", "b", "c")}
    unary = {name: {"1": 2**53, "2": 2**53 - 1} for name in ("a", "b", "c")}
    assert solve(["a", "b", "c"], packages, unary=unary).upper_bound == 3 * 2**53


def test_twins_within_a_class_are_counted_among_the_k_best():
    packages = {"a": releases("1", "2", "3")}
    answer = solve(["a"], packages, unary={"a": {"1": 1, "2": 2, "3": 3}}, count=10)
    assert [found.score for found in answer.stacks] == [3, 2, 1]
    assert answer.status == "optimal"
