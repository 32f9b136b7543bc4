"""From the command line of `wfopt run`, as typed, to the options of a run."""

from __future__ import annotations

import os
from collections.abc import Mapping

from wfopt.api.loading import NATIVE
from wfopt.api.prepare import RunOptions
from wfopt.cache.policy import USUAL_SIZE, CachePolicy, Mode
from wfopt.cli.console import Console
from wfopt.cli.wrong import wrong
from wfopt.dataclass import dataclass, field, replace
from wfopt.errors import LoadError
from wfopt.formats.reading import read_bytes
from wfopt.formats.recognizing import is_named_native, says_native
from wfopt.metrics.keep import USUAL_KEEP, Keep, parse_keep
from wfopt.model.params import variable
from wfopt.model.quantities import QuantityError, parse_cpu, parse_duration, parse_size
from wfopt.resources.machine import slots_of, total_memory, usable_cpu_milli, usable_cpus
from wfopt.resources.pool import Capacity
from wfopt.scheduler.base import Strategy
from wfopt.scheduler.registry import STRATEGIES, strategy_named
from wfopt.source import closest_match

FILE_ENDS = (".yml", ".yaml", ".json")

_ENOUGH_CPU_MILLI = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheRequest:
    """What `wfopt run` is asked about the cache; texts are not checked yet."""

    mode: str = "rw"
    folder: str | None = None
    size: str | None = None
    ttl: str | None = None
    namespace: str = ""
    force: bool = False
    forced: tuple[str, ...] = ()


USUAL_CACHE = CacheRequest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What `wfopt run` is asked, option by option; texts are not checked yet.

    Attributes:
        config_params: values for params from the config file.
        alerts: what to warn of, from the config file.
        origins: the environment variable or the config file that set the option of a name.
        typed: the words of the options that stand on the command line.
    """

    arguments: tuple[str, ...] = ()
    params: tuple[str, ...] = ()
    config_params: Mapping[str, str] = field(default_factory=dict)
    alerts: Mapping[str, object] = field(default_factory=dict)
    jobs: str = "auto"
    cpus: str | None = None
    memory: str | None = None
    strategy: str = "critical-path"
    optimized: str = "off"
    trace: bool = False
    keep_going: bool = False
    wait: bool = True
    cache: CacheRequest = USUAL_CACHE
    dry_run: bool = False
    listing: bool = False
    graph: str | None = None
    output: str = "table"
    report: str | None = None
    profile: str | None = None
    junit: str | None = None
    keep: str | None = None
    host: str = ""
    source_format: str = ""
    actions: tuple[str, ...] = ()
    workspace: str | None = None
    state_dir: str | None = None
    live: bool = True
    quiet: bool = False
    verbose: bool = False
    origins: Mapping[str, str] = field(default_factory=dict)
    typed: tuple[str, ...] = ()


def options_of(request: Request, console: Console) -> RunOptions:
    """Return the options of a run.

    Raises:
        UserError: an option cannot be used, or it is not clear which file is meant.
    """
    file, steps = file_and_steps(request.arguments)
    source_format = _format(request)
    folder = request.workspace or _workspace_of(os.path.abspath(file), source_format)
    workspace = os.path.abspath(folder)
    if request.workspace is not None and not os.path.isdir(workspace):
        raise wrong(f"`--workspace {request.workspace}` is not a folder", cause=_cause(request, "workspace"))
    # A config file's params rank as their environment twins do: below `-p`, and no matter if undeclared.
    twins = {variable(name): value for name, value in request.config_params.items()}
    return RunOptions(
        file=file,
        workspace=workspace,
        state_folder=os.path.abspath(request.state_dir or os.path.join(workspace, ".wfopt")),
        steps=steps,
        params=dict(_assignment(each) for each in request.params),
        environ=twins | dict(console.environ) if twins else console.environ,
        capacity=_capacity(request),
        strategy=_strategy(request),
        keep_going=request.keep_going,
        wait=request.wait,
        held=console.held,
        cache=_cache(request),
        keep=_keep(request),
        host=request.host,
        format=source_format,
        actions=_actions(request),
        alerts=request.alerts,
        command=_command(request.arguments),
        trace=request.trace,
    )


def _format(request: Request) -> str:
    if not request.source_format:
        return ""
    from wfopt.cli.foreign_options import format_option

    return format_option(request.source_format, _cause(request, "from"))


def _actions(request: Request) -> Mapping[str, str]:
    if not request.actions:
        return {}
    from wfopt.cli.foreign_options import action_options

    return action_options(request.actions)


def _workspace_of(path: str, source_format: str) -> str:
    """Return the folder in which the paths of a file start: its own, or the root of the repository."""
    if source_format == NATIVE or (not source_format and _is_native(path)):
        return os.path.dirname(path)
    # Most files are native.
    from wfopt.api.places import workspace_at

    return workspace_at(path, source_format)


def _is_native(path: str) -> bool:
    if is_named_native(path) or not os.path.isfile(path):
        return True
    try:
        return says_native(read_bytes(path, path).decode("utf-8", "replace"))
    except LoadError:
        return True


def _command(arguments: tuple[str, ...]) -> str:
    """Return how the run was started, without options: a value among them may be a secret."""
    if not arguments:
        return "wfopt run"
    import shlex

    return shlex.join(("wfopt", "run", *arguments))


def for_listing(options: RunOptions) -> RunOptions:
    """Return options under which nothing is left out or refused that could be listed."""
    unlimited = Capacity(slots=1, cpu_milli=_ENOUGH_CPU_MILLI, memory_bytes=None)
    return replace(options, steps=options.steps or ("*",), capacity=unlimited, lenient=True)


def file_and_steps(arguments: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Return the workflow file and the steps.

    Raises:
        UserError: no file is named and there is none, or more than one, that could be meant.
    """
    if arguments and names_file(arguments[0]):
        return arguments[0], arguments[1:]
    found = [name for name in ("wfopt.yml", "wfopt.yaml") if os.path.exists(name)]
    found += _named_workflows()
    if len(found) == 1:
        return found[0], arguments
    if not found:
        wanted = "`wfopt.yml`, `wfopt.yaml` or `*.wfopt.yml`"
        if arguments:
            raise wrong(f"`{arguments[0]}` is no file, and this folder has no {wanted} to look for a step in")
        raise wrong(f"this folder has no {wanted}", "name one, such as `ci.yml`")
    listed = ", ".join(f"`{name}`" for name in found)
    raise wrong(f"this folder has several workflows: {listed}", "name one: `wfopt run FILE`")


def _named_workflows() -> list[str]:
    try:
        names = os.listdir(".")
    except OSError:
        return []
    return sorted(name for name in names if name.endswith(".wfopt.yml") and not name.startswith("."))


def names_file(word: str) -> bool:
    """Return whether the first word of the arguments is a file: it exists or looks like one."""
    return os.path.exists(word) or word.endswith(FILE_ENDS)


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise wrong(f"`-p {text}` is not `NAME=VALUE`")
    return name, value


def _strategy(request: Request) -> Strategy:
    strategy = strategy_named(request.strategy)
    if strategy is None:
        names = [each.name for each in STRATEGIES]
        near = closest_match(request.strategy, names)
        known = ", ".join(f"`{name}`" for name in names)
        message = f"`--strategy {request.strategy}`: there is no strategy `{request.strategy}`"
        hint = f"did you mean `{near}`?" if near else f"known: {known}"
        raise wrong(message, hint, cause=_cause(request, "strategy"))
    return strategy


def _capacity(request: Request) -> Capacity:
    cpus = usable_cpus()
    slots = slots_of(request.jobs, cpus)
    if slots is None:
        message = f"`-j {request.jobs}` is not a number of jobs"
        hint = "write a number above 0, `50%` or `auto`"
        raise wrong(message, hint, cause=_cause(request, "jobs"))
    # A share of a cpu that a control group gives counts as well, but it is no slot.
    given = usable_cpu_milli() if request.jobs == "auto" else slots * 1000
    return Capacity(
        slots=slots,
        cpu_milli=given if request.cpus is None else _cpu_milli(request, request.cpus),
        memory_bytes=total_memory() if request.memory is None else _memory(request, request.memory),
    )


def _cache(request: Request) -> CachePolicy:
    asked = request.cache
    return CachePolicy(
        mode=Mode(asked.mode),
        folder=os.path.abspath(asked.folder) if asked.folder else "",
        force=asked.force,
        forced=asked.forced,
        size_limit=USUAL_SIZE if asked.size is None else _size(request, "cache-size", asked.size),
        ttl_s=None if asked.ttl is None else _duration(request, "cache-ttl", asked.ttl),
        namespace=asked.namespace,
    )


def _keep(request: Request) -> Keep | None:
    if request.keep is None:
        return USUAL_KEEP
    if request.keep == "off":
        return None
    try:
        return parse_keep(request.keep)
    except QuantityError as error:
        message = f"`--keep {request.keep}`: {error.message}"
        raise wrong(message, error.hint, cause=_cause(request, "keep")) from error


def _duration(request: Request, option: str, text: str) -> float:
    try:
        return parse_duration(text)
    except QuantityError as error:
        message = f"`--{option} {text}`: {error.message}"
        raise wrong(message, error.hint, cause=_cause(request, option)) from error


def _size(request: Request, option: str, text: str) -> int:
    try:
        return parse_size(text)
    except QuantityError as error:
        message = f"`--{option} {text}`: {error.message}"
        raise wrong(message, error.hint, cause=_cause(request, option)) from error


def _cpu_milli(request: Request, cpus: str) -> int:
    try:
        return parse_cpu(cpus)
    except QuantityError as error:
        message = f"`--cpus {cpus}`: {error.message}"
        raise wrong(message, error.hint, cause=_cause(request, "cpus")) from error


def _memory(request: Request, memory: str) -> int:
    size = _size(request, "memory", memory)
    if size == 0:
        message = f"`--memory {memory}` leaves no memory to run in"
        raise wrong(message, "write a size such as `8GiB`", cause=_cause(request, "memory"))
    return size


def _cause(request: Request, option: str) -> str:
    origin = request.origins.get(option, "")
    return f"it is set by `{origin}`" if origin else ""
