"""Credentials of indexes: kept encrypted, for one origin and repository, on SQLite and PostgreSQL."""

from __future__ import annotations

import io
import sys

import pytest
from cryptography.fernet import Fernet

from advisor_core.errors import InputError, StoreError
from bot.__main__ import main
from bot.commands.secret import read_origin
from bot.store.secrets import EVERY_REPOSITORY, Secrets, open_box
from bot.store.service import ServiceStore
from bot.store.tables import SecretRow, table_of

KEY = Fernet.generate_key().decode()
ORIGIN = "https://pypi.example"


@pytest.fixture
def store(database_url):
    opened = ServiceStore.open(database_url)
    yield opened
    opened.close()


@pytest.fixture
def secrets(store):
    return Secrets(store.database, open_box(KEY), clock=lambda: 5.0)


def test_repository_has_its_own_credentials_before_those_of_every_one(secrets):
    secrets.keep(ORIGIN, EVERY_REPOSITORY, "all", "1")
    secrets.keep(ORIGIN, "Me/Mine", "me", "old")
    secrets.keep(ORIGIN, "me/mine", "me", "2")
    secrets.keep("https://other.example", "you/yours", "you", "3")
    assert secrets.of("me/MINE") == {ORIGIN: ("me", "2")}
    assert secrets.of("some/body") == {ORIGIN: ("all", "1")}
    assert [(each.origin, each.repository, each.kept_at) for each in secrets.list()] == [
        ("https://other.example", "you/yours", 5.0),
        (ORIGIN, "", 5.0),
        (ORIGIN, "me/mine", 5.0),
    ]
    assert secrets.remove(ORIGIN, "me/mine")
    assert not secrets.remove(ORIGIN, "me/mine")
    assert secrets.of("me/mine") == {ORIGIN: ("all", "1")}


def test_database_holds_neither_user_nor_password(secrets, store):
    secrets.keep(ORIGIN, "me/mine", "hidden-user", "hidden-password")
    with store.database.read() as connection:
        row = connection.execute(table_of(SecretRow).select()).one()
    assert b"hidden" not in bytes(row.content)


def test_row_that_was_moved_to_another_origin_or_repository_is_no_use(secrets, store):
    secrets.keep(ORIGIN, "me/mine", "me", "2")
    table = table_of(SecretRow)
    with store.database.write() as connection:
        connection.execute(table.update().values(repository=""))
    with pytest.raises(StoreError, match="cannot be decrypted"):
        secrets.of("some/body")


def test_key_is_replaced_by_putting_the_new_one_first(secrets, store):
    secrets.keep(ORIGIN, "", "me", "2")
    new = Fernet.generate_key().decode()
    assert Secrets(store.database, open_box(f"{new},{KEY}")).of("a/b") == {ORIGIN: ("me", "2")}
    with pytest.raises(StoreError, match="cannot be decrypted"):
        Secrets(store.database, open_box(new)).of("a/b")


@pytest.mark.parametrize("key", [None, "", "short", "x" * 44])
def test_without_a_key_nothing_is_kept(key):
    with pytest.raises(InputError) as caught:
        open_box(key)
    assert "Fernet.generate_key" in str(caught.value)


@pytest.mark.parametrize(
    ("written", "origin"),
    [
        ("https://PyPI.example/simple/", ORIGIN),
        ("https://pypi.example:443", ORIGIN),
        ("http://localhost:8080/x", "http://localhost:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_origin_is_scheme_host_and_port(written, origin):
    assert read_origin(written) == origin


@pytest.mark.parametrize("written", ["pypi.example", "ftp://x", "https://user:secret@pypi.example"])
def test_what_is_no_origin_is_refused_and_not_repeated_with_its_password(written):
    with pytest.raises(InputError) as caught:
        read_origin(written)
    assert "secret" not in str(caught.value)


@pytest.fixture
def command(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("THOTH_SECRET_KEY", KEY)

    def run(*words, said=""):
        monkeypatch.setattr(sys, "stdin", io.StringIO(said))
        code = main(["secret", *words])
        return code, capsys.readouterr()

    return run


def test_command_keeps_lists_and_forgets_and_never_shows_the_password(command):
    code, told = command("set", f"{ORIGIN}/simple", "--repository", "me/mine", said="me\nhidden\n")
    assert (code, told.out) == (0, f"kept: {ORIGIN} for me/mine\n")
    code, told = command("list")
    assert code == 0
    assert told.out.startswith(f"{ORIGIN}  me/mine  ")
    assert "hidden" not in told.out + told.err
    assert command("remove", ORIGIN)[0] == 2
    assert command("remove", ORIGIN, "--repository", "me/mine")[0] == 0
    assert command("list")[1].out == ""


def test_command_without_a_key_or_input_says_what_to_do(command, monkeypatch):
    code, told = command("set", ORIGIN)
    assert (code, "no user and no password" in told.err) == (2, True)
    assert command("set", ORIGIN, "--repository", "mine", said="a\nb\n")[0] == 2
    monkeypatch.delenv("THOTH_SECRET_KEY")
    code, told = command("set", ORIGIN, said="a\nb\n")
    assert (code, "THOTH_SECRET_KEY: not set" in told.err) == (2, True)
