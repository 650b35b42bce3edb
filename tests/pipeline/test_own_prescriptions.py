"""The prescriptions that come with the project: each fires where its fact holds, and not elsewhere."""

from __future__ import annotations

import pytest

from advisor_core.pipeline.engine import prepare
from advisor_core.pipeline.prescriptions.load import load_prescriptions
from fakes.pipelines import make_context


@pytest.fixture(scope="module")
def own():
    return load_prescriptions([])


def test_own_prescriptions_have_no_fault(own):
    assert own.failures == ()
    assert own.count > 0


def test_pillow_8_3_0_is_kept_apart_from_numpy(own):
    (term,) = prepare(make_context(), prescriptions=own).terms(["pillow", "numpy"])
    assert [match.specifier for match in term.when] == ["==8.3.0", ""]
    assert "8.3.1" in term.forbid
