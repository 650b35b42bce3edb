"""What an index tells of releases besides what a resolver needs."""

from __future__ import annotations

import hashlib

import pytest

from advisor_core.index.release_facts import read_release_facts
from advisor_core.model import Artifact, IndexSource
from advisor_core.release_facts import ReleaseFacts, compare_releases
from fakes.distributions import make_sdist, make_wheel
from fakes.package_index import PackageIndex

DOCUMENT = """\
Metadata-Version: 2.4
Name: flask
Version: {version}
Author-email: Ada <ada@example.org>, "Grace H." <Grace@example.org>
License-Expression: BSD-3-Clause
Project-URL: Changelog, https://flask.example/changes
Project-URL: no comma
Project-URL: Evil | @octocat, javascript:alert(1)

text
"""


@pytest.fixture
def index():
    with PackageIndex() as running:
        yield running


@pytest.fixture
def add(index):
    def add_release(version, *, document=DOCUMENT, provenance=None, sdist=False):
        metadata = document.format(version=version).encode()
        made = make_wheel("flask", version, metadata=metadata)
        files = [index.add_file("flask", made, metadata="advertised", provenance=provenance)]
        if sdist:
            files.append(index.add_file("flask", make_sdist("flask", version)))
        return "flask", version, tuple(artifact(index, each) for each in files)

    return add_release


def artifact(index, file):
    made = file.distribution
    advertised = made.metadata_sha256 if file.metadata == "advertised" else False
    hashes, size = {"sha256": made.sha256}, len(made.content)
    return Artifact(made.filename, index.file_url(made.filename), hashes, size, metadata=advertised)


def read(index, folder, *releases):
    return read_release_facts(IndexSource("pypi", index.url), releases, folder=folder)


def test_everything_that_is_told_is_read(index, add, tmp_path):
    release = add("1.0", provenance="https://pypi.example/provenance", sdist=True)
    found = read(index, tmp_path, release)["flask", "1.0"]
    assert found == ReleaseFacts(
        wheels=1,
        sdists=1,
        largest=max(each.size for each in release[2]),
        attested=False,
        licence="BSD-3-Clause",
        people=("ada@example.org", "grace@example.org"),
        links=(
            ("Changelog", "https://flask.example/changes"),
            ("Evil | @octocat", "javascript:alert(1)"),
        ),
    )


def test_a_release_is_asked_for_once_and_then_kept(index, add, tmp_path):
    releases = [add("1.0"), add("2.0", provenance="https://x.example")]
    first = read(index, tmp_path, *releases)
    asked = len(index.requests)
    assert first["flask", "2.0"].attested
    assert read(index, tmp_path, *releases) == first
    assert len(index.requests) == asked
    for path in (tmp_path / "release-facts").iterdir():
        path.write_bytes(b"damaged")
    assert read(index, tmp_path, *releases) == first


def test_an_index_that_fails_leaves_what_the_files_tell_and_is_asked_again(add, index, tmp_path):
    release = add("1.0")
    broken = (release[0], release[1], tuple(_elsewhere(each) for each in release[2]))
    found = read(index, tmp_path, broken)["flask", "1.0"]
    assert (found.wheels, found.licence, found.links) == (1, "", ())
    assert found.largest == release[2][0].size
    assert not (tmp_path / "release-facts").exists()


def _elsewhere(each):
    return Artifact(each.filename, "http://127.0.0.1:9/none", each.hashes, each.size, metadata=True)


def test_metadata_that_is_not_what_the_index_promised_is_not_believed(index, add, tmp_path):
    name, version, (wheel,) = add("1.0")
    other = hashlib.sha256(b"other").hexdigest()
    wrong = Artifact(wheel.filename, wheel.url, wheel.hashes, wheel.size, metadata=other)
    found = read(index, tmp_path, (name, version, (wrong,)))["flask", "1.0"]
    assert found.licence == ""


@pytest.mark.parametrize(
    ("lines", "licence"),
    [
        ("License: MIT", "MIT"),
        ("License: MIT\nLicense-Expression: Apache-2.0", "Apache-2.0"),
        ("License: " + "x" * 200, ""),
        (
            "Classifier: License :: OSI Approved :: MIT License\nClassifier: Topic :: X",
            "MIT License",
        ),
    ],
)
def test_the_licence_is_in_one_of_three_fields(index, add, tmp_path, lines, licence):
    document = "Metadata-Version: 2.1\nName: flask\nVersion: {version}\n" + lines + "\n\n"
    found = read(index, tmp_path, add("1.0", document=document))
    assert found["flask", "1.0"].licence == licence


OLD = ReleaseFacts(2, 1, 1_000_000, attested=True, licence="MIT", people=("ada@x.example",))


@pytest.mark.parametrize(
    ("old", "new", "remarks"),
    [
        (OLD, OLD, ()),
        (None, OLD, ()),
        (
            OLD,
            ReleaseFacts(0, 1),
            ("no wheel, the release before had wheels, so installing it runs its code",),
        ),
        (None, ReleaseFacts(0, 1), ("no wheel, so installing it runs its code",)),
        (
            OLD,
            ReleaseFacts(
                1, 1, 3_000_000, attested=False, licence="AGPL-3.0", people=("eve@y.example",)
            ),
            (
                "other maintainers, eve@y.example, before ada@x.example",
                "attestations are gone; the release before told who built it",
                "licence AGPL-3.0, before MIT",
                "size 3.0 MB, before 1.0 MB",
            ),
        ),
        (
            ReleaseFacts(1, 0, 10, attested=False),
            ReleaseFacts(1, 0, 900_000, attested=True),
            ("attested now, which tells what pipeline built it (PEP 740)",),
        ),
        # One of several who stays is no change, and what is unknown tells nothing.
        (OLD, ReleaseFacts(1, 0, people=("ada@x.example", "eve@y.example")), ()),
        (OLD, ReleaseFacts(1, 0), ()),
    ],
)
def test_what_is_worth_a_look(old, new, remarks):
    assert compare_releases(old, new) == remarks
