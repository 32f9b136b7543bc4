"""GitLab pipelines as a whole: limits, what the workspace says, and broken files."""

from __future__ import annotations

import random
import time
from collections import Counter
from pathlib import Path

import pytest

from wfopt.codes import CYCLE, MATRIX_TOO_LARGE, TOO_COMPLEX
from wfopt.engine.plan import Plan
from wfopt.errors import LoadError
from wfopt.formats.gitlab import jobs, linking
from wfopt.formats.gitlab.format import GitLabFormat
from wfopt.formats.imported import Imported
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.outside import Outside
from wfopt.model.expressions import Literal
from wfopt.model.outcome import StepStatus
from wfopt.model.workflow import EdgeKind
from wfopt.source import SourceFile

FIXTURES = Path(__file__).parents[3] / "fixtures" / "importers" / "gitlab"


def read(text: str, workspace: str = "/w", **environ: str) -> Imported:
    path = f"{workspace}/.gitlab-ci.yml"
    outside = Outside(environ)
    options = LoadOptions(workspace=workspace, path=path, environ=outside.environ, outside=outside)
    return GitLabFormat().read(SourceFile(name=".gitlab-ci.yml", text=text), options)


def refusal(text: str, workspace: str = "/w") -> LoadError:
    with pytest.raises(LoadError) as caught:
        read(text, workspace)
    return caught.value


@pytest.mark.parametrize(
    ("path", "claimed"),
    [
        (".gitlab-ci.yml", True),
        ("/home/me/project/.gitlab-ci.yaml", True),
        ("ci/docs.gitlab-ci.yml", True),
        (".gitlab/ci/test.yml", True),
        ("project__.gitlab-ci-2.yml", True),
        ("gitlab-ci/notes.yml", False),
        ("mygitlab-ci.yml", False),
        (".gitlab/agents/config.yaml", False),
        (".gitlab-ci.json", False),
    ],
)
def test_names_are_recognized(path: str, claimed: bool) -> None:
    assert GitLabFormat().claims(path, ()) is claimed


def test_the_environment_decides_conditions() -> None:
    text = "job: {script: make, rules: [{if: '$CI_COMMIT_BRANCH == \"main\"'}]}\n"
    assert read(text, CI_COMMIT_BRANCH="main").remarks == ()
    assert read(text, CI_COMMIT_BRANCH="other").workflow.steps[0].condition == Literal(value=False)
    (remark,) = read(text).remarks
    assert remark.message == "only GitLab can decide whether a job runs"


def test_the_folder_of_the_project_is_the_workspace() -> None:
    text = "job: {script: cd $CI_PROJECT_DIR, variables: {D: $CI_PROJECT_DIR/x}, artifacts: {paths: $D/y}}\n"
    (step,) = read(text).workflow.steps
    assert {name: value and value.static for name, value in step.env.items()} == {
        "D": "/w/x",
        "CI_PROJECT_DIR": "/w",
    }
    assert [path.text for path in step.outputs or ()] == ["x/y"]
    (step,) = read("job: {script: cd $CI_PROJECT_DIR}\n", CI_PROJECT_DIR="/there").workflow.steps
    assert [value and value.static for value in step.env.values()] == ["/there"]


def test_stages_of_many_jobs_are_joined_through_the_stage_before() -> None:
    names = [
        f"{stage}{n}: {{stage: {stage}, script: make}}"
        for stage in ("build", "test", "deploy")
        for n in range(20)
    ]
    found = read("\n".join(names))
    assert len(found.workflow.edges) == 2 * 20 * 20
    assert {edge.kind for edge in found.workflow.edges} == {EdgeKind.BARRIER}


def test_there_may_not_be_too_many_edges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linking, "MAX_LOOKS", 3)
    text = "\n".join(
        f"b{n}: {{stage: build, script: x, artifacts: {{paths: [x]}}}}\nt{n}: {{script: x}}" for n in "123"
    )
    assert [each.code for each in refusal(text).diagnostics] == [TOO_COMPLEX]


def test_there_may_not_be_too_many_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "MAX_STEPS", 3)
    assert len(read("a: {script: x, parallel: 3}").workflow.steps) == 3
    (diagnostic,) = refusal("a: {script: x, parallel: 4}").diagnostics
    assert diagnostic.code is MATRIX_TOO_LARGE


def chain(body: str, length: int) -> str:
    """Return templates, each of which names the next one."""
    return "".join(f".t{n}: {body.format(f'.t{n + 1}')}\n" for n in range(length))


WIDE = "".join(
    f".t{n}: {{extends: [{', '.join(f'.t{m}' for m in range(n))}], k{n}: 1}}\n" for n in range(1, 140)
)
INPUTS = "spec: {{inputs: {{x: {{default: {}}}}}}}\n---\nj: {{script: ['{}']}}\n"


@pytest.mark.parametrize(
    "text",
    [
        # Each template holds all pairs of the ones before.
        WIDE,
        chain("{{extends: {}}}", 60),
        chain("{{script: [!reference [{}, script]]}}", 60),
        chain("{{script: [" + "!reference [{0}, script], " * 8 + "]}}", 9)
        + ".t9: {script: [x]}\nj: {script: !reference [.t0, script]}\n",
        INPUTS.format("y" * 50_000, "$[[ inputs.x ]]" * 90),
    ],
    ids=["wide", "chain", "references", "doubling", "inputs"],
)
def test_small_files_do_not_become_large(text: str) -> None:
    start = time.process_time()
    codes = {each.code for each in refusal(f"{text}\njob: {{script: x, extends: .t0}}\n").diagnostics}
    assert codes & {TOO_COMPLEX}
    assert time.process_time() - start < 2


def test_lists_of_references_stay_shared() -> None:
    lines = "".join(
        f".t{n}: {{script: [!reference [.t{n + 1}, script], !reference [.t{n + 1}, script]]}}\n"
        for n in range(9)
    )
    found = read(f"{lines}.t9: {{script: [x]}}\njob: {{script: !reference [.t0, script]}}\n")
    run = found.workflow.steps[0].run
    assert str(run).count("x") >= 512


def test_trees_in_trees_are_refused_when_too_deep(tmp_path: Path) -> None:
    inner = "[" * 50 + '"$[[ inputs.x ]]"' + "]" * 50
    for n in range(30):
        (tmp_path / f"{n}.yml").write_text(
            f"spec: {{inputs: {{x: {{}}}}}}\n---\ninclude: {{local: {n + 1}.yml, inputs: {{x: {inner}}}}}\n"
        )
    (tmp_path / "30.yml").write_text("spec: {inputs: {x: {}}}\n---\njob:\n  script: $[[ inputs.x ]]\n")
    error = refusal("include: {local: 0.yml, inputs: {x: y}}\n", str(tmp_path))
    assert [each.code for each in error.diagnostics] == [TOO_COMPLEX]


def test_files_outside_the_workspace_are_not_included(tmp_path: Path) -> None:
    (tmp_path / "w").mkdir()
    (tmp_path / "secret.yml").write_text("a: {script: x}\n")
    (tmp_path / "w" / "link.yml").symlink_to(tmp_path / "secret.yml")
    for name in ("link.yml", "../secret.yml", "x/../../secret.yml"):
        (diagnostic,) = refusal(f"include: {name}\njob: {{script: x}}\n", str(tmp_path / "w")).diagnostics
        assert diagnostic.message == f"`{name}` leads out of the workspace"


def test_files_that_cannot_be_read_are_told_where_they_are_included(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "list.yml").write_text("- a\n")
    (diagnostic,) = refusal("include: [folder]\njob: {script: x}\n", str(tmp_path)).diagnostics
    assert diagnostic.primary is not None
    assert diagnostic.primary.span.line == 1
    (diagnostic,) = refusal("include: ['a[']\njob: {script: x}\n", str(tmp_path)).diagnostics
    assert "`a[` cannot be used" in diagnostic.message
    error = refusal("include: ['*.yml']\njob: {script: x}\n", str(tmp_path))
    assert [each.primary and each.primary.span.source.name for each in error.diagnostics] == ["list.yml"]


def test_wildcards_find_files_in_order(tmp_path: Path) -> None:
    (tmp_path / "b" / "node_modules").mkdir(parents=True)
    for name in ("b/2.yml", "b/1.yml", "b/node_modules/3.yml"):
        (tmp_path / name).write_text(f"'{name}': {{script: x}}\n")
    found = read("include: {local: 'b/**/*.yml'}\njob: {script: x}\n", str(tmp_path))
    assert [step.id for step in found.workflow.steps] == ["b/1.yml", "b/2.yml", "job"]
    (remark,) = read("include: 'c/*.yml'\njob: {script: x}\n", str(tmp_path)).remarks
    assert remark.message == "an `include` names a file that is not here"


def test_only_so_many_files_are_included(tmp_path: Path) -> None:
    (tmp_path / "a.yml").write_text(".a: {}\n")
    error = refusal(f"include: [{', '.join(['a.yml'] * 151)}]\njob: {{script: x}}\n", str(tmp_path))
    assert [each.code for each in error.diagnostics] == [TOO_COMPLEX]


@pytest.mark.parametrize(
    ("status", "ended"),
    [
        (StepStatus.SUCCEEDED, "succeeded succeeded succeeded succeeded skipped skipped"),
        (StepStatus.FAILED, "failed succeeded skipped skipped skipped skipped"),
    ],
)
def test_what_stands_in_after_script_runs_whatever_became_of_the_job(status: StepStatus, ended: str) -> None:
    plan = Plan(
        read(
            "a: {stage: build, script: x, after_script: [y]}\n"
            "b: {stage: test, script: z}\n"
            "c: {stage: test, needs: [a], script: z}\n"
            "m: {stage: build, script: x, when: manual, after_script: [y]}\n"
        ).workflow,
        keep_going=True,
    )
    ready = list(plan.begin().ready)
    while ready:
        node = ready.pop(0)
        plan.start(node)
        ready += plan.finish(node, StepStatus.SUCCEEDED if node else status).ready
    assert " ".join(each.value for each in plan.statuses if each) == ended


def test_a_circle_through_a_stage_is_named() -> None:
    text = "a: {stage: test, script: x}\nb: {stage: build, script: x, needs: [a]}\n"
    (diagnostic,) = refusal(text).diagnostics
    assert diagnostic.code is CYCLE


SIGNS = (
    "[",
    "]",
    "{",
    "}",
    ":",
    " ",
    "\n",
    "-",
    "!reference ",
    "&a ",
    "*a ",
    "$[[ inputs.x ]]",
    "~",
    "0",
    "'",
)


def mutated(text: str, chance: random.Random) -> str:
    """Return a text with a few pieces cut, doubled, swapped or replaced."""
    for _ in range(chance.randint(1, 2)):
        start, length = chance.randrange(len(text)), chance.randint(0, 30)
        piece, far = text[start : start + length], text[chance.randrange(len(text)) :][:length]
        other = chance.choice([chance.choice(SIGNS), piece * 2, "", far])
        text = (text[:start] + other + text[start + length :]) or " "
    return text


def outcome(text: str) -> str:
    """Return how reading a text ends; anything but a LoadError is an error."""
    try:
        found = read(text, str(FIXTURES))
    except LoadError as error:
        return "refused" if error.diagnostics else "silent"
    if found.workflow.steps:
        return "read"
    return "a part" if found.remarks else "silent"


def test_broken_files_are_read_or_refused() -> None:
    chance = random.Random(7)  # noqa: S311 - nothing is secret
    texts = [path.read_text() for path in sorted(FIXTURES.glob("[!b]*.yml"))]
    outcomes = Counter(outcome(mutated(chance.choice(texts), chance)) for _ in range(300))
    assert set(outcomes) <= {"read", "refused", "a part"}
    assert min(outcomes["read"], outcomes["refused"]) > 50
