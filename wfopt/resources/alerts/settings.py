"""Which rules for alerts are in force: the defaults, changed by what a configuration says.

A setting is `true` for the default, `false` for none, or a text of a threshold and, if wanted, a time for
which it must hold: `95% for 10s`, `below 5GiB`, `4x`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from wfopt.dataclass import dataclass, replace
from wfopt.model.quantities import QuantityError, parse_duration, parse_size
from wfopt.resources.alerts.base import Rule, Sense, Unit
from wfopt.resources.alerts.registry import RULES
from wfopt.source import closest_match

_SETTING = re.compile(r"(?:(above|below)\s+)?(.+?)(?:\s+for\s+(.+))?", re.DOTALL)
_SHARE = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?) *%")
_FACTOR = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?) *x")
_LONGEST_TEXT = 60


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one setting.

    Attributes:
        key: its name, as the configuration has it.
        message: what is wrong with it.
        hint: what to write instead.
    """

    key: str
    message: str
    hint: str


class SettingsError(ValueError):
    """Settings for alerts cannot be used.

    Attributes:
        problems: all of them, in the order of the settings.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(each.message for each in problems))


def rules_of(settings: Mapping[str, object], rules: Sequence[Rule] = RULES) -> tuple[Rule, ...]:
    """Return the rules that are in force, in their order.

    Args:
        settings: texts and booleans by the names of rules; rules that are not mentioned stay as they are.
        rules: those that there are.

    Raises:
        SettingsError: a name is unknown or a setting malformed; carries every problem.
    """
    changed: dict[str, Rule | None] = {rule.name: rule for rule in rules}
    problems = []
    for name, setting in settings.items():
        rule = changed.get(name)
        if rule is None:
            problems.append(Problem(name, f"there is no alert `{name}`", _known(name, list(changed))))
            continue
        try:
            changed[name] = _changed(rule, setting)
        except QuantityError as error:
            problems.append(Problem(name, f"`{name}`: {error.message}", error.hint))
    if problems:
        raise SettingsError(problems)
    return tuple(rule for rule in changed.values() if rule is not None)


def _known(name: str, names: Sequence[str]) -> str:
    near = closest_match(name, names)
    return f"did you mean `{near}`?" if near else "known: " + ", ".join(f"`{each}`" for each in names)


def _changed(rule: Rule, setting: object) -> Rule | None:
    """Return a rule as a setting wants it, or None for not at all.

    Raises:
        QuantityError: the setting is malformed.
    """
    if isinstance(setting, bool):
        return rule if setting else None
    if not isinstance(setting, str):
        raise QuantityError("neither a text nor `true` nor `false`", _example(rule))
    if len(setting) > _LONGEST_TEXT:
        raise QuantityError(f"`{setting[:_LONGEST_TEXT]}...` is too long", _example(rule))
    found = _SETTING.fullmatch(setting.strip())
    if found is None:
        raise QuantityError("a threshold cannot be empty", _example(rule))
    sense, threshold, duration = found.groups()
    if sense is not None and sense != rule.sense.value:
        raise QuantityError(f"it warns {rule.sense.value} its threshold, not {sense} it", _example(rule))
    warning = _threshold(rule, threshold)
    # A default for what is worse that would come before the warning makes no sense any more.
    worse = rule.critical is not None and not rule.beyond(warning, rule.critical)
    return replace(
        rule,
        warning=warning,
        critical=rule.critical if worse else None,
        hold_s=rule.hold_s if duration is None else parse_duration(duration),
    )


def _threshold(rule: Rule, text: str) -> float:
    """Return a threshold above 0 in the unit of a rule.

    Raises:
        QuantityError: the text is not one.
    """
    value: float
    if rule.unit is Unit.SIZE:
        value = parse_size(text)
    else:
        found = (_SHARE if rule.unit is Unit.SHARE else _FACTOR).fullmatch(text)
        if found is None:
            kind = "a share" if rule.unit is Unit.SHARE else "a factor"
            raise QuantityError(f"`{text}` is not {kind}", _example(rule))
        value = float(found[1]) / (100 if rule.unit is Unit.SHARE else 1)
    if value <= 0:
        raise QuantityError("the threshold must be above 0", f"{_example(rule)}, or `false` for no alert")
    return value


def _example(rule: Rule) -> str:
    word = "below " if rule.sense is Sense.BELOW else ""
    return f'write `{rule.name} = "{word}{rule.unit.value} for 10s"`'
