"""Laws of the manifest readers, and of the scanner that tells lines."""

from __future__ import annotations

import contextlib
import json
import tomllib

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from advisor_core.errors import InputError
from advisor_core.lockfiles.pipfile_lock import render_pipfile_lock
from advisor_core.lockfiles.pipfile_lock_reader import read_pipfile_lock
from advisor_core.manifests import MappingFiles, read_manifest
from advisor_core.manifests.toml_lines import parse_toml

PATHS = ("Pipfile", "pyproject.toml", "requirements.in")

keys = st.from_regex(r"[a-z]{1,3}", fullmatch=True) | st.text(min_size=1, max_size=4)
values = st.recursive(
    st.integers()
    | st.booleans()
    | st.text(max_size=12)
    | st.sampled_from(('"', "'", '"""', "#", "]")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)


def inline(value: object, newline: str) -> str:
    """Write TOML with array elements on lines of their own, or not."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {inline(v, '')}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return (
            "["
            + newline
            + f",{newline}".join(inline(item, newline) for item in value)
            + newline
            + "]"
        )
    if isinstance(value, str) and newline and "'" not in value and value.isprintable():
        return f"'''\n{value}'''"
    return json.dumps(value)


@given(
    tables=st.dictionaries(keys, st.dictionaries(keys, values, max_size=4), max_size=4),
    newline=st.sampled_from(("", "\n", " # [x]\n")),
)
def test_line_of_a_key_is_where_it_is_written(
    tables: dict[str, dict[str, object]], newline: str
) -> None:
    lines: list[str] = []
    expected: dict[tuple[str, ...], int] = {}
    for table, entries in tables.items():
        lines.append(f"[{json.dumps(table)}]")
        expected[(table,)] = len(lines)
        for key, value in entries.items():
            expected[(table, key)] = len(lines) + 1
            lines.extend(f"{json.dumps(key)} = {inline(value, newline)}".split("\n"))
    text = "\n".join(lines)
    with contextlib.suppress(tomllib.TOMLDecodeError):
        tomllib.loads(text)
        found = parse_toml("x.toml", text.encode())[1]
        assert {path: found.get(path) for path in expected} == expected


hostile = (
    st.binary(max_size=200)
    | st.text(max_size=200).map(str.encode)
    | st.dictionaries(
        st.sampled_from(("packages", "source", "requires", "pipenv", "thoth", "project", "x")),
        values,
        max_size=4,
    ).map(
        lambda top: "\n".join(f"{key} = {inline(value, '')}" for key, value in top.items()).encode()
    )
    | st.dictionaries(
        st.sampled_from(("version", "markers", "git", "extras", "index", "hashes", "os_name")),
        values,
    ).map(lambda entry: f"[packages]\na = {inline(entry, '')}".encode())
    | st.lists(
        st.sampled_from(
            (
                "-r ",
                "-c ",
                "--hash=",
                "a",
                "==1",
                "\\\n",
                "\n",
                " #",
                "[",
                "]",
                ";",
                "--pre",
                "a.in ",
            )
        ),
        max_size=20,
    ).map(lambda parts: "".join(parts).encode())
)


@pytest.mark.parametrize("path", PATHS)
@given(data=hostile)
@example(data=b"[packages]\na = {version = '*', markers = 'os_name == \"" + b"x" * 10_000 + b"\"'}")
@example(data=b'"' * 10)
@example(data=b'a = "\\UFFFFFFFF"')
@example(data=b"x = " + b"9" * 5000)
@example(data=b"\xef\xbb\xbf[packages]\n")
def test_readers_raise_nothing_but_input_errors(path: str, data: bytes) -> None:
    with contextlib.suppress(InputError):
        manifest = read_manifest(MappingFiles({path: data, "a.in": b"-r requirements.in"}), path)
        assert manifest.categories[0].name == "default"
        if manifest.kind == "pipfile":
            assert read_pipfile_lock(render_pipfile_lock(manifest, {}))["default"] == {}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "data",
    [b"a" * 5_000_001, b"\xff" * 10, b"[" * 100_000, b"[[" * 100_000, b"a." * 200_000 + b"b = 1"],
    ids=["large", "bytes", "arrays", "headers", "parts"],
)
def test_hostile_text_is_an_input_error(path: str, data: bytes) -> None:
    with pytest.raises(InputError):
        read_manifest(MappingFiles({path: data}), path)
