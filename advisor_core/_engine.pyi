# The engine in C: versions, requirements and solvers.

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, TypedDict, final

from typing_extensions import Buffer

from advisor_core.resolver.interface import Choice, Outcome, ProofStep

# Versions and requirements: what each does is said by its twin in advisor_core/standards/pure_*.py.

@final
class VersionList:
    @property
    def versions(self) -> tuple[str, ...]: ...
    @property
    def invalid(self) -> tuple[str, ...]: ...
    @property
    def prereleases(self) -> bytes: ...
    def __new__(cls, versions: Sequence[str]) -> VersionList: ...
    @classmethod
    def from_sorted(cls, versions: Sequence[str], /) -> VersionList: ...
    def __len__(self) -> int: ...
    def match(self, specifier: str, /) -> bytes: ...

@final
class MarkerEnvironment:
    def __new__(
        cls,
        markers: Mapping[str, str],
        *,
        extras: Iterable[str] | None = None,
        dependency_groups: Iterable[str] | None = None,
    ) -> MarkerEnvironment: ...

def active_requirements(
    lines: Sequence[str], environment: MarkerEnvironment, extra: str
) -> list[tuple[str, tuple[str, ...], str, str | None, int]]: ...
def compare_versions(a: str, b: str, /) -> int: ...
def evaluate_marker(marker: str, environment: MarkerEnvironment, extra: str = "") -> bool: ...
def normalize_name(name: str, /) -> str: ...
def normalize_version(text: str, /) -> str: ...
def parse_requirement_parts(
    text: str, /
) -> tuple[str, tuple[str, ...], str, str | None, str | None]: ...
def parse_sdist_filename(filename: str, project_name: str) -> str | None: ...
def parse_wheel_filename(filename: str, /) -> tuple[str, str, tuple[()] | tuple[int, str], str]: ...
def specifier_contains(specifier: str, version: str, *, prereleases: bool = True) -> bool: ...
def specifier_names_prerelease(specifier: str, /) -> bool: ...

# Project pages: the twin is `read_page_slowly` in advisor_core/index/build.py.

def read_page(
    body: bytes, is_json: bool, project: str, /
) -> tuple[str, str, str, str, bytes, bytes, bytes, list[bytes]] | None: ...

# The solver: the manual is in advisor_core/resolver/interface.py.

@final
class Solver:
    def __new__(cls, *, learnt_bytes: int = ..., derivation_bytes: int = ...) -> Solver: ...
    def add_node(self, size: int, /) -> int: ...
    def add_root(self, node: int, allowed: bytes, tag: int, /) -> None: ...
    def exclude(self, node: int, versions: bytes, tag: int, /) -> None: ...
    def add_requirements(
        self, node: int, version: int, requirements: Sequence[tuple[int, bytes, int]], /
    ) -> None: ...
    def run(
        self, *, conflict_budget: int = -1, deadline_seconds: float | None = None
    ) -> Outcome: ...
    def cancel(self) -> None: ...
    def needed(self) -> list[Choice]: ...
    def solution(self) -> list[Choice]: ...
    def proof(self) -> list[ProofStep]: ...
    @property
    def conflicts(self) -> int: ...
    @property
    def decisions(self) -> int: ...
    @property
    def propagations(self) -> int: ...

# The best stack: what the arrays mean is said in ext/core/stack_problem.h, their Python side is
# advisor_core/resolver/problem_encoding.py.

@final
class Problem:
    def __new__(
        cls,
        *,
        node_sizes: Buffer,
        candidate_lists: Buffer,
        candidate_scores: Buffer,
        candidate_visible: Buffer,
        set_nodes: Buffer,
        set_bytes: Buffer,
        list_offsets: Buffer,
        list_sets: Buffer,
        root_sets: Buffer,
        pair_a: Buffer,
        pair_b: Buffer,
        pair_scores: Buffer,
        rule_kinds: Buffer,
        rule_values: Buffer,
        rule_when_offsets: Buffer,
        rule_when: Buffer,
        rule_unless_offsets: Buffer,
        rule_unless: Buffer,
    ) -> Problem: ...
    def judge(self, values: Sequence[int], /) -> tuple[bool, int]: ...

@final
class Optimizer:
    def __new__(cls, problem: Problem) -> Optimizer: ...
    def run(
        self,
        *,
        count: int = 1,
        node_budget: int = -1,
        memory_budget: int = 0,
        deadline_seconds: float | None = None,
    ) -> OptimizerAnswer: ...
    def cancel(self) -> None: ...

@final
class Predictor:
    def __new__(cls, problem: Problem) -> Predictor: ...
    def run(
        self,
        predictor: str,
        *,
        seed: int = 0,
        count: int = 1,
        sample: int = 0,
        stack_budget: int = -1,
        memory_budget: int = 0,
        plan: int = 0,
        temperature_coefficient: int = ...,
        step: int = 1,
        trace: bool = False,
        prefer_recent: bool = False,
        heat_up: int = -1,
        beam_width: int = 1,
        nodes: Sequence[int] = ...,
        deadline_seconds: float | None = None,
    ) -> PredictorAnswer: ...
    def cancel(self) -> None: ...

class PredictorAnswer(TypedDict):
    status: Literal["feasible", "unsatisfiable", "unknown"]
    end: Literal["exhausted", "stopped", "stacks", "memory"]
    stacks: list[tuple[tuple[int, ...], int]]
    sample: list[tuple[tuple[int, ...], int]]
    history: list[tuple[int, int]]
    proposed: int
    different: int
    counted_all: bool
    judged: int
    dead_ends: int

class OptimizerAnswer(TypedDict):
    status: Literal["optimal", "feasible", "unsatisfiable", "unknown"]
    limit: Literal["none", "stopped", "nodes", "memory"]
    stacks: list[tuple[tuple[int, ...], int]]
    upper_bound: int
    nodes: int
    classes: int
    variables: int
    values: int
    tables: int
    loops: int
