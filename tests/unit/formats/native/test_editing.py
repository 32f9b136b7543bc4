"""Changes of a file's text: a few lines differ, and what cannot be changed alone is refused."""

from collections.abc import Callable

import pytest

from wfopt.formats.native.editing import Editor, NotWritableError
from wfopt.source import SourceFile

HEAD = "wfopt: 1\nsteps:\n"
Change = Callable[[Editor], object]


def edited(text: str, change: Change) -> str:
    editor = Editor(SourceFile("w.yml", HEAD + text))
    change(editor)
    return editor.result().removeprefix(HEAD)


@pytest.mark.parametrize(
    ("text", "change", "expected"),
    [
        ("  a:\n    run: x\n", lambda e: e.set("a", "needs", "[b]"), "  a:\n    run: x\n    needs: [b]\n"),
        ("  a:\n    run: x", lambda e: e.set("a", "needs", "[b]"), "  a:\n    run: x\n    needs: [b]"),
        ("  a:\r\n    run: x\r\n", lambda e: e.set("a", "cache", "true"),
         "  a:\r\n    run: x\r\n    cache: true\r\n"),
        ("  a: {run: x, cwd: y}\n",
         lambda e: e.set("a", "needs", "[b]"), "  a: {run: x, needs: [b], cwd: y}\n"),
        ("  a:\n    needs: [b,\n      c]  # why\n", lambda e: e.set("a", "needs", "[d]"),
         "  a:\n    needs: [d]  # why\n"),
        ("  a:\n    needs:  # why\n      # both\n      - b  # one\n      - c\n",
         lambda e: e.change_items("a", "needs", [0], []),
         "  a:\n    needs:  # why\n      # both\n      - c\n"),
        ("  a:\n    needs:  # why\n    - b\n    run: x\n", lambda e: e.change_items("a", "needs", [0], []),
         "  a:\n    needs: []  # why\n    run: x\n"),
        ("  a:\n    needs:\n      - b\n    run: x\n", lambda e: e.change_items("a", "needs", [0], ["c", "d"]),
         "  a:\n    needs:\n      - c\n      - d\n    run: x\n"),
        ("  a:\n    run: x\n    needs:\n      - b", lambda e: e.change_items("a", "needs", [], ["c"]),
         "  a:\n    run: x\n    needs:\n      - b\n      - c"),
        ("  - matrix: {x: [1]}\n    fail-fast: false\n    run: x\n",
         lambda e: e.drop_keys("step-1", ("matrix", "fail-fast")), "  - run: x\n"),
        ("  a: {matrix: {x: [1]}, run: x}\n", lambda e: e.drop_keys("a", ("matrix",)), "  a: {run: x}\n"),
        ("  a:\n    matrix:\n      x: [1]  # one\n    # then\n    run: x\n",
         lambda e: e.drop_keys("a", ("matrix",)),
         "  a:\n    # then\n    run: x\n"),
        ("  a: {matrix: {x: [1]}, fail-fast: false, run: x, max-parallel: 2, cwd: y}\n",
         lambda e: e.drop_keys("a", ("matrix", "fail-fast", "max-parallel")), "  a: {run: x, cwd: y}\n"),
        ("  a:\n    run: |\n      x\n\n    cwd: y\n", lambda e: e.set("a", "cache", "true"),
         "  a:\n    run: |\n      x\n\n    cache: true\n    cwd: y\n"),
        ("  a:\n    env:\n    run: x\n", lambda e: e.drop_keys("a", ("env",)), "  a:\n    run: x\n"),
        ("  a:\n    run: x\n    env: {A: b,\n      C: d}\n  b:\n    run: y\n", lambda e: e.drop("a"),
         "  b:\n    run: y\n"),
        ("  - run: x\n", lambda e: e.name_it("step-1"), "  - id: step-1\n    run: x\n"),
        ("  - {run: x}\n", lambda e: e.name_it("step-1"), "  - {id: step-1, run: x}\n"),
        ("  # about a\n  a:\n    run: x\n  b:\n    run: y\n", lambda e: e.drop("a"), "  b:\n    run: y\n"),
        ("  - &z {run: x}\n  - <<: *z\n    cwd: y\n", lambda e: e.set("step-2", "needs", "[]"),
         "  - &z {run: x}\n  - <<: *z\n    cwd: y\n    needs: []\n"),
        ("  - &z {run: x}\n  - run: |\n      x\n    <<: *z\n    cwd: y\n",
         lambda e: e.set("step-2", "needs", "[]"),
         "  - &z {run: x}\n  - run: |\n      x\n    <<: *z\n    needs: []\n    cwd: y\n"),
        ("  - &z {run: x}\n  - {<<: *z, cwd: y}\n", lambda e: e.set("step-2", "needs", "[]"),
         "  - &z {run: x}\n  - {<<: *z, cwd: y, needs: []}\n"),
        ("  - &z {run: x}\n  -   <<: *z\n      cwd: y\n", lambda e: e.name_it("step-2"),
         "  - &z {run: x}\n  -   id: step-2\n      <<: *z\n      cwd: y\n"),
    ],
)  # fmt: skip
def test_changes_as_little_as_it_can(text: str, change: Change, expected: str) -> None:
    assert edited(text, change) == expected


@pytest.mark.parametrize(
    ("text", "change", "message"),
    [
        ("  a: {run: x, matrix: {x: [1]}}\n", lambda e: e.drop_keys("a", ("matrix",)), "shares its line"),
        ("  - matrix: {x: [1]}  # why\n    run: x\n",
         lambda e: e.drop_keys("step-1", ("matrix",)), "a comment"),
        ("  a:\n    needs: [  # why\n      b]\n", lambda e: e.set("a", "needs", "[]"), "comments stand in"),
        ("  a:\n    needs:\n    - b\n", lambda e: e.set("a", "needs", "[]"), "on lines of its own"),
        ("  a:\n    needs: [b]\n", lambda e: e.set_within("a", "needs", "x", "1"), "has no `x`"),
        ("  z:\n    needs: &x\n    - b\n  a:\n    needs: *x\n",
         lambda e: e.change_items("a", "needs", [0], []), "alias of what stands elsewhere"),
        ("  z:\n    needs: &x [b]\n  a:\n    needs: *x\n", lambda e: e.set("a", "needs", "[c]"),
         "alias of what stands elsewhere"),
        ("  z: &z\n    needs: [b]\n  a:\n    <<: *z\n    run: x\n", lambda e: e.set("a", "needs", "[c]"),
         "comes from a merge"),
        ("  - &z {run: x}\n  - <<: *z\n", lambda e: e.set("step-2", "needs", "[]"),
         "all keys come from a merge"),
        ("  a:\n    needs: [b, c]\n", lambda e: e.change_items("a", "needs", [0], []), "shares its line"),
        ("  ? a\n  : run: x\n", lambda e: e.drop("a"), "shares its line"),
        ("  a:\n    needs: [b]\n", lambda e: [e.set("a", "needs", each) for each in ("[]", "[c]")],
         "two changes touch the same place"),
        ("  {a: {run: x}, b: {run: y}}\n", lambda e: e.drop("a"), "in brackets"),
    ],
)  # fmt: skip
def test_refuses_what_it_cannot_change_alone(text: str, change: Change, message: str) -> None:
    with pytest.raises(NotWritableError, match=message):
        edited(text, change)
