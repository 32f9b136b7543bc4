"""Defines classes of values as `dataclasses` does, in a twentieth of the time and without importing it.

The standard decorator writes the methods of each class as source text and compiles them, at every start of
the program again, and what it imports for that takes as long as a dozen classes. Here all classes share a few
functions that work on any fields; making a value takes up to half a microsecond longer for it.

What is here behaves as it does in the standard library, as far as it goes: only classes with slots, with no
inherited fields, class variables, `InitVar`, ordering or pickling.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import Any

_set = object.__setattr__
_UNSET: Any = object()


class Field:
    """How a field is declared; the attributes are the arguments of `dataclasses.field`."""

    __slots__ = ("compare", "default", "default_factory", "init", "kw_only", "repr")

    def __init__(self, default: Any = _UNSET) -> None:
        self.default = default
        self.default_factory: Any = _UNSET
        self.init = self.repr = self.compare = True
        self.kw_only = False


class Shape:
    """What the shared functions know of a class.

    Attributes:
        fields: how its fields are declared, by name, in order.
        given: those that may be given to the constructor.
        placed: those that may be given there without their name.
        hidden: those that may not be given.
        defaults: the values of what is not given.
        factories: what makes these values, where everything needs one of its own.
        count: how many fields have a value when the constructor is done.
        compared: takes out of an object what equality looks at.
    """

    __slots__ = ("compared", "count", "defaults", "factories", "fields", "given", "hidden", "placed")

    def __init__(self, fields: Mapping[str, Field], *, kw_only: bool) -> None:
        items = fields.items()
        self.fields = fields
        self.given = tuple([name for name, each in items if each.init])
        self.placed = () if kw_only else tuple([name for name in self.given if not fields[name].kw_only])
        self.hidden = fields.keys() - self.given
        self.defaults = {name: each.default for name, each in items if each.default is not _UNSET}
        made = {name: each.default_factory for name, each in items}
        self.factories = {name: each for name, each in made.items() if each is not _UNSET}
        self.count = len({*self.given, *self.defaults, *self.factories})
        self.compared = _getter([name for name, each in items if each.compare])


def field(**options: Any) -> Any:
    """Declare more of a field than its default; see `dataclasses.field`."""
    made = Field()
    for name, value in options.items():
        setattr(made, name, value)
    return made


def define(*, frozen: bool = False, slots: bool = False, kw_only: bool = False) -> Callable[[type], type]:
    """Return a decorator as `dataclasses.dataclass` does.

    Raises:
        TypeError: the class is to have no slots.
    """
    if not slots:
        raise TypeError("only classes with slots can be defined here")

    def defined(bare: type) -> type:
        namespace = dict(bare.__dict__)
        fields = {name: _declared(namespace.pop(name, _UNSET)) for name in bare.__annotations__}
        shape = Shape(fields, kw_only=kw_only)
        # What an object has room for is decided when its class is made.
        namespace.pop("__dict__", None)
        namespace.pop("__weakref__", None)
        methods = _FROZEN if frozen else _CHANGEABLE
        constructor = _constructor(shape, ends_itself="__post_init__" in namespace)
        # What the class defines itself counts.
        return type(bare)(
            bare.__name__,
            bare.__bases__,
            {
                **methods,
                "__init__": constructor,
                "__match_args__": shape.placed,
                **namespace,
                "__slots__": tuple(fields),
                "__qualname__": bare.__qualname__,
                "__shape__": shape,
            },
        )

    return defined


def replace(value: Any, /, **changes: Any) -> Any:
    """Return a copy of a value with other fields; see `dataclasses.replace`."""
    for name in value.__shape__.given:
        if name not in changes:
            changes[name] = getattr(value, name)
    return type(value)(**changes)


def names_of(kind: type) -> tuple[str, ...]:
    """Return the names of the fields of a class, in order."""
    shape: Shape = getattr(kind, "__shape__")  # noqa: B009 - mypy does not know of it
    return tuple(shape.fields)


def _declared(default: Any) -> Field:
    if isinstance(default, Field):
        return default
    if default is not _UNSET and default.__class__.__hash__ is None:
        raise ValueError(f"all values would share this default: {default!r}")
    return Field(default)


def _getter(names: list[str]) -> Callable[[Any], tuple[Any, ...]]:
    if len(names) > 1:
        return attrgetter(*names)
    return lambda value: tuple([getattr(value, name) for name in names])


def _constructor(shape: Shape, *, ends_itself: bool) -> Callable[..., None]:
    """Return the `__init__` of a class; `ends_itself` says whether it has a `__post_init__`."""
    by_name, names = _named_constructor(shape), shape.placed
    is_plain = not (shape.hidden or ends_itself)
    if is_plain and not names:
        return by_name
    # So many arguments without a name that no others can be missing.
    all_placed = len(names) if is_plain and len(names) == shape.count else -1

    def by_place(self: Any, /, *placed: Any, **values: Any) -> None:
        if len(placed) == all_placed and not values:
            for name, value in zip(names, placed, strict=True):
                _set(self, name, value)
            return
        by_name(self, **_by_name(shape, self, placed, values))
        if ends_itself:
            self.__post_init__()

    return by_place


def _named_constructor(shape: Shape) -> Callable[..., None]:
    count, defaults, factories = shape.count, shape.defaults, tuple(shape.factories.items())

    def by_name(self: Any, /, **values: Any) -> None:
        if len(values) != count:
            values = {**defaults, **values}
            for name, make in factories:
                if name not in values:
                    values[name] = make()
            if len(values) < count:
                raise _wrong(self, set(shape.given) - values.keys(), "misses")
        try:
            for name, value in values.items():
                _set(self, name, value)
        except AttributeError:
            raise _wrong(self, values.keys() - shape.fields.keys(), "takes no") from None

    return by_name


def _by_name(shape: Shape, self: Any, placed: tuple[Any, ...], values: dict[str, Any]) -> dict[str, Any]:
    """Return all arguments by their names, of which none is hidden."""
    if not shape.hidden.isdisjoint(values):
        raise _wrong(self, shape.hidden & values.keys(), "takes no")
    names = shape.placed
    if len(placed) > len(names):
        raise TypeError(f"{type(self).__name__}() takes {len(names)} arguments, not {len(placed)}")
    found = dict(zip(names, placed, strict=False))
    if not values.keys().isdisjoint(found):
        raise _wrong(self, values.keys() & found.keys(), "has several")
    return found | values


def _wrong(self: Any, names: Iterable[str], what: str) -> TypeError:
    listed = ", ".join(f"`{name}`" for name in sorted(names))
    return TypeError(f"{type(self).__name__}() {what} argument {listed}")


def _repr(self: Any) -> str:
    shown = [f"{name}={getattr(self, name)!r}" for name, each in self.__shape__.fields.items() if each.repr]
    return f"{type(self).__qualname__}({', '.join(shown)})"


def _eq(self: Any, other: Any) -> Any:
    if other.__class__ is not self.__class__:
        return NotImplemented
    compared = self.__shape__.compared
    return compared(self) == compared(other)


def _hash(self: Any) -> int:
    return hash(self.__shape__.compared(self))


def _refuse(self: Any, name: str, *_: object) -> None:
    raise AttributeError(f"a {type(self).__name__} cannot be changed: `{name}`")


class _Described:
    """Describes fields to the functions of the standard library, which ask a class for them."""

    def __get__(self, _: object, owner: type) -> dict[str, Any]:
        import dataclasses  # noqa: PLC0415 - what is here is there to do without

        rows = []
        shape: Shape = getattr(owner, "__shape__")  # noqa: B009 - as in `names_of`
        for name, each in shape.fields.items():
            options: dict[str, Any] = {"init": each.init, "repr": each.repr, "compare": each.compare}
            if each.default is not _UNSET:
                options["default"] = each.default
            elif each.default_factory is not _UNSET:
                options["default_factory"] = each.default_factory
            rows.append((name, owner.__annotations__[name], dataclasses.field(kw_only=True, **options)))
        made = dataclasses.make_dataclass(owner.__name__, rows)
        return {each.name: each for each in dataclasses.fields(made)}


_CHANGEABLE: dict[str, Any] = {
    "__eq__": _eq,
    "__repr__": _repr,
    "__hash__": None,
    "__dataclass_fields__": _Described(),
}
_FROZEN = {**_CHANGEABLE, "__hash__": _hash, "__setattr__": _refuse, "__delattr__": _refuse}
