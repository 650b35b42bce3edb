"""PEP 691 project pages: typed decoding, unknown keys ignored. Performs no I/O."""

from __future__ import annotations

import msgspec

from advisor_core.index.page import (
    MAXIMUM_FILES,
    Page,
    PageError,
    PageFile,
    check_api_version,
    clean_text,
    epoch_seconds,
)

__all__ = ["parse_json_page"]


class _Meta(msgspec.Struct, gc=False):
    api_version: str = msgspec.field(name="api-version")


class _Status(msgspec.Struct, gc=False):
    status: str = "active"


class _File(msgspec.Struct, gc=False):
    filename: str
    url: str
    hashes: dict[str, str]
    size: int | None = None
    requires_python: str | None = msgspec.field(name="requires-python", default=None)
    yanked: bool | str | None = False
    upload_time: str | None = msgspec.field(name="upload-time", default=None)
    core_metadata: bool | dict[str, str] | None = msgspec.field(name="core-metadata", default=None)
    dist_info_metadata: bool | dict[str, str] | None = msgspec.field(
        name="dist-info-metadata", default=None
    )
    data_dist_info_metadata: bool | dict[str, str] | None = msgspec.field(
        name="data-dist-info-metadata", default=None
    )


class _Page(msgspec.Struct, gc=False):
    meta: _Meta
    name: str
    files: list[_File]
    status: _Status | None = msgspec.field(name="project-status", default=None)


_DECODER = msgspec.json.Decoder(_Page)


def parse_json_page(body: bytes) -> Page:
    """Return the page. Raises PageError, with the place, when it is not one."""
    try:
        page = _DECODER.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise PageError(f"not a PEP 691 page: {error}") from error
    check_api_version(page.meta.api_version)
    if len(page.files) > MAXIMUM_FILES:
        raise PageError(f"the page lists {len(page.files)} files, more than {MAXIMUM_FILES}")
    status = page.status.status if page.status else "active"
    return Page(page.name, [_page_file(file) for file in page.files], clean_text(status))


def _page_file(file: _File) -> PageFile:
    hashes = file.hashes
    if len(hashes) == 1 and "sha256" in hashes:
        hashed = "sha256=" + hashes["sha256"].lower()
    else:
        hashed = ",".join(f"{name}={digest}".lower() for name, digest in hashes.items())
    yanked = file.yanked
    advertised = file.core_metadata
    if advertised is None:  # PEP 714: the older keys count only where the newer one is missing
        advertised = file.data_dist_info_metadata
        if advertised is None:
            advertised = file.dist_info_metadata
    metadata: str | bool | None
    if isinstance(advertised, dict):
        metadata = advertised.get("sha256", "").lower() or True
    else:
        metadata = advertised
    return PageFile(
        file.filename,
        file.url,
        hashed,
        file.size,
        file.requires_python,
        ("" if yanked is True else yanked) if yanked or yanked == "" else None,
        None if file.upload_time is None else epoch_seconds(file.upload_time),
        metadata,
    )
