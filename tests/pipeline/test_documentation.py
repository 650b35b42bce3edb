"""docs/units.md and docs/prescriptions.md name every unit, option, type and key that there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from advisor_core.pipeline.prescriptions import condition_reader
from advisor_core.pipeline.prescriptions.files import OWN_FOLDER
from advisor_core.pipeline.prescriptions.reader import TYPES, read_prescriptions
from advisor_core.pipeline.registry import BUILT_IN

DOCS = Path(__file__).parents[2] / "docs"
UNITS = (DOCS / "units.md").read_text(encoding="utf-8")
PRESCRIPTIONS = (DOCS / "prescriptions.md").read_text(encoding="utf-8")


def rows(text: str) -> dict[str, list[str]]:
    """Return the rows of tables by the name in their first cell."""
    found = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `"):
            found[cells[0].strip("`")] = cells[1:]
    return found


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_unit_is_documented_with_its_family_and_options(name):
    unit = BUILT_IN[name]
    family, _what, options = rows(UNITS)[name]
    manual = ", manual" if unit.manual else ""
    assert family == unit.kind.removesuffix("s") + manual
    assert re.findall(r"`(\w+)`", options) == list(unit.options)


def test_no_unit_is_documented_that_is_not_there():
    section = UNITS.split("## The units that come")[1].split("## Thoth's other units")[0]
    assert list(rows(section)) == list(BUILT_IN)


def test_every_type_and_condition_is_documented():
    assert sorted(rows(PRESCRIPTIONS.split("## `should_include`")[0])) == sorted(TYPES)
    for key in (
        *condition_reader._KEYS,
        *condition_reader._ENVIRONMENT_KEYS,
        *condition_reader._RPM_KEYS,
    ):
        assert f"`{key}" in PRESCRIPTIONS or f".{key}`" in PRESCRIPTIONS


def test_every_own_file_is_documented():
    section = PRESCRIPTIONS.split("## The project's own")[1]
    files = sorted(path.name for path in OWN_FOLDER.iterdir() if not path.name.startswith("_"))
    assert list(rows(section)) == files


def test_the_example_is_a_prescription():
    example = PRESCRIPTIONS.split("```yaml")[1].split("```")[0]
    file = read_prescriptions(example.encode(), "example.yaml", strict=True)
    assert file.faults == file.notes == ()
    assert len(file.units) == 1


def test_the_example_of_a_configuration_is_one():
    from advisor_core.pipeline.engine import prepare
    from fakes.pipelines import make_context

    example = yaml.safe_load(UNITS.split("```yaml")[1].split("```")[0])
    assert prepare(make_context(), units=example["advice"]["units"]).failures == ()
