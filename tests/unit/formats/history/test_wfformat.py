"""Executions in WfFormat."""

from __future__ import annotations

import pytest

from wfopt.errors import UserError
from wfopt.formats.history.instances import VERSIONS
from wfopt.formats.history.records import Problems, Record
from wfopt.formats.history.wfformat import read_wfformat
from wfopt.model.history import RunStory


def read(*tasks: dict[str, object], name: str = "w", version: str = "1.4", **more: object) -> RunStory:
    workflow = {"executedAt": "2025-03-01T10:00:00Z", "makespanInSeconds": 60, "tasks": list(tasks), **more}
    document = {"name": name, "schemaVersion": version, "workflow": workflow}
    (story,) = read_wfformat(Record(document, "", Problems("f.json")))
    return story


def task(name: str = "a", runtime: float = 1.0, **more: object) -> dict[str, object]:
    return {"name": name, "runtimeInSeconds": runtime, **more}


@pytest.mark.parametrize(
    ("name", "category", "step"),
    [
        ("blast_ID0007", None, "blast"),
        ("blast-ID7", None, "blast"),
        ("ID0001", None, "ID0001"),
        ("blast_7", None, "blast_7"),
        ("NF.FASTQC", None, "NF.FASTQC"),
        ("x_ID01", "align", "align"),
    ],
)
def test_the_category_is_the_step(name: str, category: str | None, step: str) -> None:
    assert read(task(name, category=category)).shape.steps == (step,)


def test_tasks_of_one_category_are_numbered_in_the_order_of_the_file() -> None:
    story = read(task("b_ID2"), task("a_ID1"), task("b_ID1"))
    assert story.shape.steps == ("b[1]", "a", "b[2]")


@pytest.mark.parametrize(
    ("name", "workflow"),
    [
        ("blast", "blast"),
        ("1000genome-20200401T035039Z-0", "1000genome"),
        ("soykb-20200401T035043+0000", "soykb"),
        ("genome-dax-0", "genome-dax-0"),
        ("", "wfformat"),
    ],
)
def test_a_time_in_a_name_is_left_out(name: str, workflow: str) -> None:
    assert read(task(), name=name).run.workflow == workflow


def test_parents_and_children_say_the_same() -> None:
    tasks = [task("a", children=["b"]), task("b", parents=["a"]), task("c", parents=["b", "a"])]
    assert sorted(read(*tasks).shape.edges) == [(0, 1), (0, 2), (1, 2)]


def test_each_task_starts_when_its_parents_allow() -> None:
    story = read(task("a", 2), task("b", 5), task("c", 1, parents=["a", "b"]))
    assert {each.step: each.started_s for each in story.attempts} == {"a": 0.0, "b": 0.0, "c": 5.0}
    assert [each.step for each in story.attempts] == ["a", "b", "c"]
    assert (story.run.critical_path_s, story.run.wall_s) == (6.0, 60.0)


def test_another_makespan_is_another_run() -> None:
    assert read(task()).run.run_id == read(task()).run.run_id
    assert read(task()).run.run_id != read(task(), makespanInSeconds=61).run.run_id


@pytest.mark.parametrize(("system", "read_bytes"), [("Pegasus", 5), ("Nextflow", 5000)])
def test_bytes_of_pegasus_were_bytes_always(system: str, read_bytes: int) -> None:
    old = {"name": "a", "runtime": 4, "memory": 20, "bytesRead": 5}
    document = {"schemaVersion": "1.3", "wms": {"name": system}, "workflow": {"makespan": 9, "tasks": [old]}}
    (story,) = read_wfformat(Record(document, "", Problems("f.json")))
    assert story.attempts[0].read_bytes == read_bytes
    assert story.attempts[0].peak_memory_bytes == 20_000
    assert story.run.started_at == 0.0


def test_memory_is_known_only_if_that_of_all_machines_is() -> None:
    machines = [{"nodeName": "m", "memoryInBytes": 5}, {"nodeName": "n", "cpu": {"count": 2}}]
    host = read(task(), machines=machines).run.host
    assert (host.name, host.cpus, host.memory_bytes) == ("m and 1 more", 2, None)


@pytest.mark.parametrize("version", [*VERSIONS])
def test_all_versions_are_read(version: str) -> None:
    assert read(task(), version=version).run.origin == "wfformat"


def test_other_versions_are_refused() -> None:
    with pytest.raises(UserError, match=r"`schemaVersion` is `1\.2`"):
        read(task(), version="1.2")
