"""The cache of a run: opened before the first step, given up with a word if that is impossible."""

from __future__ import annotations

import os
from collections.abc import Callable
from hashlib import blake2b

from wfopt.api.prepare import Prepared, RunOptions
from wfopt.cache.extras import Ask, Extras
from wfopt.cache.fields import Surroundings, this_platform
from wfopt.cache.files import Hasher
from wfopt.cache.framing import framed
from wfopt.cache.last import LastResults
from wfopt.cache.lookup import Lookup
from wfopt.cache.manifest import Snapshot
from wfopt.cache.memo import load as load_memo
from wfopt.cache.memo import save as save_memo
from wfopt.cache.policy import Mode
from wfopt.cache.publish import Publisher
from wfopt.cache.record_files import state_of
from wfopt.cache.stamps import Stamps
from wfopt.cache.store import Store, open_cache
from wfopt.cache.temporary import Staging
from wfopt.dataclass import dataclass
from wfopt.engine import failures
from wfopt.engine.masking import Masker
from wfopt.engine.outputs import STATE_FOLDER, OutputFolder
from wfopt.engine.results import Results
from wfopt.engine.reuse import NoReuse, Reuse
from wfopt.errors import Diagnostic, WfoptError
from wfopt.model.params import variable
from wfopt.model.workflow import Step

CACHE_FOLDER = "cache"
"""The name of the cache in the state folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What the cache needs from outside.

    Attributes:
        wall: tells the seconds since the epoch.
        ask: runs the commands of `cache.key`.
        tell: shows a message, about a step or about none.
        changed: as in `Lookup`.
    """

    wall: Callable[[], float]
    ask: Ask
    tell: Callable[[Step | None, Diagnostic], None]
    changed: Callable[[], object] = lambda: None


def cache_folder(options: RunOptions) -> str:
    """Return the absolute path of the cache folder."""
    return options.cache.folder or os.path.join(options.state_folder, CACHE_FOLDER)


def open_lookup(prepared: Prepared, options: RunOptions, masker: Masker, outside: Outside) -> Lookup | None:
    """Open the cache for looking results up; None if there is none.

    Raises:
        WfoptError: the cache is not trusted.
        OSError: it cannot be opened.
    """
    policy = options.cache
    store = open_cache(cache_folder(options), wall=outside.wall, read_only=policy.mode is Mode.RO)
    if store is None:
        return None
    return _lookup(store, prepared, options, masker, outside)


def open_results(
    prepared: Prepared, options: RunOptions, masker: Masker, outputs: OutputFolder, outside: Outside
) -> Reuse:
    """Open the cache of a run; if that is impossible, say so once and run every step."""
    policy = options.cache
    if policy.mode is Mode.OFF:
        return NoReuse(lambda _: "the cache is off")
    try:
        lookup = open_lookup(prepared, options, masker, outside)
    except (WfoptError, OSError) as error:
        outside.tell(None, failures.cache_unusable(failures.trouble_reason(error)))
        return NoReuse(lambda _: failures.CACHE_UNUSABLE)
    if lookup is None:
        return NoReuse(lambda _: "there is no cache to read")
    return Results(
        steps=tuple(step.id for step in prepared.workflow.steps),
        lookup=lookup,
        publisher=Publisher(
            workflow=workflow_name(options),
            workspace=options.workspace,
            store=lookup.store,
            largest=policy.size_limit,
            hides=masker.hides,
        ),
        outputs=outputs,
        staging=Staging(_staging(options)),
        tell=outside.tell,
        finish=lambda added: _finish(lookup, options, outside, added),
    )


def workflow_name(options: RunOptions) -> str:
    """Return the path of the workflow file relative to the workspace: its identity."""
    return os.path.relpath(os.path.abspath(options.file), options.workspace)


def _lookup(
    store: Store, prepared: Prepared, options: RunOptions, masker: Masker, outside: Outside
) -> Lookup:
    memo = load_memo(_own_file(options, "memo"))
    hasher = Hasher(memo, lambda: int(outside.wall() * 1e9))
    workspace, policy = options.workspace, options.cache
    return Lookup(
        workspace=workspace,
        store=store,
        last=LastResults(
            _own_file(options, "last"),
            workflow_name(options),
            read_only=store.read_only,
        ),
        snapshot=Snapshot(workspace, hasher, _own_folders(options)),
        hasher=hasher,
        stamps=Stamps(
            _own_file(options, "stamps"),
            workspace,
            _basis(prepared, options, store),
            memo,
            state_of(store.folder),
        ),
        extras=Extras(workspace, hasher, options.environ, outside.ask),
        around=Surroundings(
            platform=this_platform(),
            namespace=policy.namespace,
            params={variable(name): name for name in prepared.workflow.params},
            secrets=prepared.workflow.secrets,
            secret_texts=masker.texts,
        ),
        policy=policy,
        forced=prepared.forced,
        wall=outside.wall,
        changed=outside.changed,
    )


def _own_file(options: RunOptions, name: str) -> str:
    return os.path.join(options.state_folder, name)


def _basis(prepared: Prepared, options: RunOptions, store: Store) -> bytes:
    """Return what stands for everything that a key depends on but the files; empty if that is not known."""
    identity = prepared.loaded.identity if prepared.loaded else ""
    if not identity:
        return b""
    row = (identity, store.key, options.cache.namespace, workflow_name(options), *this_platform())
    return blake2b(framed(row), digest_size=32).digest()


def _own_folders(options: RunOptions) -> tuple[str, ...]:
    """Return where wfopt keeps its own files, relative to the workspace: they are inputs of no step."""
    return tuple(
        os.path.relpath(os.path.realpath(folder), os.path.realpath(options.workspace))
        for folder in (options.state_folder, cache_folder(options))
    )


def _staging(options: RunOptions) -> str:
    """Return a folder on the disk of the workspace, so that files are renamed out of it."""
    try:
        same = os.stat(options.state_folder).st_dev == os.stat(options.workspace).st_dev
    except OSError:
        same = False
    folder = options.state_folder if same else os.path.join(options.workspace, STATE_FOLDER)
    return os.path.join(folder, "tmp")


def _finish(lookup: Lookup, options: RunOptions, outside: Outside, added: int) -> None:
    """Keep what makes the next run faster, and make room if the cache has become too large.

    Raises:
        OSError, WfoptError: something cannot be written.
    """
    memo = lookup.hasher.memo
    if memo.grown:
        lookup.stamps.keep_memo()
    save_memo(memo, _own_file(options, "memo"))
    # Closing the database may still change it.
    lookup.store.records.close()
    lookup.stamps.save(state_of(lookup.store.folder))
    if added:
        # Most runs add nothing.
        from wfopt.cache.due import is_due  # noqa: PLC0415 - see above
        from wfopt.cache.reserve import put_by  # noqa: PLC0415 - see above

        folder, policy, now = lookup.store.folder, options.cache, outside.wall()
        if is_due(folder, added=added, limit=policy.size_limit, now=now):
            from wfopt.cache.collecting import collect  # noqa: PLC0415 - hardly any run needs it

            collect(lookup.store, limit=policy.size_limit, ttl=policy.ttl_s, now=now)
        else:
            put_by(folder)
