"""Which units in Python there are, by explicit import."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.pipeline.units.abi_boot import AbiCompatibilityBoot
from advisor_core.pipeline.units.abi_sieve import AbiCompatibilitySieve
from advisor_core.pipeline.units.advisory_age import CveTimestampBoot
from advisor_core.pipeline.units.alias import AliasPseudonym
from advisor_core.pipeline.units.classifiers import TroveClassifiersWrap
from advisor_core.pipeline.units.constraints import ConstraintsSieve
from advisor_core.pipeline.units.cve import CveSieve
from advisor_core.pipeline.units.environment_info import EnvironmentInfoBoot
from advisor_core.pipeline.units.fully_specified import FullySpecifiedEnvironment
from advisor_core.pipeline.units.index import FilterIndexSieve
from advisor_core.pipeline.units.labels import LabelsBoot
from advisor_core.pipeline.units.legacy_version import LegacyVersionSieve
from advisor_core.pipeline.units.libraries_io import LibrariesIOWrap
from advisor_core.pipeline.units.links import PyPIReleaseWrap
from advisor_core.pipeline.units.lock_hash import PipfileHashBoot
from advisor_core.pipeline.units.locked import CutLockedSieve
from advisor_core.pipeline.units.one_version import OneVersionStride
from advisor_core.pipeline.units.package_update import PackageUpdateSieve
from advisor_core.pipeline.units.platform import PlatformBoot
from advisor_core.pipeline.units.pre_release import CutPreReleasesSieve
from advisor_core.pipeline.units.python_version import PythonVersionBoot
from advisor_core.pipeline.units.random_decision import RandomDecisionStride
from advisor_core.pipeline.units.set_score import SetScoreStep
from advisor_core.pipeline.units.version_check import VersionCheckBoot
from advisor_core.pipeline.units.version_constraint import VersionConstraintSieve

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from advisor_core.pipeline.prescriptions.model import Kind
    from advisor_core.pipeline.units.interface import Unit

__all__ = ["BUILT_IN", "BUILT_IN_NAMES"]

BUILT_IN: Mapping[str, type[Unit]] = {
    unit.__name__: unit
    for unit in (
        EnvironmentInfoBoot,
        FullySpecifiedEnvironment,
        LabelsBoot,
        PlatformBoot,
        PythonVersionBoot,
        AbiCompatibilityBoot,
        PipfileHashBoot,
        VersionCheckBoot,
        CveTimestampBoot,
        AliasPseudonym,
        LegacyVersionSieve,
        ConstraintsSieve,
        FilterIndexSieve,
        CutPreReleasesSieve,
        VersionConstraintSieve,
        CutLockedSieve,
        PackageUpdateSieve,
        AbiCompatibilitySieve,
        CveSieve,
        SetScoreStep,
        OneVersionStride,
        RandomDecisionStride,
        TroveClassifiersWrap,
        PyPIReleaseWrap,
        LibrariesIOWrap,
    )
}
"""By name, in the order in which units of one family run."""

BUILT_IN_NAMES: Sequence[tuple[Kind, str]] = tuple(
    (unit.kind, name) for name, unit in BUILT_IN.items()
)
"""What prescriptions may name in `dependencies`."""
