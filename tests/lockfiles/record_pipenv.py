"""Record what the pinned pipenv locks: `python tests/lockfiles/record_pipenv.py [CASE ...]`.

A case is a folder of `tests/data/pipenv`: `Pipfile` and `case.json` are written by hand, the rest
is recorded here. `case.json`:

    {"indexes": {"INDEX": [RELEASE, ...]},   environment variables THOTH_MAIN, ... hold their
    addresses
     "sources": {"NAME": "INDEX"},           the name in the Pipfile of each index
     "files": {PATH: TEXT},                  files beside the Pipfile
     "git": {NAME: {PATH: TEXT}},            repositories below $THOTH_GIT, with a tag v1
     "local": {PACKAGE: [REQUIREMENT, ...]}, what packages that no index has require
     "mirror": INDEX}                        what pipenv asks instead of pypi.org

RELEASE has the arguments of `PackageIndex.add`. Recorded are `Pipfile.lock`, made from
`Pipfile.lock.before` where there is one, and `recorded.json`: pipenv's marker environment and the
files of each index.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path

TESTS = Path(__file__).parent.parent
sys.path.insert(0, str(TESTS))

from fakes.pipenv_runner import lock_case  # noqa: E402 - the path is known only now


def main(names: list[str]) -> None:
    """Record the named cases, or all."""
    folder = Path(tempfile.mkdtemp(prefix="pipenv-record-"))
    for case in sorted((TESTS / "data" / "pipenv").iterdir()):
        if names and case.name not in names:
            continue
        try:
            lock, recorded = lock_case(case, folder)
        except RuntimeError as exc:
            print(case.name, "FAILED", exc, flush=True)  # noqa: T201 - a script
            continue
        (case / "Pipfile.lock").write_bytes(lock)
        (case / "recorded.json").write_text(json.dumps(recorded, indent=1, sort_keys=True) + "\n")
        print(case.name, len(lock), flush=True)  # noqa: T201 - a script
    shutil.rmtree(folder)


if __name__ == "__main__":
    main(sys.argv[1:])
