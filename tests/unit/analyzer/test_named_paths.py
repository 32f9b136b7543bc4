"""Paths are found in commands, and told apart by what is done with them."""

from __future__ import annotations

import pytest

from wfopt.analyzer.named_paths import named_paths
from wfopt.model.expressions import Template
from wfopt.model.workflow import Script, Shell, Step, StepId


@pytest.mark.parametrize(
    ("text", "cwd", "expected"),
    [
        ("python src/x.py a.csv", "", ["src/x.py!", "a.csv"]),
        ("uv run tools/x.py", "sub", ["sub/tools/x.py!"]),
        ("./x.sh ../b", "sub", ["sub/x.sh!", "b"]),
        ("bash -e x.sh", "", ["x.sh!"]),
        ("python -m x.py", "", ["x.py"]),
        ("python --version", "", []),
        ("node server", "", ["server"]),
        ("a < in > out -o b --output=c --flag=d", "", ["out>", "in", "b>", "c>", "d"]),
        ("a /etc/x ~/y ../z https://x.y/z $A *.c", "", []),
        ("rm -rf out && echo out && make out", "", ["out"]),
        ("a x\ncd sub\na y", "", ["x"]),
        ("A=1", "", []),
    ],
)
def test_paths_of_a_script(text: str, cwd: str, expected: list[str]) -> None:
    run = Script(Template.plain(text), Shell("bash", ("bash", "-c")))
    found = named_paths(Step(id=StepId("s"), run=run, cwd=cwd))
    assert [each.path + "!" * each.is_script + ">" * each.is_written for each in found] == expected
