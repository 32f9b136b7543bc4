"""Scripts that need bash."""

from __future__ import annotations

import pytest

from wfopt.formats.bashisms import needs_bash


@pytest.mark.parametrize(
    "script",
    [
        "[[ a ]]", "if [[ -f x ]]; then :; fi", "(( x++ ))", "cat <<< x", "diff <(a) <(b)", "tee >(cat)",
        "a=(1 2)", "echo ${a[0]}", "echo ${a/b/c}", "echo ${a^^}", "echo ${a:1:2}", "echo ${!x}", "x &> y",
        "x |& y", "echo $'a'", "function f { :; }", "source x", "declare -a x", "echo {1..3}", "echo {a,b}",
        "set -o pipefail", "[ a == b ]", "read -a x", "shopt -s globstar",
    ],
)  # fmt: skip
def test_these_need_bash(script: str) -> None:
    assert needs_bash(script)


@pytest.mark.parametrize(
    "script",
    [
        "[ a = b ]", "echo ${a:-b} ${a%.*} ${#a} $((1 + 2))", "a=1 b=2 c", "f() { :; }", ". ./x",
        "x > y 2>&1",
        "awk '{print $1}'", 'echo "{}"', "find . -exec x {} \\;", "case x in a) ;; esac", "resource x",
    ],
)  # fmt: skip
def test_these_do_not(script: str) -> None:
    assert not needs_bash(script)
