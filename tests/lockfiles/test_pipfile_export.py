"""A requirements file that says what a Pipfile or its lock says, and can be read back."""

from __future__ import annotations

import json

import pytest
from packaging.requirements import Requirement

from advisor_core.errors import InputError
from advisor_core.lockfiles.pipfile_export import export_lockfile, export_manifest
from advisor_core.lockfiles.requirements_entries import read_requirements_entries
from advisor_core.manifests import read_manifest
from advisor_core.manifests.files import MappingFiles

PIPFILE = """\
[packages]
flask = {version = ">=2", extras = ["async"], markers = "sys_platform != 'win32'"}
jinja2 = "*"

[dev-packages]
pytest = "*"
"""


def manifest(text=PIPFILE):
    return read_manifest(MappingFiles({"Pipfile": text.encode()}), "Pipfile")


def lock(**default):
    return json.dumps(
        {"_meta": {}, "default": default, "develop": {"x": {"version": "==1"}}}
    ).encode()


def test_a_manifest_is_said_as_it_asks():
    text = export_manifest(manifest()).decode()
    assert text.replace('"', "'") == (
        "# Kept by Thoth as Pipfile says: change that file, not this one.\n"
        "flask[async]>=2 ; sys_platform != 'win32'\njinja2\n"
    )


def test_a_lock_is_said_with_extras_markers_and_hashes_and_read_back_alike():
    text = export_lockfile(
        lock(
            Flask={"version": "==3.0", "extras": ["async"], "hashes": ["sha256:bb", "sha256:aa"]},
            six={"version": "==1.16.0", "markers": "python_version < '3'"},
        ),
        manifest(),
        "Pipfile.lock",
    )
    assert text.decode().splitlines()[1:] == [
        "flask[async]==3.0 \\",
        "    --hash=sha256:aa \\",
        "    --hash=sha256:bb",
        "six==1.16.0 ; python_version < '3'",
    ]
    found = read_requirements_entries(text, "requirements.txt")
    assert [(each.name, each.version, each.hashes) for each in found.entries] == [
        ("flask", "3.0", ("sha256:aa", "sha256:bb")),
        ("six", "1.16.0", ()),
    ]


def test_a_commit_of_a_repository_is_said_so():
    entry = {"git": "https://example.org/a.git", "ref": "0" * 40, "subdirectory": "x"}
    line = export_lockfile(lock(a=entry), manifest(), "Pipfile.lock").decode().splitlines()[1]
    wanted = Requirement(line)
    assert wanted.url == f"git+https://example.org/a.git@{'0' * 40}#subdirectory=x"


def test_other_indexes_are_named_with_their_variables():
    sources = (
        '[[source]]\nname = "a"\nurl = "https://${USER}@a.example/simple"\nverify_ssl = true\n\n'
    )
    text = export_manifest(manifest(sources + PIPFILE)).decode()
    assert "--index-url https://${USER}@a.example/simple\n" in text


@pytest.mark.parametrize(
    "entry",
    [
        {"path": "."},
        {"git": "https://example.org/a.git"},
        {"git": "https://example.org/a.git", "ref": "x\n--index-url=https://evil.example"},
        {"version": "*"},
        {"version": "==1", "markers": "a\n--index-url https://evil.example"},
    ],
)
def test_what_a_requirements_file_cannot_say_is_refused(entry):
    with pytest.raises(InputError, match=r"Pipfile\.lock: default\.a"):
        export_lockfile(lock(a=entry), manifest(), "Pipfile.lock")
