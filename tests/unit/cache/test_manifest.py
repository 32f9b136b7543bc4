"""What a step reads: literals, folders, globs, its own outputs, links, changes between two looks."""

import os
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wfopt.cache.files import Entry, Hasher, Kind, UnhashableError
from wfopt.cache.manifest import Manifest, Snapshot, manifest_of
from wfopt.cache.memo import Memo
from wfopt.model.patterns import PathPattern, parse_pattern, selects


def patterns(*texts: str) -> tuple[PathPattern, ...]:
    return tuple(parse_pattern(text) for text in texts)


def snapshot(root: Path) -> Snapshot:
    return Snapshot(str(root), Hasher(Memo(), time.time_ns))


def manifest(root: Path, inputs: list[str], outputs: list[str] | None = None) -> Manifest:
    return snapshot(root).manifest(patterns(*inputs), patterns(*(outputs or [])))


def read(root: Path, inputs: list[str], outputs: list[str] | None = None) -> list[str]:
    """Return the paths in a manifest; what is no file has its kind behind it."""
    return [
        entry.path if entry.kind is Kind.FILE else f"{entry.path} {entry.kind}"
        for entry in manifest(root, inputs, outputs).entries
    ]


def write(root: Path, *names: str) -> None:
    """Make files that hold their names; a `/` at the end makes a folder."""
    for name in names:
        path = root / name
        if name.endswith("/"):
            path.mkdir(parents=True, exist_ok=True)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(name, encoding="utf-8")


TREE = ("top.c", "src/a.c", "src/b.c", "src/gen/c.c", "src/gen/d.h", "src/empty/", ".wfopt/state", ".dot")


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ([], []),
        (["src/a.c"], ["src/a.c"]),
        (["src/a.c", "src/a.c", "./src/a.c"], ["src/a.c"]),
        (["b", "a"], ["a absent", "b absent"]),
        (["top.c/below"], ["top.c/below absent"]),
        (["src"], ["src/a.c", "src/b.c", "src/empty dir", "src/gen/c.c", "src/gen/d.h"]),
        (["src/"], ["src/a.c", "src/b.c", "src/empty dir", "src/gen/c.c", "src/gen/d.h"]),
        (["src/empty"], ["src/empty dir"]),
        (["*.c"], ["top.c"]),
        (["src/*.c"], ["src/a.c", "src/b.c"]),
        (["src/*"], ["src/a.c", "src/b.c", "src/empty dir", "src/gen dir"]),
        (["src/**"], ["src/a.c", "src/b.c", "src/empty dir", "src/gen/c.c", "src/gen/d.h"]),
        (["**/*.c"], ["src/a.c", "src/b.c", "src/gen/c.c", "top.c"]),
        (["s*/"], ["src/a.c", "src/b.c", "src/empty dir", "src/gen/c.c", "src/gen/d.h"]),
        (["*/gen/*.h"], ["src/gen/d.h"]),
        (["s[qr]c/g?n/**/*.h"], ["src/gen/d.h"]),
        (["x*/**", "nowhere/*.c"], []),
        (["*"], [".dot", "src dir", "top.c"]),
        (
            ["."],
            [".dot", "src/a.c", "src/b.c", "src/empty dir", "src/gen/c.c", "src/gen/d.h", "top.c"],
        ),
        (["src/**/*.c", "!src/gen/"], ["src/a.c", "src/b.c"]),
        (["src/**/*.c", "!src/gen/", "src/gen/c.c"], ["src/a.c", "src/b.c", "src/gen/c.c"]),
        (["!src/gen/", "src/**/*.c"], ["src/a.c", "src/b.c", "src/gen/c.c"]),
        (["src", "!src/*.c"], ["src/empty dir", "src/gen/c.c", "src/gen/d.h"]),
        (["src/gen", "!src/gen/*"], ["src/gen dir"]),
        (["src/a.c", "gone", "!src/a.c", "!g*"], []),
        (["src/**", "!."], []),
    ],
)
def test_what_inputs_take_in(tmp_path: Path, inputs: list[str], expected: list[str]) -> None:
    write(tmp_path, *TREE)
    assert read(tmp_path, inputs) == expected


@pytest.mark.parametrize(
    ("inputs", "outputs", "expected"),
    [
        (["src/**/*.c"], ["src/gen/"], ["src/a.c", "src/b.c"]),
        (["src/**/*.c"], ["src/gen/*", "!src/gen/c.c"], ["src/a.c", "src/b.c", "src/gen/c.c"]),
        (["src"], ["src/gen", "src/empty"], ["src/a.c", "src/b.c"]),
        (["src"], ["src/gen/c.c", "src/gen/d.h", "src/empty/x"], ["src/a.c", "src/b.c"]),
        (["src"], ["src/**/*.[ch]"], ["src/empty dir"]),
        (["src/*"], ["src/gen/*.c", "src/*.c"], ["src/empty dir"]),
        # What an input names counts, whoever writes it.
        (["src/a.c"], ["src/a.c"], ["src/a.c"]),
        (["src/a.c"], ["src/*.c"], ["src/a.c"]),
        (["src/gen"], ["src/gen/"], ["src/gen/c.c", "src/gen/d.h"]),
        (["src/gen"], ["src"], ["src/gen/c.c", "src/gen/d.h"]),
        (["src/gen"], ["src/gen/c.c"], ["src/gen/d.h"]),
        (["src/*.c"], ["elsewhere/x"], ["src/a.c", "src/b.c"]),
    ],
)
def test_own_outputs_are_no_inputs(
    tmp_path: Path, inputs: list[str], outputs: list[str], expected: list[str]
) -> None:
    write(tmp_path, *TREE)
    assert read(tmp_path, inputs, outputs) == expected


@pytest.mark.parametrize(
    "outputs",
    [["src/gen/x.o"], ["src/gen/deep/*.o"], ["src/gen/"], ["src/gen"], ["src/**/*.o"], ["src/gen/deep/x.o"]],
)
@pytest.mark.parametrize("inputs", [["src"], ["src/**"], ["."], ["**/*"]])
def test_running_a_step_does_not_change_its_manifest(
    tmp_path: Path, inputs: list[str], outputs: list[str]
) -> None:
    write(tmp_path, "src/a.c")
    before = manifest(tmp_path, inputs, outputs)
    write(tmp_path, "src/gen/deep/x.o", "src/gen/x.o")
    if outputs[0].endswith("*.o"):
        write(tmp_path, "src/gen/deep/y.o")
        (tmp_path / "src/gen/x.o").unlink()
    elif outputs[0].endswith("x.o"):
        (tmp_path / "src/gen/deep/x.o").unlink()
        (tmp_path / "src/gen/deep").rmdir()
        (tmp_path / "src/gen/x.o").unlink()
        write(tmp_path, outputs[0])
    assert manifest(tmp_path, inputs, outputs) == before


def test_folders_with_wildcards_in_their_names(tmp_path: Path) -> None:
    write(tmp_path, "a[1]*/src/x", "a[1]*/out/y", "a1/src/z")
    inputs = (parse_pattern("src", "a[1]*"), parse_pattern("gone", "a[1]*"))
    outputs = (parse_pattern("src/gen/o", "a[1]*"),)
    assert [entry.path for entry in snapshot(tmp_path).manifest(inputs, outputs).entries] == [
        "a[1]*/gone",
        "a[1]*/src/x",
    ]
    negated = (*inputs, parse_pattern("!src", "a[1]*"))
    assert [entry.path for entry in snapshot(tmp_path).manifest(negated, outputs).entries] == ["a[1]*/gone"]


def append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def chmod(path: Path) -> None:
    path.chmod(0o755)


def to_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def to_link(path: Path) -> None:
    path.rename(path.with_suffix(".moved"))
    path.symlink_to(path.with_suffix(".moved").name)


def replace_same_size(path: Path) -> None:
    shown = path.stat()
    path.write_text(path.read_text(encoding="utf-8").swapcase(), encoding="utf-8")
    os.utime(path, ns=(shown.st_atime_ns, shown.st_mtime_ns))


def neighbor(path: Path) -> None:
    path.with_name("new.c").touch()


def empty_folder(path: Path) -> None:
    path.with_name("new").mkdir()


ALL_SEE = [append, chmod, to_folder, to_link, replace_same_size, Path.unlink]


@pytest.mark.parametrize("change", [*ALL_SEE, neighbor, empty_folder])
@pytest.mark.parametrize("inputs", [["src/a.c"], ["src"], ["src/*.c"]])
def test_changes_between_two_manifests_are_seen(
    tmp_path: Path, inputs: list[str], change: Callable[[Path], None]
) -> None:
    write(tmp_path, "src/a.c")
    seen = snapshot(tmp_path)
    before = seen.manifest(patterns(*inputs), ())
    change(tmp_path / "src/a.c")
    assert seen.manifest(patterns(*inputs), ()) == before
    seen.forget()
    after = seen.manifest(patterns(*inputs), ())
    unseen = {"src/a.c": [neighbor, empty_folder], "src/*.c": [empty_folder], "src": []}[inputs[0]]
    assert (after.digest == before.digest) is (change in unseen)
    assert (after == before) is (change in unseen)


@pytest.mark.parametrize(
    "inputs", [["link"], ["*"], ["."], ["dirlink/x"], ["dirlink"], ["dirlink/*"], ["d*/"], ["**/x"]]
)
def test_an_edit_behind_a_link_is_seen(tmp_path: Path, inputs: list[str]) -> None:
    write(tmp_path / "work", "real/x")
    (tmp_path / "work/link").symlink_to("real/x")
    (tmp_path / "work/dirlink").symlink_to("real")
    before = manifest(tmp_path / "work", inputs)
    append(tmp_path / "work/real/x")
    assert manifest(tmp_path / "work", inputs).digest != before.digest


def test_links_out_of_the_workspace(tmp_path: Path) -> None:
    write(tmp_path, "away/x", "work/")
    (tmp_path / "work/file").symlink_to("../away/x")
    (tmp_path / "work/folder").symlink_to("../away")
    before = manifest(tmp_path / "work", ["."])
    assert [(entry.path, entry.kind) for entry in before.entries] == [
        ("file", Kind.FILE),
        ("file", Kind.LINK),
        ("folder", Kind.DIR),
        ("folder", Kind.LINK),
    ]
    write(tmp_path, "away/y")
    assert manifest(tmp_path / "work", ["."]) == before
    append(tmp_path / "away/x")
    assert manifest(tmp_path / "work", ["."]) != before
    assert [entry.path for entry in manifest(tmp_path / "work", ["folder"]).entries] == ["folder", "folder"]


def test_links_to_own_outputs_count_with_their_text_alone(tmp_path: Path) -> None:
    write(tmp_path, "src/a.c")
    (tmp_path / "src/latest").symlink_to("../build/x.o")
    (tmp_path / "src/current").symlink_to("../build")
    before = manifest(tmp_path, ["src"], ["build/x.o"])
    write(tmp_path, "build/x.o")
    assert manifest(tmp_path, ["src"], ["build/x.o"]) == before
    write(tmp_path, "build/other")
    assert manifest(tmp_path, ["src"], ["build/x.o"]) != before


def test_the_way_to_an_input_may_lead_through_a_link(tmp_path: Path) -> None:
    write(tmp_path, "real/sub/x", "real/sub/out")
    (tmp_path / "link").symlink_to("real")
    assert read(tmp_path, ["link/sub"], ["real/sub/out"]) == ["link/sub/x"]
    assert read(tmp_path, ["link/s*/*"], ["real/sub/out"]) == ["link/sub/x"]


def test_loops_of_links(tmp_path: Path) -> None:
    write(tmp_path, "src/a.c")
    (tmp_path / "src/loop").symlink_to(".")
    (tmp_path / "src/self").symlink_to("self")
    assert read(tmp_path, ["src"]) == [
        "src/a.c",
        "src/loop dir",
        "src/loop link",
        "src/self absent",
        "src/self link",
    ]
    assert read(tmp_path, ["src/**/*.c"]) == ["src/a.c"]


def test_odd_names(tmp_path: Path) -> None:
    names = [b"\xff", b"line\nbreak", b"a b", "ü".encode()]
    for name in names:
        with open(os.path.join(os.fsencode(tmp_path), name), "wb") as file:
            file.write(name)
    found = manifest(tmp_path, ["*"])
    assert sorted(os.fsencode(entry.path) for entry in found.entries) == sorted(names)
    assert len(found.digest) == 64


def test_what_has_no_content_is_refused_only_where_it_counts(tmp_path: Path) -> None:
    write(tmp_path, "src/a.c")
    os.mkfifo(tmp_path / "src/pipe")
    assert read(tmp_path, ["src/*.c"]) == ["src/a.c"]
    assert read(tmp_path, ["src", "!src/pipe"]) == ["src/a.c"]
    assert read(tmp_path, ["src"], ["src/pipe"]) == ["src/a.c"]
    for text in ("src", "src/pipe", "**"):
        with pytest.raises(UnhashableError, match="input `src/pipe` is a named pipe"):
            read(tmp_path, [text])


def test_folders_without_anything_that_counts_are_not_entered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, "src/a.c", "modules/deep/x", "modules/y")
    calm, listed = os.scandir, list[str]()

    def noting(path: str) -> Iterator[os.DirEntry[str]]:
        listed.append(os.path.relpath(path, tmp_path))
        return calm(path)

    monkeypatch.setattr(os, "scandir", noting)
    assert read(tmp_path, [".", "!modules/"]) == read(tmp_path, ["**", "!modules/"]) == ["src/a.c"]
    assert listed == [".", "src"] * 2
    assert read(tmp_path, [".", "!modules/", "modules/y"]) == ["modules/y", "src/a.c"]
    assert read(tmp_path, ["src", "mod*/", "!modules/**"]) == ["src/a.c"]
    assert read(tmp_path, [".", "!modules/**"]) == ["modules dir", "src/a.c"]


def test_steps_share_what_was_looked_at(tmp_path: Path) -> None:
    write(tmp_path, *TREE)
    hasher = Hasher(Memo(), time.time_ns)
    seen = Snapshot(str(tmp_path), hasher)
    inputs = patterns("src/**/*.c")
    first = seen.manifest(inputs, patterns("build/1.o"))
    assert hasher.read == 3
    assert seen.manifest(inputs, patterns("build/2.o")) is first
    assert seen.manifest(patterns("src/a.c", "src/gen"), ()).entries[0] == first.entries[0]
    assert hasher.read == 4
    assert len(seen.manifest(inputs, patterns("src/a.c")).entries) == 2


def test_what_one_step_skips_another_may_read(tmp_path: Path) -> None:
    write(tmp_path, "src/a.c", "src/gen/b.c")
    seen = snapshot(tmp_path)
    for inputs, count in ((["src", "!src/gen/"], 1), (["src"], 2), (["src", "!src/gen/"], 1)):
        assert len(seen.manifest(patterns(*inputs), ()).entries) == count


def test_only_the_innermost_empty_folder_is_an_entry(tmp_path: Path) -> None:
    write(tmp_path, "src/one/two/", "src/one/three/four/")
    assert read(tmp_path, ["src"]) == ["src/one/three/four dir", "src/one/two dir"]


def test_an_empty_workspace(tmp_path: Path) -> None:
    assert read(tmp_path, ["."]) == [" dir"]
    assert read(tmp_path, ["."], ["out"]) == []
    assert read(tmp_path, ["**"]) == []


ENTRIES = st.builds(
    Entry,
    st.text("ab/", max_size=3),
    st.sampled_from(Kind),
    st.booleans(),
    st.text("ab:1", max_size=3),
    st.just(False),
)


@settings(max_examples=50)
@given(st.lists(ENTRIES, max_size=4), st.lists(ENTRIES, max_size=4), st.randoms())
def test_only_equal_manifests_have_equal_digests(
    one: list[Entry], other: list[Entry], chance: random.Random
) -> None:
    assert (manifest_of(one).digest == manifest_of(other).digest) is (set(one) == set(other))
    shuffled = sorted(one, key=lambda _: chance.random())
    assert manifest_of(shuffled + one) == manifest_of(one)


def test_mentions_are_no_part_of_the_digest() -> None:
    one, other = (manifest_of([Entry("a", Kind.FILE, False, "0", mentions)]) for mentions in (False, True))
    assert one.digest == other.digest
    assert (one.mentions_wfopt, other.mentions_wfopt) == (False, True)


NAMES = ["a", "b", "a/a", "a/b", "b/a", "a/a/a", "b/a/b"]
GLOBS = ["a", "b", "*", "**", "a/", "b/*", "*/a", "**/a", "a/**/b", "[ab]/", "a/a", "?/a/*", "."]


@settings(max_examples=40)
@given(
    st.lists(st.sampled_from(NAMES), max_size=4, unique=True),
    st.lists(st.tuples(st.booleans(), st.sampled_from(GLOBS)), max_size=4),
)
def test_globs_and_folders_agree_with_the_rules_of_patterns(
    tmp_path_factory: pytest.TempPathFactory, names: list[str], texts: list[tuple[bool, str]]
) -> None:
    root = tmp_path_factory.mktemp("tree")
    made = [name for name in names if not any(other.startswith(f"{name}/") for other in names)]
    write(root, *made)
    inputs = patterns(*(f"!{text}" if negated else text for negated, text in texts))
    found = {entry.path for entry in snapshot(root).manifest(inputs, ()).entries if entry.kind is Kind.FILE}
    assert found == {name for name in made if selects(inputs, name)}
