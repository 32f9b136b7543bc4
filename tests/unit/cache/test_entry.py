"""What a result consists of."""

from wfopt.cache.entry import NO_LOG, Entry, Item, Kind, Log

DIGEST, OTHER = "1" * 64, "2" * 64


def test_the_blobs_of_a_result() -> None:
    items = (
        Item("a", Kind.FILE, 0o644, 17, DIGEST),
        Item("b", Kind.FILE, 0o644, 17, DIGEST),
        Item("c", Kind.TRACKED, 0o644, 3, "3" * 64),
        Item("d", Kind.FOLDER, 0o755),
        Item("e", Kind.LINK, content="a"),
    )
    made = Entry(key="k", workflow="w", step="s", created_at=1, wall_s=1.0, outputs=items)
    assert made.log == NO_LOG
    assert made.blobs() == {DIGEST: 17}
    told = Entry(key="k", workflow="w", step="s", created_at=1, wall_s=1.0, log=Log(digest=OTHER, size=5))
    assert told.blobs() == {OTHER: 5}
    short = Entry(key="k", workflow="w", step="s", created_at=1, wall_s=1.0, log=Log(b"short"))
    assert short.blobs() == {}


def test_what_is_a_file() -> None:
    kinds = {kind: Item("x", kind).is_file for kind in Kind}
    assert kinds == {Kind.FILE: True, Kind.TRACKED: True, Kind.FOLDER: False, Kind.LINK: False}
