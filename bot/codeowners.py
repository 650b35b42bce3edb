"""Reads CODEOWNERS: who looks after a file. Pure.

https://docs.github.com/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners

    *               @ada                    the last line that fits a path decides
    /backend/       @octo/backend           a folder, from the root
    *.lock          @grace bob@example.org  at any depth; addresses are nobody's login
"""

from __future__ import annotations

import re

__all__ = ["CODEOWNERS_PATHS", "read_code_owners"]

CODEOWNERS_PATHS = (".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS")
"""Where it may be; the first that is there counts."""

_MOST_BYTES = 3_000_000
"""GitHub reads no larger one."""

_MOST_FOLDERS = 100
"""Of a path whose owners are looked for; a deeper one has none: each of a million parts of patterns may
have to be compared with each of its folders."""

_MOST_OWNERS = 15
_OWNER = re.compile(r"@([A-Za-z0-9][A-Za-z0-9-]*(?:_[A-Za-z0-9]+)?(?:/[A-Za-z0-9_.-]+)?)", re.ASCII)


def read_code_owners(content: bytes | None, path: str) -> tuple[str, ...]:
    """Return the owners of a path, `login` or `owner/team`; nobody when there is no such file or line."""
    if content is None or len(content) > _MOST_BYTES or path.count("/") > _MOST_FOLDERS:
        return ()
    for line in reversed(content.decode("utf-8", "replace").splitlines()):
        words = line.split("#", 1)[0].split()
        if words and _fits(words[0], path):
            found = (_OWNER.fullmatch(word) for word in words[1:])
            return tuple(dict.fromkeys(each[1] for each in found if each))[:_MOST_OWNERS]
    return ()


def _fits(pattern: str, path: str) -> bool:
    """Return whether a pattern fits a path of a file. `!` and `[...]` mean nothing in this file."""
    if pattern.startswith("!") or "[" in pattern:
        return False
    is_folder = pattern.endswith("/")
    wanted = pattern.strip("/").split("/")
    if "/" not in pattern.rstrip("/"):
        wanted = ["**", *wanted]  # without a slash at its start or inside: at any depth
    # What fits a folder fits all that is in it, unless the pattern ends with `*`.
    is_deep = wanted[-1] not in {"*", "**"} or pattern in {"*", "**"}
    names = path.split("/")
    reached = {0}
    for place, part in enumerate(wanted):
        last = place == len(wanted) - 1
        ahead: set[int] = set()
        for start in sorted(reached):  # of `**` the first has all that the others have
            if part == "**":
                ahead.update(range(start, len(names) + 1))
                break
            if start < len(names) and _fits_name(part, names[start]):
                ahead.add(start + 1)
        reached = ahead
        if not reached:
            return False
        if last:
            inside = any(end < len(names) for end in reached)
            whole = len(names) in reached and (not is_folder or part == "**")
            return whole or (inside and is_deep)
    return False


def _fits_name(pattern: str, name: str) -> bool:
    """Return whether `*` and `?` make a pattern a name; linear but for the last `*`."""
    at = mark = 0
    star = -1
    place = 0
    while place < len(name):
        if at < len(pattern) and pattern[at] == "*":
            star, mark = at, place
            at += 1
        elif at < len(pattern) and pattern[at] in {"?", name[place]}:
            at += 1
            place += 1
        elif star >= 0:
            mark += 1
            at, place = star + 1, mark
        else:
            return False
    return all(left == "*" for left in pattern[at:])
