"""Inputs of workflows."""

import pytest

from tests.support.github_files import imported, mapping
from wfopt.errors import LoadError
from wfopt.formats.github.inputs import inputs_of
from wfopt.source import SourceFile

SOURCE = SourceFile("ci.yml", "")
ON = """
workflow_dispatch:
  inputs:
    text: {default: x, description: what}
    flag: {type: boolean, default: true}
    count: {type: number, default: 2.5}
    many: {type: number, default: many}
    must: {required: true}
    plain: {type: string}
    off: {type: boolean}
    none: {type: number}
    open: {default: "${{ github.ref }}"}
    empty:
"""


def test_what_is_not_given_has_its_default() -> None:
    found = inputs_of(mapping(ON), {}, SOURCE)
    assert found.values == {
        "text": "x",
        "flag": True,
        "count": 2.5,
        "many": "many",
        "plain": "",
        "off": False,
        "none": 0,
        "empty": "",
    }
    assert found.texts["flag"] == "true"
    assert found.descriptions["text"] == "what"
    assert "must" in found.descriptions


def test_given_values_win() -> None:
    found = inputs_of(mapping(ON), {"must": "1", "flag": "false", "count": "7"}, SOURCE)
    assert (found.values["must"], found.values["flag"], found.values["count"]) == ("1", False, 7)


@pytest.mark.parametrize(
    ("name", "hint"), [("txt", "did you mean `text`?"), ("zzz", "it has `text`, `flag`")]
)
def test_other_names_are_refused(name: str, hint: str) -> None:
    with pytest.raises(LoadError) as caught:
        inputs_of(mapping(ON), {name: "1"}, SOURCE)
    assert caught.value.diagnostics[0].hints[0].startswith(hint)


def test_a_file_without_inputs_says_so() -> None:
    with pytest.raises(LoadError) as caught:
        inputs_of(None, {"a": "1"}, SOURCE)
    assert caught.value.diagnostics[0].hints == ("it has none",)


def test_inputs_are_the_params_of_the_workflow() -> None:
    text = "on: {workflow_call: {inputs: {a: {description: d}}}}\njobs: {j: {steps: [{run: x}]}}"
    workflow = imported(text, a="given").workflow
    assert workflow.params == {"a": "given"}
    assert workflow.param_descriptions == {"a": "d"}
