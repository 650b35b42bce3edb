"""`thoth solve --predictor NAME`."""

from __future__ import annotations

import json

import pytest

from advisor_core.cli.solve import run
from advisor_core.errors import InputError
from advisor_core.predictors import PREDICTORS

DOCUMENT = {
    "format": "thoth-problem/1",
    "name": "small",
    "roots": ["a"],
    "packages": {"a": {"1": {}, "2": {"requires": ["b"]}}, "b": {"1": {}, "2": {}}},
    "unary": {"a": {"2": 4}, "b": {"1": 1}},
}


@pytest.fixture
def solve(tmp_path, capsys):
    """Run the command on a document; return (exit code, what it printed as JSON)."""

    def call(document, *options):
        path = tmp_path / "p.json"
        path.write_text(json.dumps(document))
        code = run([str(path), "--json", *options])
        return code, json.loads(capsys.readouterr().out)

    return call


@pytest.mark.parametrize("name", PREDICTORS)
def test_every_predictor_answers_as_the_contract_says(solve, name):
    code, answer = solve(DOCUMENT, "--predictor", name, "--nodes", "50", "--seed", "3")
    assert code == 0
    assert answer["engine"] == "c"
    assert answer["status"] == ("optimal" if answer["score"] == 5 else "feasible")
    assert answer["upper_bound"] == 5
    assert answer["stack"]["a"] == "2"


def test_a_better_stack_than_the_bound_allows_does_not_exist(solve):
    _, answer = solve(DOCUMENT, "--predictor", "latest")
    assert (answer["status"], answer["score"], answer["upper_bound"]) == ("feasible", 4, 5)


def test_no_stack_is_exit_code_1(solve):
    code, answer = solve(DOCUMENT | {"roots": ["a>5"]}, "--predictor", "hill-climbing")
    assert (code, answer["status"], answer["stack"]) == (1, "unsatisfiable", None)


def test_several_stacks_come_best_first(solve):
    _, answer = solve(DOCUMENT, "--predictor", "random-walk", "--count", "3")
    assert [entry["score"] for entry in answer["stacks"]] == [5, 4, 0]


def test_a_parameter_is_given_by_name(solve):
    code, answer = solve(
        DOCUMENT,
        *("--predictor", "package-combinations", "--predictor-config", "package-combinations=a,b"),
    )
    assert (code, answer["nodes"]) == (0, 3)


@pytest.mark.parametrize(
    "options",
    [
        ["--predictor", "sampling", "--predictor-config", "beam_width"],
        ["--predictor", "sampling", "--predictor-config", "width=3"],
        ["--predictor-config", "beam_width=3"],
    ],
)
def test_a_wrong_setting_is_an_input_error(solve, options):
    with pytest.raises(InputError, match="predictor-config"):
        solve(DOCUMENT, *options)
