"""Import a package and print the signature of each public function and method.

All annotations are looked up while at it, so one that names an unknown type, or that
is missing, ends the program with an error.
"""

import argparse
import inspect
import pkgutil
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from types import ModuleType
from typing import Any, get_type_hints


def modules_of(package: str) -> Iterator[ModuleType]:
    """Yield the package and its modules, but not the program `__main__`."""
    top = import_module(package)
    yield top
    for info in sorted(pkgutil.iter_modules(top.__path__), key=lambda info: info.name):
        if info.name != "__main__":
            yield import_module(f"{package}.{info.name}")


def callables_of(module: ModuleType) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield the public functions and methods that a module defines, by name."""
    for name, value in sorted(vars(module).items()):
        if name.startswith("_") or getattr(value, "__module__", "") != module.__name__:
            continue
        if inspect.isfunction(value):
            yield name, value
        elif inspect.isclass(value):
            for method, function in sorted(vars(value).items()):
                if inspect.isfunction(function) and not method.startswith("_"):
                    yield f"{name}.{method}", function


def problems_of(function: Callable[..., Any]) -> Iterator[str]:
    """Yield what is wrong with the annotations of a function."""
    try:
        hints = get_type_hints(function)
    except NameError as error:
        yield str(error)
        return
    expected = {name for name in inspect.signature(function).parameters if name != "self"}
    for name in sorted((expected | {"return"}) - hints.keys()):
        yield f"no type for {name}"


def main() -> None:
    """Check all modules of a package."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("package", help="name of the package to import")
    problems: list[str] = []
    for module in modules_of(parser.parse_args().package):
        print(f"# {module.__name__}: {inspect.getdoc(module).splitlines()[0]}")
        for name, function in callables_of(module):
            print(f"{module.__name__}.{name}{inspect.signature(function)}")
            problems += [f"{module.__name__}.{name}: {text}" for text in problems_of(function)]
    if problems:
        sys.exit("\n".join(problems))


if __name__ == "__main__":
    main()
