"""How a new result of a step differs from the recorded one."""

import hashlib

import pytest

from wfopt.cache.copying import Blob
from wfopt.cache.deviations import Aspect, Deviation, blob_of, deviations, printed_the_same
from wfopt.cache.entry import NO_LOG, Entry, Item, Kind, Log

FILE = Item("a", Kind.FILE, 0o644, 3, "1" * 64)


def entry(*items: Item, **captured: str) -> Entry:
    return Entry(key="k", workflow="w", step="s", created_at=0, wall_s=0, outputs=items, captured=captured)


@pytest.mark.parametrize(
    ("made", "aspect"),
    [
        (FILE, None),
        (Item("a", Kind.TRACKED, 0o644, 3, "1" * 64), None),
        (Item("a", Kind.FILE, 0o600, 3, "1" * 64), Aspect.MODE),
        (Item("a", Kind.FILE, 0o644, 3, "2" * 64), Aspect.CONTENT),
        (Item("a", Kind.FILE, 0o600, 3, "2" * 64), Aspect.CONTENT),
        (Item("a", Kind.FOLDER, 0o644), Aspect.KIND),
        (Item("a", Kind.LINK, content="b"), Aspect.KIND),
    ],
)
def test_one_output(made: Item, aspect: Aspect | None) -> None:
    wanted = () if aspect is None else (Deviation("a", aspect),)
    assert deviations(entry(FILE), [made], {}) == wanted


@pytest.mark.parametrize(
    ("before", "after", "aspect"),
    [
        (Item("a", Kind.LINK, content="x"), Item("a", Kind.LINK, content="y"), Aspect.CONTENT),
        (Item("a", Kind.FOLDER, 0o755), Item("a", Kind.FOLDER, 0o700), Aspect.MODE),
    ],
)
def test_links_and_folders(before: Item, after: Item, aspect: Aspect) -> None:
    assert deviations(entry(before), [after], {}) == (Deviation("a", aspect),)


def test_all_that_differs_comes_in_order() -> None:
    made = [Item("b/x", Kind.FOLDER, 0o755), Item("b", Kind.FOLDER, 0o755)]
    found = deviations(
        entry(FILE, same="1", gone="2", other="3"), made, {"same": "1", "other": "4", "new": ""}
    )
    assert found == (
        Deviation("a", Aspect.MISSING),
        Deviation("b", Aspect.EXTRA),
        Deviation("b/x", Aspect.EXTRA),
        Deviation("gone", Aspect.VALUE),
        Deviation("new", Aspect.VALUE),
        Deviation("other", Aspect.VALUE),
    )


@pytest.mark.parametrize(
    ("recorded", "printed", "same"),
    [
        (NO_LOG, b"", True),
        (NO_LOG, b"x", False),
        (Log(b"x"), b"x", True),
        (Log(b"x"), b"y", False),
        (Log(digest=hashlib.sha256(b"long").hexdigest(), size=4), b"long", True),
        (Log(digest=hashlib.sha256(b"long").hexdigest(), size=4), b"tall", False),
    ],
)
def test_what_is_printed(recorded: Log, printed: bytes, same: bool) -> None:
    assert printed_the_same(recorded, blob_of(printed)) is same


def test_a_text_is_what_its_file_would_be() -> None:
    assert blob_of(b"abc") == Blob(hashlib.sha256(b"abc").hexdigest(), 3)
