"""Reading problem files: every fault is named with its place, and hostile input ends in an error."""

from __future__ import annotations

import gzip
import json

import pytest

from advisor_core.errors import InputError
from advisor_core.resolver import problem_file
from advisor_core.resolver.optimize import optimize
from advisor_core.resolver.problem_file import read_problem

GOOD = {
    "format": "thoth-problem/1",
    "name": "good",
    "roots": ["a"],
    "packages": {"a": {"1": {"requires": ["b>=1"], "virtual": False}}, "b": {"1": {}}},
    "unary": {"a": {"1": 3}},
    "pairs": [
        {
            "a": "a",
            "a_versions": ["1"],
            "b": "b",
            "b_versions": ["1"],
            "score": 2,
            "source": "s",
            "link": "l",
            "title": "t",
            "x-note": 1,
        }
    ],
    "terms": [{"when": [{"package": "b", "versions": ["1"]}], "score": 1}],
}


def read(document):
    return read_problem(json.dumps(document).encode(), place="p.json")


def faults_of(document):
    with pytest.raises(InputError) as caught:
        read(document)
    return [str(fault) for fault in caught.value.faults]


def test_a_good_file_reads():
    problem = read(GOOD)
    assert problem.name == "good"
    assert problem.packages["a"]["1"].requires[0].targets == ("b",)
    assert problem.levels[0].pairs[0].source == "s"


def test_a_gzipped_file_reads_the_same():
    content = json.dumps(GOOD).encode()
    assert read_problem(gzip.compress(content), place="p") == read_problem(content, place="p")


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"format": "thoth-problem/2"}, "p.json: format: not 'thoth-problem/1': 'thoth-problem/2'"),
        ({"name": 3}, "p.json: name: not a string: 3"),
        ({"roots": "a"}, "p.json: roots: not a list: 'a'"),
        ({"roots": ["a>>1"]}, "p.json: roots[0]: not a PEP 508 requirement: 'a>>1'"),
        ({"roots": ["a; python_version<'3'"]}, "p.json: roots[0]: markers are evaluated"),
        ({"roots": ["a @ https://x.example/a"]}, "p.json: roots[0]: a direct reference names no"),
        ({"roots": [7]}, "p.json: roots[0]: not a requirement string or object: 7"),
        ({"roots": [{"unless": []}]}, "p.json: roots[0]: missing key: 'requirement'"),
        ({"packages": []}, "p.json: packages: not an object: a list"),
        ({"packages": {"a b": {}}}, "p.json: packages: not a package name"),
        ({"packages": {"a[x,y]": {}}}, "p.json: packages: not a package name"),
        ({"packages": {"A": {}, "a": {}}}, "p.json: packages: same name as 'A': 'a'"),
        ({"packages": {"a": {"x.y": {}}}}, "p.json: packages['a']['x.y']: not a PEP 440 version"),
        (
            {"packages": {"a": {"1": {"requires": {}}}}},
            "p.json: packages['a']['1'].requires: not a",
        ),
        (
            {"packages": {"a": {"1": {"virtual": 1}}}},
            "p.json: packages['a']['1'].virtual: not true",
        ),
        ({"packages": {"a": {"1": {"needs": []}}}}, "p.json: packages['a']['1']: unknown key: 'n"),
        ({"unary": {"a": {"1": 1.5}}}, "p.json: unary['a']['1']: not an integer: 1.5"),
        ({"unary": {"a": {"1": True}}}, "p.json: unary['a']['1']: not an integer: True"),
        (
            {"unary": {"a": {"1": 2**53 + 1}}},
            "p.json: unary['a']['1']: not within -2**53 and 2**53",
        ),
        ({"unary": {"a": {"1": -(2**70)}}}, "p.json: unary['a']['1']: not "),
        ({"unary": {"a": {}, "A": {}}}, "p.json: unary['A']: same name as another key"),
        ({"pairs": [{"a": "a"}]}, "p.json: pairs[0]: missing key: 'a_versions'"),
        (
            {"pairs": [{"a": "a", "a_versions": [], "b": "A", "b_versions": [], "score": 0}]},
            "p.json: pairs[0]: a pair of a package with itself: 'a'",
        ),
        ({"terms": [{"when": []}]}, "p.json: terms[0]: needs exactly one of `score`, `forbid`"),
        (
            {"terms": [{"when": [], "score": 1, "forbid": ""}]},
            "p.json: terms[0]: needs exactly one",
        ),
        ({"terms": [{"score": 1}]}, "p.json: terms[0]: missing key: 'when'"),
        (
            {"terms": [{"when": [{"package": "a"}], "score": 1}]},
            "p.json: terms[0].when[0]: needs exactly one of `versions` and `absent`",
        ),
        (
            {"terms": [{"when": [{"package": "a", "absent": False}], "score": 1}]},
            "p.json: terms[0].when[0].absent: not true: False",
        ),
        ({"levels": []}, "p.json: unary: stands beside `levels`: move it into a level"),
        ({"packages ": {}}, "p.json: unknown key: 'packages '"),
        ({"pairs": [3]}, "p.json: pairs[0]: not an object: 3"),
    ],
)
def test_a_fault_is_named_with_its_place(change, place):
    assert any(fault.startswith(place) for fault in faults_of(GOOD | change))


def test_all_faults_are_reported_together():
    assert len(faults_of(GOOD | {"name": 1, "roots": [1, 2], "unary": {"a": {"1": ""}}})) == 4


def test_many_faults_are_cut_with_a_count():
    faults = faults_of(GOOD | {"roots": [1] * 200})
    assert len(faults) == problem_file.MAXIMUM_FAULTS + 1
    assert faults[-1] == "p.json: further faults not shown: 150"


def test_scores_that_could_leave_64_bits_together_are_refused():
    names = [f"p{index}" for index in range(129)]
    packages = {name: {"1": {}} for name in names}
    document = GOOD | {"packages": packages, "unary": {name: {"1": 2**53} for name in names}}
    assert faults_of(document) == ["p.json: the scores may add up to more than 64 bits hold"]


def test_unknown_names_and_versions_in_the_objective_are_ignored():
    objective = {
        "unary": {"ghost": {"1": 5}, "a": {"9": 5}},
        "pairs": [{"a": "ghost", "a_versions": ["1"], "b": "a", "b_versions": ["1"], "score": 7}],
        "terms": [{"when": [{"package": "ghost", "versions": ["1"]}], "score": 8}],
    }
    assert optimize(read(GOOD | objective)).stacks[0].score == 0


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"3", b"null", b"\xff\xfe", b"[" * 100_000, b'{"a":' * 100_000, b"NaN"],
)
def test_what_is_no_problem_is_an_input_error(content):
    with pytest.raises(InputError):
        read_problem(content, place="p.json")


@pytest.mark.parametrize("cut", [1, 5, 20])
def test_a_damaged_gzip_file_is_an_input_error(cut):
    with pytest.raises(InputError, match=r"gzip|JSON"):
        read_problem(gzip.compress(json.dumps(GOOD).encode())[:-cut], place="p.json.gz")


def test_a_small_file_cannot_unfold_into_a_large_one(monkeypatch):
    monkeypatch.setattr(problem_file, "MAXIMUM_FILE_BYTES", 1000)
    with pytest.raises(InputError, match="larger than 1000 bytes"):
        read_problem(gzip.compress(b" " * 1_000_000), place="p.json.gz")
