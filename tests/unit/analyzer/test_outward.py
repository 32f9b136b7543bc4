"""Commands that change something outside are told from those that do not."""

from __future__ import annotations

import pytest

from wfopt.analyzer.local_work import stays_local
from wfopt.analyzer.outward import effect_of, effects_of, may_change_outside
from wfopt.model.expressions import Template
from wfopt.model.scripts import commands_of
from wfopt.model.workflow import Opaque, Script, Shell, Step, StepId

BASH = Shell("bash", ("bash", "-c"))


def step(text: str, effects: frozenset[str] | None = None) -> Step:
    return Step(id=StepId("s"), run=Script(Template.plain(text), BASH), effects=effects)


@pytest.mark.parametrize(
    "text",
    [
        "git push",
        "sudo docker push app",
        "docker build --push .",
        "docker buildx build --push .",
        "docker image push app",
        "npm publish",
        "twine upload dist/x",
        "python -m twine upload dist/x",
        "curl -X POST https://example.org",
        "curl -XDELETE https://example.org",
        "curl --request put https://example.org",
        "curl -T file https://example.org",
        "gh release create v1",
        "aws s3 cp file s3://bucket/file",
        "aws lambda update-function-code --zip-file x",
        "rsync -a out/ host:out/",
        "ssh host ls",
        "kubectl apply -f x.yml",
    ],
)
def test_what_changes_something_outside(text: str) -> None:
    (command,) = commands_of(text)
    assert effect_of(command)
    assert may_change_outside(step(text))
    assert not stays_local(step(text))


@pytest.mark.parametrize(
    "text",
    [
        "git diff",
        "git push --dry-run",
        "docker build .",
        "curl https://example.org",
        "gh pr view",
        "aws s3 cp s3://bucket/file file",
        "aws s3 ls",
        "rsync -a out/ copy/",
        "npm ci",
        "kubectl get pods",
    ],
)
def test_what_does_not(text: str) -> None:
    (command,) = commands_of(text)
    assert not effect_of(command)
    assert not may_change_outside(step(text))


def test_declared_effects_come_first() -> None:
    found = list(effects_of(step("git push", frozenset({"network", "publish"}))))
    assert [words for _, words in found] == ["has the effect `publish`", "pushes commits"]


@pytest.mark.parametrize(
    ("run", "is_local"),
    [
        (Opaque(what="actions/checkout@v4", why="an action"), True),
        (Opaque(what="someone/deploys@v1", why="an action"), False),
        (Opaque(what="make {{.X}} && git push", why="a template"), False),
        (Script(Template.plain("pip install x && pytest && cargo build"), BASH), True),
        (Script(Template.plain("./unknown.sh"), BASH), False),
        (Script(Template.plain(""), BASH), False),
    ],
)
def test_what_is_known_to_stay_on_its_machine(run: Script | Opaque, is_local: bool) -> None:
    own = Step(id=StepId("s"), run=run)
    assert stays_local(own) == is_local
    if isinstance(run, Opaque):
        assert may_change_outside(own) != is_local
