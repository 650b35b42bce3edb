"""`thoth kb`: what it prints, and what it does when it cannot."""

from __future__ import annotations

import json
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from advisor_core.advisories import download
from advisor_core.cli.main import main
from advisor_core.knowledge import Store, open_advisories
from fakes.package_index import PackageIndex


def document(number, **changes):
    return {
        "id": f"PYSEC-{number}",
        "modified": "2024-01-02T00:00:00Z",
        "affected": [{"package": {"name": "a", "ecosystem": "PyPI"}, "versions": [f"{number}"]}],
        **changes,
    }


def lines(*documents):
    return "\n".join(map(json.dumps, documents)).encode()


@pytest.fixture
def url(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path))
    return f"sqlite:///{tmp_path}/data/thoth/knowledge.db"


@pytest.fixture
def osv(tmp_path):
    path = tmp_path / "osv.jsonl"
    path.write_bytes(lines(document(1), document(2, withdrawn="2024-01-01T00:00:00Z")))
    return path


@pytest.fixture
def host():
    """A server on loopback; what it answers is put in its `answers`, one after another."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            status, body, headers = self.server.answers.pop(0)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if "Content-Length" not in headers:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.answers = []
        server.url = f"http://127.0.0.1:{server.server_port}"
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_an_import_says_what_was_new_and_of_when_it_is(url, osv, capsys):
    assert main(["kb", "import-osv", str(osv)]) == 0
    assert capsys.readouterr().out == (
        "2 documents: 2 new advisories, 0 changed, 0 known, 1 withdrawn\nadvisories as of 2024-01-02\n"
    )
    with open_advisories(url) as advisories:
        assert [each.id for each in advisories.of_package("a")] == ["PYSEC-1"]


def test_json_is_one_object_with_everything_that_was_passed_over(url, osv, capsys):
    osv.write_bytes(lines(document(1), {"id": "?"}))
    assert main(["kb", "import-osv", str(osv), "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["status"] == "ok"
    assert answer["added"] == ["PYSEC-1"]
    assert answer["skipped"] == [{"place": f"{osv}:2", "reason": "not an identifier: '?'"}]


def test_foreign_text_does_not_reach_the_terminal_as_it_is(url, osv, capsys):
    osv.write_bytes(lines(document(1), {"id": "\x1b[2J"}))
    assert main(["kb", "import-osv", str(osv)]) == 0
    assert "\x1b" not in capsys.readouterr().err


def test_a_url_is_fetched_after_a_server_failed_once(url, host, tmp_path, capsys):
    path = tmp_path / "all.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("PYSEC-1.json", lines(document(1)))
    host.answers = [(503, b"", {}), (200, path.read_bytes(), {})]
    assert main(["kb", "import-osv", f"{host.url}/all.zip?token=hunter2"]) == 0
    assert "1 new" in capsys.readouterr().out
    with Store.open(url) as store, store.reading() as connection:
        source = connection.exec_driver_sql("SELECT source FROM advisory_import").scalar()
        assert source == f"{host.url}/all.zip"


@pytest.mark.parametrize(
    ("answers", "code", "said"),
    [
        ([(404, b"", {})], 3, "answers 404"),
        ([(200, b"", {"Content-Length": str(2 << 30)})], 3, "larger than the limit"),
        ([(200, b"<html>not found</html>", {})], 2, "not an OSV document"),
        ([(200, b"{}", {"Content-Length": "100"})] * 4, 3, "the connection failed"),
    ],
)
def test_a_fetch_that_fails_changes_nothing(url, host, capsys, answers, code, said):
    host.answers = list(answers)
    assert main(["kb", "import-osv", host.url, "--json"]) == code
    answer = json.loads(capsys.readouterr().out)
    assert said in answer["message"]
    assert answer["hint"]
    with open_advisories(url) as advisories:
        assert advisories.as_of is None


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("http://osv.example/all.zip", "by https alone"),
        ("file:///etc/passwd", "not a URL"),
        ("ftp://osv.example/all.zip", "by https alone"),
        ("https://", "not a URL"),
        ("http://[::1", "not a URL"),
    ],
)
def test_advisories_are_fetched_by_https_alone(url, capsys, source, said):
    assert main(["kb", "import-osv", source]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert "hint: write `https://" in told


def test_a_server_that_is_never_done_is_left(url, host, capsys, monkeypatch):
    monkeypatch.setattr(download, "_LONGEST_SECONDS", 0)
    host.answers = [(200, b"{}", {})] * 4
    assert main(["kb", "import-osv", host.url]) == 3
    assert "was not there after 0 minutes" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [[], ["import"], ["import-osv", "a", "b"], ["import-osv", "--frobnicate"]]
)
def test_wrong_words_are_told(words, capsys):
    assert main(["kb", *words]) == 2
    told = capsys.readouterr()
    assert "import-osv" in told.out + told.err or "--help" in told.err


def test_the_place_of_the_knowledge_base_can_be_named(url, osv, tmp_path):
    assert main(["kb", "import-osv", str(osv), "--db", f"sqlite:///{tmp_path}/other.db"]) == 0
    with open_advisories(f"sqlite:///{tmp_path}/other.db") as advisories:
        assert advisories.as_of is not None


@pytest.fixture
def index(monkeypatch, tmp_path):
    with PackageIndex() as running:
        monkeypatch.setenv("THOTH_INDEX_URL", running.url)
        monkeypatch.setenv("THOTH_CACHE_DIR", str(tmp_path / "cache"))
        running.add("flask", "1.0")
        yield running


def test_knowledge_is_asked_for_shown_exported_imported_and_pruned(
    url, index, osv, tmp_path, capsys
):
    assert main(["kb", "import-osv", str(osv)]) == 0
    assert main(["kb", "sync", "Flask"]) == 0
    assert "1 packages: 1 new releases, 0 vanished" in capsys.readouterr().out
    index.add("flask", "2.0")
    assert main(["kb", "sync"]) == 0
    assert "1 packages: 1 new releases" in capsys.readouterr().out
    assert main(["kb", "info"]) == 0
    told = capsys.readouterr().out
    assert "2 release\n" in told
    assert "advisories as of: 2024-01-02" in told
    file = tmp_path / "knowledge.zip"
    assert main(["kb", "export", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["format"] == "thoth-knowledge/1"
    other = f"sqlite:///{tmp_path}/other.db"
    assert main(["kb", "import", str(file), "--db", other]) == 0
    assert "1 packages: 2 new releases" in capsys.readouterr().out
    assert main(["kb", "prune", "--db", other, "--older-than", "0"]) == 0
    assert "deleted: 0 releases" in capsys.readouterr().out
    copy = tmp_path / "copy.db"
    assert main(["kb", "export", str(copy), "--backup"]) == 0
    capsys.readouterr()
    assert main(["kb", "info", "--db", f"sqlite:///{copy}", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["counts"]["release"] == 2


def test_packages_that_cannot_be_asked_for_are_named(url, index, capsys):
    assert main(["kb", "sync", "flask", "nothing"]) == 0
    told = capsys.readouterr()
    assert "2 packages: 1 new releases" in told.out
    assert "nothing: no index has nothing" in told.err
    assert main(["kb", "sync", "nothing"]) == 3


@pytest.mark.parametrize("words", [["info"], ["export", "out.zip"], ["prune"], ["advice"]])
def test_a_file_that_is_not_there_is_not_taken_for_an_empty_one(
    words, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(tmp_path)
    assert main(["kb", *words, "--db", "sqlite:///knowlege.db"]) == 2
    assert "--db: no such file: 'knowlege.db'" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
