"""Advice of repositories is kept with the problems that give it again."""

from __future__ import annotations

import gzip
import json

import pytest

from advisor_core.advising.storing import pack_outcome
from advisor_core.cli.main import main
from advisor_core.knowledge import RepositoryRecord, Store
from advisor_core.knowledge.advice import KEPT_OF_A_REPOSITORY
from advisor_core.knowledge.membership_records import ManifestRecord
from advisor_core.values import replace
from fakes.advising import advise, make_target
from fakes.releases import Release

INDEX = {
    "app": {"1": Release(("lib",)), "2": Release(("lib<2",))},
    "lib": {"1": Release(), "2": Release()},
    "tool": {"1": Release(), "2": Release()},
}
REPOSITORY = RepositoryRecord(11, 7, "o/name", is_private=True)


@pytest.fixture
def store(database_url):
    with Store.open(database_url) as opened:
        opened.record_manifests([ManifestRecord(REPOSITORY, "l", "", "c", 1, {"app": "2"})])
        yield opened


@pytest.fixture
def packed():
    target = make_target([], categories={"default": ["app"], "develop": ["tool"]})
    return pack_outcome(advise(INDEX, ["app"], target=target))


def test_an_advice_is_kept_once_with_a_problem_for_each_category(store, packed):
    assert store.keep_advice(packed.stored, forge_id=11, now=5) == 2
    assert store.keep_advice(packed.stored, forge_id=11, now=6) == 0
    listed = store.list_advice(limit=10)
    assert {(each.purpose, each.status, each.forge_id) for each in listed} == {
        ("stable", "optimal", 11),
        ("stable develop", "optimal", 11),
    }


def test_solving_what_was_kept_gives_what_was_advised(
    store, packed, database_url, tmp_path, capsys
):
    store.keep_advice(packed.stored, forge_id=11, now=5)
    advised = packed.advice.products[0].stack
    together = {}
    for each in store.list_advice(limit=10):
        file = str(tmp_path / "problem.json.gz")
        assert main(["kb", "advice", each.id, "-o", file, "--db", database_url, "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        (nodes,) = {
            row["nodes"]
            for row in told["answer"]["problems"]
            if row["category"] == ("develop" if "develop" in each.purpose else "default")
        }
        assert main(["solve", file, "--nodes", str(nodes), "--seed", "0", "--json"]) == 0
        solved = json.loads(capsys.readouterr().out)
        assert (solved["status"], solved["score"], solved["upper_bound"]) == (
            told["outcome"],
            told["score"],
            told["upper_bound"],
        )
        together |= solved["stack"]
    assert together == dict(advised)


def test_advice_of_a_repository_that_is_not_known_is_not_kept(store, packed):
    assert store.keep_advice(packed.stored, forge_id=12, now=5) == 0


def test_advice_goes_with_its_repository_and_the_oldest_goes_first(store, packed):
    problems = {"default": gzip.compress(b"{}")}
    for number in range(KEPT_OF_A_REPOSITORY + 3):
        stored = replace(packed.stored, id=f"{number:032x}", problems=problems)
        store.keep_advice(stored, forge_id=11, now=number)
    listed = store.list_advice(limit=1000)
    assert [each.created_at for each in listed] == list(range(KEPT_OF_A_REPOSITORY + 2, 2, -1))
    store.forget_repositories([11])
    assert store.list_advice(limit=10) == []


def test_packing_leaves_no_problem_in_the_outcome(packed):
    assert packed.advice.problems == ()
    assert packed.advice.id == packed.stored.id
    assert set(packed.stored.problems) == {"default", "develop"}
