"""WF209: images whose layers are all built anew at every run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from wfopt.analyzer.base import Case, Confidence, Finding, Gain
from wfopt.analyzer.jobs import (
    UNATTENDED,
    action_of,
    command_place,
    events,
    first_line,
    jobs_with_places,
    option,
    place_of,
    steps_of,
)
from wfopt.analyzer.odds import CACHE_HITS
from wfopt.codes import Code
from wfopt.errors import Label, Severity
from wfopt.model.pipeline import Job
from wfopt.model.scripts import Command, commands_of_step, script_of
from wfopt.model.workflow import Step

_BUILDER = "docker/build-push-action"
_STARTS = (("docker", "build"), ("docker", "image", "build"), ("docker", "buildx", "build"))

# Signs that layers are kept in some other way, or that a driver with a store of its own builds.
_KEEPS = ("--cache-from", "cache_from", "docker pull", "docker load", "buildx create", "--no-cache")


class ImageWithoutCache:
    """An image is built on a fresh machine, without a cache of its layers.

    The machine starts with no layers, so that every instruction of the Dockerfile runs again, also if only
    the last line of a source has changed. A cache that outlives the job leaves those that did.

    Before:

        - run: docker build -t shop .

    After:

        - uses: docker/setup-buildx-action@v3
        - uses: docker/build-push-action@v6
          with:
            tags: shop
            load: true
            cache-from: type=gha
            cache-to: type=gha,mode=max

    Does not apply to machines of one's own, which keep their layers, to jobs that fetch older images or
    layers themselves or set up a cache, nor to workflows that only a release, a schedule or a person starts,
    where a clean build may be meant.
    """

    code = Code("WF209", "image-without-cache", "every run builds all layers of an image anew")

    def run(self, case: Case) -> Iterable[Finding]:
        """Yield at most one finding a job, for GitHub."""
        if case.format != "github" or case.pipeline is None or events(case.pipeline) <= UNATTENDED:
            return
        for job, _ in jobs_with_places(case):
            steps = steps_of(case, job)
            if not _is_hosted(job) or any(map(_keeps_layers, steps)):
                continue
            found = [(at, label) for at, step in enumerate(steps) if (label := _build(step)) is not None]
            if found:
                yield _finding(case, job, found)


def _is_hosted(job: Job) -> bool:
    """Return whether a job runs on a machine of the service, which starts empty."""
    return any(label.startswith(("ubuntu-", "macos-", "windows-")) for label in job.runner)


def _keeps_layers(step: Step) -> bool:
    text = script_of(step) or ""
    is_cache = "cache" in action_of(step) and "docker" in option(step, "path")
    return is_cache or any(sign in text for sign in _KEEPS) or bool(option(step, "cache-from"))


def _build(step: Step) -> Label | None:
    """Return where a step builds an image, or None if it does not."""
    place = place_of(step)
    if action_of(step) == _BUILDER and place is not None and option(step, "no-cache") != "true":
        return Label(first_line(place), "no `cache-from`")
    command = next(filter(_is_build, commands_of_step(step)), None)
    place = command_place(step, command) if command is not None else None
    return None if place is None else Label(place, "builds all layers")


def _is_build(command: Command) -> bool:
    return any(command.bare[: len(start)] == start for start in _STARTS)


def _finding(case: Case, job: Job, found: Sequence[tuple[int, Label]]) -> Finding:
    places = [at for at, _ in found]
    steps = tuple(cell[at] for cell in job.cells for at in places if at < len(cell))
    low, expected, high = CACHE_HITS.of(sum(map(case.seconds, steps)))
    builder = any(label.text == "no `cache-from`" for _, label in found)
    return Finding(
        code=ImageWithoutCache.code,
        message=f"job `{job.id}` builds an image and keeps none of its layers",
        severity=Severity.NOTE,
        confidence=Confidence.MEDIUM,
        primary=found[0][1],
        related=tuple(label for _, label in found[1:4]),
        steps=steps,
        saving=case.saving(Gain.WORK, expected, low=low, high=high),
        causes=("each run starts on a machine without layers, so that nothing of the image is reused",),
        hints=(
            "add `cache-from: type=gha` and `cache-to: type=gha,mode=max` to its options"
            if builder
            else f"build it with `{_BUILDER}`, with `cache-from: type=gha` and `cache-to: type=gha,mode=max`",
        ),
        identity=job.id,
    )
