"""Laws on a corpus of files: unread bytes stay, one change touches one package, faults name their line.

`tests/data/corpus` holds situations from the tools' documentation, re-made by hand, what the real tools
wrote (`record_corpus.py`), and files with one fault each; `tests/data/lockfiles` and `tests/data/pipenv`
are part of it.
"""

from __future__ import annotations

from dataclasses import replace as changed
from pathlib import Path

import pytest

from advisor_core.errors import InputError
from advisor_core.lockfiles.formats import entry_reader, format_of, lock_reader
from advisor_core.lockfiles.requirements_document import parse_document
from advisor_core.lockfiles.requirements_update import WantedPin, update_document
from advisor_core.manifests import MappingFiles, read_manifest
from advisor_core.manifests.pins import move_pins
from advisor_core.manifests.pyproject_edit import set_specifier
from advisor_core.standards import normalize_version, parse_requirement
from fakes.corpus import Entry, read_corpus

DATA = Path(__file__).parents[1] / "data"


def on_disk(*patterns):
    return [
        Entry(f"{path.parent.name}/{path.name}", path.read_bytes(), None)
        for pattern in patterns
        for path in sorted(DATA.glob(pattern))
    ]


TOOLS = read_corpus("tools")
REQUIREMENTS = [
    *read_corpus("requirements"),
    *(each for each in TOOLS if each.path == "requirements.txt"),
    *on_disk("lockfiles/requirements/*.txt"),
]
PROJECTS = read_corpus("pyproject")
OTHERS = [*read_corpus("others"), *on_disk("pipenv/*/Pipfile")]
LOCKS = [
    *(each for each in TOOLS if each.path != "requirements.txt"),
    *(
        changed(each, name=f"{each.name.partition('/')[0]}/{each.name.partition('/')[0]}.lock")
        for each in on_disk("lockfiles/*/project.lock")
    ),
    *on_disk("pipenv/*/Pipfile.lock"),
]
BAD = read_corpus("bad")


def named(entries):
    return pytest.mark.parametrize("entry", entries, ids=[each.name for each in entries])


class Around(MappingFiles):
    """The files of one entry; whatever it includes exists and is empty."""

    def read(self, path):
        found = super().read(path)
        return b"" if found is None and path.endswith((".in", ".txt")) else found


def read(entry):
    return read_manifest(Around({entry.path: entry.data}), entry.path, everything=True)


def test_corpus_is_as_large_as_it_is_said_to_be():
    found = [*REQUIREMENTS, *PROJECTS, *OTHERS, *LOCKS, *BAD]
    assert len({(each.name, each.data) for each in found}) >= 300


@named(REQUIREMENTS)
def test_requirements_file_is_rendered_as_it_was_parsed(entry):
    assert parse_document(entry.data).render() == entry.data


@named([each for each in REQUIREMENTS if each.path != "requirements.in"])
def test_change_of_one_package_touches_its_lines_alone(entry):
    document = parse_document(entry.data)
    pinned = [
        (block, parse_requirement(block.requirement))
        for block in document.blocks
        if block.name is not None
    ]
    names = [block.name for block, _ in pinned]
    single = [
        (block, requirement)
        for block, requirement in pinned
        if names.count(block.name) == 1 and requirement.specifier.startswith("==")
    ]
    if len(single) != len(pinned):
        single = []  # an update would put them right, which is more than one change
    for moved, _ in single[:4]:
        wanted = [
            WantedPin(
                requirement.name,
                "99.1" if block is moved else normalize_version(requirement.specifier.strip("= ")),
                requirement.extras,
                ("sha256:" + "9" * 64,) if block is moved else block.hashes or ("sha256:0",),
                requirement.marker,
                block.via or (),
            )
            for block, requirement in single
        ]
        after = update_document(document, wanted)
        texts = [block.text for block in after.blocks]
        assert len(texts) == len(document.blocks)
        different = [
            before.name
            for before, text in zip(document.blocks, texts, strict=True)
            if before.text.rstrip("\r\n") != text.rstrip("\r\n")
        ]
        assert different == [moved.name]
        assert "99.1" in texts[document.blocks.index(moved)]


@named(PROJECTS)
def test_project_keeps_every_byte_but_those_of_the_requirement_that_is_edited(entry):
    manifest = read(entry)
    declared = [
        each
        for category in manifest.categories
        for each in category.requirements
        if each.kept is None and each.via is None
    ]
    lines = entry.data.splitlines()
    for each in declared[:5]:
        after = set_specifier(entry.data, each, ">=98.7")
        if after is None:
            assert each.requirement.name == "numpy"  # one of several entries of a package
            continue
        assert b">=98.7" in after
        touched = [
            number
            for number, (old, new) in enumerate(zip(lines, after.splitlines(), strict=True), 1)
            if old != new
        ]
        assert touched == [each.origin.line]
        place = (each.origin, each.requirement.name)
        again = [
            other.requirement.specifier
            for category in read(changed(entry, data=after)).categories
            for other in category.requirements
            if (other.origin, other.requirement.name) == place
        ]
        assert set(again) == {">=98.7"}


@named([*PROJECTS, *OTHERS])
def test_manifest_is_read_and_its_pins_move_to_where_they_are_without_a_change(entry):
    manifest = read(entry)
    versions = {
        each.requirement.name: normalize_version(each.requirement.specifier[2:])
        for category in manifest.categories
        for each in category.requirements
        if each.requirement.specifier.startswith("==") and "*" not in each.requirement.specifier
    }
    assert move_pins(manifest, versions) == {}


@named(LOCKS)
def test_lock_is_read_alike_by_both_readers(entry):
    form = format_of(entry.path)
    versions = lock_reader(form)(entry.data, entry.path)
    entries = entry_reader(form)(entry.data, entry.path).entries
    listed = {(each.name, each.version) for each in entries}
    assert {pair for category in versions.values() for pair in category.items()} <= listed
    assert all(each.origin.file == entry.path for each in entries)


def read_strictly(entry):
    if entry.path.endswith((".lock", ".txt")) or entry.path == "pylock.toml":
        lock_reader(format_of(entry.path))(entry.data, entry.path)
    else:
        read_manifest(MappingFiles({entry.path: entry.data}), entry.path, everything=True)


@named(BAD)
def test_the_one_fault_of_a_file_is_told_with_its_line_and_the_way_out(entry):
    with pytest.raises(InputError) as caught:
        read_strictly(entry)
    (fault,) = caught.value.faults
    assert fault.hint
    wanted = entry.path if entry.line is None else f"{entry.path}:{entry.line}"
    assert fault.place.startswith(wanted), fault
    assert len(fault.message) < 400
