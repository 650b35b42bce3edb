"""The pure twin of filenames: wheels as `packaging` reads them (PEP 427), and sdists (PEP 625)."""

from __future__ import annotations

from packaging.utils import parse_wheel_filename as read_wheel_filename

from advisor_core.standards.limits import FILENAME_LENGTH_LIMIT
from advisor_core.standards.pure_versions import normalize_name, normalize_version
from advisor_core.standards.tags import check_tags

__all__ = ["parse_sdist_filename", "parse_wheel_filename"]


def parse_wheel_filename(
    filename: str,
) -> tuple[str, str, tuple[()] | tuple[int, str], str]:
    """Return normalized name, normalized version, build tag and compressed tags of a wheel.

    The tags are the last three parts of the filename in lower case; `expand_tags` expands them.
    Raises ValueError when it is no wheel filename (PEP 427).
    """
    tags = "-".join(filename.removesuffix(".whl").rsplit("-", 3)[1:])
    try:
        if len(filename) > FILENAME_LENGTH_LIMIT or not filename.isascii():
            raise ValueError("too long or not ASCII")  # noqa: TRY301 - told below, with the name
        check_tags(tags)
        name, version, build, _ = read_wheel_filename(filename)
    except ValueError as exc:
        raise ValueError(f"not a wheel filename: {filename!r:.200}") from exc
    return name, str(version), build, tags.lower()


def parse_sdist_filename(filename: str, project_name: str) -> str | None:
    """Return the normalized version of an sdist of that project, None when it is none.

    Knowing the project tells name and version apart where both have dashes. `.tar.gz` (PEP 625)
    and `.zip` are sdists.
    """
    stem = filename.removesuffix(".zip").removesuffix(".tar.gz")
    if (
        filename not in {f"{stem}.zip", f"{stem}.tar.gz"}
        or len(filename) > FILENAME_LENGTH_LIMIT
        or not filename.isascii()
    ):
        return None
    name = normalize_name(project_name)
    for position, character in enumerate(stem):
        if character == "-" and position and normalize_name(stem[:position]) == name:
            try:
                return normalize_version(stem[position + 1 :])
            except ValueError:
                return None
    return None
