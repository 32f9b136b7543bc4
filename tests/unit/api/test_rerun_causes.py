"""What a step probably misses where only its declared inputs are."""

from pathlib import Path

import pytest

from wfopt.api.rerun_causes import UNDECLARED, likely_cause


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("cat: data/x: No such file or directory", "data/x"),
        ("cat: ../sub/y.txt: No such file or directory", "sub/y.txt"),
        ("y.txt: not found.", "sub/y.txt"),
        ("FileNotFoundError: [Errno 2] No such file or directory: 'y.txt'", "sub/y.txt"),
        ("tool: cannot open \u2018y.txt\u2019 for reading", "sub/y.txt"),
        ("cannot stat WORK/data/x", "data/x"),
        ("no such file: declared", ""),
        ("no such file: nothing", ""),
        ("no such file: /etc/passwd ../../outside", ""),
        ("data/x is odd", ""),
    ],
)
def test_a_file_that_is_missing(tmp_path: Path, line: str, path: str) -> None:
    workspace, work = tmp_path / "workspace", tmp_path / "work"
    for folder, name in ((workspace, "sub/data/x"), (workspace, "data/x"), (workspace, "sub/y.txt")):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()
    (tmp_path / "outside").touch()
    (workspace / "sub/declared").touch()
    (work / "sub").mkdir(parents=True)
    (work / "sub/declared").touch()
    said = likely_cause([line.replace("WORK", str(work))], "sub", str(workspace), str(work))
    wanted = path.replace("data/x", "sub/data/x") if "WORK" not in line else path
    assert said == (
        f"`{wanted}` is in the workspace, but is not declared as an input" if path else UNDECLARED
    )
