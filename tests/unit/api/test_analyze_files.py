"""Which files are looked at when folders are named."""

import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from wfopt.analyzer.report import Left
from wfopt.api import analyze_files
from wfopt.api.analyze_files import files_of, format_of, top_keys
from wfopt.formats.reading import MAX_BYTES
from wfopt.source import SourceFile

NATIVE = "wfopt: 1\nsteps:\n  a: {run: echo}\n"


def found(*paths: str) -> tuple[list[str], dict[Left, int]]:
    left: Counter[Left] = Counter()
    return [each.file for each in files_of(paths, left)], dict(left)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(files: Iterable[str], text: str = NATIVE) -> None:
    for file in files:
        Path(file).parent.mkdir(parents=True, exist_ok=True)
        Path(file).write_text(text)


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("on: push\njobs:\n  a:\n    steps: []\n", ["on", "jobs"]),
        ("\"on\": push\n'jobs':\n", ["on", "jobs"]),
        ("# a: 1\n---\nspec: 1\n---\nb c: 2\n.d:\n", ["spec", "b c", ".d"]),
        ("wfopt : 1\nurl:http\n- e: 1\n", ["wfopt"]),
        ("a: {{ x }}\nb: !foo*\n", ["a", "b"]),
        ("script: |\n  c: d\n\nstages: [x]\nscript: 2\n", ["script", "stages"]),
        ('{"name": 1, "workflow": {"tasks": []}}', ["name", "workflow", "tasks"]),
        ("", []),
    ],
)
def test_keys_are_seen_without_parsing(text: str, keys: list[str]) -> None:
    assert top_keys(text) == keys


def test_a_broken_file_has_a_format_too() -> None:
    found = format_of(SourceFile("x.yml", "wfopt: 1\nsteps: [\n"), "/x.yml")
    assert found is not None
    assert found.name == "native"
    assert format_of(SourceFile("x.yml", "apiVersion: v1\nkind: Pod\n"), "/x.yml") is None


def test_files_are_taken_as_they_are_named() -> None:
    write(["b.txt", "a.yml"])
    assert found("b.txt", "a.yml", "./b.txt", "missing.yml") == (["b.txt", "a.yml", "missing.yml"], {})


def test_folders_are_searched_in_order() -> None:
    write(["z.yml", "b/c.yaml", "a/d.yml", "b/e.txt", ".github/workflows/f.yml", "b/package.json"])
    assert found(".") == (["z.yml", ".github/workflows/f.yml", "a/d.yml", "b/c.yaml"], {})
    assert found("b", "z.yml") == (["b/c.yaml", "z.yml"], {})


@pytest.mark.parametrize("folder", [".git", ".wfopt", ".venv", "node_modules", ".cache", "x/venv"])
def test_some_folders_are_not_searched(folder: str) -> None:
    write([f"{folder}/wfopt.yml", "wfopt.yml"])
    assert found(".") == (["wfopt.yml"], {})


def test_what_is_no_workflow_is_counted() -> None:
    write(["wfopt.yml"])
    write(["k8s/pod.yml", "k8s/x.yaml"], "apiVersion: v1\n")
    write(["helm.yml"], "a: {{ .Values }}\n{{- if x }}\n")
    assert found(".") == (["wfopt.yml"], {Left.NO_WORKFLOW: 3})


def test_binary_huge_and_unreadable_files_are_skipped(here: Path) -> None:
    write(["wfopt.yml"])
    (here / "binary.yml").write_bytes(b"wfopt: 1\n\0\xff")
    (here / "latin.yml").write_bytes(b"wfopt: 1 # \xe9")
    with (here / "huge.yml").open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    os.mkfifo("pipe.yml")
    (here / "gone.yml").symlink_to("nowhere.yml")
    assert found(".") == (["wfopt.yml"], {Left.BINARY: 2, Left.HUGE: 1, Left.UNREADABLE: 2})


def test_links_do_not_lead_out_of_the_folder(here: Path) -> None:
    write(["in/wfopt.yml", "out/wfopt.yml"])
    (here / "in" / "out.yml").symlink_to("../out/wfopt.yml")
    (here / "in" / "again.yml").symlink_to("wfopt.yml")
    (here / "in" / "folder").symlink_to("../out")
    assert found("in") == (["in/again.yml"], {Left.OUTSIDE: 1})


def test_instances_among_json_files_are_found() -> None:
    write(["package.json"], '{"name": "x", "version": "1"}')
    write(["run.json"], '{"name": "x", "schemaVersion": "1.5", "workflow": {"specification": {"tasks": []}}}')
    files, left = found(".")
    assert files == ["run.json"] or left == {Left.NO_WORKFLOW: 1}


def test_there_is_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(analyze_files, "MOST_FILES", 2)
    write(["a.yml", "b.yml", "c.yml", "d.yml"])
    assert found(".") == (["a.yml", "b.yml"], {Left.TOO_MANY: 2})


def test_a_folder_that_may_not_be_read_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    write(["a/wfopt.yml", "b/wfopt.yml"])
    scan = os.scandir

    def refuse(path: str) -> object:
        if str(path).endswith("/a"):
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", refuse)
    assert found(".") == (["b/wfopt.yml"], {Left.UNREADABLE: 1})
