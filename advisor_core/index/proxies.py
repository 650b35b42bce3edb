"""Which proxy a request goes through, from the usual environment variables."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["proxy_for"]


def proxy_for(url: str, environment: Mapping[str, str]) -> str | None:
    """Return the URL of the proxy for `url`, None for a direct connection.

    HTTP_PROXY (lower case only, as others do: a CGI variable of that name is a request header),
    HTTPS_PROXY, ALL_PROXY and NO_PROXY (hosts and their subdomains, `*` for all).
    """
    scheme, _, rest = url.partition("://")
    proxy = environment.get(f"{scheme}_proxy")
    if proxy is None and scheme != "http":
        proxy = environment.get(f"{scheme.upper()}_PROXY")
    proxy = proxy or environment.get("all_proxy") or environment.get("ALL_PROXY")
    if not proxy:
        return None
    authority = rest.partition("/")[0].rpartition("@")[2].lower()
    host = authority if authority.endswith("]") else authority.rpartition(":")[0] or authority
    for exempt in (environment.get("no_proxy") or environment.get("NO_PROXY") or "").split(","):
        name = exempt.strip().lower().lstrip(".")
        if name and (name == "*" or name in {host, authority} or host.endswith(f".{name}")):
            return None
    return proxy if "://" in proxy else f"http://{proxy}"
