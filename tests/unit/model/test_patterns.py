"""Path patterns: how they are read, what they match, and which outputs meet which inputs."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wfopt.model.patterns import (
    PathPattern,
    PatternError,
    check_output,
    matches,
    parse_pattern,
    selects,
)
from wfopt.source import SourceFile, Span


@pytest.mark.parametrize(
    ("text", "cwd", "expected"),
    [
        ("out/s00001.txt", "", PathPattern("out/s00001.txt")),
        ("out/", "", PathPattern("out", directory=True)),
        ("a b.txt", "", PathPattern("a b.txt")),
        ("ü/é.txt", "", PathPattern("ü/é.txt")),
        (".deps/", "", PathPattern(".deps", directory=True)),
        ("./a//b/./c", "", PathPattern("a/b/c")),
        ("a/x/../b", "", PathPattern("a/b")),
        ("a/b/..", "", PathPattern("a", directory=True)),
        ("a/.", "", PathPattern("a", directory=True)),
        (".", "", PathPattern("", directory=True)),
        ("a/..", "", PathPattern("", directory=True)),
        ("...", "", PathPattern("...")),
        (".wfopt.yml", "", PathPattern(".wfopt.yml")),
        ("src/**/*.c", "", PathPattern("src/**/*.c")),
        ("src/**/**/*.c", "", PathPattern("src/**/*.c")),
        ("src/**/", "", PathPattern("src/**", directory=True)),
        ("!src/gen/**", "", PathPattern("src/gen/**", negated=True)),
        ("!a", "", PathPattern("a", negated=True)),
        ("a.txt", "sub/dir", PathPattern("sub/dir/a.txt")),
        ("../a.txt", "sub/dir", PathPattern("sub/a.txt")),
        ("../../a/", "sub/dir", PathPattern("a", directory=True)),
        ("..", "sub", PathPattern("", directory=True)),
        (".", "sub", PathPattern("sub", directory=True)),
        ("*.c", "sub", PathPattern("sub/*.c")),
        ("a.txt", "odd[1]", PathPattern("odd[[]1]/a.txt")),
        ("*.txt", "odd*", PathPattern("odd[*]/*.txt")),
        ("{a}/{b", "", PathPattern("{a}/{b")),
        ("[{]a,b}", "", PathPattern("[{]a,b}")),
    ],
)
def test_reading(text: str, cwd: str, expected: PathPattern) -> None:
    assert parse_pattern(text, cwd) == expected


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("", "a path is empty", "remove the entry"),
        ("!", "a path is empty", "remove the entry"),
        ("  ", "a path is empty", "remove the entry"),
        ("a\0b", "a path holds a NUL character or a line break", "one path an entry"),
        ("a\nb", "a path holds a NUL character or a line break", "one path an entry"),
        ("/etc/passwd", "`/etc/passwd` is absolute", "relative"),
        ("!/etc", "`!/etc` is absolute", "relative"),
        ("~/x", "`~/x` starts with `~`, which is not expanded", "inside the workspace"),
        ("!!a", "`!!a` has more than one `!`", "one `!`"),
        ("a\\b", "`a\\b` holds a backslash", "`/`"),
        ("src/*.{c,h}", "`src/*.{c,h}` holds braces, which are not expanded", "each alternative"),
        ("..", "`..` leaves the workspace", "inside the workspace"),
        ("a/../../b", "`a/../../b` leaves the workspace", "inside the workspace"),
        ("a/*/../b", "`..` follows a wildcard in `a/*/../b`", "without `..`"),
        ("src/**.c", "`**` is only part of a name in `src/**.c`", "`**/*.py`"),
        ("a[b", "a `[` is not closed in `a[b`", "`[[]`"),
        ("a/[z-a]", "the range `z-a` is reversed in `a/[z-a]`", "`[[]`"),
        (".wfopt/cache", "`.wfopt/cache` is inside `.wfopt/`", "state"),
        (".wfopt", "`.wfopt` is inside `.wfopt/`", "state"),
        ("x/../.wfopt/*", "`x/../.wfopt/*` is inside `.wfopt/`", "state"),
    ],
)
def test_refusing(text: str, message: str, hint: str) -> None:
    with pytest.raises(PatternError) as caught:
        parse_pattern(text)
    assert caught.value.message == message
    assert hint in caught.value.hint


def test_the_state_folder_is_refused_from_within() -> None:
    with pytest.raises(PatternError, match="is inside"):
        parse_pattern("a.txt", ".wfopt/runs")


def test_flags_are_kept_and_spans_do_not_count() -> None:
    span = Span(SourceFile("w.yml", "a"), 1, 1, 1, 2)
    pattern = parse_pattern("a", optional=True, persist=True, store=False, span=span)
    assert pattern == PathPattern("a", optional=True, persist=True, store=False)
    assert pattern.span is span
    assert "span" not in repr(pattern)


def test_the_workspace_is_an_input_but_no_output() -> None:
    workspace = parse_pattern(".")
    assert workspace.is_workspace
    assert matches(workspace, "any/thing")
    with pytest.raises(PatternError, match="cannot be an output"):
        check_output(workspace)
    check_output(parse_pattern("out/"))


@pytest.mark.parametrize(
    ("text", "glob", "prefix", "folder"),
    [
        ("a/b.txt", False, "a/b.txt", "a"),
        ("a/b*.txt", True, "a/b", "a"),
        ("a/b/?", True, "a/b/", "a/b"),
        ("[ab]", True, "", ""),
        ("x", False, "x", ""),
    ],
)
def test_parts_of_a_pattern(text: str, glob: bool, prefix: str, folder: str) -> None:
    pattern = parse_pattern(text)
    assert (pattern.is_glob, pattern.prefix, pattern.folder) == (glob, prefix, folder)


@pytest.mark.parametrize(
    ("text", "path", "expected"),
    [
        ("a/b", "a/b", True),
        ("a/b", "a/b/c/d", True),
        ("a/b", "a/bc", False),
        ("a/b", "a", False),
        ("a/", "a/x", True),
        ("*.c", "x.c", True),
        ("*.c", ".c", True),
        ("*.c", "d/x.c", False),
        ("**/*.c", "x.c", True),
        ("**/*.c", "d/e/x.c", True),
        ("a/**/b", "a/b", True),
        ("a/**", "a", False),
        ("a/**", "a/b/c", True),
        ("a/*/", "a/b", False),
        ("a/*/", "a/b/c/d", True),
        ("a/**/", "a/b", True),
        ("a?c", "a/c", False),
        ("!a", "a", True),
    ],
)
def test_matching(text: str, path: str, expected: bool) -> None:
    assert matches(parse_pattern(text), path) is expected


@pytest.mark.parametrize(
    ("texts", "path", "expected"),
    [
        (["src/**", "!src/gen/**"], "src/a.c", True),
        (["src/**", "!src/gen/**"], "src/gen/a.c", False),
        (["!src/gen/**", "src/**"], "src/gen/a.c", True),
        (["src/**", "!src/gen/**", "src/gen/keep.c"], "src/gen/keep.c", True),
        (["a", "a"], "a", True),
        ([], "a", False),
    ],
)
def test_selecting(texts: list[str], path: str, expected: bool) -> None:
    assert selects([parse_pattern(text) for text in texts], path) is expected


@settings(deadline=None)
@given(st.text(alphabet="ab./*?[]!~\\{,}\0-", max_size=10), st.sampled_from(["", "a", "a/b"]))
def test_any_text_is_a_pattern_inside_the_workspace_or_refused(text: str, cwd: str) -> None:
    try:
        pattern = parse_pattern(text, cwd)
    except PatternError:
        return
    assert not {"", ".", ".."} & set(pattern.text.split("/")) or pattern.is_workspace
    matches(pattern, "a/b")
