"""Whatever style a file has: a rewrite is written with few changes, means what was meant, or is refused."""

import difflib
import re

import pytest

from tests.campaign.base import chance
from tests.support.random_workflows import random_case
from tests.support.short_times import times_of
from tests.support.styled_files import styled
from wfopt.errors import LoadError
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.native.loader import load
from wfopt.formats.native.rewriting import NotWritableError, rewritten
from wfopt.model.workflow import Workflow
from wfopt.optimizer.base import Facts
from wfopt.optimizer.pipeline import optimize
from wfopt.optimizer.registry import PASSES
from wfopt.source import SourceFile

OPTIONS = LoadOptions(workspace="/work")
KEYS = re.compile(r"\b(?:needs|ahead-of|right-after|matrix|fail-fast|id|timeout|priority)\b")
ITEM = re.compile(r"""\s*-? *["']?s\d(?:\[x=\d\])?["']?,?\s*(?:#.*)?|\s*\]""")


@pytest.mark.untraced
@pytest.mark.parametrize("chunk", range(40))
def test_only_what_is_meant_changes(chunk: int) -> None:
    for number in range(chunk * 10, chunk * 10 + 10):
        rnd = chance("styled", 1, number)
        text = styled(random_case(rnd).text, rnd)
        try:
            before, _ = load(SourceFile("w.yml", text), OPTIONS)
        except LoadError:
            # Without an `id` nobody can ask for the status of a step.
            continue
        made = optimize(before, PASSES, Facts(knowledge=times_of(before, rnd)), lambda: 0.0)
        try:
            new = rewritten(SourceFile("w.yml", text), before, made.after, OPTIONS)
        except NotWritableError:
            continue
        check(text, new, before, made.after)


def check(text: str, new: str, before: Workflow, after: Workflow) -> None:
    """Look at each line that goes or comes: it is of an edited key, or of a step that is gone."""
    left = {step.definition for step in after.steps}
    is_fewer = any(step.definition not in left for step in before.steps)
    old, now = text.splitlines(), new.splitlines()
    for line in list(difflib.unified_diff(old, now, n=0, lineterm=""))[2:]:
        mark, shown = line[:1], line[1:]
        # A step in brackets is one line.
        is_meant = mark == "@" or "{" in shown or KEYS.search(shown) or ITEM.fullmatch(shown)
        if mark == "+":
            assert is_meant or shown.strip() in text, shown
        else:
            # The first key of a step without `id` gets a line of its own.
            assert is_meant or is_fewer or shown.strip().removeprefix("- ") in new, shown
    if not is_fewer:
        comments = [line for line in old if line.lstrip().startswith("#")]
        assert comments == [line for line in now if line.lstrip().startswith("#")]
    assert ("\r\n" in text) == ("\r\n" in new)
    assert new.count("\n") == new.count("\r\n") or "\r\n" not in text
