"""Checks a batch of the campaign `disks`: `python -m tests.campaign.small_disk NUMBERS`, numbers as JSON.

It has to be started where disks can be made, and writes one line of JSON for each verdict.
"""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from tests.campaign.base import Verdict
from tests.campaign.disks import DISK, case_of, content
from tests.support.forks import in_fork, load_what_forks_need
from tests.support.small_disks import SmallDisk
from tests.support.workbench import Bench, troubles_of
from wfopt.api.cache_upkeep import clear_cache, collect_garbage
from wfopt.engine.clock import SystemClock
from wfopt.errors import UserError

_LIMIT_S = 60.0


def main() -> None:
    """Check the cases in the current folder."""
    load_what_forks_need()
    for number in json.loads(sys.argv[1]):
        here = Path.cwd() / str(number)
        state = here / "state"
        state.mkdir(parents=True)
        disk = SmallDisk(state, DISK)
        try:
            label, trouble = Trial(
                number, Bench(here, state=state, large=content()), disk
            ).label_and_trouble()
        finally:
            disk.unmount()
        shutil.rmtree(here)
        print(json.dumps(asdict(Verdict(case=number, label=label, trouble=trouble))), flush=True)


class Trial:
    """A case on a disk."""

    def __init__(self, number: int, bench: Bench, disk: SmallDisk) -> None:
        self._case = case_of(number)
        self._bench = bench
        self._disk = disk

    def label_and_trouble(self) -> tuple[str, str]:
        """Return what came of the first run, and what is wrong."""
        self._bench.set_up()
        case = self._case
        if case.warm:
            self._bench.edit(3)
            self._bench.run()
            self._bench.edit(0)
        if case.during:
            self._bench.meanwhile = lambda: self._disk.fill(case.left)
        else:
            self._disk.fill(case.left)
        label, trouble = self._first()
        self._bench.meanwhile = lambda: None
        trouble = trouble or self._full() or self._with_room()
        return f"{'during' if case.during else 'before'}, {label}", trouble

    def _first(self) -> tuple[str, str]:
        def work() -> tuple[str, str]:
            try:
                ran = self._bench.run()
            except UserError as error:
                # There has to be room for the folder of the run.
                return "refused", "" if self._case.left < 3 * 4096 and not self._case.during else str(error)
            codes = {step.exit_code for step in ran.report.steps}
            trouble = troubles_of(ran) or self._bench.wrong_outputs() or ("" if codes == {0} else f"{codes}")
            return (
                f"{len(ran.notices)} messages",
                trouble and f"{trouble}: {[e.message for e in ran.notices]}",
            )

        done = in_fork(work, _LIMIT_S)
        return ("raised", done.raised) if done.raised else tuple(done.answer)

    def _full(self) -> str:
        """Return what is wrong with cleaning up without a byte left."""
        self._disk.fill(0)
        folder, wall = str(self._bench.state_folder / "cache"), SystemClock().wall
        steps: dict[str, Callable[[], object]] = {
            "gc": lambda: collect_garbage(folder, limit=1, ttl=None, wall=lambda: wall() + 4000),
            "clear": lambda: clear_cache(folder, workflow=None, step=None, wall=wall),
        }
        for name, step in steps.items():
            self._disk.fill(0)
            before = self._contents()

            def work(step: Callable[[], object] = step) -> str:
                return repr(step())

            done = in_fork(work, _LIMIT_S)
            if done.raised:
                return f"{name} with a full disk: {done.raised}"
            after = self._contents()
            if name == "clear" and after:
                return f"{name} with a full disk has left {after} contents: {done.answer}"
            if after < before and not self._disk.free:
                return f"{name} with a full disk has freed nothing: {done.answer}"
            if name == "gc" and self._case.warm and before > 7 and after >= before:
                return f"{name} with a full disk has deleted nothing of {before} contents: {done.answer}"
        return ""

    def _contents(self) -> int:
        return len(list((self._bench.store / "cas").glob("*/*")))

    def _with_room(self) -> str:
        self._disk.empty()
        for place in range(2):
            self._bench.delete_outputs()

            def work() -> tuple[str, list[str], int]:
                ran = self._bench.run()
                trouble = troubles_of(ran) or self._bench.wrong_outputs()
                return trouble, [each.message for each in ran.notices], len(ran.cached)

            done = in_fork(work, _LIMIT_S)
            if done.raised:
                return f"run {place + 1} with room: {done.raised}"
            trouble, notices, cached = done.answer
            if trouble or notices:
                return f"run {place + 1} with room: {trouble} {notices}"
            if place and cached != 4:
                return f"only {cached} of the results are stored"
        return ""


if __name__ == "__main__":
    main()
