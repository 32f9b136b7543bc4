"""Writes what steps ask of the machine, how they are tried again and how they are cached."""

from __future__ import annotations

from collections.abc import Iterator

from wfopt.formats.native.expression_text import template_text
from wfopt.formats.native.yaml_text import in_flow, mapping_in_flow, scalar
from wfopt.model.expressions import Template
from wfopt.model.workflow import NO_RETRIES, USUAL_LIMITS, CacheExtra, CacheRule, Limits, Request, Retries

MOST_RETRIES = 10
"""More retries are not taken by the format."""


def duration(seconds: float) -> str:
    """Return exactly this time as the format writes it."""
    whole = int(seconds)
    if whole != seconds:
        return f"{seconds:.9f}".rstrip("0").rstrip(".") + "s"
    for unit, length in (("h", 3600), ("m", 60)):
        if whole and whole % length == 0:
            return f"{whole // length}{unit}"
    return f"{whole}s"


def size(count: int) -> str:
    """Return exactly this size as the format writes it."""
    for unit, length in (("GiB", 1 << 30), ("MiB", 1 << 20), ("KiB", 1 << 10)):
        if count and count % length == 0:
            return f"{count // length}{unit}"
    return f"{count}B"


def request(asked: Request, tokens: dict[str, str]) -> str:
    """Return what a step asks of the machine, or "" if that is the usual; `tokens` are names for tokens."""
    pairs = []
    if asked.cpu_milli != Request().cpu_milli:
        pairs.append(("cpu", f"{asked.cpu_milli / 1000:.3f}".rstrip("0").rstrip(".")))
    if asked.memory_bytes is not None:
        pairs.append(("memory", size(asked.memory_bytes)))
    pairs += [(scalar(tokens[name]), str(amount)) for name, amount in asked.tokens.items()]
    return mapping_in_flow(pairs) if pairs else ""


def limits(held: Limits) -> str:
    """Return what a step is held to, or "" if that is the usual."""
    pairs = []
    if held.memory is not USUAL_LIMITS.memory:
        pairs.append(("memory", _flag(held.memory)))
    if held.cpu is not USUAL_LIMITS.cpu:
        pairs.append(("cpu", _flag(held.cpu)))
    for key, count in (("pids", held.pids), ("open-files", held.open_files), ("nice", held.nice)):
        if count is not None:
            pairs.append((key, str(count)))
    if held.cpu_time_s is not None:
        pairs.append(("cpu-time", duration(held.cpu_time_s)))
    if held.file_size_bytes is not None:
        pairs.append(("file-size", size(held.file_size_bytes)))
    return mapping_in_flow(pairs) if pairs else ""


def retries(rule: Retries) -> str:
    """Return how a step is tried again, or "" if it is not."""
    if rule == NO_RETRIES:
        return ""
    count = min(rule.max, MOST_RETRIES)
    if rule == Retries(max=rule.max):
        return str(count)
    pairs = [
        ("max", str(count)),
        ("delay", duration(rule.delay_s)),
        ("backoff", f"{rule.backoff!r}"),
        ("max-delay", duration(rule.max_delay_s)),
        ("jitter", _flag(rule.jitter)),
        ("when", in_flow(str(each) for each in sorted(rule.when, key=str))),
        ("memory-factor", f"{rule.memory_factor!r}"),
    ]
    return mapping_in_flow(pairs)


def cache(rule: CacheRule, *, has_effects: bool) -> str:
    """Return how a step is cached, or "" if in the usual way.

    Whoever says how results are kept wants them kept, so of a step that would not be cached because of its
    effects nothing is said.

    Raises:
        NotExpressibleError: an expression in it cannot be written.
    """
    if rule.enabled is False:
        return "false"
    if rule.enabled is None and has_effects:
        return ""
    pairs = []
    if rule.extras:
        pairs.append(("key", in_flow(_extras(rule))))
    if rule.ttl_s is not None:
        pairs.append(("ttl", duration(rule.ttl_s)))
    if not rule.restore:
        pairs.append(("restore", "none"))
    if pairs:
        return mapping_in_flow(pairs)
    return "true" if rule.enabled else ""


def _extras(rule: CacheRule) -> Iterator[str]:
    for kind, text in rule.extras:
        written = text_scalar(text)
        yield written if kind is CacheExtra.TEXT else mapping_in_flow(((kind.value, written),))


def text_scalar(template: Template) -> str:
    """Return a text with expressions as a scalar on one line.

    Raises:
        NotExpressibleError: an expression in it cannot be written.
    """
    return scalar(template_text(template))


def _flag(value: object) -> str:
    return "true" if value else "false"
