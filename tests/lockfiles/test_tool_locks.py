"""Readers of `uv.lock`, `poetry.lock` and `pdm.lock`: one project as each tool locks it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor_core.errors import InputError
from advisor_core.lockfiles.formats import TOOL_FORMATS, format_of, read_entries, read_lock

DATA = Path(__file__).parents[1] / "data" / "lockfiles"
LOCKS = {tool: (DATA / tool / "project.lock").read_bytes() for tool in TOOL_FORMATS}

DEFAULT = {"alpha": "1.0", "beta": "2.0", "delta": "1.0", "gamma": "1.0", "winonly": "1.0"}


@pytest.mark.parametrize("tool", LOCKS)
def test_each_tool_pins_the_same_versions_in_the_same_groups(tool):
    assert read_lock(tool, LOCKS[tool], "lock") == {
        "default": DEFAULT,
        "web": {"iota": "1.0"},
        "dev": {"beta": "2.0", "zeta": "1.0"},
    }


@pytest.mark.parametrize("tool", LOCKS)
def test_entries_have_their_line_and_the_hash_of_their_files(tool):
    rows = LOCKS[tool].decode().splitlines()
    entries = [each for each in read_entries(tool, LOCKS[tool], "lock").entries if each.version]
    assert {each.name for each in entries} == {*DEFAULT, "iota", "zeta"}
    for entry in entries:
        assert rows[entry.origin.line - 1] == "[[package]]"
        assert rows[entry.origin.line] == f'name = "{entry.name}"'
        assert all(each.startswith("sha256:") for each in entry.hashes)
        assert entry.hashes


def test_package_from_version_control_pins_no_version():
    lock = read_entries("pdm", LOCKS["pdm"], "pdm.lock")
    (tool,) = [entry for entry in lock.entries if entry.name == "tool"]
    assert (tool.version, tool.free, tool.categories) == (None, False, ("dev",))


@pytest.mark.parametrize(("tool", "name"), TOOL_FORMATS.items())
def test_format_is_told_by_the_name(tool, name):
    assert format_of(f"folder/{name}") == tool


@pytest.mark.parametrize("tool", LOCKS)
@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('[[package]]\nname = "a"\nversion = "one"\n', "lock:1"),
        ('\n[[package]]\nversion = "1"\n', "lock:2"),
        ("package = 1\n", "lock: package"),
        ("package = [1]\n", "lock:1"),
        ("[[package]\n", "lock:1"),
        ("a = " + "[" * 100, "lock:1"),
    ],
)
def test_one_fault_is_told_with_its_line(tool, text, place):
    with pytest.raises(InputError) as caught:
        read_lock(tool, text.encode(), "lock")
    assert [fault.place for fault in caught.value.faults] == [place]


def test_all_faults_of_a_lock_are_told_together():
    text = b'[[package]]\nname = "a"\nversion = "x y"\n[[package]]\nversion = "1"\n'
    with pytest.raises(InputError) as caught:
        read_lock("uv", text, "uv.lock")
    assert [fault.place for fault in caught.value.faults] == ["uv.lock:1", "uv.lock:4"]


def test_fork_of_a_package_is_followed_by_its_version():
    text = b"""
[[package]]
name = "app"
source = { virtual = "." }
dependencies = [{ name = "a", version = "1", source = { registry = "https://i/simple" } }]
[package.dev-dependencies]
dev = [{ name = "a", version = "2", source = { registry = "https://i/simple" } }]
[[package]]
name = "a"
version = "1"
source = { registry = "https://i/simple" }
resolution-markers = ["sys_platform == 'win32'", "os_name == 'nt'"]
[[package]]
name = "a"
version = "2"
source = { registry = "https://i/simple" }
"""
    assert read_lock("uv", text, "uv.lock") == {"default": {"a": "1"}, "dev": {"a": "2"}}
    first = read_entries("uv", text, "uv.lock").entries[0]
    assert first.marker == "(sys_platform == 'win32') or (os_name == 'nt')"


def test_lock_whose_packages_lead_to_each_other_without_end_is_refused():
    text = '[[package]]\nname = "r"\nsource = { virtual = "." }\ndependencies = [{ name = "p" }]\n'
    text += "".join(
        f'[[package]]\nname = "p"\nversion = "{n}"\ndependencies = [{{ name = "p", extra = ["e{n}"] }}]\n'
        for n in range(400)
    )
    with pytest.raises(InputError, match="lead to each other"):
        read_lock("uv", text.encode(), "uv.lock")


values = st.recursive(
    st.sampled_from(('"a"', "1", "true", '"1.0"', '"sys_platform == 1"')),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda found: f"[{', '.join(found)}]")
        | st.dictionaries(
            st.sampled_from(("name", "version", "registry", "hash", "url", "extra")), inner
        ).map(lambda found: "{" + ", ".join(f"{k} = {v}" for k, v in found.items()) + "}")
    ),
    max_leaves=6,
)
KEYS = ("source", "dependencies", "optional-dependencies", "dev-dependencies", "wheels", "sdist")
MORE = ("files", "groups", "marker", "markers", "extras", "resolution-markers", "version")


@pytest.mark.parametrize("tool", LOCKS)
@given(st.lists(st.dictionaries(st.sampled_from(KEYS + MORE), values, max_size=5), max_size=3))
def test_values_of_any_type_are_read_or_refused(tool, packages):
    text = "".join(
        f'[[package]]\nname = "a{n}"\n'
        + "".join(f"{key} = {value}\n" for key, value in each.items())
        for n, each in enumerate(packages)
    )
    faults = ()
    try:
        read_entries(tool, text.encode(), "lock")
    except InputError as exc:
        faults = exc.faults
    assert all(fault.place.startswith("lock") for fault in faults)
