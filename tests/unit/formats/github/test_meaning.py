"""Names in expressions."""

import pytest

from wfopt.formats.github.meaning import NOTHING, meaning_of, unknown
from wfopt.formats.github.scope import Finished, Scope
from wfopt.model.expressions import Literal, Reference
from wfopt.model.workflow import StepId


@pytest.mark.parametrize(
    ("root", "path", "expected"),
    [
        ("github", ("sha",), Reference("env", ("GITHUB_SHA",))),
        ("github", ("event", "action"), Reference("service", ("github.event.action",))),
        ("github", (), Reference("service", ("github",))),
        ("env", ("A",), Reference("env", ("A",))),
        ("env", (), Reference("service", ("env",))),
        ("steps", ("s", "outputs", "a"), Reference("needs", ("j/s", "out", "a"))),
        ("steps", ("s", "outputs"), Reference("service", ("steps.s.outputs",))),
        ("steps", ("other", "outputs", "a"), NOTHING),
        ("needs", ("n", "outputs", "*"), Reference("service", ("needs.n.outputs.*",))),
        ("inputs", ("a",), Literal("b")),
        ("inputs", (), Reference("service", ("inputs",))),
        ("vars", ("A",), Reference("service", ("vars.A",))),
    ],
)
def test_meanings(root: str, path: tuple[str, ...], expected: Reference | Literal) -> None:
    scope = Scope(steps={"s": StepId("j/s")}, needs={"n": Finished(definitions=())}, inputs={"a": "b"})
    assert meaning_of(Reference(root, path), scope) == expected


def test_what_is_unknown_keeps_its_text() -> None:
    assert unknown(Reference("secrets", ("A",))) == Reference("service", ("secrets.A",))
