"""Requirements as text, and tag sets: what both implementations share."""

from __future__ import annotations

import pytest
from hypothesis import given
from standards.pep_strategies import valid_requirements

from advisor_core.model import Requirement
from advisor_core.standards import expand_tags, parse_requirement, requirement_to_string
from advisor_core.standards.limits import TAG_LIMIT


@pytest.mark.parametrize(
    "text",
    [
        "a",
        "a>=1,<2",
        "a[b,c]~=1.0",
        "a; os_name == 'posix'",
        "a[b]==1.*; extra == 'x'",
        "a @ https://host/a.whl",
        "a[b] @ https://host/a;b.whl ; os_name == 'posix'",
    ],
)
def test_compact_requirement_is_rendered_as_it_was_written(text):
    assert requirement_to_string(parse_requirement(text)) == text


@given(text=valid_requirements())
def test_parsing_what_is_rendered_gives_the_same_requirement(text):
    try:
        requirement = parse_requirement(text)
    except ValueError:
        return
    if not requirement.name.endswith("-"):  # `foo_` may be written, its normalized form may not
        extras = tuple(e for e in requirement.extras if not e.endswith("-"))
        requirement = Requirement(
            requirement.name, extras, requirement.specifier, requirement.marker, requirement.url
        )
        assert parse_requirement(requirement_to_string(requirement)) == requirement


def test_requirement_is_the_value_of_the_model():
    assert parse_requirement("Foo[Bar] >= 1 ; os_name == 'x'") == Requirement(
        name="foo", extras=("bar",), specifier=">=1", marker="os_name == 'x'", url=None
    )


def test_compressed_tags_are_expanded_without_repeats():
    assert expand_tags("py2.PY3-none-any.any") == ("py2-none-any", "py3-none-any")


@pytest.mark.parametrize(
    "tags",
    [
        "",
        "py3",
        "py3-none",
        "py3-none-any-x",
        "3-none-any",
        "py3--any",
        "py3.-none-any",
        "p\xfd-n-a",
    ],
)
def test_text_that_is_no_tag_set_is_refused(tags):
    with pytest.raises(ValueError, match="not a compressed tag set"):
        expand_tags(tags)


def test_tag_set_that_stands_for_too_many_is_refused():
    many = ".".join(["a"] * TAG_LIMIT)
    assert expand_tags(f"{many}-b-c") == ("a-b-c",)
    with pytest.raises(ValueError, match="more than"):
        expand_tags(f"{many}-b.b-c")
