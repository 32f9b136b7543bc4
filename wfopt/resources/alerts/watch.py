"""Decides at each tick which alerts are raised and which are cleared."""

from __future__ import annotations

from collections.abc import Sequence

from wfopt.model.history import Alert
from wfopt.model.samples import Change, Cleared, Raised, Tick
from wfopt.model.workflow import StepId
from wfopt.resources.alerts.base import Context, Rule, threshold_text

_SEVERITIES = ("", "warning", "critical")


class Latch:
    """Goes on when something has held for some time, and off when its opposite has.

    Attributes:
        on: whether it is on.
    """

    __slots__ = ("_since", "on")

    def __init__(self) -> None:
        self.on = False
        self._since: float | None = None

    def see(self, now: float, *, turns: bool, after_s: float) -> None:
        """Take up what is seen now.

        Args:
            now: in seconds.
            turns: whether what is seen is for a change.
            after_s: for how many seconds it must be so, without a break, before there is one.
        """
        if not turns:
            self._since = None
            return
        if self._since is None:
            self._since = now
        if now - self._since >= after_s:
            self.on = not self.on
            self._since = None


class Watch:
    """Follows the readings of rules over time.

    Args:
        rules: what to warn of.
    """

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = tuple(rules)
        self._levels: dict[tuple[str, StepId | None], _Level] = {}

    def see(self, tick: Tick, context: Context) -> list[Change]:
        """Return what changes at a tick, in the order of the rules and of the steps.

        Ticks must come in order of time.
        """
        changes: list[Change] = []
        for rule in self._rules:
            readings = rule.readings(tick, context)
            changes += self._forget_ended(rule, tick, set(readings))
            for step, reading in readings.items():
                level = self._levels.setdefault((rule.name, step), _Level(rule))
                before = level.height
                level.see(tick.at, reading.value)
                if level.height > before or 0 < level.height < before:
                    changes.append(Raised(_alert(rule, level.height, tick.at, step, reading.words)))
                elif level.height < before:
                    changes.append(Cleared(at=tick.at, rule=rule.name, step=step))
        return changes

    def _forget_ended(self, rule: Rule, tick: Tick, seen: set[StepId | None]) -> list[Change]:
        """Clear what is about steps that are not seen any more; of the machine, a gap tells nothing."""
        gone = [
            (name, step)
            for name, step in self._levels
            if name == rule.name and step is not None and step not in seen
        ]
        return [
            Cleared(at=tick.at, rule=name, step=step)
            for name, step in gone
            if self._levels.pop((name, step)).height
        ]


class _Level:
    """How bad one thing is: fine, worth a warning, or critical."""

    __slots__ = ("_latches", "_rule")

    def __init__(self, rule: Rule) -> None:
        self._rule = rule
        thresholds = [rule.warning] if rule.critical is None else [rule.warning, rule.critical]
        self._latches = [(threshold, Latch()) for threshold in thresholds]

    @property
    def height(self) -> int:
        """The place of the severity: 0 for none."""
        return max((place for place, (_, latch) in enumerate(self._latches, 1) if latch.on), default=0)

    def see(self, now: float, reading: float) -> None:
        """Take up a reading."""
        rule = self._rule
        for threshold, latch in self._latches:
            if latch.on:
                latch.see(now, turns=rule.back(reading, threshold), after_s=rule.clear_s)
            else:
                latch.see(now, turns=rule.beyond(reading, threshold), after_s=rule.hold_s)


def _alert(rule: Rule, height: int, at: float, step: StepId | None, words: str) -> Alert:
    severity = _SEVERITIES[height]
    threshold = rule.warning if height == 1 or rule.critical is None else rule.critical
    limit = f"{severity} {rule.sense.value} {threshold_text(rule.unit, threshold)}"
    return Alert(at=at, rule=rule.name, severity=severity, message=f"{words} ({limit})", step=step)
