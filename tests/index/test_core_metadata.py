"""Core metadata: the fields of a release, and when its requirements stay unknown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.metadata import parse_email

from advisor_core.index import core_metadata as module
from advisor_core.index.core_metadata import read_core_metadata
from advisor_core.model import Skipped
from advisor_core.releases import CoreMetadata
from fakes.distributions import core_metadata


def read(document: bytes, *, is_wheel: bool = True) -> CoreMetadata | Skipped:
    return read_core_metadata(document, name="my-package", version="1.0", is_wheel=is_wheel)


def test_the_fields_a_resolver_needs_are_read() -> None:
    document = (
        b"Metadata-Version: 2.1\r\nname: My.Package\r\nVersion: 1.0.0\r\n"
        b"Requires-Dist: a>=1\r\nrequires-dist: b[x];\r\n python_version > '3'\r\n"
        b"Requires-Python: >=3.8\r\nProvides-Extra: Fast_Path\r\nProvides-Extra: fast.path\r\n"
        b"\r\nRequires-Dist: not-this\r\n"
    )
    assert read(document) == CoreMetadata(
        "my-package", "1.0", ("a>=1", "b[x]; python_version > '3'"), ">=3.8", ("fast-path",)
    )


@pytest.mark.parametrize("requires_python", ["nonsense", ">=3.6.*", ""])
def test_a_requires_python_that_is_no_specifier_counts_as_absent(requires_python: str) -> None:
    known = read(core_metadata("my-package", "1.0", requires_python=requires_python))
    assert isinstance(known, CoreMetadata)
    assert known.requires_python is None


@pytest.mark.parametrize("field", ["Requires-Dist", "requires-python", "Provides-Extra"])
def test_an_sdist_that_leaves_a_needed_field_to_its_build_is_unknown(field: str) -> None:
    document = core_metadata("my-package", "1.0", dynamic=["License", field])
    assert read(document, is_wheel=False) == Skipped(
        f"metadata of the sdist is dynamic: {field.lower()}"
    )
    assert isinstance(read(document, is_wheel=True), CoreMetadata)


def test_an_sdist_whose_other_fields_are_dynamic_is_known() -> None:
    document = core_metadata("my-package", "1.0", dynamic=["License", "Classifier"])
    assert isinstance(read(document, is_wheel=False), CoreMetadata)


@pytest.mark.parametrize("metadata_version", ["1.0", "2.1", "", "x.y", "2"])
def test_an_sdist_from_before_static_metadata_is_unknown(metadata_version: str) -> None:
    document = core_metadata("my-package", "1.0", metadata_version=metadata_version)
    assert read(document, is_wheel=False) == Skipped(
        "metadata of the sdist is dynamic: older than PEP 643"
    )


def test_a_requirement_that_does_not_parse_is_shown_briefly() -> None:
    known = read(core_metadata("my-package", "1.0", requires=["a", "b" * 5000 + " ?"]))
    assert isinstance(known, Skipped)
    assert "invalid requirement" in known.reason
    assert len(known.reason) < 500


def test_too_many_requirements_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MAXIMUM_REQUIREMENTS", 3)
    known = read(core_metadata("my-package", "1.0", requires=["a"] * 4))
    assert known == Skipped("metadata in the wheel has more than 3 requirements")


@given(st.binary())
def test_any_bytes_have_a_reason(document: bytes) -> None:
    known = read(document)
    assert isinstance(known, Skipped)
    assert known.reason.isprintable()


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Zl", "Zp", "Zs"]))


@given(st.lists(WORDS.filter(bool)), st.lists(WORDS.filter(bool)))
def test_fields_are_those_that_packaging_reads(requires: list[str], extras: list[str]) -> None:
    document = core_metadata("n", "1", requires=requires, extras=extras)
    raw, _ = parse_email(document)
    fields = module._fields(document.decode())
    assert fields.get("requires-dist", []) == raw.get("requires_dist", [])
    assert fields.get("provides-extra", []) == raw.get("provides_extra", [])
