"""Well-known commands are told apart by what kind of work they do; all others are unknown."""

from __future__ import annotations

import pytest

from tests.support.builders import step
from wfopt.analyzer.workloads import Work, words_of, work_of, works_of
from wfopt.model.expressions import Template
from wfopt.model.scripts import commands_of
from wfopt.model.workflow import Opaque, Script, Shell


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("npm ci", ("npm", "ci")),
        ("sudo -E pip3 install x", ("pip", "install", "x")),
        ("python3 -m pip install x", ("pip", "install", "x")),
        ("python -m build --wheel", ("python", "-m", "build", "--wheel")),
        ("uv run --group dev pytest", ("pytest",)),
        ("./gradlew build", ("gradle", "build")),
        ("./mvnw test", ("mvn", "test")),
        ("node_modules/.bin/tsc -p .", ("tsc", "-p", ".")),
        ("venv/bin/pip install x", ("pip", "install", "x")),
        ("./test all", ("./test", "all")),
        ("scripts/lint.sh", ("scripts/lint.sh",)),
        ("X=1", ("",)),
    ],
)
def test_words_without_what_only_runs_them(text: str, words: tuple[str, ...]) -> None:
    assert words_of(commands_of(text)[0]) == words


@pytest.mark.parametrize(
    ("text", "work"),
    [
        ("cd src", Work.IDLE),
        ("X=1", Work.IDLE),
        ("node --version", Work.IDLE),
        ("go env", Work.IDLE),
        ("cargo build --release", Work.BUILD),
        ("cargo --locked build", Work.BUILD),
        ("make", Work.UNKNOWN),
        ("npm run build", Work.BUILD),
        ("npm --prefix web run build", Work.BUILD),
        ("npm run deploy", Work.UNKNOWN),
        ("go install ./cmd/tool", Work.BUILD),
        ("go install example.org/tool@latest", Work.INSTALL),
        ("mvn -B clean package", Work.BUILD),
        ("mvn -B org.example:plugin:run", Work.UNKNOWN),
        ("./gradlew :app:assemble", Work.BUILD),
        ("gradle check --info", Work.TEST),
        ("go vet ./...", Work.LINT),
        ("go test ./...", Work.TEST),
        ("go mod download", Work.INSTALL),
        ("go run ./cmd", Work.UNKNOWN),
        ("python -m unittest", Work.TEST),
        ("python script.py", Work.UNKNOWN),
        ("yarn", Work.INSTALL),
        ("./build", Work.UNKNOWN),
        ("./test", Work.UNKNOWN),
        ("curl -O https://example.org/x", Work.NETWORK),
        ("cat < a > b", Work.UNKNOWN),
        ("> b", Work.UNKNOWN),
    ],
)
def test_kinds_of_work(text: str, work: Work) -> None:
    assert work_of(commands_of(text)[0]) is work


def test_a_step_does_all_that_its_commands_do() -> None:
    shell = Shell("bash", ("bash", "-c"))
    text = "cd web\nnpm ci && npm run build\necho done"
    assert works_of(step("a", run=Script(Template.plain(text), shell))) == {Work.INSTALL, Work.BUILD}
    assert works_of(step("a", run=Script(Template.plain("echo done"), shell))) == set()


def test_nothing_is_known_of_actions_and_of_other_shells() -> None:
    pwsh = Shell("pwsh", ("pwsh", "-c"))
    assert works_of(step("a", run=Script(Template.plain("npm ci"), pwsh))) == set()
    action = Opaque(what="actions/checkout@v4", why="an action")
    assert works_of(step("a", run=action)) == set()  # type: ignore[arg-type]
