"""State folders that somebody has prepared: nothing planted runs, and nothing outside is read or written.

For each: runs that only read, runs that write, and every command about the cache. In the first half of the
cases these happen in forks of one process, in the second half they are commands of their own.
"""

from __future__ import annotations

import json
import shutil
import stat
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.campaign.base import Campaign, Verdict
from tests.campaign.planted import ATTACKS, BESIDE, REFUSED, Scene
from tests.support.commands import clean_environ, command
from tests.support.forks import in_fork
from tests.support.portraits import untouched
from tests.support.workbench import OUTPUTS, STEPS, Bench, too_many
from wfopt.api.cache_info import cache_info
from wfopt.api.cache_upkeep import clear_cache, collect_garbage, verify_cache
from wfopt.cache.policy import CachePolicy, Mode
from wfopt.engine.clock import SystemClock
from wfopt.errors import Severity, WfoptError

MOST_S = 5.0
"""A command that takes longer hangs, unless the machine is as slow with a command that does nothing."""

LIMIT_S = 60.0
WALL = SystemClock().wall
_ELSEWHERE = "elsewhere"
_COMMANDS: dict[str, Callable[[str], object]] = {
    "info": partial(cache_info, limit=None, wall=WALL),
    "verify": partial(verify_cache, wall=WALL),
    "gc": partial(collect_garbage, limit=1000, ttl=None, wall=WALL),
    "clear": partial(clear_cache, workflow=None, step=None, wall=WALL),
}
_STATE_ONLY = ("runs as", "trash as", "copies on their way", "ignored files")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a run or a command ended.

    Attributes:
        code: its exit status.
        statuses: how the steps ended, as words.
        warnings: what it warned about, each without what stands behind a colon.
        said: what else it said, for whoever wants to know what is wrong.
        wall_s: how long it took.
    """

    code: int
    statuses: dict[str, str]
    warnings: list[str]
    said: str
    wall_s: float


def name_of(number: int) -> str:
    """Return what is planted in a case."""
    return list(ATTACKS)[number % len(ATTACKS)]


def material(seed: int, number: int) -> bytes:
    """Return what a case is."""
    return f"{name_of(number)}\n".encode()


def check(seed: int, numbers: Sequence[int], folder: Path) -> Iterator[Verdict]:
    """Check cases one after the other."""
    for number in numbers:
        here = folder / str(number)
        bench = Bench(here, clock_ahead_s=0.0)
        driver: Driver = Forks(bench) if number < len(ATTACKS) else Processes(bench)
        trial = Trial(name_of(number), here, bench, driver)
        trouble = trial.trouble()
        subprocess.run(["chmod", "-R", "u+rwx", str(here)], check=False, capture_output=True)
        shutil.rmtree(here, ignore_errors=True)
        label = type(driver).__name__.lower()
        yield Verdict(case=number, label=label, trouble=trouble, wall_s=trial.slowest_s)


class Forks:
    """Runs in forks of this process."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def run(self, mode: str, namespace: str = "") -> Ended:
        def work() -> tuple[dict[str, str], list[str], str]:
            ran = self._bench.run(CachePolicy(mode=Mode(mode), namespace=namespace))
            warnings = [each for each in ran.notices if each.severity is not Severity.NOTE]
            statuses = {step: status.value for step, status in ran.statuses.items()}
            names = [each.message.partition(":")[0] for each in warnings]
            return statuses, names, " | ".join(each.message for each in ran.notices)

        return self._ended(work)

    def command(self, name: str) -> Ended:
        def work() -> tuple[dict[str, str], list[str], str]:
            _COMMANDS[name](str(self._bench.state_folder / "cache"))
            return {}, [], ""

        return self._ended(work)

    def _ended(self, work: Callable[[], object]) -> Ended:
        def guarded() -> object:
            try:
                return 0, *work()  # type: ignore[misc]
            except WfoptError as error:
                return 2, {}, [], str(error)

        done = in_fork(guarded, LIMIT_S)
        if done.raised:
            return Ended(code=70, statuses={}, warnings=[], said=done.raised, wall_s=done.wall_s)
        code, statuses, warnings, said = done.answer
        return Ended(code=code, statuses=statuses, warnings=warnings, said=said, wall_s=done.wall_s)


class Processes:
    """Runs as commands."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def run(self, mode: str, namespace: str = "") -> Ended:
        words = ("--cache-namespace", namespace) if namespace else ()
        return self._ended("run", "--cache", mode, *words, "--format", "json")

    def command(self, name: str) -> Ended:
        return self._ended("cache", name)

    def _ended(self, *words: str) -> Ended:
        started_at = time.monotonic()
        try:
            done = subprocess.run(
                command(words),
                cwd=self._bench.work,
                env=clean_environ({"COLUMNS": "500"}),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                timeout=LIMIT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return Ended(code=70, statuses={}, warnings=[], said=f"{words} hangs", wall_s=LIMIT_S)
        code = 70 if "Traceback" in done.stderr else done.returncode
        report = json.loads(done.stdout) if words[0] == "run" and code in (0, 1) else {"steps": []}
        statuses = {step["id"]: step["status"] for step in report["steps"]}
        warnings = [
            line.partition(": ")[2].partition(":")[0]
            for line in done.stderr.splitlines()
            if line.startswith("warning")
        ]
        wall = time.monotonic() - started_at
        return Ended(code=code, statuses=statuses, warnings=warnings, said=done.stderr, wall_s=wall)


Driver = Forks | Processes


def usual_s() -> float:
    """Return how long a command takes now that does nothing."""
    started_at = time.monotonic()
    subprocess.run(command(["--version"]), env=clean_environ(), capture_output=True, check=True)
    return time.monotonic() - started_at


class Trial:
    """A case in a folder."""

    def __init__(self, name: str, folder: Path, bench: Bench, driver: Driver) -> None:
        self._name = name
        self._folder = folder
        self._bench = bench
        self._driver = driver
        self._outside = folder / "outside"
        self._before: dict[str, object] = {}
        self.slowest_s = 0.0

    def trouble(self) -> str:
        """Return what is wrong, or ""."""
        scene = self._set_up()
        ATTACKS[self._name](scene)
        self._before = self._canaries()
        return (
            self._run("ro", alone=True)
            or self._command("info")
            or self._run("rw")
            or self._healed()
            or self._run("ro", namespace=_ELSEWHERE)
            or self._command("verify")
            or self._command("gc")
            or self._run("rw")
            or self._command("clear")
            or self._run("rw")
        )

    def _set_up(self) -> Scene:
        self._bench.set_up()
        self._bench.run()
        self._bench.wrong_outputs()
        many = self._outside / "many"
        many.mkdir(parents=True)
        for number in range(40):
            (many / f"precious-{number:02}").mkdir()
            (many / f"precious-{number:02}" / "x").write_text("precious")
        (self._outside / "canary").write_text("precious\n" * 100)
        (self._outside / "canary").chmod(0o600)
        return Scene(bench=self._bench, outside=self._outside, trace=self._folder / "trace")

    def _canaries(self) -> dict[str, object]:
        """Return what must stay as it is."""
        found: dict[str, object] = {
            f"outside/{path}": look
            for path, look in untouched(self._outside).items()
            # Its links are counted up and down with the planted ones.
            if path not in ("canary", "twin.db")
        }
        for path in (*self._outside.glob("canary"), *self._outside.glob("twin.db")):
            found[str(path)] = (path.read_bytes(), path.stat().st_mode)
        for path in self._bench.work.rglob("*"):
            name = path.relative_to(self._bench.work).as_posix()
            if name.split("/")[0] not in (*OUTPUTS, ".wfopt") or "/.wfopt" in name.removeprefix(".wfopt"):
                content = path.read_bytes() if path.is_file() else b""
                found[f"work/{name}"] = (path.lstat().st_mode, content)
        found["."] = sorted(each.name for each in self._folder.iterdir())
        return found

    def _harm(self, what: str) -> str:
        after = self._canaries()
        changed = sorted(
            path for path in self._before.keys() | after if self._before.get(path) != after.get(path)
        )
        return f"after {what} these have changed: {changed[:5]}" if changed else ""

    def _run(self, mode: str, *, alone: bool = False, namespace: str = "") -> str:
        """Run the workflow without its outputs; return what is wrong."""
        self._bench.delete_outputs()
        cache = self._bench.state_folder / "cache"
        before = _image(cache) if alone and cache.is_dir() else {}
        ended = self._driver.run(mode, namespace)
        what = f"a run with `--cache {mode}`"
        trouble = self._harm(what) or self._too_slow(what, ended)
        if before and not trouble and (after := _image(cache)) != before:
            changed = [path for path in before.keys() | after if before.get(path) != after.get(path)]
            trouble = f"it has changed the cache: {changed[:5]}"
        if not trouble and not (ended.code == 2 and self._name.startswith(_STATE_ONLY)):
            trouble = self._wrong(ended, may_reuse=not (namespace or (alone and self._name in REFUSED)))
        return trouble and f"{what}: {trouble}: {ended.said[-1500:]}"

    def _healed(self) -> str:
        """Return which results are not stored again, where the store as such was not refused."""
        if self._name in BESIDE:
            return ""
        self._bench.delete_outputs()
        ended = self._driver.run("rw")
        missing = [step for step, status in ended.statuses.items() if status != "cached"]
        return f"nothing heals {missing}: {ended.said}" if missing else ""

    def _wrong(self, ended: Ended, *, may_reuse: bool) -> str:
        """Return what is wrong with the outcome of a run."""
        if ended.code or sorted(ended.statuses) != sorted(STEPS):
            return f"it ended with {ended.code}, {ended.statuses}"
        if not set(ended.statuses.values()) <= ({"succeeded", "cached"} if may_reuse else {"succeeded"}):
            return f"steps ended as {ended.statuses}"
        return self._bench.wrong_outputs() or too_many(ended.warnings)

    def _command(self, name: str) -> str:
        ended = self._driver.command(name)
        what = f"`cache {name}`"
        if ended.code not in (0, 1, 2):
            return f"{what} ended with {ended.code}: {ended.said[-1500:]}"
        return self._harm(what) or self._too_slow(what, ended)

    def _too_slow(self, what: str, ended: Ended) -> str:
        self.slowest_s = max(self.slowest_s, ended.wall_s)
        if ended.wall_s <= MOST_S or ended.wall_s <= MOST_S + 20 * usual_s():
            return ""
        return f"{what} took {ended.wall_s:.1f} s"


def _image(folder: Path) -> dict[str, tuple[object, ...]]:
    """Return everything about a folder that anybody could want to stay as it is, but no huge content."""
    found: dict[str, tuple[object, ...]] = {}
    for path in (folder, *folder.rglob("*")):
        look = path.lstat()
        small = stat.S_ISREG(look.st_mode) and look.st_size < 1 << 30
        content = path.read_bytes() if small else b""
        found[str(path)] = (look.st_mode, look.st_uid, look.st_ino, look.st_size, look.st_mtime_ns, content)
    return found


CAMPAIGN = Campaign(
    name="hostile",
    summary="nothing that is planted in a state folder runs, leads out, hangs, or makes a run wrong",
    cases=2 * len(ATTACKS),
    jobs=2,
    batch=20,
    patience_s=240.0,
    check=check,
    material=material,
)
