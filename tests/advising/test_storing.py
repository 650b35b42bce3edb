"""Kept advice can be given again: the problem file has the stack, score, bound and status that were told."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, assume, given, settings

from advisor_core.advising.storing import MAXIMUM_KEPT, AdviceFolder, pack_advice
from advisor_core.cli.solve import run as solve
from advisor_core.environment.declaration import make_environment
from advisor_core.errors import StoreError
from advisor_core.resolver.optimize import optimize
from advisor_core.resolver.problem_file import read_problem
from advisor_core.resolver.problem_writing import write_problem
from advisor_core.values import replace
from fakes.advising import FakePipeline, advise, make_target
from fakes.releases import Release
from fakes.worlds import terms, worlds

TWO = tuple(
    make_environment(python=python, platform="manylinux_2_28_x86_64", name=python)
    for python in ("3.11.7", "3.12.7")
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(worlds(extras=True), terms())
def test_problem_read_again_has_the_same_answer(world, given_terms):
    index, roots = world
    for environments, kind in (((), "stable"), (TWO, "security")):
        target = make_target(roots, environments=environments)
        outcome = advise(
            index,
            roots,
            target=target,
            pipeline=FakePipeline(given_terms),
            recommendation_type=kind,
        )
        assume(outcome.advice is not None)
        (solved,) = outcome.advice.problems
        again = optimize(
            read_problem(write_problem(solved.problem), place="problem"), node_budget=solved.nodes
        )
        best = outcome.advice.products[0]
        assert dict(again.stacks[0].stack) == dict(best.stack)
        assert again.stacks[0].score == solved.score == best.score
        assert again.upper_bound == solved.upper_bound == best.upper_bound
        assert again.status == solved.status == best.status


INDEX = {"app": {"1": Release()}}


def test_solve_of_the_kept_problem_gives_what_was_told(tmp_path, capsys):
    outcome = advise(INDEX, ["app"])
    advice, stored = pack_advice(outcome.advice)
    AdviceFolder(tmp_path).keep(stored)
    told = json.loads((tmp_path / advice.id / "advice.json").read_text())
    problem = tmp_path / advice.id / "default.problem.json.gz"
    kept = told["problems"][0]
    assert solve([str(problem), "--nodes", str(kept["nodes"]), "--seed", "0", "--json"]) == 0
    again = json.loads(capsys.readouterr().out)
    product = told["products"][0]
    for key in ("stack", "score", "upper_bound", "status"):
        assert again[key] == product[key]
    assert told["id"] == advice.id


def test_same_advice_is_kept_once_under_the_same_id(tmp_path):
    folder = AdviceFolder(tmp_path)
    for _time in range(2):
        folder.keep(pack_advice(advise(INDEX, ["app"]).advice)[1])
    assert len(list(tmp_path.iterdir())) == 1


def test_oldest_advice_is_forgotten(tmp_path):
    folder = AdviceFolder(tmp_path)
    _advice, stored = pack_advice(advise(INDEX, ["app"]).advice)
    for number in range(MAXIMUM_KEPT + 2):
        folder.keep(replace(stored, id=f"{number:032x}"))
    assert len(list(tmp_path.iterdir())) == MAXIMUM_KEPT


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be kept"):
        AdviceFolder(tmp_path / "file").keep(pack_advice(advise(INDEX, ["app"]).advice)[1])


def test_names_of_categories_cannot_leave_the_folder(tmp_path):
    target = make_target([], categories={"../../etc": ["app"]})
    _advice, stored = pack_advice(advise(INDEX, [], target=target).advice)
    AdviceFolder(tmp_path).keep(stored)
    names = [path.name for path in (tmp_path / stored.id).iterdir()]
    assert min(names).startswith("------etc-")
