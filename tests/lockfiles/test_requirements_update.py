"""A requirements file that is there: untouched is byte-identical, one package changes its lines only."""

from __future__ import annotations

import difflib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor_core.lockfiles.requirements_document import parse_document
from advisor_core.lockfiles.requirements_txt import read_requirements_lock, render_requirements
from advisor_core.lockfiles.requirements_update import WantedPin, update_document
from advisor_core.manifests import MappingFiles, read_manifest
from advisor_core.manifests.requirements_lines import decode_requirements
from advisor_core.standards import parse_requirement
from fakes.stacks import make_pin, make_stack

CORPUS = {
    path.name: path.read_bytes()
    for path in (Path(__file__).parents[1] / "data" / "lockfiles" / "requirements").iterdir()
}


def pins_of(data):
    """Return what a file pins, as the wish that nothing changes."""
    wanted = {}
    for block in parse_document(data).blocks:
        if block.name is not None and block.name not in wanted:
            requirement = parse_requirement(block.requirement)
            wanted[block.name] = WantedPin(
                block.name,
                requirement.specifier.lstrip("="),
                requirement.extras,
                tuple(sorted(block.hashes)) or ("sha256:" + "9" * 64,),
                requirement.marker,
                tuple(sorted(block.via or ())),
            )
    return wanted


def rows(data):
    return decode_requirements("requirements.txt", data).splitlines(keepends=True)


def changed(old, new):
    """Return the lines that went, and those that came."""
    delta = list(difflib.ndiff(rows(old), rows(new)))
    return [row[2:] for row in delta if row[0] == "-"], [row[2:] for row in delta if row[0] == "+"]


def once(data):
    """Return whether no package is pinned twice: such a file is one package's lines each."""
    names = [block.name for block in parse_document(data).blocks if block.name]
    return len(names) == len(set(names))


@pytest.mark.parametrize("name", CORPUS)
def test_parse_then_render_is_the_same_bytes(name):
    assert parse_document(CORPUS[name]).render() == CORPUS[name]


@given(st.text(alphabet="ab=1 \\#\n\r\t;-[]'<\x0c\x85\u2028", max_size=120))
def test_any_text_renders_as_it_was(text):
    data = text.encode()
    assert parse_document(data).render() == data


@pytest.mark.parametrize("name", [name for name in CORPUS if once(CORPUS[name])])
def test_nothing_new_changes_no_byte(name):
    data = CORPUS[name]
    assert update_document(parse_document(data), pins_of(data).values()).render() == data


@pytest.mark.parametrize("name", [name for name in CORPUS if "gamma" in str(CORPUS[name])])
def test_one_new_version_touches_only_the_lines_of_its_package(name):
    data = CORPUS[name]
    if not once(data):
        data = b"".join(data.splitlines(keepends=True)[1:])
    pins = pins_of(data)
    old = pins["gamma"]
    pins["gamma"] = WantedPin(
        "gamma", "7.0", old.extras, ("sha256:" + "7" * 64,), old.condition, old.via
    )
    document = parse_document(data)
    new = update_document(document, pins.values()).render()
    (block,) = [each.text for each in document.blocks if each.name == "gamma"]
    gone, come = changed(data, new)
    assert set(gone) <= set(block.splitlines(keepends=True))
    assert "7.0" in "".join(come)
    others = [each for each in parse_document(new).blocks if each.name != "gamma"]
    assert others == [each for each in document.blocks if each.name != "gamma"]


names = st.sampled_from(("alpha", "beta", "delta", "gamma", "zeta"))
wishes = st.builds(
    WantedPin,
    names,
    st.sampled_from(("1.0", "2.0")),
    st.sampled_from(((), ("x",))),
    st.sampled_from((("sha256:" + "1" * 64,), ("sha256:" + "2" * 64, "sha256:" + "3" * 64))),
    st.sampled_from((None, 'sys_platform == "win32"')),
    st.sampled_from((("-r requirements.in",), ("-r requirements.in", "other"))),
)
wanted_stacks = st.dictionaries(names, wishes).map(
    lambda found: {
        name: WantedPin(name, *(getattr(pin, key) for key in WantedPin.__slots__[1:]))
        for name, pin in found.items()
    }
)


@pytest.mark.parametrize(
    "name",
    ["pip-compile-hashes.txt", "pip-compile-line.txt", "freeze.txt", "windows.txt", "uv.txt"],
)
@given(wanted=wanted_stacks)
def test_what_is_wanted_is_what_the_file_says_afterwards(name, wanted):
    document = parse_document(CORPUS[name])
    once_updated = update_document(document, wanted.values())
    data = once_updated.render()
    assert read_requirements_lock(data)["default"] == {
        pin.name: pin.version for pin in wanted.values()
    }
    again = update_document(parse_document(data), wanted.values()).render()
    assert again == data
    kept = [block.text for block in document.blocks if block.name is None]
    assert [block.text for block in once_updated.blocks if block.name is None] == kept


@pytest.mark.parametrize(
    "name", ["pip-compile-hashes.txt", "pip-compile-line-hashes.txt", "pip-compile.txt", "uv.txt"]
)
@given(wanted=wanted_stacks)
def test_annotations_and_hashes_are_true_afterwards(name, wanted):
    data = update_document(parse_document(CORPUS[name]), wanted.values()).render()
    blocks = {block.name: block for block in parse_document(data).blocks if block.name}
    hashed = b"--hash" in data
    for name_, pin in wanted.items():
        assert set(blocks[name_].via or ()) == set(pin.via)
        assert set(blocks[name_].hashes) == (set(pin.hashes) if hashed else set())


def render(text, stack, manifest="alpha\ngamma\n"):
    files = MappingFiles({"requirements.in": manifest.encode()})
    return render_requirements(
        read_manifest(files, "requirements.in"), {"default": stack}, text.encode()
    ).decode()


def test_remark_on_a_line_stays_when_the_version_changes():
    text = "alpha==1.0  # keep until the demo\ngamma==1.0\n"
    stack = make_stack(make_pin("alpha", "2.0"), make_pin("gamma", "1.0"))
    assert render(text, stack) == "alpha==2.0  # keep until the demo\ngamma==1.0\n"


def test_new_package_comes_after_the_one_before_it_and_under_no_foreign_comment():
    text = "# Web\nalpha==1.0\n# Batch\ngamma==1.0\n"
    stack = make_stack(
        make_pin("alpha", "1.0"),
        make_pin("beta", "3.0", required_by=[("alpha", "beta")]),
        make_pin("gamma", "1.0"),
    )
    assert render(text, stack) == "# Web\nalpha==1.0\nbeta==3.0\n# Batch\ngamma==1.0\n"


def test_dropped_requirer_is_dropped_from_the_annotation():
    text = CORPUS["pip-compile.txt"].decode()
    stack = make_stack(
        make_pin("alpha", "1.0"), make_pin("beta", "1.0", required_by=[("alpha", "beta")])
    )
    after = render(text, stack, manifest="alpha\n")
    assert after.endswith("beta==1.0\n    # via alpha\n")
    assert "gamma" not in after


def test_marker_of_the_manifest_is_kept_and_another_one_is_not():
    text = "alpha==1.0 ; python_version > '3'\ngamma==1.0 ; os_name == 'nt'\n"
    stack = make_stack(
        make_pin("alpha", "2.0", required_by=[(None, "alpha; python_version > '3'")]),
        make_pin("gamma", "1.0", required_by=[(None, "gamma")]),
    )
    assert render(text, stack) == "alpha==2.0 ; python_version > '3'\ngamma==1.0\n"


def test_name_that_pip_compile_only_mentions_is_not_pinned():
    text = CORPUS["pip-compile-unsafe.txt"].decode()
    stack = make_stack(
        make_pin("alpha", "1.0"),
        make_pin("beta", "1.0", required_by=[("alpha", "beta")]),
        make_pin("gamma", "1.0"),
        make_pin("setuptools", "70", required_by=[("alpha", "setuptools")]),
    )
    assert render(text, stack) == text


def test_package_pinned_per_platform_becomes_the_one_that_was_solved():
    text = CORPUS["duplicates.txt"].decode()
    stack = make_stack(make_pin("alpha", "3.0"), make_pin("gamma", "1.0"))
    assert render(text, stack) == "alpha==3.0\ngamma==1.0\n"


def test_file_of_other_indexes_than_the_manifest_names_is_written_anew():
    text = "--index-url https://old.example/simple\nalpha==1.0\ngamma==1.0\n"
    stack = make_stack(make_pin("alpha", "1.0"), make_pin("gamma", "1.0"))
    after = render(text, stack, manifest="--index-url https://new.example/simple\nalpha\ngamma\n")
    assert "https://old.example" not in after
    assert "--index-url https://new.example/simple\n" in after


def test_first_line_of_thoth_names_the_manifest_as_it_is_now():
    text = (
        "# Locked by Thoth. To lock again: thoth lock -r old.in --format requirements\nalpha==1.0\n"
    )
    after = render(text, make_stack(make_pin("alpha", "1.0")), manifest="alpha\n")
    assert after.startswith("# Locked by Thoth. To lock again: thoth lock -r requirements.in ")


def test_hostile_file_is_read_in_linear_time():
    text = ("a==1 \\\n" + "    # via\n    #   " * 3 + "b\n") * 20_000
    document = parse_document(text.encode())
    assert document.render() == text.encode()
