from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from advisor_core.errors import InputError
from bot.settings import Settings, read_environment, read_settings

KEY = rsa.generate_private_key(65537, 2048)
PKCS1 = KEY.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
PKCS8 = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
APP = {"APP_ID": "42", "PRIVATE_KEY": PKCS1, "WEBHOOK_SECRET": "quiet"}


def faults_of(environment):
    with pytest.raises(InputError) as caught:
        read_settings(environment)
    return {fault.place: fault.message for fault in caught.value.faults}


@pytest.mark.parametrize(("text", "where"), [(None, "import"), ("All", "all"), ("off", "off")])
def test_where_a_configuration_is_proposed_unasked(text, where):
    environment = {} if text is None else {"THOTH_ONBOARDING": text}
    assert read_settings(environment).onboarding == where


def test_without_app_settings_it_is_setup_mode_with_defaults():
    assert read_settings({}) == Settings(app=None)


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(PKCS1, id="PKCS#1"),
        pytest.param(PKCS8, id="PKCS#8"),
        pytest.param(PKCS1.replace("\n", "\\n"), id="escaped line ends"),
        pytest.param(base64.b64encode(PKCS1.encode()).decode(), id="base64"),
        pytest.param(base64.encodebytes(PKCS8.encode()).decode(), id="base64 in lines"),
    ],
)
def test_private_key_is_accepted_in_every_usual_form(key):
    app = read_settings(APP | {"PRIVATE_KEY": key}).app
    assert app is not None
    assert app.private_key == PKCS8


def test_private_key_is_read_from_its_file(tmp_path):
    (tmp_path / "key.pem").write_text(PKCS1)
    given = {"APP_ID": "42", "WEBHOOK_SECRET": "quiet"}
    app = read_settings(given | {"PRIVATE_KEY_PATH": str(tmp_path / "key.pem")}).app
    assert app is not None
    assert app.private_key == PKCS8


def test_names_for_mentions_are_apart_by_commas_or_blanks():
    assert read_settings({"THOTH_MENTION_NAMES": "thoth, my-bot keeper"}).mention_names == (
        "thoth",
        "my-bot",
        "keeper",
    )
    assert read_settings({}).mention_names == ()


def test_all_faults_are_told_at_once():
    faults = faults_of(
        {
            "APP_ID": "forty-two",
            "PORT": "99999",
            "GITHUB_API_URL": "github.example",
            "DATABASE_URL": "mysql://x",
            "LOG_LEVEL": "loud",
            "LOG_FORMAT": "xml",
            "WEBHOOK_PATH": "hooks",
            "THOTH_ALLOWED_INDEXES": "https://ok.example/simple, ftp://x/",
            "THOTH_MENTION_NAMES": "thoth, not/a-name",
        }
    )
    assert set(faults) == {
        "APP_ID",
        "WEBHOOK_SECRET",
        "PRIVATE_KEY",
        "PORT",
        "GITHUB_API_URL",
        "DATABASE_URL",
        "LOG_LEVEL",
        "LOG_FORMAT",
        "WEBHOOK_PATH",
        "THOTH_ALLOWED_INDEXES",
        "THOTH_MENTION_NAMES",
    }


@pytest.mark.parametrize("name", ["APP_ID", "PRIVATE_KEY", "WEBHOOK_SECRET"])
def test_some_app_settings_without_the_others_are_a_fault(name):
    given = {key: value for key, value in APP.items() if key != name}
    assert faults_of(given) == {name: "not set"}


def test_a_key_that_is_no_rsa_key_is_refused_without_showing_it():
    other = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    with pytest.raises(InputError) as caught:
        read_settings(APP | {"PRIVATE_KEY": other.decode()})
    assert "not an RSA private key" in str(caught.value)
    assert other.decode().split("\n")[1] not in str(caught.value)


def test_key_and_path_together_are_a_fault():
    given = APP | {"PRIVATE_KEY_PATH": "key.pem"}
    assert faults_of(given) == {"PRIVATE_KEY": "set together with PRIVATE_KEY_PATH"}


KEY = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlYy4="


def test_secret_key_that_is_none_is_a_fault_that_does_not_show_it():
    assert faults_of({"THOTH_SECRET_KEY": f"{KEY},short"}) == {
        "THOTH_SECRET_KEY": "not a Fernet key"
    }
    assert read_settings({"THOTH_SECRET_KEY": f"{KEY}, {KEY}"}).secret_key == f"{KEY}, {KEY}"


def test_nothing_secret_is_in_the_settings_text():
    settings = read_settings(
        APP
        | {
            "DATABASE_URL": "postgresql://me:hidden1@db/thoth",
            "THOTH_INDEX_URL": "https://me:hidden2@index.example/simple",
            "THOTH_SECRET_KEY": KEY,
        }
    )
    text = repr(settings)
    assert not [each for each in ("quiet", "hidden1", "hidden2", KEY) if each in text]
    assert {"quiet", "hidden1", "hidden2", KEY, PKCS8} == set(settings.secrets)


def test_environment_wins_over_the_file_and_empty_is_not_set(tmp_path):
    (tmp_path / ".env").write_text(
        'APP_ID=1\nWEBHOOK_SECRET="from $HOME"\nPORT=4000\nHOST=\n'
        f'PRIVATE_KEY="{PKCS1}"\nexport LOG_LEVEL=debug\n'
    )
    merged = read_environment({"APP_ID": "2", "PORT": ""}, tmp_path)
    settings = read_settings(merged)
    assert settings.app is not None
    assert settings.app.app_id == 2
    assert settings.app.webhook_secret == "from $HOME"
    assert (settings.port, settings.log_level) == (4000, "DEBUG")


def test_postgres_spelling_of_hosting_platforms_is_accepted():
    assert read_settings({"DATABASE_URL": "postgres://u@h/n"}).database_url == "postgres://u@h/n"


def test_allowed_indexes_are_split_at_commas_and_spaces():
    given = {"THOTH_ALLOWED_INDEXES": "https://a.example/simple/, files.example:8080"}
    assert read_settings(given).allowed_indexes == (
        "https://a.example/simple",
        "files.example:8080",
    )
