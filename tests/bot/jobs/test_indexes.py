"""Only indexes that the operator allowed are asked, whatever a manifest says."""

from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp.resolver import ThreadedResolver

from advisor_core.errors import IndexFailure, InputError
from advisor_core.manifests import read_manifest
from advisor_core.manifests.files import list_paths
from bot.jobs.advising_child import compute_advice
from bot.jobs.frames import Terms
from bot.jobs.indexes import IndexPolicy
from bot.settings import Settings
from fakes.package_index import PackageIndex

PIPFILE = (
    '[[source]]\nname = "{name}"\nurl = "{url}"\nverify_ssl = {verify}\n\n[packages]\nalpha = "*"\n'
)
LOCAL_ADDRESSES = (
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "::1",
    "fe80::1%eth0",
    "fc00::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "not an address",
)


class Files(dict):
    def read(self, path):
        return self.get(path)

    def list(self, folder):
        return list_paths(self, folder)


def files(url, *, name="pypi", verify="true"):
    return Files(Pipfile=PIPFILE.format(name=name, url=url, verify=verify).encode())


def manifest(url, **options):
    return read_manifest(files(url, **options), "Pipfile")


def policy(**settings):
    return IndexPolicy.of(Settings(app=None, **settings))


@pytest.fixture
def advise(tmp_path):
    def run(project, **settings):
        terms = Terms(policy(**settings), tmp_path / "cache", log_level="INFO", niceness=0)
        return compute_advice(terms, project)

    return run


def refusal(advise, project, **settings):
    with pytest.raises(InputError) as caught:
        advise(project, **settings)
    (fault,) = caught.value.faults
    assert fault.place == "Pipfile"
    assert "THOTH_ALLOWED_INDEXES" in fault.hint
    return fault.message


def test_index_that_is_not_allowed_is_refused_and_never_asked(advise):
    with PackageIndex() as index:
        message = refusal(advise, files(index.url))
        assert index.url in message
        assert index.requests == []


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8080/simple",
        "http://localhost/simple",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]/simple",
        "https://pypi.org.evil.example/simple",
        "https://pypi.org/simple/../other",
        "https://evil.example/simple",
        "file:///etc/passwd",
    ],
)
def test_manifest_cannot_choose_where_the_app_connects_to(advise, url):
    refusal(advise, files(url))


def test_credentials_in_a_manifest_are_not_shown(advise):
    message = refusal(advise, files("https://me:hunter2@evil.example/simple?x=hunter2"))
    assert "hunter2" not in message


def test_variables_in_a_manifest_are_not_put_in(advise, monkeypatch):
    monkeypatch.setenv("WEBHOOK_SECRET", "quiet")
    message = refusal(advise, files("https://${WEBHOOK_SECRET}.evil.example/simple"))
    assert "quiet" not in message


def test_allowed_index_is_asked_with_the_operators_credentials_alone(advise, monkeypatch):
    monkeypatch.setenv("THOTH_INDEX_MINE_USERNAME", "stolen")
    monkeypatch.setenv("THOTH_INDEX_MINE_PASSWORD", "stolen")
    with PackageIndex(credentials=("operator", "secret")) as index:
        index.add("alpha", "1.0")
        with_credentials = index.url.replace("http://", "http://operator:secret@")
        found = advise(
            files(index.url.upper().replace("/SIMPLE", "/simple"), name="mine"),
            allowed_indexes=(with_credentials,),
        )
    assert found.outcomes[0].status == "improved"
    sent = {request.headers.get("authorization") for request in index.requests}
    assert all(each is None or "c3RvbGVu" not in each for each in sent)


def test_operators_index_stands_in_for_the_public_one(advise):
    with PackageIndex() as index:
        index.add("alpha", "1.0")
        found = advise(files("https://pypi.org/simple/"), index_url=index.url)
    assert found.outcomes[0].status == "improved"


def test_manifest_cannot_turn_off_the_check_of_certificates():
    (source,) = policy().sources(manifest("https://pypi.org/simple", verify="false"))
    assert source.verify_ssl is True


def redirect_to(url):
    async def behave(_request, _answer):
        return web.Response(status=302, headers={"Location": url})

    return behave


def test_redirect_of_an_allowed_index_to_a_private_address_is_refused(advise):
    with PackageIndex() as inside, PackageIndex() as index:
        index.behave("/simple/alpha/", redirect_to(f"{inside.url}/alpha/"))
        message = refusal(advise, files("https://pypi.org/simple"), index_url=index.url)
        assert "private network" in message
        assert inside.requests == []


def test_files_at_a_private_address_need_the_host_to_be_allowed_by_name(advise):
    with PackageIndex() as store, PackageIndex(profile="mirror", files_from=store) as index:
        index.add("alpha", "1.0")
        message = refusal(advise, files("https://pypi.org/simple"), index_url=index.url)
        assert "private network" in message
        assert store.requests == []


@pytest.mark.parametrize("address", LOCAL_ADDRESSES)
def test_addresses_inside_a_network_are_refused(address):
    assert "THOTH_ALLOWED_INDEXES" in policy().refuse("https://files.example/x", address)


@pytest.mark.parametrize("address", ["151.101.0.223", "2a04:4e42::223", "::ffff:151.101.0.223"])
def test_public_addresses_are_not(address):
    assert policy().refuse("https://files.example/x", address) is None


def test_host_allowed_by_name_may_be_anywhere_but_only_at_its_port():
    allowed = policy(allowed_indexes=("files.example:8080", "http://index.example/simple"))
    assert allowed.refuse("http://files.example:8080/x", "10.0.0.1") is None
    assert allowed.refuse("http://index.example/simple/a", "10.0.0.1") is None
    assert allowed.refuse("http://files.example:5432/x", "10.0.0.1")
    assert allowed.refuse("https://index.example/simple/a", "10.0.0.1")


def test_public_index_that_resolves_into_the_network_is_refused():
    assert policy().refuse("https://pypi.org/simple/alpha/", "127.0.0.1")


async def test_name_that_changes_its_address_after_the_check_is_refused(monkeypatch):
    """DNS rebinding: the addresses that are checked are those that are connected to."""
    from advisor_core.index.addresses import AddressRefusedError, GuardedResolver, current_url

    answers = iter(["93.184.216.34", "127.0.0.1"])

    async def resolve(_self, host, port=0, family=0):
        return [
            {
                "hostname": host,
                "host": next(answers),
                "port": port,
                "family": family,
                "proto": 0,
                "flags": 0,
            }
        ]

    monkeypatch.setattr(ThreadedResolver, "resolve", resolve)
    resolver = GuardedResolver(policy().refuse)
    current_url.set("https://rebind.example/x")
    assert (await resolver.resolve("rebind.example", 443))[0]["host"] == "93.184.216.34"
    with pytest.raises(AddressRefusedError, match="THOTH_ALLOWED_INDEXES"):
        await resolver.resolve("rebind.example", 443)
    await resolver.close()


@pytest.fixture
def private_index(tmp_path):
    with PackageIndex(credentials=("me", "hidden/word")) as index:
        index.add("alpha", "1.0")
        yield index


def kept_for(index, cache):
    origin = index.url.removesuffix("/simple")
    terms = Terms(policy(allowed_indexes=(index.url,)), cache, log_level="INFO", niceness=0)
    return terms.with_credentials({origin: ("me", "hidden/word")}), terms


def test_kept_credentials_open_the_index_and_are_nowhere_in_what_comes_of_it(
    private_index, tmp_path, caplog
):
    own, _ = kept_for(private_index, tmp_path / "cache")
    proposal = compute_advice(own, files(private_index.url))
    (outcome,) = proposal.outcomes
    assert b'"==1.0"' in outcome.new_text
    said = f"{proposal!r}{caplog.text}{own.policy!r}"
    for stored in (tmp_path / "cache").rglob("*"):
        said += stored.name + (stored.read_bytes().decode("latin-1") if stored.is_file() else "")
    assert "hidden" not in said


def test_what_a_private_index_said_is_not_told_to_a_repository_without_credentials(
    private_index, tmp_path
):
    own, others = kept_for(private_index, tmp_path / "cache")
    compute_advice(own, files(private_index.url))
    with pytest.raises(IndexFailure) as caught:
        compute_advice(others, files(private_index.url))
    assert "hidden" not in str(caught.value)


def test_kept_credentials_go_to_their_origin_alone(private_index, tmp_path):
    own, _ = kept_for(private_index, tmp_path / "cache")
    with PackageIndex() as other:
        other.add("alpha", "2.0")
        allowed = policy(allowed_indexes=(other.url,))
        terms = Terms(allowed, tmp_path / "cache", log_level="INFO", niceness=0)
        terms = terms.with_credentials(own.policy.credentials)
        compute_advice(terms, files(other.url))
        assert other.requests
        assert not [each for each in other.requests if "authorization" in each.headers]


def test_project_with_kept_credentials_has_its_lock_not_written_by_a_tool(private_index, tmp_path):
    own, others = kept_for(private_index, tmp_path / "cache")
    assert (
        own.policy.tool_refusal(manifest(private_index.url))
        == "it would need credentials of this App"
    )
    assert others.policy.tool_refusal(manifest(private_index.url)) is None
    mirrored = policy(index_url="https://mirror.example/simple")
    assert (
        mirrored.tool_refusal(manifest("https://pypi.org/simple"))
        == "this App asks another index than PyPI"
    )
