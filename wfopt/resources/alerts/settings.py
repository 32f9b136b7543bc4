"""Which rules for alerts are in force: the defaults, changed by what a configuration says.

A setting is `true` for the default, `false` for none, or a text of a threshold and, if wanted, a time for
which it must hold and a threshold for what is critical: `95% for 10s`, `below 5GiB, critical 1GiB`, `4x`. A
table says the same by name, and after what time the alert is cleared:
`{warning = "90%", critical = "97%", for = "5s", clear-after = "2s"}`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from wfopt.dataclass import dataclass, replace
from wfopt.model.quantities import QuantityError, parse_duration, parse_size
from wfopt.resources.alerts.base import Rule, Sense, Unit
from wfopt.resources.alerts.registry import RULES
from wfopt.source import closest_match

_SETTING = re.compile(
    r"(?P<warning>[^,]+?)(?:\s+for\s+(?P<hold>[^,]+?))?"
    r"(?:\s*,\s*critical\s+(?P<critical>[^,]+?)(?:\s+for\s+(?P<late_hold>[^,]+))?)?"
)
_KEYS = ("warning", "critical", "for", "clear-after")
_SHARE = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?) *%")
_FACTOR = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?) *x")
_LONGEST_TEXT = 60

_WORSE = {
    (Unit.SHARE, Sense.ABOVE): "97%",
    (Unit.SHARE, Sense.BELOW): "50%",
    (Unit.SIZE, Sense.ABOVE): "10GiB",
    (Unit.SIZE, Sense.BELOW): "1GiB",
    (Unit.FACTOR, Sense.ABOVE): "5x",
    (Unit.FACTOR, Sense.BELOW): "2x",
}
"""What would be worse than the example of a unit."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with one setting.

    Attributes:
        key: its name, as the configuration has it.
        message: what is wrong with it.
        hint: what to write instead.
        within: the key inside of a table that it is about, or "".
    """

    key: str
    message: str
    hint: str
    within: str = ""


class _PartError(QuantityError):
    """What is wrong with one key of a table."""

    def __init__(self, within: str, message: str, hint: str) -> None:
        super().__init__(message, hint)
        self.within = within


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
        except _PartError as error:
            message = f"`{name}.{error.within}`: {error.message}"
            problems.append(Problem(name, message, error.hint, error.within))
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
        QuantityError: the setting is malformed; a `_PartError` if one key of a table is.
    """
    if isinstance(setting, bool):
        return rule if setting else None
    if isinstance(setting, Mapping):
        return _applied(rule, setting)
    if not isinstance(setting, str):
        raise QuantityError("neither a text nor a table nor `true` nor `false`", _example(rule))
    try:
        return _applied(rule, _parts_of(rule, setting))
    except _PartError as error:
        raise QuantityError(error.message, error.hint) from None


def _parts_of(rule: Rule, text: str) -> dict[str, object]:
    """Return what a text says as the table that says the same.

    Raises:
        QuantityError: it is malformed.
    """
    if len(text) > _LONGEST_TEXT:
        raise QuantityError(f"`{text[:_LONGEST_TEXT]}...` is too long", _example(rule))
    if not text.strip():
        raise QuantityError("a threshold cannot be empty", _example(rule))
    found = _SETTING.fullmatch(text.strip())
    if found is None or (found["hold"] and found["late_hold"]):
        raise QuantityError(f"`{text.strip()}` is not understood", _example(rule, with_critical=True))
    said = {
        "warning": found["warning"],
        "critical": found["critical"],
        "for": found["hold"] or found["late_hold"],
    }
    return {key: value for key, value in said.items() if value is not None}


def _applied(rule: Rule, table: Mapping[str, object]) -> Rule:
    """Return a rule as a table wants it; what is not in it stays as it is.

    Raises:
        _PartError: it is malformed.
    """
    changed = rule
    for key, value in table.items():
        try:
            changed = _with(changed, key, value)
        except QuantityError as error:
            raise _PartError(key, error.message, error.hint) from None
    critical = changed.critical
    if critical is None or (critical != changed.warning and changed.beyond(critical, changed.warning)):
        return changed
    if "critical" in table and table["critical"] is not True:
        word = "above" if rule.sense is Sense.ABOVE else "below"
        raise _PartError(
            "critical",
            f"what is critical must lie {word} the threshold of a warning",
            _example(rule, with_critical=True),
        )
    # A default for what is worse that would come before the warning makes no sense any more.
    return replace(changed, critical=None)


def _with(rule: Rule, key: str, value: object) -> Rule:
    """Return a rule with one thing changed.

    Raises:
        QuantityError: there is no such thing, or it is malformed.
    """
    if key not in _KEYS:
        near = closest_match(key, _KEYS)
        known = "known: " + ", ".join(f"`{each}`" for each in _KEYS)
        raise QuantityError("there is no such key", f"did you mean `{near}`?" if near else known)
    if key == "critical" and isinstance(value, bool):
        return rule if value else replace(rule, critical=None)
    if not isinstance(value, str):
        raise QuantityError("not a text", _example(rule, with_critical=True))
    if len(value) > _LONGEST_TEXT:
        raise QuantityError(f"`{value[:_LONGEST_TEXT]}...` is too long", _example(rule))
    if key == "for":
        return replace(rule, hold_s=parse_duration(value))
    if key == "clear-after":
        return replace(rule, clear_s=parse_duration(value))
    threshold = _threshold(rule, value)
    return replace(rule, warning=threshold) if key == "warning" else replace(rule, critical=threshold)


def _threshold(rule: Rule, text: str) -> float:
    """Return a threshold above 0 in the unit of a rule.

    Raises:
        QuantityError: the text is not one.
    """
    sense, _, rest = text.strip().partition(" ")
    if sense in ("above", "below"):
        text = rest.strip()
        if sense != rule.sense.value:
            raise QuantityError(f"it warns {rule.sense.value} its threshold, not {sense} it", _example(rule))
    value: float
    if rule.unit is Unit.SIZE:
        value = parse_size(text)
    else:
        found = (_SHARE if rule.unit is Unit.SHARE else _FACTOR).fullmatch(text.strip())
        if found is None:
            kind = "a share" if rule.unit is Unit.SHARE else "a factor"
            raise QuantityError(f"`{text}` is not {kind}", _example(rule))
        value = float(found[1]) / (100 if rule.unit is Unit.SHARE else 1)
    if value <= 0:
        raise QuantityError("the threshold must be above 0", f"{_example(rule)}, or `false` for no alert")
    return value


def _example(rule: Rule, *, with_critical: bool = False) -> str:
    word = "below " if rule.sense is Sense.BELOW else ""
    worse = f", critical {_WORSE[rule.unit, rule.sense]}" if with_critical else ""
    return f'write `{rule.name} = "{word}{rule.unit.value} for 10s{worse}"`'
