"""Reads workflows of GitHub Actions from texts."""

from __future__ import annotations

from textwrap import dedent, indent

from wfopt.errors import Severity
from wfopt.formats.github.loader import load
from wfopt.formats.imported import Imported
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.positions import MappingNode, parse_yaml
from wfopt.model.workflow import Step
from wfopt.source import SourceFile


def imported(text: str, **params: str) -> Imported:
    """Return what a whole file says."""
    return load(SourceFile("ci.yml", dedent(text)), LoadOptions(workspace="/work", params=params))


def job_of(steps: str, *, head: str = "", job: str = "") -> Imported:
    """Return what a file with a single job `a` says.

    Args:
        steps: the list of its steps.
        head: further keys at the top.
        job: further keys of the job.
    """
    keys = f"{dedent(job).rstrip()}\nsteps:\n{indent(dedent(steps), '  ')}"
    return imported(f"on: push\n{dedent(head)}\njobs:\n  a:\n{indent(keys, '    ')}\n")


def steps_by_id(found: Imported) -> dict[str, Step]:
    """Return the steps of a file by their ids."""
    return {str(step.id): step for step in found.workflow.steps}


def edges(found: Imported) -> set[str]:
    """Return the edges of a file as `a/1 -> a/2 order`."""
    return {f"{each.before} -> {each.after} {each.kind.value}" for each in found.workflow.edges}


def mapping(text: str) -> MappingNode:
    """Return a mapping from its text."""
    node, _ = parse_yaml(SourceFile("ci.yml", dedent(text)), duplicate_keys=Severity.WARNING)
    assert isinstance(node, MappingNode)
    return node
