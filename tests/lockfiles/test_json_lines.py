"""Lines of keys in JSON text."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor_core.errors import InputError
from advisor_core.lockfiles.json_lines import json_lines
from advisor_core.lockfiles.pipfile_lock_reader import read_pipfile_lock

KEYS = st.text(max_size=4)
TREES = st.recursive(
    st.text(max_size=4) | st.integers() | st.lists(st.integers() | st.dictionaries(KEYS, KEYS)),
    lambda inner: st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


def test_keys_have_the_line_they_stand_on():
    text = '{\n "a": {"b": [{"no": 1}],\n "c": "\\"x\\": {"},\n\n "d": 1}\n'
    assert json_lines(text) == {("a",): 2, ("a", "b"): 2, ("a", "c"): 3, ("d",): 5}


@given(st.dictionaries(KEYS, TREES, max_size=4))
def test_every_key_of_every_object_has_a_line_that_names_it(tree):
    text = json.dumps(tree, indent=1)
    rows = text.split("\n")
    found = json_lines(text, depth=99)

    def walk(node, path):
        for key, value in node.items():
            assert rows[found[*path, key] - 1].lstrip().startswith(json.dumps(key))
            if isinstance(value, dict):
                walk(value, (*path, key))

    walk(tree, ())


@given(st.text(alphabet='{}[]",:\\\n a', max_size=60))
def test_text_that_is_no_json_is_no_error(text):
    json_lines(text)


def test_strings_that_never_end_take_linear_time():
    text = '\\"' * 1_000_000  # hours, if the end is looked for from each quote
    assert json_lines(text) == {}
    with pytest.raises(InputError, match="not JSON"):
        read_pipfile_lock(text.encode())
