"""WF404: a step that changes something outside is cached."""

from __future__ import annotations

from collections.abc import Iterable

from wfopt.analyzer.base import Case, Confidence, Finding, Fix
from wfopt.analyzer.outward import effects_of
from wfopt.analyzer.sites import Site, sites_of
from wfopt.codes import Code
from wfopt.errors import Severity
from wfopt.model.scripts import Command
from wfopt.model.workflow import Step

_HINTS = {
    "native": "write `cache: false`, or name what it does in `effects`",
    "dvc": "write `always_changed: true`, or move the command into a stage without `outs`",
    "taskfile": "remove `sources` and `generates`, or move the command into a task of its own",
}


class CachedEffect:
    """A step publishes, deploys or tells somebody, and its result may come from the cache.

    When it does, nothing is published: the files come back, the effect does not.

    Before:

        release:
          run: twine upload dist/app.whl && touch done
          inputs: [dist/app.whl]
          outputs: [done]

    After:

        release:
          run: twine upload dist/app.whl && touch done
          inputs: [dist/app.whl]
          outputs: [done]
          effects: [publish]

    Does not apply to dry runs, nor to steps that are never cached: with `cache: false`, with an effect that
    they declare, or without declared inputs and outputs.
    """

    code = Code("WF404", "cached-effect", "a step that changes something outside is cached")

    def run(self, case: Case) -> Iterable[Finding]:
        """Yield a finding for each such step."""
        if case.jobs:
            return
        for site in sites_of(case):
            if not _is_cached(site.first):
                continue
            command, words = next(iter(effects_of(site.first)), (None, ""))
            if words:
                yield _finding(case, site, command, words)


def _is_cached(step: Step) -> bool:
    if step.cache.enabled is not None:
        return step.cache.enabled
    return bool(step.inputs is not None and step.outputs) and not step.effects


def _finding(case: Case, site: Site, command: Command | None, words: str) -> Finding:
    what = "" if command is None else f": `{' '.join(command.bare[:3])}`"
    return Finding(
        code=CachedEffect.code,
        message=f"`{site.name}` {words}, and its result may come from the cache",
        severity=Severity.WARNING,
        confidence=Confidence.HIGH if site.first.cache.enabled else Confidence.MEDIUM,
        primary=site.at("cache", "run", text=f"{words}{what}"),
        steps=site.ids,
        fix=Fix.UNSAFE,
        causes=("what comes from the cache is its files, not what it does outside",),
        hints=(_HINTS.get(case.format, "do not cache it"),),
        identity=site.name,
    )
