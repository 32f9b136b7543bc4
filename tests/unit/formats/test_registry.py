"""Which format a file is found to be of, and what is said about files of none."""

from __future__ import annotations

import json

import pytest

from wfopt.codes import BAD_HISTORY, UNSUPPORTED_VERSION, YAML_SYNTAX
from wfopt.errors import Diagnostic, LoadError
from wfopt.formats import registry
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.registry import FORMATS, detect, format_named, read_any
from wfopt.source import SourceFile

INSTANCE = {"name": "w", "schemaVersion": "1.4", "workflow": {"tasks": [{"name": "a", "runtime": 1}]}}


def found(text: str, path: str = "some.yml") -> str:
    source = SourceFile(name=path, text=text)
    result = detect(source, path)
    return result.name if result else ""


def refusal(text: str, path: str = "some.yml") -> Diagnostic:
    source = SourceFile(name=path, text=text)
    with pytest.raises(LoadError) as caught:
        read_any(source, LoadOptions(workspace="/w", path=f"/w/{path}"))
    (diagnostic,) = caught.value.diagnostics
    return diagnostic


def test_formats_are_known_by_name() -> None:
    assert len({each.name for each in FORMATS}) == len(FORMATS)
    assert all(format_named(each.name) is each and each.title for each in FORMATS)
    assert format_named("none") is None


@pytest.mark.parametrize(
    ("text", "path", "name"),
    [
        ("# comment\nwfopt: 1\n", "any", "native"),
        ('"wfopt": 1\n', ".gitlab-ci.yml", "native"),
        ("{wfopt: 1, steps: {}}", "any", "native"),
        ('{"wfopt": 1}', "a.json", "native"),
        ("", "wfopt.yml", "native"),
        ("a: 1", ".gitlab-ci.yml", "gitlab"),
        ("stages: [a]\njob: {script: x}\n", "ci.yml", "gitlab"),
        ("spec: {}\n---\nbefore_script: []\njob: !reference [a]\n", "ci.yml", "gitlab"),
        (".t: {}\nimage: x\njob: {}\n---\n", "ci.yml", "gitlab"),
        (json.dumps(INSTANCE), "run.json", "wfformat"),
        ("\n " + json.dumps(INSTANCE), "run", "wfformat"),
    ],
)
def test_files_are_recognized(text: str, path: str, name: str) -> None:
    assert found(text, path) == name


@pytest.mark.parametrize(
    "keys",
    [
        "stages",
        "stages metrics",
        "stages pool",
        "jobs stages",
        "version stages tasks",
        "image replicas",
        "script",
    ],
)
def test_keys_of_other_tools_are_no_gitlab_pipeline(keys: str) -> None:
    assert found("".join(f"{key}: 1\n" for key in keys.split())) != "gitlab"


@pytest.mark.parametrize(
    ("path", "text", "what"),
    [
        ("docker-compose.yml", "services: {}", "docker-compose"),
        ("a.yml", "services: {}\nvolumes: {}", "docker-compose"),
        ("package.json", "{", "package.json"),
        ("a.json", '{"name": "x", "version": "1", "scripts": {}}', "package.json"),
        (".circleci/config.yml", "version: 2", "CircleCI"),
        ("azure-pipelines.yml", "x: 1", "Azure Pipelines"),
        ("a.yml", "trigger: [main]\nstages: []\n", "Azure Pipelines"),
        ("chart/Chart.yaml", "x: 1", "Helm chart"),
        ("a.yml", "apiVersion: v1\nkind: Pod\n", "Kubernetes"),
        ("mkdocs.yml", "a: !!python/name:x", "MkDocs"),
        ("a.yml", "site_name: x\nplugins: !ENV [a]\n", "MkDocs"),
        ("Makefile", "a:\n\techo", "Makefile"),
    ],
)
def test_near_misses_are_named(path: str, text: str, what: str) -> None:
    diagnostic = refusal(text, path)
    assert diagnostic.code is UNSUPPORTED_VERSION
    assert diagnostic.message.endswith(f": it looks like a {what} file")
    assert diagnostic.file == path
    assert diagnostic.hints


@pytest.mark.parametrize(
    ("path", "text"),
    [(".ninja_log", "# ninja log v5\n"), ("jobs.json", '{"total_count": 0, "jobs": []}')],
)
def test_records_of_past_runs_are_told_from_workflows(path: str, text: str) -> None:
    assert "wfopt stats --import" in refusal(text, path).hints[0]


@pytest.mark.parametrize("text", ["a: 1\nb: 2\n", "- a\n", "[1, 2]", '{"a": 1}', "word"])
def test_what_is_of_no_format_is_told_how_to_name_one(text: str) -> None:
    diagnostic = refusal(text)
    assert diagnostic.message == "this is no workflow in a format that wfopt knows"
    assert all(f"`{each.name}`" in diagnostic.hints[1] for each in FORMATS)


@pytest.mark.parametrize(
    ("text", "path", "code"),
    [
        ("a: [1\n", "a.yml", YAML_SYNTAX),
        ('{"a": ', "a.yml", YAML_SYNTAX),
        ('{"a": ', "a.json", BAD_HISTORY),
        ('{"a": NaN}', "a.json", BAD_HISTORY),
    ],
)
def test_broken_files_are_refused_as_what_they_are(text: str, path: str, code: object) -> None:
    assert refusal(text, path).code is code


def test_a_large_document_is_not_read_as_yaml(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(source: SourceFile) -> list[str]:
        raise AssertionError(source)

    monkeypatch.setattr(registry, "top_keys", fail)
    assert found(json.dumps(INSTANCE), "run.json") == "wfformat"
    assert found("a: 1", ".gitlab-ci.yml") == "gitlab"


def test_a_format_may_be_named() -> None:
    source = SourceFile(name="x", text="job: {script: make}\n")
    assert read_any(source, LoadOptions(workspace="/w"), "gitlab").format == "gitlab"
    with pytest.raises(KeyError):
        read_any(source, LoadOptions(workspace="/w"), "none")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("test:\n  stage: test\n  script: [make]\n", "gitlab"),
        ("test:\n    before_script:\n        - make\n    extends: .x\n", "gitlab"),
        ("steps:\n  script: x\n", None),
        ("test:\n  run: make\n", None),
        ("pipelines:\n  default:\n    - step:\n        script: [make]\n", None),
    ],
)
def test_a_file_with_nothing_but_jobs_is_recognized_by_their_scripts(text: str, found: str | None) -> None:
    format_ = detect(SourceFile("x.yml", text), "x.yml")
    assert (format_ and format_.name) == found
