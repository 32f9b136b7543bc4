"""Single values of jobs: durations, retries, allowed failures, names of images."""

from __future__ import annotations

import re
from collections.abc import Iterator

from wfopt.codes import BAD_DURATION, BAD_RETRIES
from wfopt.formats.gitlab.trees import is_null, is_true, items_of, member, text_of, texts_of
from wfopt.formats.positions import MappingNode, Node
from wfopt.formats.problems import Problems
from wfopt.model.workflow import NO_RETRIES, Retries

MOST_SECONDS = 10_000 * 86_400.0
MOST_RETRIES = 2
"""How often GitLab tries a job again at most."""

_PART = re.compile(r"\s*(?:and\s+|,\s*)?(\d{1,9}(?:\.\d{1,9})?)\s*([a-z]*)", re.ASCII)
_SECONDS = {
    "s": 1,
    "sec": 1,
    "second": 1,
    "m": 60,
    "min": 60,
    "minute": 60,
    "h": 3600,
    "hr": 3600,
    "hour": 3600,
}
_SECONDS |= {"d": 86_400, "day": 86_400, "w": 604_800, "wk": 604_800, "week": 604_800}
_SECONDS |= {"mo": 2_592_000, "month": 2_592_000, "y": 31_536_000, "yr": 31_536_000, "year": 31_536_000}

_ANY_FAILURE = frozenset({"always", "script_failure", "unknown_failure"})
_TIMEOUTS = frozenset({"job_execution_timeout", "stuck_or_timeout_failure"})
_INTEGER = re.compile(r"\d{1,9}", re.ASCII)


def seconds_of(text: str) -> float | None:
    """Return the seconds of a text such as `2h 30m`, `90 minutes` or `3600`, or None if it is none.

    >>> seconds_of("1 hour 30 minutes")
    5400.0
    """
    total, position, rest = 0.0, 0, text.strip().lower()
    while position < len(rest):
        found = _PART.match(rest, position)
        if found is None:
            return None
        unit = found[2] if found[2] in _SECONDS else found[2].removesuffix("s")
        scale = _SECONDS.get(unit or "s")
        if scale is None:
            return None
        total += float(found[1]) * scale
        position = found.end()
    return total if 0 < total <= MOST_SECONDS else None


def timeout_of(node: Node | None, problems: Problems) -> float | None:
    """Return the seconds of a `timeout`, or None after a warning if it is none."""
    text = text_of(node)
    if node is None or text is None:
        return None
    seconds = seconds_of(text)
    if seconds is None:
        hints = ("write it like `1h 30m` or `90 minutes`",)
        problems.warn(BAD_DURATION, f"`{text[:60]}` is no timeout", node, "not understood", hints=hints)
    return seconds


def retries_of(node: Node | None, problems: Problems) -> tuple[int, Retries]:
    """Return how often GitLab tries a job again for any reason, and what of that holds for its script."""
    if node is None or is_null(node):
        return 0, NO_RETRIES
    most = member(node, "max") if isinstance(node, MappingNode) else node
    text = text_of(most) or ("0" if isinstance(node, MappingNode) else "")
    if not _INTEGER.fullmatch(text):
        problems.warn(BAD_RETRIES, f"`{text[:60]}` is no number of retries", most or node, "not understood")
        return 0, NO_RETRIES
    count = min(int(text), MOST_RETRIES)
    reasons = set(texts_of(member(node, "when")))
    codes = set(_integers(member(node, "exit_codes")))
    when: set[int | str] = set(codes)
    if reasons & _ANY_FAILURE or not (reasons or codes):
        when = {"any"}
    elif reasons & _TIMEOUTS:
        when.add("timeout")
    # Other reasons are trouble of the service itself.
    if not count or not when:
        return count, NO_RETRIES
    return count, Retries(max=count, delay_s=0.0, backoff=1.0, jitter=False, when=frozenset(when))


def allowed_failure(node: Node | None) -> bool | frozenset[int]:
    """Return whether a job may fail, or with which exit statuses."""
    if isinstance(node, MappingNode):
        return frozenset(_integers(node.get("exit_codes"))) or False
    return is_true(node) is True


def image_of(node: Node | None) -> str:
    """Return the name of an image or a service, or "" if there is none."""
    return text_of(member(node, "name") if isinstance(node, MappingNode) else node) or ""


def services_of(node: Node | None) -> tuple[str, ...]:
    """Return the names of services."""
    return tuple(filter(None, map(image_of, items_of(node))))


def whole_number(node: Node | None, most: int) -> int | None:
    """Return a number from 1 to `most`, or None."""
    text = text_of(node)
    if text is None or not _INTEGER.fullmatch(text):
        return None
    return int(text) if 1 <= int(text) <= most else None


def _integers(node: Node | None) -> Iterator[int]:
    for text in texts_of(node):
        if _INTEGER.fullmatch(text):
            yield int(text)
