from __future__ import annotations

import codecs

import pytest

from advisor_core.model import IndexSource


def rows(manifest) -> list[str]:
    return [
        f"{declared.requirement.name}{declared.requirement.specifier} {declared.origin}"
        for declared in manifest.categories[0].requirements
    ]


def test_lines_comments_continuations_and_includes_are_read(read) -> None:
    manifest = read(
        {
            "sub/requirements.in": "# first\nFlask>=2 # web\nclick>=8,\\\n  <9\n\n-r more.in\n"
            "-c ../limits.txt\n"
            "--pre\n--only-binary :all:\n--no-binary numpy,PyYAML\n--trusted-host x\n",
            "sub/more.in": "jinja2[i18n] ; python_version >= '3.8' \\\n# not part\nmarkupsafe\n"
            "-r requirements2.in",
            "sub/requirements2.in": "anyio\n-c ../limits.txt\n",
            "limits.txt": "click!=8.1\n",
        }
    )
    assert rows(manifest) == [
        "flask>=2 sub/requirements.in:2",
        "click>=8,<9 sub/requirements.in:3",
        "jinja2 sub/more.in:1",
        "markupsafe sub/more.in:3",
        "anyio sub/requirements2.in:1",
    ]
    (constraint,) = manifest.categories[0].constraints
    assert str(constraint.origin) == "limits.txt:1"
    assert manifest.allow_prereleases
    assert (manifest.only_binary, manifest.no_binary) == ((":all:",), ("numpy", "pyyaml"))
    assert sorted(manifest.files) == [
        "limits.txt",
        "sub/more.in",
        "sub/requirements.in",
        "sub/requirements2.in",
    ]


def test_requirements_of_a_constraints_file_are_constraints(read) -> None:
    manifest = read({"a.in": "x\n-c c.txt\n", "c.txt": "-r d.txt\ny<2\n", "d.txt": "z<3\n"})
    assert [item.requirement.name for item in manifest.categories[0].constraints] == ["z", "y"]


def test_indexes_keep_their_variables_and_order(read) -> None:
    manifest = read(
        {
            "a.in": "--index-url https://user:${TOKEN}@one.example/simple\n"
            "--extra-index-url=https://pypi.org/simple\n--extra-index-url https://one.example:8443/x\n"
        }
    )
    assert manifest.sources == (
        IndexSource("one.example", "https://user:${TOKEN}@one.example/simple"),
        IndexSource("pypi", "https://pypi.org/simple"),
        IndexSource("one.example-2", "https://one.example:8443/x"),
    )


def test_extra_index_alone_comes_after_the_default_one(read) -> None:
    manifest = read({"a.in": "--extra-index-url https://one.example/simple\n"})
    assert [source.name for source in manifest.sources] == ["pypi", "one.example"]


def test_no_index_lines_leave_the_choice_to_the_command_line(read) -> None:
    assert read({"a.in": "flask\n"}).sources == ()


def test_hashes_are_kept_with_their_requirement(read) -> None:
    digest = "sha256:" + "0" * 64
    manifest = read({"a.txt": f"flask==1 \\\n  --hash={digest} --hash='{digest}'\n"})
    assert manifest.categories[0].requirements[0].hashes == (digest, digest)


@pytest.mark.parametrize(
    "data",
    [
        codecs.BOM_UTF8 + "é>=1".replace("é", "e").encode(),
        codecs.BOM_UTF16_LE + "e>=1".encode("utf-16-le"),
        codecs.BOM_UTF32_BE + "e>=1".encode("utf-32-be"),
        b"# -*- coding: latin-1 -*-\n# \xe9\ne>=1\r\n",
        b"# coding: rot13\ne>=1\r",
    ],
)
def test_encodings_are_recognized(read, data: bytes) -> None:
    (requirement,) = read({"a.in": data}).categories[0].requirements
    assert requirement.requirement.name == "e"


def test_all_faults_of_all_files_are_reported_together(faults_of) -> None:
    files = {
        "a.in": "good\nb ad\n-e .\ngit+https://e.org/x\n./local\nx.whl\nname @ https://e.org/n.zip\n"
        "--find-links x\ngood2 --global-option=x\nh==1 --hash=md5:0\n-r missing.in\n-r ../out.in\n"
        "-r https://e.org/r.txt\n-r b.in\n-c c.txt\n--index-url\n--only-binary a/b\nbell\x07\n",
        "b.in": "-r a.in\nalso bad\n",
        "c.txt": "limited[x]<2\n",
    }
    assert faults_of(files) == [
        "a.in:2: not a PEP 508 requirement: 'b ad'",
        "a.in:3: cannot be pinned with hashes: '-e .'",
        "a.in:4: cannot be pinned with hashes: 'git+https://e.org/x'",
        "a.in:5: cannot be pinned with hashes: './local'",
        "a.in:6: cannot be pinned with hashes: 'x.whl'",
        "a.in:7: cannot be pinned with hashes: 'name @ https://e.org/n.zip'",
        "a.in:8: no such folder in the project: 'x'",
        "a.in:9: an option that is not supported here: '--global-option'",
        "a.in:10: not a hash: 'md5:0'",
        "a.in:11: no such file: 'missing.in'",
        "a.in:12: '../out.in': leaves the project: '../out.in'",
        "a.in:13: an included file must be in the project: 'https://e.org/r.txt'",
        "b.in:1: the file includes itself: a.in -> b.in -> a.in",
        "b.in:2: not a PEP 508 requirement: 'also bad'",
        "c.txt:1: a constraint with extras: 'limited[x]<2'",
        "a.in:16: `--index-url` without a value",
        "a.in:17: not a package name: 'a/b'",
        "a.in:18: holds a control character: '\\x07'",
    ]


def test_wrong_bytes_are_told_with_their_line(faults_of) -> None:
    assert faults_of({"a.in": b"a\nb\xff\n"}) == ["a.in:2: not UTF-8: byte 0xff at offset 3"]


def test_more_included_files_than_the_limit_are_refused(faults_of) -> None:
    files = {"a.in": "".join(f"-r {n}.in\n" for n in range(200))}
    files |= {f"{n}.in": "x\n" for n in range(200)}
    assert "more than 100 included files" in faults_of(files)[0]


def test_more_requirements_than_the_limit_are_refused(faults_of) -> None:
    assert faults_of({"a.in": "x\n" * 30_000}) == ["a.in:20002: more than 20000 requirements"]


def test_faults_show_no_password(faults_of) -> None:
    lines = (
        "-e git+https://me:SECRET@e.org/x.git#egg=x",
        "https://me:SEC@RET@e.org/x.whl",
        "x @ https://SECRET@e.org/x.whl",
        "-r https://me:SECRET@e.org/r.txt",
        "-f file://me:SECRET@e.org/x",
        f"-e https://me:SECRET{'x' * 1000}@e.org/x",
    )
    faults = faults_of({"a.in": "\n".join(lines)})
    assert len(faults) == len(lines)
    assert not [fault for fault in faults if "SEC" in fault or "RET" in fault]


@pytest.mark.parametrize("option", ["--extra-index-url", "--find-links"])
def test_more_indexes_than_anybody_has_are_one_fault(faults_of, option) -> None:
    text = "".join(f"{option} https://e.org/{number}\n" for number in range(50_000))
    assert faults_of({"a.in": text}) == ["a.in:101: more than 100 indexes or pages of links"]
