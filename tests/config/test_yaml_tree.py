from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor_core.config.yaml_tree import (
    MAXIMUM_BYTES,
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
    read_yaml,
)
from advisor_core.errors import InputError


def plain(node: Node | None) -> object:
    if isinstance(node, MappingNode):
        return {key: plain(value) for key, value in node.entries.items()}
    if isinstance(node, SequenceNode):
        return [plain(item) for item in node.items]
    return node.text if isinstance(node, ScalarNode) else None


def faults_of(text: str | bytes) -> list[str]:
    content = text.encode() if isinstance(text, str) else text
    with pytest.raises(InputError) as caught:
        read_yaml(content, "f.yaml")
    return [str(fault) for fault in caught.value.faults]


def test_a_scalar_keeps_its_own_text_and_line():
    root = read_yaml(b"a: 1\npython_version: 3.10\n", "f.yaml")
    assert isinstance(root, MappingNode)
    node = root.entries["python_version"]
    assert isinstance(node, ScalarNode)
    assert (node.text, node.plain, node.line) == ("3.10", True, 2)


def test_an_empty_file_has_no_root():
    assert read_yaml(b"# nothing\n", "f.yaml") is None


def test_aliases_and_merge_keys_are_followed_and_written_keys_win():
    text = b"base: &b {x: 1, y: 2}\nentry:\n  <<: *b\n  y: 3\nagain: [*b, *b]\n"
    assert plain(read_yaml(text, "f.yaml")) == {
        "base": {"x": "1", "y": "2"},
        "entry": {"y": "3", "x": "1"},
        "again": [{"x": "1", "y": "2"}, {"x": "1", "y": "2"}],
    }


def test_a_bomb_of_nested_aliases_is_refused_with_its_line():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert faults_of("\n".join(lines)) == ["f.yaml:5: more than 20000 values, aliases followed"]


def test_an_alias_of_itself_is_refused():
    assert faults_of("a: &x [*x]") == [
        "f.yaml:1: an alias of something that is not complete before it: 'x'"
    ]


@pytest.mark.parametrize("depth", [50, 100_000])
def test_deep_nesting_is_refused_without_recursion(depth):
    (fault,) = faults_of("[" * depth)
    assert fault == "f.yaml:1: nested deeper than 20 levels"


def test_a_python_object_is_never_constructed():
    assert faults_of("a: !!python/object/apply:os.system [echo]\nb: !x 1\n") == [
        (
            "f.yaml:1: tags are not supported: 'tag:yaml.org,2002:python/object/apply:os.system'\n"
            "  hint: leave the tag out"
        ),
        "f.yaml:2: tags are not supported: '!x'\n  hint: leave the tag out",
    ]


def test_a_repeated_key_names_both_lines():
    assert faults_of("a: 1\nb: 2\na: 3\n") == [
        "f.yaml:3: the key is given twice, first on line 1: 'a'"
    ]


def test_a_second_document_is_refused():
    (fault,) = faults_of("a: 1\n---\nb: 2\n")
    assert fault.startswith("f.yaml:2: a second document")


def test_a_key_that_is_a_list_is_refused():
    assert faults_of("? [a]\n: 1\n") == ["f.yaml:1: a key must be a text, not a list or a mapping"]


def test_broken_syntax_is_reported_with_its_line():
    (fault,) = faults_of("a: 1\nb: [1, 2\nc: 3\n")
    assert fault.startswith("f.yaml:3: not YAML: ")


def test_a_control_character_is_reported_with_its_line():
    (fault,) = faults_of(b"a: 1\nb: \x07\n")
    assert fault.startswith("f.yaml:2: not YAML: ")


def test_bytes_that_are_not_utf8_are_reported_with_their_line():
    assert faults_of(b"a: 1\nb: \xff\n") == [
        "f.yaml:2: not UTF-8: byte 0xff\n  hint: save it as UTF-8"
    ]


def test_a_huge_file_is_refused_unread():
    (fault,) = faults_of(b"#" * (MAXIMUM_BYTES + 1))
    assert fault.startswith(f"f.yaml: the file is too large: {MAXIMUM_BYTES + 1} bytes")


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode()))
def test_any_bytes_give_a_tree_or_an_input_error(content):
    with contextlib.suppress(InputError):
        read_yaml(content, "f.yaml")


SCALARS = st.text(alphabet="abc 013.:-", min_size=1, max_size=8).map(lambda text: f"'{text}'")
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3).map(lambda items: "[" + ", ".join(items) + "]"),
    max_leaves=10,
)


@given(st.dictionaries(st.text(alphabet="abcd", min_size=1, max_size=3), VALUES, max_size=4))
def test_the_tree_agrees_with_pyyaml_on_quoted_values(mapping):
    import yaml

    text = "".join(f"{key}: {value}\n" for key, value in mapping.items())
    assert (plain(read_yaml(text.encode(), "f.yaml")) or {}) == (yaml.safe_load(text) or {})
