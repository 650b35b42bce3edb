"""docs/scores.md is computed, not typed in: its tables, and the example that a person does by hand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from advisor_core.report.score_formula import formula_text, rules_table, weights_table
from advisor_core.scoring.registry import COMPONENTS
from advisor_core.scoring.weights import load_weight_sets
from fakes.scored import advisory, make_package, points, release

DOCUMENT = (Path(__file__).parents[2] / "docs" / "scores.md").read_text()


def test_tables_of_the_documentation_are_those_of_the_code():
    assert rules_table() in DOCUMENT
    assert weights_table() in DOCUMENT


def test_example_by_hand_is_what_the_code_computes():
    web = make_package(
        release("3.0", days_old=5),
        release("2.9", days_old=65),
        release("2.8", days_old=125),
        direct=True,
    )
    lib = make_package(
        release("1.1", days_old=400, advisories=(advisory("PYSEC-1", "high"),)),
        release("1.0", days_old=765),
    )
    computed = dict(zip(("web 3.0", "web 2.9", "web 2.8"), points(web), strict=True))
    computed |= dict(zip(("lib 1.1", "lib 1.0"), points(lib), strict=True))
    written = {
        f"{name} {version}": int(total)
        for name, version, total in re.findall(
            r"^\| `(\w+)` ([\d.]+).*\| (-?\d+) \|$", DOCUMENT, flags=re.MULTILINE
        )
    }
    assert written == computed
    assert f"{computed['web 2.9'] + computed['lib 1.0']}." in DOCUMENT


@pytest.mark.parametrize("name", ["latest", "stable", "performance", "security", "testing"])
def test_explanation_names_every_component_with_its_weight(name):
    text = formula_text(load_weight_sets()[name])
    for component in COMPONENTS:
        assert (
            f"{component.name} (weight {load_weight_sets()[name].weights[component.name]}" in text
        )
