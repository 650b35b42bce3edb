"""Cases as data, in `cases/*.json`: an index and roots, and the solution or the roots in conflict.

`solution` names every package of the answer; `conflict` lists the roots that the proof rests upon;
`excluded` are versions that cannot be used; `never_loaded` are not even looked at.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from engine.problems import Problem, add_problem, check_proof, finish
from packaging.requirements import Requirement
from packaging.version import Version

if TYPE_CHECKING:
    from engine.problems import Edge

    from advisor_core.resolver.interface import Choice, Solver

CASES = sorted((Path(__file__).parent / "cases").glob("*.json"))


class Case:
    """A case as a problem: one node per package, newest version first."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.data = data
        index = data["index"]
        texts = [*data["roots"], *(text for v in index.values() for r in v.values() for text in r)]
        self.names = list(dict.fromkeys([*index, *(Requirement(text).name for text in texts)]))
        self.versions = [
            sorted(index.get(name, ()), key=Version, reverse=True) for name in self.names
        ]
        self.problem = Problem(
            sizes=tuple(len(versions) for versions in self.versions),
            roots=tuple(self.edge(text, tag) for tag, text in enumerate(data["roots"])),
            requirements={
                (node, version): tuple(
                    self.edge(text, tag)
                    for tag, text in enumerate(index[self.names[node]][text_of])
                )
                for node, versions in enumerate(self.versions)
                for version, text_of in enumerate(versions)
            },
            excluded=tuple(self.exclusion(text) for text in data.get("excluded", ())),
        )

    def edge(self, text: str, tag: int) -> Edge:
        requirement = Requirement(text)
        node = self.names.index(requirement.name)
        mask = sum(
            1 << position
            for position, version in enumerate(self.versions[node])
            if requirement.specifier.contains(version, prereleases=True)
        )
        return node, mask, tag

    def choice(self, text: str) -> Choice:
        name, version = text.split()
        node = self.names.index(name)
        return node, self.versions[node].index(version)

    def exclusion(self, text: str) -> Edge:
        node, version = self.choice(text)
        return node, 1 << version, 0


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_case(solver_class: type[Solver], path: Path) -> None:
    case = Case(json.loads(path.read_text()))
    loaded: list[Choice] = []
    solver = solver_class()
    add_problem(solver, case.problem)
    outcome = finish(solver, case.problem, lambda needed: loaded.append(needed[0]) or needed[:1])
    if "solution" in case.data:
        assert outcome == "solved"
        chosen = {case.names[node]: case.versions[node][v] for node, v in solver.solution()}
        assert chosen == case.data["solution"]
    else:
        assert outcome == "unsatisfiable"
        proof = solver.proof()
        check_proof(case.problem, proof)
        roots = {cause[2] for _, cause in proof if cause[0] == "root"}
        assert [case.data["roots"][tag] for tag in sorted(roots)] == case.data["conflict"]
    assert not {case.choice(text) for text in case.data.get("never_loaded", ())} & {*loaded}


def test_there_are_cases() -> None:
    assert len(CASES) >= 25
