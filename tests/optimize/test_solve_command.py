"""`thoth solve`: what it prints, and its exit codes."""

from __future__ import annotations

import gzip
import json

import pytest

from advisor_core.cli.solve import run
from advisor_core.errors import InputError

PROBLEM = {
    "format": "thoth-problem/1",
    "name": "small",
    "roots": ["a"],
    "packages": {"a": {"1": {}, "2": {"requires": ["b"]}}, "b": {"1": {}, "2": {}}},
    "unary": {"a": {"2": 4}, "b": {"2": 1}},
}


@pytest.fixture
def solve(tmp_path, capsys):
    """Run the command on a document; return (exit code, stdout, stderr)."""

    def call(document, *options):
        path = tmp_path / "p.json.gz"
        path.write_bytes(gzip.compress(json.dumps(document).encode()))
        code = run([str(path), *options])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def test_the_best_stack_is_printed_as_requirements(solve):
    code, out, err = solve(PROBLEM)
    assert (code, out) == (0, "# score 5, optimal\na==2\nb==2\n")
    assert "No valid stack scores more than 5" in err


def test_json_has_the_keys_of_the_contract(solve):
    code, out, _ = solve(PROBLEM, "--json", "--count", "2")
    answer = json.loads(out)
    assert code == 0
    assert {key: answer[key] for key in ("status", "stack", "score", "upper_bound", "engine")} == {
        "status": "optimal",
        "stack": {"a": "2", "b": "2"},
        "score": 5,
        "upper_bound": 5,
        "engine": "c",
    }
    assert [entry["score"] for entry in answer["stacks"]] == [5, 4]
    assert isinstance(answer["nodes"], int)
    assert isinstance(answer["seconds"], float)
    assert answer["explanation"]


def test_no_stack_is_exit_code_1(solve):
    code, out, _ = solve(PROBLEM | {"roots": ["a>5"]}, "--json")
    answer = json.loads(out)
    assert code == 1
    assert (answer["status"], answer["stack"], answer["score"]) == ("unsatisfiable", None, None)
    assert answer["message"]
    assert answer["hint"]


def test_nothing_found_within_the_budget_is_exit_code_4(solve):
    code, out, _ = solve(PROBLEM, "--json", "--nodes", "0", "--budget", "0")
    answer = json.loads(out)
    assert code in {0, 4}
    assert (code == 4) == (answer["status"] == "unknown")


def test_levels_are_printed_by_name(solve):
    document = {key: value for key, value in PROBLEM.items() if key != "unary"} | {
        "levels": [
            {"name": "safe", "unary": {"a": {"1": 1}}},
            {"name": "new", "unary": {"a": {"2": 9}}},
        ]
    }
    assert solve(document)[1] == "# safe: 1, new: 0, optimal\na==1\n"


@pytest.mark.parametrize(
    "options", [["--count", "0"], ["--budget", "x"], ["--nodes", "-1"], ["--predictor", "luck"]]
)
def test_a_wrong_option_is_an_input_error(solve, options):
    with pytest.raises(InputError):
        solve(PROBLEM, *options)


def test_a_file_that_is_not_there_is_an_input_error(tmp_path):
    with pytest.raises(InputError, match="cannot be read: No such file"):
        run([str(tmp_path / "missing.json")])


def test_no_stack_is_explained_by_a_minimal_conflict(solve):
    document = PROBLEM | {"roots": ["a==2", "b>5"]}
    code, out, err = solve(document)
    assert (code, out) == (1, "")
    assert (
        "no stack satisfies\n    b>5\n  because\n    no release of b is >5: there are 1 to 2" in err
    )
    code, out, _ = solve(document, "--json")
    answer = json.loads(out)
    assert code == 1
    assert answer["conflict"]["roots"] == ["b>5"]
    assert answer["conflict"]["minimal"] is True


def test_diverse_stacks_come_with_their_distances(solve):
    code, out, _ = solve(PROBLEM, "--count", "3", "--diverse", "2", "--json")
    answer = json.loads(out)
    assert code == 0
    assert [entry["stack"] for entry in answer["stacks"]] == [{"a": "2", "b": "2"}, {"a": "1"}]
    assert answer["distances"] == [[0, 2], [2, 0]]


def test_why_not_is_told_behind_the_stack(solve):
    code, out, _ = solve(PROBLEM, "--why-not", "b==1")
    assert code == 0
    assert out.endswith(
        "b==2\n# the best stack with b==1 scores 4, 1 less:\n#   -1  b 1 in place of b 2\n"
    )
    told = json.loads(solve(PROBLEM, "--why-not", "b==1", "--json")[1])["why_not"]
    assert (told["score"], told["difference"], told["stack"]) == (4, 1, {"a": "2", "b": "1"})


def test_only_the_exact_search_keeps_stacks_apart(solve):
    with pytest.raises(InputError, match="--diverse"):
        solve(PROBLEM, "--predictor", "sampling", "--diverse", "2")
