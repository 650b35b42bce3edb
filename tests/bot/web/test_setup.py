"""Setup mode: from the token in the log to the written settings, and nobody else."""

from __future__ import annotations

import html
import json
import re
import stat
import tempfile
from pathlib import Path

import pytest
import yaml
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from hypothesis import given
from hypothesis import strategies as st

from advisor_core.errors import InputError
from bot.app_manifest import EVENTS, make_manifest
from bot.env_file import add_settings
from bot.settings import read_environment, read_settings
from bot.web.app import make_setup_app
from bot.web.setup import Setup, SetupToken
from fakes.github import FakeGitHub

PATH = "/api/github/webhooks"
FORM = {"name": "My Thoth", "address": "https://thoth.example/", "organization": ""}


@pytest.fixture
def github():
    with FakeGitHub() as fake:
        yield fake


@pytest.fixture
def done():
    return []


@pytest.fixture
def setup(github, tmp_path, done):
    token = SetupToken(lambda: "one-time")
    return Setup(token, PATH, github.url, tmp_path / ".env", lambda: done.append(True))


@pytest.fixture
async def client(aiohttp_client, setup):
    return await aiohttp_client(make_setup_app(setup))


def key_numbers(pem):
    return load_pem_private_key(pem.encode(), None).private_numbers()


async def ask(client, **form):
    """Open the form, send it, and return the answer."""
    text = await (await client.get("/setup?token=one-time")).text()
    nonce = re.search(r'name="nonce" value="([^"]+)"', text)[1]
    return await client.post("/setup", data={**FORM, "nonce": nonce, **form})


async def begin(client, **form):
    """Return the manifest and the address that the button goes to."""
    text = await (await ask(client, **form)).text()
    manifest = re.search(r'name="manifest" value="([^"]+)"', text)[1]
    action = re.search(r'action="(http[^"]+)"', text)[1]
    return json.loads(html.unescape(manifest)), html.unescape(action)


def state_in(action):
    return action.partition("state=")[2]


async def test_on_github_enterprise_the_app_is_made_and_converted_there(
    aiohttp_client, tmp_path, done
):
    with FakeGitHub(path_prefix="/api/v3") as github:
        token = SetupToken(lambda: "one-time")
        setup = Setup(token, PATH, github.url, tmp_path / ".env", lambda: done.append(True))
        client = await aiohttp_client(make_setup_app(setup))
        manifest, action = await begin(client)
        host = github.url.removesuffix("/api/v3")
        assert host != github.url
        assert action.startswith(f"{host}/settings/apps/new?state=")
        code = github.add_manifest_code(manifest)
        answer = await client.get("/setup", params={"code": code, "state": state_in(action)})
        assert answer.status == 200, await answer.text()
    assert done == [True]


async def test_setup_needs_the_token_once_and_nothing_else_answers(client):
    assert (await client.get("/setup")).status == 403
    assert (await client.get("/setup?token=%C3%A9")).status == 403
    first = await client.get("/setup?token=one-time")
    assert first.status == 200
    assert first.headers["Referrer-Policy"] == "no-referrer"
    assert (await client.get("/setup?token=one-time")).status == 403
    assert (await client.get("/ping")).status == 200
    assert (await client.get("/metrics")).status == 404
    assert (await client.post(PATH, data=b"{}")).status == 404


async def test_the_whole_way_ends_with_settings_that_only_the_owner_can_read(
    client, github, tmp_path, done
):
    manifest, action = await begin(client)
    assert action.startswith(f"{github.url}/settings/apps/new?state=")
    code = github.add_manifest_code(manifest)
    answer = await client.get("/setup", params={"code": code, "state": state_in(action)})
    text = await answer.text()
    assert answer.status == 200, text
    assert "My Thoth" in text
    assert done == [True]
    settings = read_settings(read_environment({}, tmp_path))
    assert settings.app.app_id == github.app_id
    assert key_numbers(settings.app.private_key) == key_numbers(github.private_key)
    assert settings.app.webhook_secret == github.webhook_secret
    assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
    assert github.webhook_secret not in text
    assert "PRIVATE" not in text


async def test_the_manifest_is_what_app_yml_says_at_the_address_given(client):
    manifest, _ = await begin(client)
    assert manifest == make_manifest(
        name="My Thoth", address="https://thoth.example", webhook_path=PATH
    )
    assert manifest["hook_attributes"] == {"url": f"https://thoth.example{PATH}"}
    assert manifest["redirect_url"] == "https://thoth.example/setup"


async def test_an_organization_can_own_it(client, github):
    _, action = await begin(client, organization="octo-org")
    assert action.startswith(f"{github.url}/organizations/octo-org/settings/apps/new?")


@pytest.mark.parametrize(
    "form",
    [
        {"nonce": "other"},
        {"name": ""},
        {"name": "x" * 35},
        {"address": "javascript:alert(1)"},
        {"address": "https://"},
        {"organization": "../x"},
    ],
)
async def test_a_wrong_form_is_refused(client, form):
    answer = await ask(client, **form)
    assert answer.status in {400, 403}
    assert "manifest" not in await answer.text()


async def test_what_is_typed_is_escaped(client):
    text = await (await ask(client, name='"><script>x</script>')).text()
    assert "<script>" not in text


@pytest.mark.parametrize("state", ["", "other", "\xe9"])
async def test_an_answer_without_our_state_changes_nothing(client, github, tmp_path, state):
    manifest, _ = await begin(client)
    code = github.add_manifest_code(manifest)
    answer = await client.get("/setup", params={"code": code, "state": state})
    assert answer.status == 403
    assert not (tmp_path / ".env").exists()
    assert github.calls == []


async def test_a_state_is_good_once(client, github, tmp_path):
    manifest, action = await begin(client)
    query = {"code": github.add_manifest_code(manifest), "state": state_in(action)}
    await client.get("/setup", params=query)
    assert (await client.get("/setup", params=query)).status == 403


async def test_a_code_that_github_does_not_know_is_told(client, tmp_path, done):
    _, action = await begin(client)
    answer = await client.get("/setup", params={"code": "x" * 40, "state": state_in(action)})
    assert answer.status == 502
    assert "begin anew" in await answer.text()
    assert done == []
    assert not (tmp_path / ".env").exists()


async def test_a_configured_app_is_never_replaced(client, github, tmp_path, done):
    (tmp_path / ".env").write_text("APP_ID=1\n")
    manifest, action = await begin(client)
    code = github.add_manifest_code(manifest)
    answer = await client.get("/setup", params={"code": code, "state": state_in(action)})
    assert answer.status == 500
    assert "sets APP_ID already" in await answer.text()
    assert (tmp_path / ".env").read_text() == "APP_ID=1\n"
    assert done == []


def test_other_lines_of_the_file_stay(tmp_path):
    path = tmp_path / ".env"
    path.write_text("# mine\nPORT=8080\nAPP_ID=")
    add_settings(path, {"APP_ID": "7"})
    assert path.read_text() == "# mine\nPORT=8080\nAPP_ID=\nAPP_ID='7'\n"
    assert read_environment({}, tmp_path)["APP_ID"] == "7"


@given(st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), min_size=1))
def test_any_value_of_one_line_is_read_back(value):
    with tempfile.TemporaryDirectory() as folder:
        add_settings(Path(folder) / ".env", {"WEBHOOK_SECRET": value})
        assert read_environment({}, Path(folder))["WEBHOOK_SECRET"] == value


def test_a_folder_that_cannot_be_written_to_is_told_and_nothing_is_left(tmp_path):
    with pytest.raises(InputError, match="cannot be written"):
        add_settings(tmp_path / "missing" / ".env", {"APP_ID": "7"})


def test_the_events_are_those_of_app_yml():
    manifest = yaml.safe_load((Path(__file__).parents[3] / "app.yml").read_text())
    made = make_manifest(name="n", address="a", webhook_path="/w")
    assert manifest["default_events"] == list(EVENTS)
    assert manifest["default_permissions"] == made["default_permissions"]
    assert manifest["description"] == made["description"]
