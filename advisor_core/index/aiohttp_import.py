"""Imports aiohttp, which makes two TLS contexts then, without having both read the certificates.

Reading the machine's certificates takes 22 ms of CPU, a twentieth of a small cold `thoth lock`. The context
for connections that are not verified has no use for them.
"""

from __future__ import annotations

import ssl

__all__ = ["aiohttp"]


def _set_default_verify_paths(context: ssl.SSLContext) -> None:
    if context.verify_mode != ssl.CERT_NONE:
        super(ssl.SSLContext, context).set_default_verify_paths()


# The class inherits the method; so for the time of the import it is set, and then removed.
if "set_default_verify_paths" in vars(ssl.SSLContext):  # pragma: no cover - another Python
    import aiohttp
else:
    ssl.SSLContext.set_default_verify_paths = _set_default_verify_paths  # type: ignore[method-assign, assignment]  # it takes the context
    try:
        import aiohttp
    finally:
        del ssl.SSLContext.set_default_verify_paths
