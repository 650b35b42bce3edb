"""Laws that every lockfile format keeps."""

from __future__ import annotations

import contextlib
import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor_core.errors import InputError
from advisor_core.lockfiles.difference import lock_difference
from advisor_core.lockfiles.formats import LOCK_FORMATS, lock_reader, lock_writer
from advisor_core.manifests import MappingFiles, read_manifest
from advisor_core.model import Manifest, Stack
from fakes.stacks import make_pin, make_stack

NAMES = ("alpha", "beta", "gamma", "delta", "zope-thing")

versions = st.builds("{}.{}".format, st.integers(0, 30), st.integers(0, 30))
chosen = st.dictionaries(st.sampled_from(NAMES), versions)
lock_versions = st.dictionaries(st.sampled_from(("default", "develop", "docs")), chosen)
edges = st.lists(
    st.tuples(
        st.sampled_from((None, *NAMES)),
        st.sampled_from(("", "[x]", ">=0", "<99")),
        st.sampled_from(
            ("", "; sys_platform == 'linux'", "; python_version > '3' or os_name == 'nt'")
        ),
    ),
    min_size=1,
    max_size=4,
)


def manifest_for(kind: str, names: list[str]) -> Manifest:
    pipfile = "[packages]\n" + "".join(f'{name} = "*"\n' for name in names)
    files = {"Pipfile": pipfile.encode(), "requirements.in": "\n".join(names).encode()}
    path = "Pipfile" if kind == "pipfile" else "requirements.in"
    return read_manifest(MappingFiles(files), path)


@st.composite
def stacks(draw: st.DrawFn) -> Stack:
    pins = []
    for name, version in draw(chosen).items():
        required_by = [
            (parent, f"{name}{extras}{marker}")
            for parent, extras, marker in draw(edges)
            if parent != name
        ]
        environments = draw(st.sampled_from((("a",), ("b",), ("a", "b"))))
        pins.append(
            make_pin(
                name,
                version,
                required_by=required_by or [(None, "")],
                environments=environments,
                requires_python=draw(st.sampled_from((None, ">=3.8", ">3.6,!=3.9.*", "<4"))),
            )
        )
    return make_stack(*pins)


def direct(stack: Stack) -> list[str]:
    return [name for name, pin in sorted(stack.pins.items()) if pin.direct]


@pytest.mark.parametrize("kind", LOCK_FORMATS)
@given(stack=stacks())
def test_what_is_written_reads_back_as_the_same_versions(kind: str, stack: Stack) -> None:
    lock = lock_writer(kind)(manifest_for(kind, direct(stack)), {"default": stack})
    read = lock_reader(kind)(lock, "lock")
    assert read["default"] == {name: pin.version for name, pin in stack.pins.items()}


@pytest.mark.parametrize("kind", LOCK_FORMATS)
@given(stack=stacks(), seed=st.integers(0, 100))
def test_order_of_pins_does_not_matter(kind: str, stack: Stack, seed: int) -> None:
    manifest = manifest_for(kind, direct(stack))
    names = list(stack.pins)
    random.Random(seed).shuffle(names)
    other = Stack({name: stack.pins[name] for name in names})
    assert lock_writer(kind)(manifest, {"default": other}) == lock_writer(kind)(
        manifest, {"default": stack}
    )


@pytest.mark.parametrize("kind", LOCK_FORMATS)
@given(stack=stacks())
def test_writing_over_its_own_output_changes_nothing(kind: str, stack: Stack) -> None:
    manifest = manifest_for(kind, direct(stack))
    lock = lock_writer(kind)(manifest, {"default": stack})
    assert lock_writer(kind)(manifest, {"default": stack}, lock) == lock


@given(old=lock_versions, new=lock_versions)
def test_difference_applied_to_the_old_lock_gives_the_new_one(
    old: dict[str, dict[str, str]], new: dict[str, dict[str, str]]
) -> None:
    patched = {category: dict(pins) for category, pins in old.items()}
    for change in lock_difference(old, new):
        pins = patched.setdefault(change.category, {})
        assert pins.pop(change.package, None) == change.old
        if change.new is not None:
            pins[change.package] = change.new
    assert {k: v for k, v in patched.items() if v} == {k: v for k, v in new.items() if v}
    assert lock_difference(new, new) == ()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
pipfile_like = st.fixed_dictionaries(
    {
        "default": st.dictionaries(
            st.text(max_size=8),
            st.fixed_dictionaries({"version": json_values, "git": json_values}) | json_values,
            max_size=3,
        )
    }
)


@pytest.mark.parametrize("kind", LOCK_FORMATS)
@given(
    data=st.binary(max_size=200)
    | st.text(max_size=200).map(str.encode)
    | (json_values | pipfile_like).map(lambda value: json.dumps(value).encode())
)
def test_readers_raise_nothing_but_input_errors(kind: str, data: bytes) -> None:
    with contextlib.suppress(InputError):
        read = lock_reader(kind)(data, "lock")
        assert all(isinstance(version, str) for pins in read.values() for version in pins.values())


toml_values = st.recursive(
    st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=6,
)


@given(
    packages=st.lists(st.dictionaries(st.sampled_from(("name", "version", "marker")), toml_values))
)
def test_pylock_reader_takes_any_table_for_a_package(packages: list[dict[str, object]]) -> None:
    lines = ['lock-version = "1.0"']
    for package in packages:
        lines.append("[[packages]]")
        lines.extend(f"{key} = {json.dumps(value)}" for key, value in package.items())
    with contextlib.suppress(InputError):
        assert "default" in lock_reader("pylock")("\n".join(lines).encode(), "pylock.toml")


@pytest.mark.parametrize("kind", LOCK_FORMATS)
@pytest.mark.parametrize(
    "data",
    [
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'a = "' + b"\\u" * 100_000,
        b"a." * 100_000 + b"a = 1",
        b"9" * 100_000,
        b'{"default": {"a": {"version": ' + b"9" * 5000 + b"}}}",
        b"\xff\xfe" + b"a" * 11,
        b"a" * 5_000_001,
    ],
    ids=["arrays", "objects", "escapes", "parts", "digits", "integer", "utf-16", "large"],
)
def test_hostile_text_is_an_input_error(kind: str, data: bytes) -> None:
    with pytest.raises(InputError):
        lock_reader(kind)(data, "lock")
