from __future__ import annotations

import io
import tomllib

import plette
import pytest

from advisor_core.manifests.pipfile_hash import pipfile_hash
from fakes.pipenv_cases import CASES, PipenvCase


@pytest.mark.parametrize("name", CASES)
def test_hash_is_the_one_that_pipenv_recorded(name: str) -> None:
    case = PipenvCase(name)
    document = tomllib.loads((case.folder / "Pipfile").read_text())
    assert pipfile_hash(document) == case.locked["_meta"]["hash"]["sha256"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        '[packages]\nflask = "*"\n',
        '[requires]\npython_version = "3.12"\n\n[docs]\nsphinx = {version = "*", extras = ["a"]}\n',
        '[scripts]\nrun = "x"\n\n[pipenv]\nallow_prereleases = true\n\n[dev-packages]\na = "1"\n',
        '[[source]]\nname = "a"\nurl = "https://example.org/é"\nverify_ssl = false\n',
    ],
)
def test_hash_of_normalized_names_is_plettes(text: str) -> None:
    expected = plette.Pipfile.load(io.StringIO(text)).get_hash().value
    assert pipfile_hash(tomllib.loads(text)) == expected


def test_hash_ignores_the_thoth_section_and_the_spelling_of_names() -> None:
    plain = tomllib.loads('[packages]\nmy-package = "*"\n')
    other = tomllib.loads(
        '[packages]\nMy_Package = "*"\n[thoth]\ndisable_index_adjustment = true\n'
        "[thoth.allow_prereleases]\nflask = true\n"
    )
    assert pipfile_hash(other) == pipfile_hash(plain)
