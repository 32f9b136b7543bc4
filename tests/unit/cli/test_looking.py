"""What is printed when nothing is run."""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import cast

import pytest

from tests.support.builders import step, workflow
from wfopt.api.prepare import Prepared
from wfopt.cli.console import Console
from wfopt.cli.looking import print_list, write_graph
from wfopt.cli.options import Request
from wfopt.errors import UserError
from wfopt.render.paint import Paint
from wfopt.resources.pool import Capacity
from wfopt.scheduler.strategies.fifo import Fifo


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def console(environ: Mapping[str, str] | None = None, *, terminal: bool = False) -> Console:
    return Console(
        out=Terminal() if terminal else io.StringIO(),
        log=io.StringIO(),
        paint=Paint(color=False),
        color_out=False,
        width=60,
        environ=environ or {},
    )


def texts(of: Console) -> tuple[str, str]:
    return cast("io.StringIO", of.out).getvalue(), cast("io.StringIO", of.log).getvalue()


def test_a_list_is_cut_on_a_terminal_or_to_columns_only() -> None:
    long = workflow([step("a", description="x" * 100)])
    for used, cut in ((console(), False), (console(terminal=True), True), (console({"COLUMNS": "60"}), True)):
        print_list(Request(), long, used)
        assert ("…" in texts(used)[0]) is cut


def test_a_list_can_be_a_document() -> None:
    used = console()
    print_list(Request(output="json"), workflow(["a"]), used)
    assert json.loads(texts(used)[0])["schema"] == "wfopt.list/1"


@pytest.mark.parametrize(("name", "message"), [("x.png", "must end in"), ("none/x.dot", "no such file")])
def test_a_graph_that_cannot_be_written_is_said(
    name: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    prepared = Prepared(workflow(["a"]), (), Capacity(slots=1, cpu_milli=1000))
    with pytest.raises(UserError, match=message):
        write_graph(name, prepared, Fifo())
