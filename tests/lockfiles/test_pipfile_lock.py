from __future__ import annotations

import pytest

from advisor_core.lockfiles.pipfile_lock import render_pipfile_lock
from fakes.pipenv_cases import CASES, PipenvCase


@pytest.mark.parametrize("name", CASES)
def test_lock_is_byte_for_byte_what_pipenv_writes(name: str) -> None:
    case = PipenvCase(name)
    lock = render_pipfile_lock(case.manifest, case.stacks(), case.before, revisions=case.revisions)
    assert lock.decode() == case.lock.decode()
