"""From the command line of `wfopt optimize`, as typed, to the options of the api."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence

from wfopt.analyzer.selecting import Least
from wfopt.api.optimize import OptimizeOptions
from wfopt.api.verify import VerifyOptions
from wfopt.cli.console import Console
from wfopt.cli.least import least_of_text
from wfopt.cli.options import Request, names_file, options_of
from wfopt.cli.wrong import wrong
from wfopt.dataclass import dataclass, field
from wfopt.optimizer.base import Goal, Level

SAME, NATIVE = "same", "native"
"""The formats in which a result is written: that of the file, or the native one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OptimizeRequest:
    """What `wfopt optimize` is asked, option by option; texts are not checked yet.

    Attributes:
        config_params: values for params from the config file.
        origins: the environment variable or the config file that set the option of a name.
    """

    file: str | None = None
    params: tuple[str, ...] = ()
    config_params: Mapping[str, str] = field(default_factory=dict)
    level: str = "declared"
    passes: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    assume: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    goal: str = "time"
    diff: bool | None = None
    out: str | None = None
    to: str = SAME
    write: bool = False
    check: bool = False
    min_saving: str | None = None
    verify: bool = False
    verify_runs: int = 3
    allow_effects: tuple[str, ...] = ()
    explain: bool = False
    source_format: str = ""
    output: str = "table"
    jobs: str = "auto"
    cpus: str | None = None
    memory: str | None = None
    strategy: str = "critical-path"
    host: str = ""
    workspace: str | None = None
    state_dir: str | None = None
    quiet: bool = False
    verbose: bool = False
    origins: Mapping[str, str] = field(default_factory=dict)


def optimize_options(request: OptimizeRequest, console: Console) -> OptimizeOptions:
    """Return what is asked.

    Raises:
        UserError: an option cannot be used, two contradict each other, or there is no file.
    """
    _check_together(request)
    if request.file is not None and not names_file(request.file):
        # For `wfopt run` it could be a step.
        raise wrong(f"there is no file `{request.file}`")
    run = options_of(
        Request(
            arguments=(request.file,) if request.file is not None else (),
            params=request.params,
            config_params=request.config_params,
            jobs=request.jobs,
            cpus=request.cpus,
            memory=request.memory,
            strategy=request.strategy,
            workspace=request.workspace,
            state_dir=request.state_dir,
            source_format=request.source_format,
            origins=request.origins,
        ),
        console,
    )
    return OptimizeOptions(
        file=run.file,
        format=run.format,
        workspace=run.workspace,
        state_folder=run.state_folder,
        params=run.params,
        environ=run.environ,
        param_twins=run.param_twins,
        host=request.host or os.uname().nodename,
        capacity=run.capacity,
        strategy=run.strategy,
        level=Level(request.level),
        passes=_names(request.passes),
        skip=_names(request.skip),
        consents=_names(request.assume),
        targets=_names(request.targets),
        goal=Goal(request.goal),
        lenient=not request.verify,
    )


def verify_options(request: OptimizeRequest, console: Console) -> VerifyOptions:
    """Return how both versions are to be tried."""
    return VerifyOptions(
        runs=request.verify_runs,
        allowed=frozenset(_names(request.allow_effects)),
        temporary=console.environ.get("TMPDIR", ""),
        held=console.held,
    )


def least_of(request: OptimizeRequest) -> Least | None:
    """Return what `--check` asks for at least, or None for anything at all.

    Raises:
        UserError: it is neither a duration nor a share.
    """
    if request.min_saving is None:
        return None
    return least_of_text(request.min_saving, request.origins.get("min-saving", ""))


def _names(words: Sequence[str]) -> tuple[str, ...]:
    """Return names that may stand in one word, with commas between them."""
    return tuple(name.strip() for word in words for name in word.split(",") if name.strip())


def _check_together(request: OptimizeRequest) -> None:
    if request.write and request.out is not None:
        raise wrong("`--write` writes over the file, and `-o` to another one", "leave one out")
    if request.to == NATIVE and request.write:
        raise wrong("`--to native` makes another file, and `--write` writes over this one", "use `-o FILE`")
    if request.to == NATIVE and request.out is None:
        raise wrong("`--to native` makes another file", "name it: `-o FILE`; `-o -` prints it")
    if request.min_saving is not None and not request.check and "min-saving" not in request.origins:
        raise wrong("`--min-saving` says when `--check` fails", "add `--check`")
    if request.assume and request.level != "assumed":
        raise wrong("`--assume` allows what `--level assumed` asks for", "add `--level assumed`")
