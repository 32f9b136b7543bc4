"""What a workflow does as one text."""

import os

import pytest

from tests.support.builders import workflow
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.native.loader import load
from wfopt.model.contents import canonical
from wfopt.model.workflow import Workflow
from wfopt.source import SourceFile


def loaded(text: str) -> Workflow:
    source = SourceFile("w.yml", text)
    options = LoadOptions(path="w.yml", workspace=os.getcwd(), params={}, environ={}, param_twins=False)
    return load(source, options)[0]


ONE = """\
wfopt: 1
params: {level: "2"}
steps:
  build:
    run: cc -O${{ params.level }} a.c ${{ needs.tool.out.path }}
    inputs: [a.c]
    outputs: [a.out]
    env: {A: x, B: y}
    needs: [tool]
  tool:
    run: which cc
"""
TOOL = """\
  tool:
    run: which cc
"""


@pytest.mark.parametrize(
    "other",
    [
        ONE.replace("steps:", "\n# a remark\n\nsteps:"),
        ONE.replace("${{ needs.tool.out.path }}", "${{    needs.tool.out.path}}"),
        ONE.replace("env: {A: x, B: y}", "env:\n      B: y\n      A: x"),
        ONE.replace("    needs: [tool]\n", "    needs: [tool]\n    description: builds\n"),
        ONE.replace("needs: [tool]", "needs: [tool]\n    x-duration: 2m"),
        ONE.replace("needs: [tool]", "needs: [tool]\n    x-size: src/a.c"),
        ONE.replace(TOOL, "").replace("steps:\n", f"steps:\n{TOOL}"),
    ],
)
def test_equal_for_what_does_the_same(other: str) -> None:
    assert other != ONE
    assert canonical(loaded(other)) == canonical(loaded(ONE))


@pytest.mark.parametrize(
    "other",
    [
        ONE.replace("cc -O", "cc  -O"),
        ONE.replace('level: "2"', 'level: "3"'),
        ONE.replace("inputs: [a.c]", "inputs: [a.c, a.h]"),
        ONE.replace("env: {A: x, B: y}", "env: {A: x, B: z}"),
        ONE.replace("which cc", "which cc\n    timeout: 3s"),
        ONE.replace("  tool:", "  more: {run: x}\n  tool:"),
        ONE + "on-failure:\n  tell: {run: x}\n",
        ONE + "finally:\n  tell: {run: x}\n",
        ONE + "resources: {licence: 2}\n",
        ONE + "targets: [tool]\n",
    ],
)
def test_different_for_what_does_something_else(other: str) -> None:
    assert other != ONE
    assert canonical(loaded(other)) != canonical(loaded(ONE))


def test_edges_count() -> None:
    assert canonical(workflow("ab")) != canonical(workflow("ab", edges=[("a", "b")]))
