"""Folders of wheels and sdists in the project itself (`--find-links ./wheels`).

Files come through the project's `Files`, so none outside of it is ever read. They are hashed here; what
they require is read from them as from those of an index. Nothing is kept in the cache.
"""

from __future__ import annotations

import hashlib
import io
import posixpath
from threading import Lock
from typing import TYPE_CHECKING, BinaryIO
from urllib.parse import quote, unquote

from advisor_core.errors import IndexFailure, InputError
from advisor_core.index.build import build_entry, releases_of
from advisor_core.index.core_metadata import read_core_metadata
from advisor_core.index.entry import EntryError, decode_head
from advisor_core.index.links_page import sort_files
from advisor_core.index.page import Page, PageFile
from advisor_core.index.project import StoredProject, locate_in
from advisor_core.index.sdist_file import read_sdist_metadata
from advisor_core.index.wheel_file import ArchiveError, read_wheel_metadata
from advisor_core.manifests.files import DiskFiles, join_path
from advisor_core.model import Skipped

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from advisor_core.manifests.interface import Files
    from advisor_core.model import Artifact, IndexSource
    from advisor_core.releases import CoreMetadata

__all__ = ["LocalFolders"]

_PROJECT = "https://project.invalid/"
"""Stands for the project while URLs are checked: https://www.rfc-editor.org/rfc/rfc6761#section-6.4"""

_CHUNK = 1 << 20


class LocalFolders:
    """The folders of one project. Safe to use from several threads; one file is read at a time."""

    def __init__(self, files: Files | None) -> None:
        """`files`: of the project; None: there is none, and no folder can be searched."""
        self._files = files
        self._listed: dict[str, dict[str, list[PageFile]]] = {}
        self._turn = Lock()

    def project(self, source: IndexSource, name: str) -> StoredProject | None:
        """Return what a folder has of a project, None when it has nothing of it.

        Raises IndexFailure when the folder or a file cannot be read.
        """
        with self._turn:
            found = [self._hashed(file) for file in self._listing(source).get(name, [])]
            # `conceal` is the last step of making an URL: the place in the project is what is kept.
            releases = releases_of(
                Page(None, found, "active"), name=name, page_url=_PROJECT, conceal=_path_of
            )
        if not releases.records:
            return None
        try:
            entry = build_entry(releases, index=source.url, name=name, fresh_seconds=0)
            return StoredProject(decode_head(entry), source.name, locate_in(entry))
        except EntryError as error:
            raise IndexFailure(f"{source.url}: {error}") from error

    def metadata(self, name: str, version: str, artifact: Artifact) -> CoreMetadata | Skipped:
        """Return what an artifact requires, Skipped when that stays unknown. Raises IndexFailure."""
        with self._turn, self._open(artifact.url) as file:
            try:
                if artifact.is_wheel:
                    document = read_wheel_metadata(file)
                else:
                    document = read_sdist_metadata(file, artifact.filename)
            except ArchiveError as error:
                return Skipped(f"{artifact.filename} cannot be read: {error}")
        return read_core_metadata(document, name=name, version=version, is_wheel=artifact.is_wheel)

    def _listing(self, source: IndexSource) -> dict[str, list[PageFile]]:
        folder = source.url
        if folder not in self._listed:
            try:
                names = None if self._files is None else self._files.list(join_path("", folder))
            except InputError as error:
                raise IndexFailure(f"{folder}: {error}") from error
            if names is None:
                raise IndexFailure(
                    f"no such folder in the project: {folder!r}",
                    hint="commit it, or take `--find-links` out of the manifest",
                )
            self._listed[folder] = sort_files(
                _page_file(posixpath.join(folder, name)) for name in names if "/" not in name
            )
        return self._listed[folder]

    def _hashed(self, file: PageFile) -> PageFile:
        """Return a file with its hash and size."""
        if file.hashes:
            return file
        digest = hashlib.sha256()
        with self._open(_path_of(file.url)) as opened:
            while chunk := opened.read(_CHUNK):
                digest.update(chunk)
            size = opened.tell()
        return file._replace(hashes=f"sha256={digest.hexdigest()}", size=size)

    def _open(self, path: str) -> AbstractContextManager[BinaryIO]:
        try:
            if isinstance(self._files, DiskFiles):
                return self._files.open(path)
            content = None if self._files is None else self._files.read(path)
        except InputError as error:
            raise IndexFailure(
                str(error), hint="keep large files on an index, or on a page of links"
            ) from error
        if content is None:
            raise IndexFailure(f"{path}: is not there any more", hint="run again")
        return io.BytesIO(content)


def _page_file(path: str) -> PageFile:
    return PageFile(
        posixpath.basename(path), _PROJECT + quote(path), "", None, None, None, None, None
    )


def _path_of(url: str) -> str:
    return unquote(url.removeprefix(_PROJECT))
