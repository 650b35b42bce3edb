"""What a search for the best stack gets offline: what the cache has, and the rest as unknown."""

from __future__ import annotations

import pytest

from advisor_core.errors import OfflineError
from advisor_core.index.drive import OfflineAccess
from advisor_core.model import Skipped
from advisor_core.resolver.needs import Needs


class EmptyIndex:
    def project(self, name):
        raise OfflineError(f"{name} on https://i.example/simple is not in the cache")


def test_what_the_cache_lacks_is_unknown_with_its_reason():
    access = OfflineAccess(EmptyIndex())
    found = access.fetch(Needs(projects=("a",)))
    assert found.projects["a"] == Skipped("a on https://i.example/simple is not in the cache")


def test_nothing_is_said_to_be_all_when_something_was_passed_over():
    access = OfflineAccess(EmptyIndex())
    assert access.refresh() is False
    access.fetch(Needs(projects=("a",)))
    with pytest.raises(OfflineError, match=r"a on .* is not in the cache"):
        access.refresh()
