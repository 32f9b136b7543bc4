"""Commands that run in the place of actions."""

from wfopt.formats.github.loader import load
from wfopt.formats.load_options import LoadOptions
from wfopt.model.workflow import Opaque, Step
from wfopt.source import SourceFile

TEXT = """
on: push
jobs:
  a:
    runs-on: ubuntu-latest
    env: {E: 1}
    strategy: {matrix: {n: [1, 2]}}
    steps:
      - uses: Own/Act@v1
        with: {plain: x, two-words: "n ${{ matrix.n }}", sha: "${{ github.sha }}"}
      - uses: own/act@v2
        with: {token: "${{ secrets.TOKEN }}"}
      - uses: actions/checkout@v4
  b:
    runs-on: windows-latest
    steps:
      - uses: own/act@v1
  c:
    uses: ./.github/workflows/other.yml
"""


def steps(actions: dict[str, str]) -> dict[str, Step]:
    options = LoadOptions(workspace="/w", actions=actions)
    return {each.id: each for each in load(SourceFile("ci.yml", TEXT), options).workflow.steps}


def run_of(step: Step) -> Opaque:
    assert isinstance(step.run, Opaque)
    return step.run


def test_an_action_finds_what_the_file_hands_to_it() -> None:
    step = steps({"own/act": "act $INPUT_PLAIN"})["a[n=2]/1"]
    assert run_of(step).stand_in is not None
    env = {name: value and value.static for name, value in step.env.items()}
    assert env == {
        "E": "1",
        "INPUT_PLAIN": "x",
        "INPUT_TWO-WORDS": "n 2",
        "INPUT_TWO_WORDS": "n 2",
        "INPUT_SHA": None,
    }


def test_what_only_the_service_knows_leaves_it_out() -> None:
    run = run_of(steps({"own/act": "act"})["a[n=1]/2"])
    assert (run.stand_in, run.why) == (None, "uses secrets.TOKEN")
    assert run_of(steps({"own/act": "act"})["b/1"]).why == "asks for windows-latest"


def test_the_user_knows_better_than_the_table() -> None:
    usual = run_of(steps({})["a[n=1]/3"]).stand_in
    assert usual is not None
    assert run_of(steps({"actions/checkout": "git pull"})["a[n=1]/3"]).stand_in not in (None, usual)


def test_each_cell_of_a_job_has_a_session_and_a_called_workflow_has_none() -> None:
    found = {name: step.session for name, step in steps({}).items()}
    assert (found["a[n=1]/1"], found["a[n=2]/3"], found["b/1"], found["c"]) == ("a[n=1]", "a[n=2]", "b", "")
