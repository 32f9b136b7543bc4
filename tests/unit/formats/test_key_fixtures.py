"""Every key of the native format has an effect that a run shows, and a misuse that is refused.

Each folder `TABLE.KEY` has an `effect.yml`, in which `# effect` marks the lines that the key is about, and a
`misuse.yml`; the `.out` files beside them say what comes of them.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.key_runs import outcome
from wfopt.formats.native.keys import BODY, WORKFLOW
from wfopt.formats.native.records import Fields
from wfopt.formats.native.shapes import Either, Items, MapOf, Shape

FOLDER = Path(__file__).parents[2] / "fixtures" / "keys"
FIXTURES = sorted(path.name for path in FOLDER.iterdir())
MARK = "# effect"

Expect = Callable[[str, Path], None]


def key_names(shape: Shape | None) -> set[str]:
    """Return `TABLE.KEY` for each key in a shape and below it; `other` stands for a table's free keys.

    Keys that steps and hooks share count once, as those of `body`.
    """
    if isinstance(shape, Either):
        return key_names(shape.scalar) | key_names(shape.sequence) | key_names(shape.mapping)
    if isinstance(shape, Items):
        return key_names(shape.item)
    if isinstance(shape, MapOf):
        return key_names(shape.value)
    if not isinstance(shape, Fields):
        return set()
    table = shape.what.replace(" ", "-")
    names = {f"{table}.other"} if shape.extra else set()
    for key in shape.keys.values():
        shared = any(key is each for each in BODY)
        names |= {f"body.{key.name}" if shared else f"{table}.{key.name}"} | key_names(key.shape)
    return names


def without(text: str, place: int) -> str:
    """Return a file without the line at `place` and the deeper block below it."""
    lines = text.splitlines(keepends=True)
    end = place + 1
    while end < len(lines) and _depth(lines[end]) > _depth(lines[place]):
        end += 1
    return "".join(lines[:place] + lines[end:])


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def marks() -> Iterator[tuple[str, int]]:
    """Yield the name of each fixture with the place of each line that it marks."""
    for name in FIXTURES:
        lines = (FOLDER / name / "effect.yml").read_text(encoding="utf-8").splitlines()
        places = [place for place, line in enumerate(lines) if line.endswith(MARK)]
        assert places, f"{name}/effect.yml marks no line"
        yield from ((name, place) for place in places)


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Return what copies a fixture to a workspace of its own and goes there."""

    def enter(name: str) -> Path:
        folder = tmp_path / "work"
        shutil.copytree(FOLDER / name, folder, ignore=shutil.ignore_patterns("*.out"))
        monkeypatch.chdir(folder)
        return folder

    return enter


def test_every_key_has_its_fixture() -> None:
    assert {*FIXTURES} == key_names(WORKFLOW) | {"any.x", "any.underscore"}


@pytest.mark.parametrize("name", FIXTURES)
def test_a_key_has_an_effect(name: str, work: Callable[[str], Path], expect: Expect) -> None:
    expect(outcome("effect.yml", work(name)), FOLDER / name / "effect.out")


@pytest.mark.parametrize(("name", "place"), [*marks()])
def test_without_the_key_there_is_no_such_effect(name: str, place: int, work: Callable[[str], Path]) -> None:
    folder = work(name)
    file = folder / "effect.yml"
    file.write_text(without(file.read_text(encoding="utf-8"), place), encoding="utf-8")
    assert outcome("effect.yml", folder) != (FOLDER / name / "effect.out").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", FIXTURES)
def test_a_misuse_is_refused(name: str, work: Callable[[str], Path], expect: Expect) -> None:
    text = outcome("misuse.yml", work(name))
    assert text.startswith("refused, exit 2\n")
    expect(text, FOLDER / name / "misuse.out")
