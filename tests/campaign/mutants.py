"""The campaign `mutants`: with any one safety condition of the optimizer removed, something goes red.

A mutant is a copy of wfopt in which one condition is gone and the invariants that are looked at after each
pass are off. It is killed by the first fixture, unit test or random workflow that gives something else.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.campaign.base import Campaign, Verdict, chance

ROOT = Path(__file__).parents[2]
TRIES = 2_000
"""Random workflows that a mutant must survive, once fixtures and unit tests say nothing."""

MOST_S = 150
"""So long may each kind of test take; a mutant may well never end."""

_CONTROL = "control: nothing is removed"
_QUIET = (
    *("-q", "-x", "-p", "no:cacheprovider", "--durations=0", "--no-header", "--tb=no", "-rf"),
    # The invariants are off.
    "--deselect=tests/unit/optimizer/test_pipeline.py::test_a_pass_that_is_wrong_is_named",
)
_OFF = ("pipeline.py", "if broken is not None:", "if broken is not None and False:")
_TESTS = ("tests/unit/optimizer", "tests/unit/engine/test_following.py")
_ALONE = ("tests/conftest.py", "pyproject.toml")
_FAILED = "FAILED tests/unit/"


@dataclass(frozen=True, slots=True)
class Mutant:
    """What is changed: a file seen from `wfopt/optimizer`, what it says there, and what instead."""

    name: str
    file: str
    old: str
    new: str


def _of(title: str, file: str) -> Callable[[str, str, str], Mutant]:
    """Return what makes mutants of one file."""
    return lambda name, old, new: Mutant(f"{title}: {name}", file, old, new)


_dead = _of("remove-dead", "passes/remove_dead_steps.py")
_merge = _of("merge", "passes/merge_duplicate_steps.py")
_share = _of("share", "passes/share_matrix_invariant_steps.py")
_implied = _of("implied", "passes/drop_implied_needs.py")
_fuse = _of("fuse", "passes/fuse_short_steps.py")
_following = _of("fuse", "../model/following.py")
_loose = _of("loosening", "loosening.py")
_conflict = _of("loosening", "conflicts.py")
_free = _of("freedom", "freedom.py")
_seen = _of("sightings", "sightings.py")
_step = _of("footprints", "footprints.py")
_skip = _of("skipping", "skipping.py")
_relink = _of("relinking", "relinking.py")
_cache = _of("enable-cache", "passes/enable_cache.py")
_timeout = _of("set-timeouts", "passes/set_timeouts.py")
_size = _of("right-size", "passes/right_size_resources.py")
_fail = _of("fail-fast", "passes/fail_fast_order.py")


def _follow(name: str, condition: str) -> Mutant:
    """Remove a condition of starting right after another step, which the engine asks as well."""
    return _following(name, condition, "if False:")


MUTANTS = (
    Mutant(_CONTROL, "freedom.py", "if step.effects:", "if step.effects:"),
    _free("inputs not declared", '("inputs", step.inputs), ', ""),
    _free("outputs not declared", '("outputs", step.outputs), ', ""),
    _free("effects not declared", ', ("effects", step.effects))', ")"),
    _free("effects", "if step.effects:", "if False:"),
    _free("undeclared file", "if step.id in undeclared:", "if False:"),
    _free(
        "opaque", "if isinstance(step.run, Opaque):\n        return Bond", "if False:\n        return Bond"
    ),
    _free("interactive", "if step.interactive:", "if False:"),
    _free("condition", "if step.condition is not None:", "if False:"),
    _free("rollback", "if step.rollback is not None:", "if False:"),
    _free("keep-on-failure", "if step.keep_on_failure:", "if False:"),
    _free(
        "persist",
        "if any(not output.negated and output.persist for output in step.outputs or ()):",
        "if False:",
    ),
    _loose("order to tied steps", "keep = self._tied | self._union", "keep = self._union"),
    _loose("shared files", "self._union(self._conflicts.get(place, ()))", "0"),
    _conflict("file orders", "if any(Origin.FILES in edge.origin for edge in edges):", "if False:"),
    _conflict("writers of patterns", "(*_writers(units), *_unwritten(units))", "_unwritten(units)"),
    _loose("repair", "        self._repair(place)\n", "        self._new.__setitem__(slice(0), [])\n"),
    _loose("skips that spread", "            if self._skips[units.of[each]]:", "            if False:"),
    _loose("skipped itself", "if self._skips[place] and", "if False and"),
    _loose("watched outcomes", "for watcher in self._watched[place]:", "for watcher in ():"),
    _loose("cells with other needs", "if len({cell.needs for cell in units.cells[place]}) > 1:", "if False:"),
    _loose("cells wait for others", "if any(ahead & ~before for before in olds):", "if False:"),
    _loose(
        "cells with other needs to repair",
        "            if len({cell.needs for cell in units.cells[place]}) > 1:\n                raise",
        "            if False:\n                raise",
    ),
    _loose("overtaken steps", "(*stay, *added), last, count)", "(*stay, *added), (), count)"),
    _loose("failures that overtaken steps survive", "found, skips = 0, skips & left", "found, skips = 0, 0"),
    _loose("further failures", "if gained := new & ~self._old_hands[rank]:", "if gained := 0:"),
    _loose("lost failures", "added += self._lost(", "[] and self._lost("),
    _loose("what is left behind", "if spill is not None:", "if False:"),
    _loose(
        "conflicts that were seen", "for place, others in seen.conflicts.items():", "for place, others in ():"
    ),
    _seen("not traced", "if not seen.runs:", "if False:"),
    _seen("not complete", "if seen.why_not:", "if False:"),
    _seen("tied by rule", "if tie is not None:", "if False:"),
    _seen("effects that are declared", " or step.effects:", ":"),
    _seen("consent", "made_by in facts.consents and ", ""),
    _seen("never failed", "each.attempts and not each.failures", "each.attempts"),
    _seen("ever ran", "each.attempts and not each.failures", "not each.failures"),
    _step("writes", "        for path in effects.writes:\n", "        for path in ():\n"),
    _step("names", "        for path in effects.names:\n", "        for path in ():\n"),
    _step("trees", "        for path in effects.trees:\n", "        for path in ():\n"),
    _step("outputs", "found[place] |= footprints.of_output(pattern)", "pass"),
    _step("inputs", "found[place] |= footprints.of_input(pattern)", "pass"),
    _step(
        "folders on the way",
        "self._absent.get(path, 0) | self._lists.get(path, 0) | self._trees",
        "self._trees",
    ),
    _step("both ways", "            found[other] |= 1 << place\n", "            pass\n"),
    _skip("conditions", "cell.condition is not None or", ""),
    _skip(
        "spreads",
        "found[place] = found[place] or any(",
        "found[place] = found[place] or any(False and ",
    ),
    _skip(
        "file orders",
        "or any(edge.origin is Origin.FILES for edge in units.edges[place, after])",
        "",
    ),
    _skip("who watches", "if goes_on[after] or any(", "if any("),
    _relink(
        "lost orders of the list",
        "if workflow.listed:\n        _add_list_order",
        "if False:\n        _add_list_order",
    ),
    _relink(
        "what gone steps waited for",
        "missing = {each for",
        "missing = {each for _ in () for",
    ),
    _dead("wanted", "alive = wanted | stays", "alive = set(stays)"),
    _dead("read by others", "if before not in alive and units.feeds(before, place):", "if False:"),
    _dead("read by unknown readers", "alive |= _seen_by_others(units, alive, facts)", ""),
    _dead("order and skipping of others", "if _bends_order(units, place, alive, skips)", "if False"),
    _dead(
        "not closed", "if bond is not None:\n            return bond.why", "if False:\n            return ''"
    ),
    _dead("writes nothing", "if not any(not output.negated for output in step.outputs or ()):", "if False:"),
    _dead("read by hooks", "if workflow.hooks or len(units.order)", "if len(units.order)"),
    _dead("overtaken", "if units.overtaken & set(units.ids([place])):", "if False:"),
    _dead("judges", "return _JUDGES if _judges(units, place) else", "return"),
    _merge(
        "not closed",
        " or bond_of(step, facts.undeclared) is not None:\n            continue",
        ":\n            continue",
    ),
    _merge("writes files", "or step.outputs or", "or"),
    _merge(
        "agree", "return all(getattr(one, name) == getattr(other, name) for name in _SAME)", "return True"
    ),
    _merge("target", "if step.id in units.workflow.targets:", "if False:"),
    _merge("overtaking", "if step.id in overtaking:", "if False:"),
    _merge(
        "status used",
        "if any(edge.kind is EdgeKind.REF for edge in units.edges[second, after]):",
        "if False:",
    ),
    _merge("waits for the second", "if self._before[one] >> other & 1:", "if False:"),
    _merge("changed in between", "if changing := ", "if False and "),
    _merge("unknown writers", "return self._anything | sum(", "return sum("),
    _merge("tied in between", "if tied := ", "if False and "),
    _merge(
        "skipped alone",
        "if units.ancestors[first] & ~self._skipping[second] or self._skips[first] or is_undone:",
        "if is_undone:",
    ),
    _merge("undone", "is_undone = units.cells[first][0].id in self.overtaking", "is_undone = False"),
    _merge("skips others", "if self._skips[each] or any(edge", "if False and any(edge"),
    _share("alike", "not _are_alike(cells) or", ""),
    _share("closed", " or bond_of(cells[0], facts.undeclared) is not None:", ":"),
    _share("status used", "if any(edge.kind is EdgeKind.REF", "if False and any(edge.kind is EdgeKind.REF"),
    _share("target", "if ids & set(units.workflow.targets):", "if False:"),
    _share("single cells", "if named and named != ids:", "if False:"),
    _share("overtaking", "if any(step.ahead_of and", "if False and any(step.ahead_of and"),
    _implied("only written", "if written_only and ways:", "if ways:"),
    _implied(
        "hands on",
        "if other != each and handed[other] >> each & 1 and _hands_on(units, other, place)",
        "if other != each and units.ancestors[other] >> each & 1",
    ),
    _implied(
        "watches",
        " or any(watches_status(cell) for cell in units.cells[place]):\n        return {}",
        ":\n        return {}",
    ),
    _cache("consent", "if self.name not in facts.consents:", "if False:"),
    _cache("harmless effects", "step.effects <= HARMLESS", "True"),
    _cache("own word", "and step.cache.enabled is None", ""),
    _timeout("attempts", "or attempts < FEWEST_ATTEMPTS", ""),
    _timeout("own timeout", "or cells[0].timeout_s is not None", ""),
    _size("samples", "and peak.samples >= FEWEST_SAMPLES", ""),
    _size("request", "if size > asked * _WORTH:", "if False:"),
    _implied("included", "or not units.is_own(place) or", "or"),
    _loose(
        "included", "if self._bonds[place] is None and units.is_own(place):", "if self._bonds[place] is None:"
    ),
    _dead("included", "if not units.is_own(place):", "if False:"),
    _merge("included", "if not units.is_own(second):", "if False:"),
    _share("included", "if not units.is_own(place):", "if False:"),
    _follow("tried again", "if first.retries.max:"),
    _follow("service", 'if "service" in (first.effects or ()):'),
    _follow("may fail", "if first.allow_failure is not False:"),
    _follow("captured", "if first.capture:"),
    _follow("condition", "if then.condition is not None:"),
    _follow("values", "if not all(text.static is not None for text in _texts(then)):"),
    _follow("secrets of a step", "if then.secrets:"),
    _follow("request", "if first.request != then.request:"),
    _follow("other tools", "if isinstance(step.run, Opaque) or step.session:"),
    _following(
        "values in the environment",
        "yield from (text for text in step.env.values() if text is not None)",
        "yield from ()",
    ),
    _following("values in arguments", "yield from step.run.args", "yield from ()"),
    Mutant("fuse: failed above", "../engine/plan.py", " and not self._failed_above[node]", ""),
    _follow("interactive", "if step.interactive:"),
    _follow("outputs", "if step.outputs:"),
    _follow("matrix", "if step.group is not None:"),
    _follow("limits", "if step.limits != USUAL_LIMITS or step.request.memory_bytes is not None:"),
    _fuse("cached", "if _may_be_cached(step):", "if False:"),
    _fuse("own word", "and step.cache.enabled is not False", ""),
    _fuse("overtaking", "if units.overtaken:", "if False:"),
    _fuse("secrets", "if units.workflow.secrets:", "if False:"),
    _fuse("one follower", "if not why and first.id in taken:", "if False:"),
    _fuse("followers before", "{step.right_after for step in workflow.steps}", "set()"),
    _fuse("own order", "units.cells[place][0].right_after is None", "True"),
    _fuse("obstacles", "why = why_not_right_after(first, then)", 'why = ""'),
    _fuse("only need", "if len(before) != 1 or", "if not before or"),
    _fuse("short", "or not is_short[place] or", "or"),
    _fuse("short first", " or not is_short[before[0]]:", ":"),
    _fuse("included", "and units.is_own(place)", ""),
    _fuse("samples", "or known.attempts < FEWEST_SAMPLES", ""),
    _relink("included", "if not units.is_own(place):", "if False:"),
    _relink(
        "failures that only needs hand on",
        "_before(workflow, but=Origin.FILES)",
        "_before(workflow)",
    ),
    _relink(
        "leaders that are gone",
        "replace(step, right_after=None) if step.right_after in gone else step",
        "step",
    ),
    _share("leaders that are gone", "if step.right_after in gone:", "if False:"),
    _loose("included to repair", "            if not units.is_own(place):", "            if False:"),
    _cache("included", " and units.is_own(place)", ""),
    _timeout("included", "if not units.is_own(place):", "if False:"),
    _size("included", " or not units.is_own(place)", ""),
    _fail("included", " and units.is_own(place)", ""),
    _dead("tangled", "if workflow.hooks or len(units.order) < len(units):", "if workflow.hooks:"),
    _merge("tangled", "if not groups or len(units.order) < len(units):", "if not groups:"),
    _share("tangled", "if len(units.order) < len(units):", "if False:"),
    _implied("tangled", "if len(units.order) < len(units):", "if False:"),
    Mutant(
        "orders: tangled", "passes/drop_order_only_needs.py", "if len(units.order) < len(units):", "if False:"
    ),
    _fail("failures", "if failures >= FEWEST_FAILURES and", "if"),
    _fail(
        "own priority",
        "if any(step.priority for step in workflow.steps):",
        "if False:",
    ),
)


def _check(seed: int, numbers: Sequence[int], folder: Path) -> Iterator[Verdict]:
    for number in numbers:
        started = time.perf_counter()
        mutant = MUTANTS[number]
        copy = folder / str(number)
        trouble, label = "", mutant.name
        try:
            _plant(mutant, copy)
        except ValueError as error:
            trouble = str(error)
        else:
            killer = _killer(copy, seed)
            label += f": killed by {killer}" if killer else ": survives"
            if bool(killer) == (mutant.name == _CONTROL):
                trouble = "it is killed" if killer else f"nothing notices the mutant `{mutant.name}`"
        shutil.rmtree(copy, ignore_errors=True)
        yield Verdict(case=number, label=label, trouble=trouble, wall_s=time.perf_counter() - started)


def _plant(mutant: Mutant, copy: Path) -> None:
    """Write the mutant.

    Raises:
        ValueError: what it changes does not stand in the file.
    """
    hidden = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "wfopt", copy / "wfopt", ignore=hidden)
    for name in ("tests/support", "tests/fixtures/passes", "tests/campaign", *_TESTS, *_ALONE):
        source, target = ROOT / name, copy / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=hidden)
        else:
            shutil.copy(source, target)
    for file, old, new in (_OFF, (mutant.file, mutant.old, mutant.new)):
        path = copy / "wfopt" / "optimizer" / file
        text = path.read_text()
        if old not in text:
            raise ValueError(f"`{mutant.name}`: `{old}` does not stand in `{file}`")
        path.write_text(text.replace(old, new, 1))


def _killer(copy: Path, seed: int) -> str:
    """Return what goes red, or ""."""
    environ = {**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}  # noqa: TID251 - as is
    for words in (("pytest", *_QUIET, *_TESTS), ("tests.campaign.mutants", str(seed))):
        command = [sys.executable, "-m", *words]
        try:
            done = subprocess.run(
                command, cwd=copy, env=environ, capture_output=True, text=True, check=False, timeout=MOST_S
            )
        except subprocess.TimeoutExpired:
            return f"the time limit of `{words[0]}`"
        if done.returncode:
            return _red(done.stdout) or f"`{words[0]}`, which cannot start"
    return ""


def _red(shown: str) -> str:
    """Return what went red by the output of a test."""
    lines = [line for line in shown.splitlines() if line.strip()]
    named = next((line for line in lines if line.startswith(_FAILED)), "")
    return named.removeprefix(_FAILED).partition(" - ")[0] or "".join(lines[-1:])


def _first_red(seed: int) -> str:
    """Return the first random workflow that gives something else, or ""."""
    from tests.support.equivalence import differences, optimized_of, reloaded  # noqa: PLC0415 - of the mutant
    from tests.support.random_workflows import random_case  # noqa: PLC0415 - as above
    from tests.support.seen_cases import sightings_of  # noqa: PLC0415 - as above
    from tests.support.short_times import times_of  # noqa: PLC0415 - as above
    from wfopt.optimizer.base import Facts  # noqa: PLC0415 - as above

    for number in range(TRIES):
        rnd = chance("mutants", seed, number)
        case = random_case(rnd)
        try:
            seen = sightings_of(case, rnd) if number % 2 else None
            facts = Facts(sightings=seen, knowledge=times_of(case.workflow, rnd))
            made = optimized_of(case, facts=facts)
            again = reloaded(case, made) or made.after
            for turn in range(4):
                if any(differences(case, made, (made.after, again)[turn % 2], rnd)):
                    return f"random workflow {number}"
        except Exception as error:  # noqa: BLE001 - whatever a mutant does counts
            return f"random workflow {number} ({type(error).__name__})"
    return ""


def _material(_: int, number: int) -> bytes:
    return f"{MUTANTS[number]}\n".encode()


CAMPAIGN = Campaign(
    name="mutants",
    summary="with any one safety condition of the optimizer removed, something goes red",
    cases=len(MUTANTS),
    jobs=2,
    batch=1,
    patience_s=3 * MOST_S,
    check=_check,
    material=_material,
)

if __name__ == "__main__":
    KILLER = _first_red(int(sys.argv[1]))
    print(KILLER)
    sys.exit(1 if KILLER else 0)
