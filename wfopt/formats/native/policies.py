"""What steps and hooks say about resources, limits, retries and the cache, laid over the defaults."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from wfopt.codes import BAD_CACHE, BAD_LIMITS, BAD_RETRIES
from wfopt.formats.native.context import Binder
from wfopt.formats.native.records import Record
from wfopt.formats.native.scalars import CPU, DURATION, SIZE
from wfopt.formats.positions import Node, SequenceNode
from wfopt.model.expressions import Template
from wfopt.model.workflow import (
    AUTO_CACHE,
    NO_RETRIES,
    USUAL_LIMITS,
    CacheExtra,
    CacheRule,
    Limits,
    Request,
    Retries,
)

_NEVER_CACHED = ("publish", "deploy", "service", "tty")

_RETRY_FIELDS = {"backoff": "backoff", "jitter": "jitter", "memory-factor": "memory_factor"}


_PLAIN_LIMITS = {"memory": "memory", "cpu": "cpu", "pids": "pids", "open-files": "open_files", "nice": "nice"}
_QUANTITIES = {"cpu-time": ("cpu_time_s", DURATION), "file-size": ("file_size_bytes", SIZE)}


Asked = Mapping[str, tuple[Any, Node]]
"""What `resources` asks for: each value, and where it stands."""

_ONE_CPU = Request()


def read_asked(own: Record, defaults: Record | None) -> Asked:
    """Return what a step or hook asks of the machine: what it says on top of the defaults."""
    asked: dict[str, tuple[Any, Node]] = {}
    for layer in (defaults, own):
        read = layer.get("resources") if layer is not None else None
        if isinstance(read, Record):
            asked.update({name: (value, read.nodes[name]) for name, value in read.values.items()})
    return asked


def read_request(asked: Asked, binder: Binder, where: str) -> Request:
    """Return the cpus and the memory among what is asked for; named resources are left out."""
    if not asked:
        return _ONE_CPU
    where = f"`resources` of {where}"
    cpu = memory = None
    if "cpu" in asked:
        cpu = binder.value(asked["cpu"][0], CPU, asked["cpu"][1], where)
    if "memory" in asked:
        memory = binder.value(asked["memory"][0], SIZE, asked["memory"][1], where)
    return Request(cpu_milli=1000 if cpu is None else cpu, memory_bytes=memory)


def read_limits(own: Record, defaults: Record | None, binder: Binder, where: str) -> Limits:
    """Return what a step or hook is held to: what it says on top of the defaults."""
    fields: dict[str, Any] = {}
    for layer in (defaults, own):
        read = layer.get("limits") if layer is not None else None
        if isinstance(read, Record):
            place = where if layer is own else "`defaults`"
            fields.update(_limit_fields(read, binder, f"`limits` of {place}"))
    return Limits(**fields) if fields else USUAL_LIMITS


def _limit_fields(read: Record, binder: Binder, where: str) -> dict[str, Any]:
    fields = {field: read.values[key] for key, field in _PLAIN_LIMITS.items() if key in read.values}
    for key, (field, shape) in _QUANTITIES.items():
        if key not in read.values:
            continue
        value = binder.value(read.values[key], shape, read.nodes[key], f"`{key}` of {where}")
        if value == 0:
            hint = f"leave `{key}` out for no limit"
            message = f"`{key}` of {where} is 0"
            binder.problems.error(BAD_LIMITS, message, read.nodes[key], hints=(hint,))
        fields[field] = value
    return fields


def read_retries(read: Any, node: Node | None, binder: Binder, where: str) -> Retries:
    """Return what `retries` says: a number, or a mapping."""
    if node is None or read is None:
        return NO_RETRIES
    if not isinstance(read, Record):
        return Retries(max=read) if read else NO_RETRIES
    where = f"`retries` of {where}"
    delay = _seconds(read, "delay", binder, where)
    longest = _seconds(read, "max-delay", binder, where)
    if delay is not None and longest is not None and longest < delay:
        message = f"{where}: `max-delay` is shorter than `delay`"
        hint = "`delay` is the wait before the first retry, `max-delay` the longest one"
        binder.problems.error(BAD_RETRIES, message, read.nodes["max-delay"], hints=(hint,))
    delay = NO_RETRIES.delay_s if delay is None else delay
    known = {field: read.values[key] for key, field in _RETRY_FIELDS.items() if key in read.values}
    return Retries(
        max=read.get("max", 0),
        delay_s=delay,
        max_delay_s=max(delay, NO_RETRIES.max_delay_s) if longest is None else longest,
        when=frozenset(read.get("when", ())) or NO_RETRIES.when,
        **known,
    )


def read_cache(own: Record, defaults: Record | None, binder: Binder, where: str) -> CacheRule:
    """Return what `cache` says in a step, on top of the defaults.

    A mapping in a step switches the cache on. A mapping in the defaults only says how results are kept:
    whether they are depends on what each step declares.
    """
    layers = [each for each in (defaults, own) if each is not None and "cache" in each.values]
    if not layers:
        return AUTO_CACHE
    enabled: bool | None = None
    fields: dict[str, Any] = {}
    for layer in layers:
        read = layer.values["cache"]
        if not isinstance(read, Record):
            enabled = None if read == "auto" else read
            continue
        if layer is own:
            enabled = True
        place = where if layer is own else "`defaults`"
        fields.update(_cache_fields(read, binder, f"`cache` of {place}"))
    if enabled:
        enabled = _checked(own, binder, where)
    return CacheRule(enabled=enabled, **fields)


def _checked(own: Record, binder: Binder, where: str) -> bool:
    """Return whether what is switched on may be cached; an effect of the step outdoes the defaults."""
    forbidden = [effect for effect in _NEVER_CACHED if effect in own.get("effects", ())]
    if forbidden and "cache" in own.values:
        message = f"{where} has the effect `{forbidden[0]}`, which no cache can repeat"
        hint = "write `cache: false`, or drop the effect if the step does not have it"
        binder.problems.error(BAD_CACHE, message, own.nodes["cache"], hints=(hint,))
    return not forbidden


def _cache_fields(read: Record, binder: Binder, where: str) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    if "key" in read.values:
        fields["extras"] = tuple(_extras(read, binder))
    ttl = _seconds(read, "ttl", binder, where)
    if ttl is not None:
        fields["ttl_s"] = ttl
        if ttl == 0:
            hint = "write `cache: false` to keep no results"
            binder.problems.error(BAD_CACHE, f"`ttl` of {where} is 0", read.nodes["ttl"], hints=(hint,))
    if "restore" in read.values:
        fields["restore"] = read.values["restore"] == "outputs"
    return fields


def _extras(read: Record, binder: Binder) -> Iterator[tuple[CacheExtra, Template]]:
    node = read.nodes["key"]
    items = node.items if isinstance(node, SequenceNode) else []
    for entry, item in zip(read.values["key"], items, strict=False):
        if isinstance(entry, Template):
            yield CacheExtra.TEXT, binder.fill(entry, item)
            continue
        for kind in (CacheExtra.FILE, CacheExtra.ENV, CacheExtra.COMMAND):
            value = entry.get(kind.value)
            if isinstance(value, Template):
                yield kind, binder.fill(value, entry.nodes[kind.value])
            elif value is not None:
                yield kind, Template.plain(value, entry.nodes[kind.value].span)


def _seconds(read: Record, key: str, binder: Binder, where: str) -> float | None:
    if key not in read.values:
        return None
    seconds: float | None = binder.value(read.values[key], DURATION, read.nodes[key], f"`{key}` of {where}")
    return seconds
