"""What counts as a difference between runs of two versions of a workflow."""

from collections.abc import Mapping

from wfopt.api.verify_comparing import Compared, Tried, compared
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.native.loader import load
from wfopt.model.workflow import StepId
from wfopt.optimizer.pipeline import Optimized
from wfopt.source import SourceFile

TEXT = """wfopt: 1
steps:
  a: { run: a, inputs: [], outputs: [out/a], effects: [] }
  b: { run: b, inputs: [], outputs: [b], effects: [] }
"""
OK = {StepId("a"): ("succeeded", 0), StepId("b"): ("succeeded", 0)}
FILES = {"out": ("folder", 0o755, ""), "out/a": ("file", 0o644, "1"), "b": ("file", 0o644, "2")}


def tried(
    tree: Mapping[str, tuple[str, int, str]] = FILES,
    ends: Mapping[StepId, tuple[str, int | None]] = OK,
    values: Mapping[tuple[StepId, str], str] | None = None,
) -> Tried:
    return Tried(tree=tree, ends=ends, values=values or {}, wall_s=1.0)


def optimized(stands_for: dict[StepId, StepId | None] | None = None) -> Optimized:
    before, _ = load(SourceFile("wfopt.yml", TEXT), LoadOptions(workspace="/nowhere"))
    return Optimized(
        before=before, after=before, passed=(), refusals=(), seconds={}, stands_for=stands_for or {}
    )


def against(other: Tried, first: Tried | None = None, again: Tried | None = None) -> Compared:
    first = first or tried()
    return compared([first, again or first], [other], optimized())


def test_equal_runs() -> None:
    found = against(tried())
    assert (found.files, found.statuses, found.values, found.noise, found.unmade) == (2, 2, 0, 0, 0)
    assert found.differences == ()


def test_files_modes_links_and_kinds() -> None:
    other = {
        "out": ("folder", 0o700, ""),
        "out/a": ("file", 0o600, "1"),
        "b": ("link", 0, "x"),
        "new": ("file", 0, ""),
    }
    found = against(tried(other))
    assert (found.files, len(found.unequal_files)) == (4, 4)
    assert found.differences == (
        "`b` is a link instead of a file",
        "`new` is only there afterwards",
        "`out` has the mode 700 instead of 755",
        "`out/a` has the mode 600 instead of 644",
    )


def test_statuses_and_exit_statuses() -> None:
    found = against(
        tried(ends={StepId("a"): ("failed", 2)}),
        tried(ends={StepId("a"): ("failed", 1), StepId("b"): ("succeeded", 0)}),
    )
    assert found.differences == ("`a` failed with exit status 2 instead of 1", "`b` did not run")
    skipped = tried(ends={StepId("a"): ("skipped", None), StepId("b"): ("succeeded", 0)})
    cancelled = tried(ends={StepId("a"): ("cancelled", None), StepId("b"): ("succeeded", 0)})
    assert against(skipped, cancelled).differences == ()
    assert against(skipped).differences == ("`a` ended with `skipped` instead of `succeeded`",)


def test_values_are_not_told() -> None:
    name = (StepId("a"), "token")
    found = against(tried(values={name: "geheim"}), tried(values={name: "secret"}))
    assert (found.values, found.differences) == (1, ("`a` hands on another `token`",))


def test_what_differs_between_runs_of_the_original_proves_nothing() -> None:
    name = (StepId("a"), "now")
    first = tried(values={name: "1"})
    again = tried(
        {**FILES, "b": ("file", 0o644, "3"), "out": ("folder", 0o711, "")},
        {**OK, StepId("b"): ("failed", 1)},
        {name: "2"},
    )
    other = tried(
        {**FILES, "b": ("file", 0o644, "4"), "out/a": ("file", 0o644, "9")},
        {**OK, StepId("b"): ("skipped", None)},
        {name: "3"},
    )
    found = against(other, first, again)
    assert (found.differences, found.noise) == ((), 4)
    assert (found.files, found.statuses, found.values) == (1, 1, 0)


def test_another_step_does_the_work_of_one_that_is_gone() -> None:
    name, now = (StepId("a"), "x"), (StepId("b"), "x")
    first = tried(values={name: "1"})
    other = tried(ends={StepId("b"): ("succeeded", 0)}, values={now: "1"})
    found = compared([first, first], [other], optimized({StepId("a"): StepId("b")}))
    assert (found.differences, found.statuses, found.values) == ((), 2, 1)


def test_files_that_nobody_wants_may_be_missing() -> None:
    left = tried({"b": FILES["b"]}, {StepId("b"): OK[StepId("b")]})
    found = compared([tried(), tried()], [left], optimized({StepId("a"): None}))
    assert (found.differences, found.files, found.statuses, found.unmade) == ((), 1, 1, 1)
    # Anything else in the folder is missed.
    more = tried({**FILES, "out/c": ("file", 0o644, "")})
    found = compared([more, more], [left], optimized({StepId("a"): None}))
    assert found.differences == ("`out` is missing afterwards", "`out/c` is missing afterwards")
    # Other steps' files are missed as well.
    found = compared([tried(), tried()], [tried({})], optimized({StepId("a"): None}))
    assert found.differences == ("`b` is missing afterwards",)
