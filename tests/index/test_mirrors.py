"""A mirror is asked, the lockfile names the index."""

from __future__ import annotations

import pytest

from advisor_core.cli.main import main
from advisor_core.errors import InputError
from advisor_core.index.mirrors import mirrored, read_mirrors
from advisor_core.model import IndexSource, Manifest
from bot.jobs.indexes import IndexPolicy
from bot.settings import Settings
from fakes.package_index import PackageIndex

INDEX = "https://index.example/simple"
SOURCES = (IndexSource("own", INDEX), IndexSource("links", f"{INDEX}/", flat=True))


def test_lockfiles_name_the_index_and_only_its_mirror_is_asked(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("THOTH_CACHE_DIR", str(tmp_path / "cache"))
    with PackageIndex() as mirror:
        (file,) = mirror.add("alpha", "1.0")
        monkeypatch.setenv("THOTH_INDEX_MIRRORS", f"{INDEX}/={mirror.url}/")
        (tmp_path / "requirements.in").write_text(f"--index-url {INDEX}\nalpha\n")
        assert main(["lock", "-o", "requirements.txt"]) == 0
        text = (tmp_path / "requirements.txt").read_text()
        assert f"--index-url {INDEX}\n" in text
        assert file.distribution.sha256 in text
        assert mirror.origin not in text
        assert main(["verify"]) == 0, capsys.readouterr().out


def test_the_app_asks_a_mirror_with_the_operators_credentials():
    mirrors = read_mirrors(f"{INDEX}=https://me:secret@mirror.example/simple")
    policy = IndexPolicy.of(Settings(app=None, mirrors=mirrors))
    manifest = Manifest("requirements.in", "requirements", (), sources=SOURCES[:1])
    (asked,) = policy.sources(manifest)
    assert (asked.name, asked.url) == ("own", "https://me:secret@mirror.example/simple")
    assert policy.tool_refusal(manifest) is not None
    foreign = (IndexSource("m", "https://m.example"),)
    other = Manifest("a.in", "requirements", (), sources=foreign)
    with pytest.raises(InputError, match="may not ask"):
        policy.sources(other)


def test_the_default_index_has_a_mirror_too():
    policy = IndexPolicy.of(
        Settings(app=None, mirrors=read_mirrors("https://PyPI.org/simple/=https://m.example/s"))
    )
    (asked,) = policy.sources(Manifest("requirements.in", "requirements", ()))
    assert asked.url == "https://m.example/s"


def test_pages_of_links_and_other_indexes_have_no_mirror():
    other = IndexSource("other", "https://other.example/simple")
    found = mirrored((*SOURCES, other), read_mirrors(f"{INDEX}=https://m.example/s"))
    assert found == (IndexSource("own", "https://m.example/s"), SOURCES[1], other)


@pytest.mark.parametrize(
    "text", ["x", f"{INDEX}=", f"{INDEX}=ftp://m", f"{INDEX}=https://u:secret@m?x=1"]
)
def test_what_is_no_pair_is_told_without_what_it_holds(text):
    with pytest.raises(InputError) as caught:
        read_mirrors(text)
    assert "secret" not in str(caught.value)
