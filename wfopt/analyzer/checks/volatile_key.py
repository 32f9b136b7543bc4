"""WF205: cache keys that are new at every run."""

from __future__ import annotations

import re
from collections.abc import Iterable

from wfopt.analyzer.actions import CACHE_ACTIONS
from wfopt.analyzer.base import Case, Confidence, Finding, Gain
from wfopt.analyzer.jobs import action_of, first_line, jobs_with_places, place_of, steps_of
from wfopt.analyzer.odds import CACHE_HITS
from wfopt.codes import Code
from wfopt.errors import Label, Severity
from wfopt.model.expressions import Template
from wfopt.model.scripts import commands_of
from wfopt.model.workflow import CacheExtra, Opaque, Step
from wfopt.source import Span

_GITHUB = re.compile(
    r"github\.(?:sha|run_id|run_number|run_attempt|event\.after|event\.head_commit\.\w+)\b|\bGITHUB_(?:SHA|RUN_\w+)\b"
)
_WHOLE_TREE = re.compile(r"hashFiles\(\s*(['\"])(?:\./)?\*\*(?:/\*)?\1\s*\)")
_GITLAB = re.compile(r"\$\{?CI_(?:JOB_ID|PIPELINE_ID|PIPELINE_IID|COMMIT_TIMESTAMP|JOB_STARTED_AT)\b")
_NAMES = frozenset(
    {"GITHUB_SHA", "GITHUB_RUN_ID", "GITHUB_RUN_NUMBER", "CI_COMMIT_SHA", "CI_COMMIT_SHORT_SHA"}
    | {"CI_PIPELINE_ID", "CI_JOB_ID", "BUILD_ID", "BUILD_NUMBER", "WFOPT_RUN_ID", "RANDOM", "EPOCHSECONDS"}
)
_CLOCKS = (("date",), ("git", "rev-parse"), ("git", "describe"), ("git", "log"), ("uuidgen",))


class VolatileKey:
    """A cache key with something in it that is another at every run.

    The cache is written each time and never found again: it costs time and space and saves nothing.

    Before:

        - uses: actions/cache@v4
          with:
            path: ~/.npm
            key: npm-${{ github.sha }}

    After:

        - uses: actions/cache@v4
          with:
            path: ~/.npm
            key: npm-${{ hashFiles('**/package-lock.json') }}

    Does not apply where `restore-keys` or `fallback_keys` find an older entry, nor where the same key stands
    in another job: then files are handed over within a run.
    """

    code = Code("WF205", "volatile-cache-key", "a cache key that is new at every run")

    def run(self, case: Case) -> Iterable[Finding]:
        """Yield a finding for each step or job with such a key."""
        if case.format == "github":
            yield from _of_github(case)
        elif case.format == "gitlab":
            yield from _of_gitlab(case)
        elif case.format == "native":
            yield from _of_native(case)


def _of_github(case: Case) -> Iterable[Finding]:
    found: dict[str, list[Step]] = {}
    for job, _ in jobs_with_places(case):
        for step in steps_of(case, job):
            if isinstance(step.run, Opaque) and action_of(step) in CACHE_ACTIONS:
                found.setdefault(step.run.options.get("key", ""), []).append(step)
    for key, steps in found.items():
        step = steps[0]
        changing = _GITHUB.search(key) or _WHOLE_TREE.search(key)
        if len(steps) > 1 or changing is None or not isinstance(step.run, Opaque):
            continue
        place = step.places.get("with.key") or place_of(step)
        only_saves = step.run.name != "actions/cache"
        if place is None or only_saves or step.run.options.get("restore-keys", "").strip():
            continue
        hint = "put the hash of the lock file into `key`, such as `${{ hashFiles('**/package-lock.json') }}`"
        yield _finding(case, step, place, changing[0], (hint, "or let `restore-keys` find an older entry"))


def _of_gitlab(case: Case) -> Iterable[Finding]:
    places = [job.places["cache"] for job in case.jobs if "cache" in job.places]
    for job, _ in jobs_with_places(case):
        place = job.places.get("cache")
        steps = steps_of(case, job)
        if place is None or not steps or places.count(place) > 1:
            continue
        text = _text_at(place)
        changing = _GITLAB.search(text)
        if changing is not None and "fallback_keys" not in text:
            hint = "use `key` with `files`, such as the lock file, or the name of the branch"
            yield _finding(case, steps[0], place, changing[0], (hint,))


def _text_at(place: Span) -> str:
    return "\n".join(place.source.line(line) for line in range(place.line, place.end_line + 1))


def _of_native(case: Case) -> Iterable[Finding]:
    seen: set[str] = set()
    for step in case.workflow.steps:
        changing = next(filter(None, (_changes(kind, text) for kind, text in step.cache.extras)), "")
        place = step.places.get("cache") or place_of(step)
        if changing and place is not None and step.definition not in seen:
            seen.add(step.definition)
            hint = "leave it out of `key`: the script and the declared inputs are part of the key as it is"
            yield _finding(case, step, place, changing, (hint,))


def _changes(kind: CacheExtra, template: Template) -> str:
    """Return what of a part of a native key is another at every run, or ""."""
    text = template.static
    if text is None:
        return ""
    if kind is CacheExtra.ENV:
        return text if text in _NAMES else ""
    if kind is CacheExtra.COMMAND:
        for command in commands_of(text):
            words = (command.program, *command.arguments)
            if any(words[: len(clock)] == clock for clock in _CLOCKS):
                return " ".join(words[:2])
    return ""


def _finding(case: Case, step: Step, place: Span, changing: str, hints: tuple[str, ...]) -> Finding:
    low, expected, high = CACHE_HITS.of(case.seconds(step.id))
    return Finding(
        code=VolatileKey.code,
        message=f"the cache key of `{step.id}` is new at every run: it holds `{changing}`",
        severity=Severity.WARNING,
        confidence=Confidence.HIGH if "hashFiles" not in changing else Confidence.MEDIUM,
        primary=Label(first_line(place), "never found again"),
        steps=(step.id,),
        saving=case.saving(Gain.WORK, expected, low=low, high=high),
        causes=("what is stored under a key that nobody asks for again is never used",),
        hints=hints,
        identity=step.id,
    )
