"""Certificates, proxies and what a request says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from advisor_core.errors import IndexFailure
from advisor_core.index import Cache, IndexClient, Limits
from advisor_core.index.project import StoredProject
from advisor_core.index.proxies import proxy_for
from advisor_core.model import IndexSource
from fakes import hostile
from fakes.certificates import self_signed
from fakes.package_index import PackageIndex

if TYPE_CHECKING:
    from pathlib import Path


async def read(source: IndexSource, cache: Path, **environment: str) -> StoredProject:
    limits = Limits(attempts=1)
    async with IndexClient(
        [source], Cache(cache), {}, environment=environment, limits=limits
    ) as client:
        project = await client.project("package")
        assert isinstance(project, StoredProject)
        await client.metadata(project, 0, project.artifacts(0)[0])
        return project


async def test_a_certificate_that_nobody_trusts_is_told(tmp_path: Path) -> None:
    context, _ = self_signed(tmp_path)
    with PackageIndex(tls=context) as index:
        index.add("package", "1.0")
        with pytest.raises(IndexFailure, match="the certificate cannot be trusted") as caught:
            await read(IndexSource("index", index.url), tmp_path)
        assert "SSL_CERT_FILE" in caught.value.hint
        assert index.requests == []


async def test_a_source_may_go_without_a_trusted_certificate(tmp_path: Path) -> None:
    context, _ = self_signed(tmp_path)
    with PackageIndex(tls=context) as index:
        index.add("package", "1.0")
        source = IndexSource("index", index.url, verify_ssl=False)
        assert (await read(source, tmp_path)).versions == ("1.0",)


async def test_another_origin_still_needs_a_trusted_certificate(tmp_path: Path) -> None:
    context, _ = self_signed(tmp_path)
    with PackageIndex(tls=context) as files, PackageIndex(tls=context, files_from=files) as index:
        index.add("package", "1.0")
        source = IndexSource("index", index.url, verify_ssl=False)
        with pytest.raises(IndexFailure, match="the certificate cannot be trusted"):
            await read(source, tmp_path)
        assert files.requests == []


async def test_a_redirect_from_https_to_http_is_refused(tmp_path: Path) -> None:
    context, _ = self_signed(tmp_path)
    with PackageIndex(tls=context) as index, PackageIndex() as plain:
        plain.add("package", "1.0")
        index.behave("/simple/package/", hostile.redirect(f"{plain.url}/package/"))
        source = IndexSource("index", index.url, verify_ssl=False)
        with pytest.raises(IndexFailure, match="redirects from https to http"):
            await read(source, tmp_path)
        assert plain.requests == []


async def test_a_proxy_is_asked_for_the_whole_url(tmp_path: Path) -> None:
    with PackageIndex() as proxy:
        proxy.add("package", "1.0")
        source = IndexSource("index", "http://index.test/simple")
        await read(source, tmp_path, http_proxy=proxy.origin)
        assert proxy.requests[0].headers["host"] == "index.test"


async def test_what_a_request_says_of_itself(tmp_path: Path) -> None:
    with PackageIndex() as index:
        index.add("package", "1.0")
        await read(IndexSource("index", index.url), tmp_path)
        headers = index.requests[0].headers
    assert headers["user-agent"] == "thoth"
    assert headers["accept-encoding"] == "gzip"
    assert headers["accept"].startswith("application/vnd.pypi.simple.v1+json, ")
    assert "cookie" not in headers


@pytest.mark.parametrize(
    ("url", "environment", "proxy"),
    [
        ("https://index.test/simple", {}, None),
        ("https://index.test/simple", {"HTTPS_PROXY": "http://p:1"}, "http://p:1"),
        ("https://index.test/simple", {"https_proxy": "p:1"}, "http://p:1"),
        ("https://index.test/simple", {"ALL_PROXY": "http://p:1"}, "http://p:1"),
        ("https://index.test/simple", {"http_proxy": "http://p:1"}, None),
        ("http://index.test/simple", {"http_proxy": "http://p:1"}, "http://p:1"),
        ("http://index.test/simple", {"HTTP_PROXY": "http://p:1"}, None),
        ("http://index.test/", {"http_proxy": "p:1", "no_proxy": "*"}, None),
        ("http://index.test:8080/", {"http_proxy": "p:1", "no_proxy": "a, index.test"}, None),
        ("http://index.test:8080/", {"http_proxy": "p:1", "NO_PROXY": "index.test:8080"}, None),
        ("http://a.index.test/", {"http_proxy": "p:1", "no_proxy": ".index.test"}, None),
        ("http://[::1]/", {"http_proxy": "p:1", "no_proxy": "[::1]"}, None),
        ("http://my-index.test/", {"http_proxy": "p:1", "no_proxy": "index.test"}, "http://p:1"),
    ],
)
def test_the_proxy_comes_from_the_environment(
    url: str, environment: dict[str, str], proxy: str | None
) -> None:
    assert proxy_for(url, environment) == proxy
