"""A prescription in plain English. Pure.

FlaskWithWerkzeug (a step, flask.yaml:3)
It is used for advice, on Python >=3.8.
When flask <2 is in the stack together with werkzeug >=2.1, such a stack is not acceptable: flask 1
imports a name that werkzeug 2.1 no longer has.
It says in the report (WARNING): ...
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor_core.pipeline.prescriptions.compile import points_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from advisor_core.pipeline.prescriptions.model import (
        Environments,
        Hardware,
        Include,
        Integers,
        Message,
        Release,
        Texts,
        Unit,
        UnitMatch,
    )

__all__ = ["explain_unit"]

_KIND = {
    "boot": "a boot",
    "pseudonym": "a pseudonym",
    "sieve": "a sieve",
    "sieve.SkipPackage": "a sieve that skips a package",
    "step": "a step",
    "step.AddPackage": "a step that adds a package",
    "step.Group": "a step on a group of packages",
    "step.SkipPackage": "a step that skips a package",
    "stride": "a stride",
    "wrap": "a wrap",
    "wrap.GHReleaseNotes": "a wrap that links release notes",
}

_LIBRARIES = {
    "python_version": "Python",
    "cuda_version": "CUDA",
    "cudnn_version": "cuDNN",
    "openblas_version": "OpenBLAS",
    "openmpi_version": "OpenMPI",
    "mkl_version": "Intel MKL",
}


def explain_unit(unit: Unit) -> list[str]:
    """Return paragraphs: what it is, when it is used, what it does, what it says."""
    paragraphs = [
        f"{unit.name} ({_KIND[unit.type]}, {unit.file}:{unit.line})",
        _explain_use(unit.include),
    ]
    paragraphs += _explain_run(unit)
    for said in unit.run.stack_info:
        paragraphs.append(f"It says of the run {_quote(said)}")
    for said in unit.run.justification:
        paragraphs.append(f"It says of the stack {_quote(said)}")
    if unit.run.log is not None:
        paragraphs.append(f"It logs ({unit.run.log[0]}): {unit.run.log[1]}")
    return paragraphs


def _quote(message: Message) -> str:
    link = f" <{message.link}>" if message.link else ""
    return f"({message.type}): {message.message}{link}"


def _list(texts: Iterable[str], word: str) -> str:
    every = list(texts)
    if len(every) < 2:
        return "".join(every)
    return f"{', '.join(every[:-1])} {word} {every[-1]}"


def _explain_use(include: Include) -> str:
    purposes = []
    if include.adviser_pipeline:
        purposes.append("advice" + _explain_choice(" of type ", include.recommendation_types))
    if include.dependency_monkey_pipeline:
        purposes.append("Dependency Monkey" + _explain_choice(" choosing ", include.decision_types))
    if include.times == 0 or not purposes:
        return "It is switched off."
    conditions = []
    if include.authenticated is not None:
        conditions.append(
            "for authenticated requests"
            if include.authenticated
            else "for requests that are not authenticated"
        )
    if include.labels:
        labels = _list((f"{key}={value}" for key, value in include.labels), "or")
        conditions.append(f"with the label {labels}")
    if include.library_usage:
        calls = [call for _package, wanted in include.library_usage for call in wanted]
        conditions.append(f"where the sources use {_list(calls, 'and')}")
    if include.environments is not None:
        conditions += _explain_environments(include.environments)
    if include.dependencies:
        conditions.append(
            f"together with the unit {_list((name for _kind, name in include.dependencies), 'and')}"
        )
    text = f"It is used for {_list(purposes, 'and')}"
    return f"{text}, {', '.join(conditions)}." if conditions else f"{text}."


def _explain_choice(before: str, texts: Texts | Integers | None) -> str:
    if texts is None:
        return ""
    named = ["none" if value is None else str(value) for value in texts.values]
    return (
        f"{before}other than {_list(named, 'and')}"
        if texts.negated
        else before + _list(named, "or")
    )


def _explain_environments(environments: Environments) -> Iterator[str]:
    for key, specifier in environments.versions:
        yield (
            f"without {_LIBRARIES[key]}"
            if specifier is None
            else f"on {_LIBRARIES[key]} {specifier}"
        )
    if environments.operating_systems:
        systems = (
            " ".join(part for part in (name or "any system", version) if part)
            for name, version in environments.operating_systems
        )
        yield f"on {_list(systems, 'or')}"
    if environments.platforms is not None:
        yield _explain_choice("on the platform ", environments.platforms)
    if environments.hardware:
        yield f"on {_list(map(_explain_hardware, environments.hardware), 'or on')}"
    if environments.base_images is not None:
        yield _explain_choice("in the image ", environments.base_images)
    if environments.abi is not None:
        word = "without" if environments.abi.negated else "with"
        yield f"in an image {word} the symbols {_list(map(str, environments.abi.values), 'and')}"
    rpm = [dict(package.fields)["package_name"] for package in environments.rpm_packages]
    python = [f"{package.name}{package.specifier}" for package in environments.python_packages]
    for names, without in (
        (rpm, environments.without_rpm_packages),
        (python, environments.without_python_packages),
    ):
        if names:
            listed = _list(names, "or" if without else "and")
            yield f"in an image {'without' if without else 'with'} {listed}"


def _explain_hardware(hardware: Hardware) -> str:
    parts = [
        _explain_choice("a processor of family ", hardware.cpu_families),
        _explain_choice("a processor of model ", hardware.cpu_models),
        _explain_choice("a graphics card ", hardware.gpu_models),
    ]
    if hardware.cpu_flags is not None:
        word = "without" if hardware.cpu_flags.negated else "with"
        parts.append(f"a processor {word} {_list(map(str, hardware.cpu_flags.values), 'and')}")
    return _list((part for part in parts if part), "and") or "any hardware"


def _explain_run(unit: Unit) -> Iterator[str]:
    run = unit.run
    effects = []
    if run.not_acceptable:
        effects.append(f"{_refusal(unit)}: {run.not_acceptable}")
    if run.eager_stop_pipeline:
        word = (
            "the search is stopped"
            if unit.kind in {"boots", "sieves"}
            else "such a stack is not acceptable"
        )
        effects.append(f"{word}: {run.eager_stop_pipeline}")
    points = points_of(unit)
    if points:
        effects.append(f"the stack {'gains' if points > 0 else 'loses'} {abs(points)} points")
    if unit.type == "sieve" and not effects:
        effects.append("these releases are taken out")
    if unit.type.endswith("SkipPackage"):
        effects.append("the package is left out, with what only it requires")
    if unit.type == "step.AddPackage":
        effects.append(f"{run.package} {run.locked_version} is required too")
    if unit.type == "pseudonym":
        version = (
            "in the same version"
            if run.yield_matched_version
            else run.locked_version or "in any version"
        )
        effects.append(f"{run.package} {version} may be taken in its place")
    if run.release_notes is not None:
        effects.append(
            f"its release notes on GitHub ({'/'.join(run.release_notes[:2])}) are linked"
        )
    if run.manifest_changes:
        effects.append("a change of the deployment's manifest is advised")
    if not effects:
        effects.append("it says so")
    for when in _explain_matches(unit):
        yield f"{when}{_list(effects, 'and')}."


def _refusal(unit: Unit) -> str:
    if unit.kind == "boots":
        return "there is no advice"
    return (
        "these releases are taken out"
        if unit.kind == "sieves"
        else "such a stack is not acceptable"
    )


def _explain_matches(unit: Unit) -> Iterator[str]:
    if not unit.matches:
        yield "Always, "
    for match in unit.matches:
        if not match.releases:
            yield "Always, "
        elif unit.kind == "boots":
            yield f"When the manifest requires {match.releases[0].name}, "
        elif unit.kind in {"sieves", "pseudonyms"}:
            yield f"Of {_describe(match.releases[0])}, "
        else:
            yield _explain_match(match)


def _explain_match(match: UnitMatch) -> str:
    first, rest = match.releases[0], match.releases[1:]
    text = f"When {_describe(first)} is in the stack"
    if rest:
        text += f" together with {_list(map(_describe, rest), 'and')}"
    if match.requirers:
        text += f", required by {_list(map(_describe, match.requirers), 'and')}"
        if not match.other_requirers:
            text += " and nothing else"
    return f"{text}, "


def _describe(release: Release) -> str:
    parts: Sequence[str] = [release.name or "any package", release.specifier]
    text = " ".join(part for part in parts if part)
    if release.index_url:
        text += f" {'not from' if release.other_index else 'from'} {release.index_url}"
    if release.develop is not None:
        text += " (for development)" if release.develop else " (not for development)"
    return text
