"""`--find-links` and flat indexes, from the manifest to the lockfile and back."""

from __future__ import annotations

import tomllib

import pytest

from advisor_core.cli.main import main
from advisor_core.errors import InputError
from advisor_core.manifests import MappingFiles, read_manifest
from advisor_core.model import IndexSource
from fakes.distributions import make_wheel
from fakes.package_index import PackageIndex

PYPI = IndexSource("pypi", "https://pypi.org/simple")


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("THOTH_CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "vendor").mkdir()
    wheel = make_wheel("ours", "1.0", requires=["public"])
    (tmp_path / "vendor" / wheel.filename).write_bytes(wheel.content)
    return tmp_path, wheel


@pytest.fixture
def index():
    with PackageIndex() as index:
        index.add("public", "2.0")
        index.add("ours", "9.9")
        yield index


def sources_of(path, text, **files):
    contents = {path: text.encode(), "vendor/x": b"", "sub/wheels/x": b""}
    return read_manifest(MappingFiles(contents), path, **files).sources


@pytest.mark.parametrize(
    ("path", "text", "expected"),
    [
        ("a.in", "-f vendor/\nx\n", (IndexSource("vendor", "vendor", flat=True), PYPI)),
        ("sub/a.in", "-f wheels", (IndexSource("sub/wheels", "sub/wheels", flat=True), PYPI)),
        ("sub/a.in", "-f vendor", (IndexSource("vendor", "vendor", flat=True), PYPI)),
        ("a.in", "--no-index\n-f ./vendor", (IndexSource("vendor", "vendor", flat=True),)),
        (
            "a.in",
            "--extra-index-url https://e.example/simple\n--find-links=https://l.example/p.html",
            (
                IndexSource("l.example", "https://l.example/p.html", flat=True),
                PYPI,
                IndexSource("e.example", "https://e.example/simple"),
            ),
        ),
        (
            "sub/pyproject.toml",
            '[project]\nname = "p"\ndependencies = []\n[tool.uv]\nfind-links = ["../vendor"]\n',
            (IndexSource("find-links-1", "vendor", flat=True), PYPI),
        ),
        (
            "pyproject.toml",
            (
                '[project]\nname = "p"\ndependencies = []\n[[tool.uv.index]]\nname = "w"\n'
                'url = "vendor"\nformat = "flat"\nexplicit = true\n'
            ),
            (IndexSource("w", "vendor", explicit=True, flat=True), PYPI),
        ),
        (
            "pyproject.toml",
            (
                '[project]\nname = "p"\ndependencies = []\n[[tool.pdm.source]]\nname = "w"\n'
                'url = "https://l.example/p"\ntype = "find_links"\n'
            ),
            (IndexSource("w", "https://l.example/p", flat=True), PYPI),
        ),
        (
            "pyproject.toml",
            (
                '[tool.poetry.dependencies]\npython = "^3.11"\n[[tool.poetry.source]]\nname = "w"\n'
                'url = "https://l.example/p.html"\npriority = "supplemental"\n'
            ),
            (PYPI, IndexSource("w", "https://l.example/p.html", flat=True)),
        ),
    ],
)
def test_each_tool_says_it_in_its_own_way(path, text, expected):
    assert sources_of(path, text) == expected


@pytest.mark.parametrize(
    "value", ["../up", "/etc", "missing", "file:///etc", "ftp://e.example/", "file:vendor"]
)
def test_only_pages_and_folders_of_the_project_are_searched(value):
    for path, text in (
        ("a.in", f"-f {value}\n"),
        ("pyproject.toml", f'[project]\nname = "p"\n[tool.uv]\nfind-links = ["{value}"]\n'),
    ):
        with pytest.raises(InputError):
            sources_of(path, text)


def test_no_index_needs_somewhere_to_look():
    with pytest.raises(InputError, match="nothing to lock from"):
        sources_of("a.in", "x\n--no-index\n")


def test_a_folder_of_the_project_is_locked_from_and_verified(project, index, capsys):
    folder, wheel = project
    (folder / "requirements.in").write_text(f"--index-url {index.url}\n-f vendor\nours\n")
    assert main(["lock", "-o", "requirements.txt"]) == 0
    text = (folder / "requirements.txt").read_text()
    assert f"--index-url {index.url}\n--find-links ./vendor\n" in text
    assert f"ours==1.0 \\\n    --hash=sha256:{wheel.sha256}\n" in text
    assert "public==2.0" in text
    assert index.count("ours") == 0
    assert main(["verify"]) == 0, capsys.readouterr().out
    assert main(["lock", "-o", "requirements.txt", "--offline"]) == 0
    assert (folder / "requirements.txt").read_text() == text


def test_pylock_names_the_file_where_it_is(project, index):
    folder, wheel = project
    (folder / "sub").mkdir()
    (folder / "sub/pyproject.toml").write_text(
        '[project]\nname = "p"\nversion = "1"\ndependencies = ["ours"]\n[tool.uv]\n'
        f'find-links = ["../vendor"]\nindex-url = "{index.url}"\n'
    )
    assert main(["lock", "sub/pyproject.toml", "--format", "pylock", "-o", "sub/pylock.toml"]) == 0
    ours, public = tomllib.loads((folder / "sub/pylock.toml").read_text())["packages"]
    (locked,) = ours["wheels"]
    assert locked["path"] == f"../vendor/{wheel.filename}"
    assert locked["hashes"] == {"sha256": wheel.sha256}
    assert "index" not in ours
    assert public["index"] == index.url


def test_a_page_of_links_is_locked_from(project, index, capsys):
    folder, _ = project
    with PackageIndex() as page:
        page.add("ours", "3.0", requires=["public"])
        (folder / "requirements.in").write_text(
            f"--index-url {index.url}\n--find-links {page.links_url}\nours\n"
        )
        assert main(["lock", "-o", "requirements.txt"]) == 0
        text = (folder / "requirements.txt").read_text()
        assert f"--find-links {page.links_url}\n" in text
        assert "ours==3.0" in text
        assert main(["verify"]) == 0, capsys.readouterr().out
