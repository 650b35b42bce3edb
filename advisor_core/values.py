"""Value classes that cost next to nothing to define: the part of `dataclasses` that this project uses.

`dataclasses` compiles six methods for each class when it is defined, whether the class is used or not:
for the 54 value classes of a `thoth lock` that was 45 ms, and importing `dataclasses` itself another
12 ms, of 160 ms in all. Here `__init__` is compiled when the first value is made, and the other methods
are shared functions. `@dataclass(frozen=True, slots=True)` means what it means there; `dataclasses.fields`,
`asdict`, `replace` and `is_dataclass` work on these classes too (they see a description made on demand).
Left out: inheritance of fields, `order`, `kw_only`, `InitVar`, `ClassVar`, `__post_init__`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    # Type checkers see the original, whose rules they know.
    from dataclasses import dataclass, field, replace
else:

    class _Field:
        """A default that is made anew for each value."""

        __slots__ = ("default_factory",)

        def __init__(self, default_factory):
            self.default_factory = default_factory

    def field(*, default_factory):
        """Return a default that is made by a call for each value."""
        return _Field(default_factory)

    def dataclass(*, frozen=False, slots, eq=True):
        """Make a value class of the annotated class below; `slots` must be true."""
        if not slots:
            raise TypeError("value classes have slots")

        def make(cls):
            return _make_class(cls, frozen=frozen, eq=eq)

        return make

    def replace(value, /, **changes):
        """Return a copy of a value with some fields changed."""
        for name in value.__slots__:
            if name not in changes:
                changes[name] = getattr(value, name)
        return type(value)(**changes)


__all__ = ["dataclass", "field", "replace"]

_T = TypeVar("_T")


class _Description:
    """`__dataclass_fields__`, made when somebody asks for it."""

    def __get__(self, _value: object, owner: type) -> dict[str, Any]:
        import dataclasses

        namespace: dict[str, Any] = {"__annotations__": dict(owner.__annotations__)}
        for name, default in owner.__value_defaults__.items():  # type: ignore[attr-defined]
            if isinstance(default, _Field):  # type: ignore[name-defined]
                default = dataclasses.field(default_factory=default.default_factory)  # noqa: PLW2901
            namespace[name] = default
        described: Any = dataclasses.dataclass(type(owner.__name__, (), namespace))
        fields: dict[str, Any] = described.__dataclass_fields__
        return fields


def _make_class(cls: type[_T], *, frozen: bool, eq: bool) -> type[_T]:
    if len(cls.__bases__) != 1 or cls.__bases__[0] is not object:
        raise TypeError(f"a value class inherits from nothing: {cls.__name__}")
    names = tuple(cls.__dict__.get("__annotations__", ()))
    namespace = {
        key: value
        for key, value in cls.__dict__.items()
        if key not in names and key not in {"__dict__", "__weakref__"}
    }
    defaults = {name: cls.__dict__[name] for name in names if name in cls.__dict__}
    namespace["__slots__"] = names
    namespace["__match_args__"] = names
    namespace["__value_defaults__"] = defaults
    namespace["__dataclass_fields__"] = _Description()
    namespace["__init__"] = _compile_on_first_use
    namespace.setdefault("__repr__", _represent)
    namespace["__getstate__"] = _get_state
    namespace["__setstate__"] = _set_state
    if eq:
        namespace.setdefault("__eq__", _equal)
        namespace.setdefault("__hash__", _hash if frozen else None)
    if frozen:
        namespace["__setattr__"] = _refuse_to_set
        namespace["__delattr__"] = _refuse_to_delete
        namespace["__value_frozen__"] = True
    else:
        namespace["__value_frozen__"] = False
    made: type[_T] = type(cls.__name__, cls.__bases__, namespace)
    made.__qualname__ = cls.__qualname__
    return made


def _compile_on_first_use(self: Any, *arguments: Any, **keywords: Any) -> None:
    """Stand in for `__init__` until the first value is made."""
    cls = type(self)
    cls.__init__ = _compile_init(cls)
    cls.__init__(self, *arguments, **keywords)


def _compile_init(cls: Any) -> Any:
    # The names come from a class body of this project, never from outside.
    known = {"_set": object.__setattr__, "_MISSING": _MISSING}
    parameters, lines = [], []
    for name in cls.__slots__:
        default = cls.__value_defaults__.get(name, _MISSING)
        value = name
        if default is _MISSING:
            parameters.append(name)
        elif isinstance(default, _Field):  # type: ignore[name-defined]
            known[f"_make_{name}"] = default.default_factory
            parameters.append(f"{name}=_MISSING")
            value = f"_make_{name}() if {name} is _MISSING else {name}"
        else:
            known[f"_default_{name}"] = default
            parameters.append(f"{name}=_default_{name}")
        target = (
            f"_set(_self, {name!r}, {value})" if cls.__value_frozen__ else f"_self.{name} = {value}"
        )
        lines.append(f"    {target}\n")
    source = f"def __init__(_self, {', '.join(parameters)}):\n{''.join(lines) or '    pass'}"
    made: dict[str, Any] = {}
    exec(source, known, made)  # noqa: S102 - see above; dataclasses does the same
    init = made["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    init.__module__ = cls.__module__
    return init


class _Missing:
    """No value was given."""


_MISSING = _Missing()


def _values(value: Any) -> tuple[Any, ...]:
    return tuple([getattr(value, name) for name in value.__slots__])


def _represent(self: Any) -> str:
    shown = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
    return f"{type(self).__qualname__}({shown})"


def _equal(self: Any, other: Any) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    return _values(self) == _values(other)


def _hash(self: Any) -> int:
    return hash(_values(self))


def _get_state(self: Any) -> list[Any]:
    return list(_values(self))


def _set_state(self: Any, state: list[Any]) -> None:
    for name, value in zip(self.__slots__, state, strict=True):
        object.__setattr__(self, name, value)


def _refuse_to_set(self: Any, name: str, _value: object) -> None:
    raise _frozen_error()(f"cannot assign to field {name!r}")


def _refuse_to_delete(self: Any, name: str) -> None:
    raise _frozen_error()(f"cannot delete field {name!r}")


def _frozen_error() -> type[AttributeError]:
    """Return `dataclasses.FrozenInstanceError`, what callers of the original expect."""
    import dataclasses

    return dataclasses.FrozenInstanceError
