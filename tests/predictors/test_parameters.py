"""Each parameter of each predictor has an effect, and text becomes parameters."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from predictors_support.problems import draw_large

from advisor_core.cli.solve import _PREDICTORS
from advisor_core.errors import InputError
from advisor_core.predictors import PREDICTORS, make_predictor, predict
from advisor_core.resolver.problem_file import read_problem

VERSIONS = [str(number) for number in range(1, 9)]


def chain(points):
    """`p0` requires `p1` and so on; every release goes with every other. Pairs reward agreement."""
    names = [f"p{index}" for index in range(10)]
    return read_problem(
        json.dumps(
            {
                "format": "thoth-problem/1",
                "name": "chain",
                "roots": ["p0"],
                "packages": {
                    name: {
                        version: {"requires": names[index + 1 : index + 2]} for version in VERSIONS
                    }
                    for index, name in enumerate(names)
                },
                "unary": {
                    name: {version: points(index, int(version)) for version in VERSIONS}
                    for index, name in enumerate(names)
                },
                "pairs": [
                    {
                        "a": one,
                        "a_versions": VERSIONS[:3],
                        "b": other,
                        "b_versions": VERSIONS[:3],
                        "score": 9,
                    }
                    for one, other in pairwise(names)
                ],
            }
        ).encode(),
        place="p.json",
    )


PROBLEM = chain(lambda index, version: (index * 7 + version * 5) % 11 - 5)


def run(name, *, stacks=1000, seed=1, **settings):
    predictor = PREDICTORS[name](**settings)
    return predict(PROBLEM, predictor, seed=seed, stack_budget=stacks)


def scores(prediction):
    return [(step.stacks, step.score) for step in prediction.history]


@pytest.mark.parametrize(
    ("name", "parameter", "one", "other"),
    [
        ("adaptive-simulated-annealing", "temperature_coefficient", 0.9, 1.0),
        ("adaptive-simulated-annealing", "limit", 50, 100_000),
        ("temporal-difference", "temperature_coefficient", 0.9, 1.0),
        ("temporal-difference", "step", 1, 5),
        ("temporal-difference", "trace", True, False),
        ("temporal-difference", "limit", 50, 100_000),
        ("monte-carlo-tree-search", "temperature_coefficient", 0.9, 1.0),
        ("monte-carlo-tree-search", "heat_up", 0, 200),
        ("monte-carlo-tree-search", "limit", 50, 100_000),
        ("random-walk", "prefer_recent", True, False),
        ("sampling", "beam_width", 1, 100),
        ("package-combinations", "package_combinations", (), ("p3",)),
    ],
)
def test_each_parameter_changes_what_is_proposed(name, parameter, one, other):
    # What is learnt shows once it has cooled.
    rest = {"temperature_coefficient": 0.9} if parameter in {"step", "trace"} else {}
    rest |= {"trace": False} if parameter == "step" else {}
    first = [run(name, seed=seed, **rest, **{parameter: one}) for seed in range(3)]
    second = [run(name, seed=seed, **rest, **{parameter: other}) for seed in range(3)]
    assert [scores(p) for p in first] != [scores(p) for p in second]


@pytest.mark.parametrize(
    "name", ["adaptive-simulated-annealing", "temporal-difference", "monte-carlo-tree-search"]
)
def test_what_never_cools_ends_lower_than_what_cools(name):
    problem = draw_large()

    def total(coefficient):
        predictor = PREDICTORS[name](temperature_coefficient=coefficient, limit=3000)
        found = [predict(problem, predictor, seed=seed, stack_budget=3000) for seed in range(3)]
        return sum(prediction.answer.stacks[0].score for prediction in found)

    assert total(0.99) > total(1.0)


def test_preferring_recent_releases_gives_newer_stacks():
    def age(prefer_recent):
        found = predict(
            PROBLEM,
            PREDICTORS["random-walk"](prefer_recent=prefer_recent),
            seed=3,
            count=50,
            stack_budget=50,
        )
        return sum(8 - int(v) for entry in found.answer.stacks for v in entry.stack.values())

    assert age(prefer_recent=True) < age(prefer_recent=False) / 3


DIAMOND = read_problem(
    json.dumps(
        {
            "format": "thoth-problem/1",
            "name": "prioritized",
            "roots": ["app", "lib"],
            "packages": {
                "app": {
                    "1": {"requires": ["lib==1"]},
                    "2": {"requires": ["lib<3"]},
                    "3": {"requires": ["lib==1"]},
                },
                "lib": {"1": {}, "2": {}, "3": {}},
            },
            "unary": {"lib": {"2": 5}},
        }
    ).encode(),
    place="p.json",
)


@pytest.mark.parametrize("name", ["approximating-latest", "random-walk"])
def test_a_prioritized_package_is_decided_first(name):
    def first_score(seed, prioritized):
        predictor = PREDICTORS[name](prioritized_packages=prioritized)
        found = predict(DIAMOND, predictor, seed=seed, stack_budget=2)
        return found.history[-1].score

    # app is decided first, and only one of its three releases leaves a choice of lib; lib first
    # takes 2 half of the time.
    plain = sum(first_score(seed, ()) for seed in range(100))
    prioritized = sum(first_score(seed, ("lib",)) for seed in range(100))
    assert plain != prioritized


def test_combinations_vary_only_the_packages_named():
    found = predict(
        PROBLEM, PREDICTORS["package-combinations"](package_combinations=("p2", "p5")), count=100
    )
    assert found.different == 64
    assert len(found.answer.stacks) == 64
    assert {
        tuple(version for name, version in entry.stack.items() if name not in {"p2", "p5"})
        for entry in found.answer.stacks
    } == {("8",) * 8}


def test_latest_is_all_newest_and_alone():
    found = run("latest")
    assert set(found.answer.stacks[0].stack.values()) == {"8"}
    assert found.different == 1


def test_the_command_knows_every_predictor():
    assert tuple(sorted(PREDICTORS)) == _PREDICTORS
    assert all(make().engine_name() == name for name, make in PREDICTORS.items())


def test_text_becomes_parameters():
    predictor = make_predictor(
        "temporal-difference", {"step": "3", "trace": "false", "temperature_coefficient": "0.5"}
    )
    assert predictor == PREDICTORS["temporal-difference"](
        step=3, trace=False, temperature_coefficient=0.5
    )
    assert make_predictor("random-walk", {"prioritized_packages": "a, b"}) == PREDICTORS[
        "random-walk"
    ](prioritized_packages=("a", "b"))


@pytest.mark.parametrize(
    ("name", "settings", "message"),
    [
        ("luck", {}, "not one of .*: 'luck'"),
        ("latest", {"step": "1"}, r"no parameter \(it has: none\): 'step'"),
        ("sampling", {"beam_width": "wide"}, "not a whole number: 'wide'"),
        ("temporal-difference", {"trace": "perhaps"}, "not true or false: 'perhaps'"),
        ("temporal-difference", {"temperature_coefficient": "hot"}, "not a number: 'hot'"),
    ],
)
def test_a_wrong_setting_is_an_input_error(name, settings, message):
    with pytest.raises(InputError, match=message):
        make_predictor(name, settings)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("sampling", {"beam_width": 0}),
        ("adaptive-simulated-annealing", {"temperature_coefficient": 0.0}),
        ("temporal-difference", {"temperature_coefficient": 1.5}),
        ("random-walk", {"prioritized_packages": ("ghost",)}),
        ("package-combinations", {"package_combinations": ("ghost",)}),
    ],
)
def test_a_parameter_out_of_range_is_an_input_error(name, settings):
    with pytest.raises(InputError):
        run(name, **settings)
