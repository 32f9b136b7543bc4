"""Jobs of GitHub Actions: what their steps tell the service through files, and later steps get of it.

A step writes lines into the files that `GITHUB_ENV`, `GITHUB_PATH` and `GITHUB_OUTPUT` name. Each step has
files of its own, which are read when it has ended, however it ended; nothing in them is ever executed. Docs:
https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands#environment-files
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress

from wfopt.engine.captures import ValuesError, read_text, read_values
from wfopt.engine.emulated.asked import Ended
from wfopt.engine.masking import Masker
from wfopt.engine.outputs import file_name
from wfopt.model.expressions import Template, Value
from wfopt.model.workflow import Step, StepId
from wfopt.source import Span

FILES = {
    "GITHUB_ENV": "env",
    "GITHUB_PATH": "path",
    "GITHUB_OUTPUT": "output",
    "GITHUB_STATE": "state",
    "GITHUB_STEP_SUMMARY": "summary.md",
}
"""The variables that name files of a step, and how these end."""

WHERE_IT_RUNS = frozenset({"GITHUB_WORKSPACE", "RUNNER_WORKSPACE"})
"""Variables that are those of this run, whatever the process environment says."""

# Anything but what no environment can take: GitHub does not restrict names either.
_NAME = re.compile(r"[^\s=\0]{1,1000}")
_RESERVED = ("GITHUB_", "RUNNER_")
_FOLDER = "runner"


class Jobs:
    """What the steps of each job know.

    Args:
        steps: all steps.
        folder: the absolute path of the folder of the run.
        environ: the process environment; what it says of the run counts more than what is made up here.
        usual: the variables that all steps get.
        told_of: says how a step ended and what it hands on.
        masker: hides secrets.
    """

    def __init__(
        self,
        steps: Iterable[Step],
        folder: str,
        *,
        environ: Mapping[str, str],
        usual: Mapping[str, str],
        told_of: Callable[[str], Mapping[str, Value] | None],
        masker: Masker,
    ) -> None:
        self._folder = folder
        self._environ = environ
        self._usual = {
            name: value for name, value in usual.items() if name not in environ or name in WHERE_IT_RUNS
        }
        self._told_of = told_of
        self._masker = masker
        self._set: dict[str, dict[str, str]] = {}
        self._paths: dict[str, list[str]] = {}
        self._members: dict[str, list[StepId]] = {}
        self._ready: set[str] = set()
        for step in steps:
            if step.session and step.allow_failure is False:
                self._members.setdefault(step.session, []).append(step.id)

    def contexts(self, step: Step) -> Mapping[str, Value]:
        """Return what the expressions of a step know.

        Raises:
            ExpressionError: a variable of the step has no value.
        """
        return {
            "needs": Ended(self._told_of),
            "failed": {"ids": ()},
            "env": {**self._environ, **self.variables(step)},
        }

    def variables(self, step: Step) -> dict[str, str]:
        """Return the variables of a step, on top of those of the process.

        What an earlier step of the job has set counts more than what the job says, less than what the step
        says itself.

        Raises:
            ExpressionError: one has no value.
        """
        given = self._set.get(step.session, {})
        found = {**self._usual, **self._of_job(step), **self._of_step(step), **given}
        own = _own_names(step)
        ended = Ended(self._told_of)
        for name, value in step.env.items():
            if value is None or (name in given and name not in own):
                continue
            found[name] = _text(value, {"env": {**self._environ, **found}, "needs": ended, "failed": {}})
        folders = self._paths.get(step.session)
        if folders:
            rest = found.get("PATH", self._environ.get("PATH", os.defpath))
            found["PATH"] = os.pathsep.join((*folders, rest))
        return found

    def prepare(self, step: Step) -> None:
        """Make the files and folders that a step expects.

        Raises:
            OSError: they cannot be made.
        """
        if step.session not in self._ready:
            for folder in (self._temporary(step), self._tools()):
                os.makedirs(folder, mode=0o700, exist_ok=True)
            with open(self._event(), "a", encoding="utf-8") as file:
                file.write("" if file.tell() else "{}\n")
            self._ready.add(step.session)
        for name in FILES:
            fd = os.open(self._file(step, name), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            os.close(fd)

    def take(self, step: Step) -> dict[str, str]:
        """Take over what a step that has ended tells, and return the values that it hands on.

        Raises:
            ValuesError: a file cannot be used; the text names it and says why.
        """
        values = self._read(step, "GITHUB_OUTPUT")
        found = self._read(step, "GITHUB_ENV")
        for name, value in found.items():
            if "\0" in value:
                raise ValuesError(
                    f"`$GITHUB_ENV` cannot be used: the value of `{name}` holds a NUL character"
                )
        self._set.setdefault(step.session, {}).update(
            {name: value for name, value in found.items() if not name.startswith(_RESERVED)}
        )
        with _naming("GITHUB_PATH"):
            text = read_text(self._file(step, "GITHUB_PATH"))
        folders = [line.rstrip("\r") for line in text.split("\n") if line.strip() and "\0" not in line]
        if folders:
            known = self._paths.setdefault(step.session, [])
            known[:0] = reversed(folders)
        return values

    def tidy(self, step: Step) -> None:
        """Remove the files of a step, but for a summary, from which secrets are taken out."""
        for name in FILES:
            path = self._file(step, name)
            if name == "GITHUB_STEP_SUMMARY":
                with suppress(OSError, ValuesError):
                    text = read_text(path)
                    if text.strip():
                        with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
                            file.write(self._masker.text(text))
                        continue
            with suppress(OSError):
                os.unlink(path)

    def close(self) -> None:
        """Remove the folders that were made for all jobs."""
        if self._ready:
            # Only here it is needed.
            import shutil  # noqa: PLC0415 - see above

            shutil.rmtree(os.path.join(self._folder, _FOLDER), ignore_errors=True)

    def _of_job(self, step: Step) -> dict[str, str]:
        words = [
            told["status"] for each in self._members.get(step.session, ()) if (told := self._told_of(each))
        ]
        status = "failure" if "failed" in words else "cancelled" if "cancelled" in words else "success"
        return {
            "GITHUB_JOB": step.definition.partition("/")[0],
            "GITHUB_EVENT_PATH": self._event(),
            "JOB_STATUS": status,
            "RUNNER_TEMP": self._temporary(step),
            "RUNNER_TOOL_CACHE": self._tools(),
        }

    def _of_step(self, step: Step) -> dict[str, str]:
        files = {name: self._file(step, name) for name in FILES}
        return {**files, "GITHUB_ACTION": step.definition.partition("/")[2] or step.definition}

    def _read(self, step: Step, name: str) -> dict[str, str]:
        with _naming(name):
            return read_values(self._file(step, name), _NAME)

    def _file(self, step: Step, name: str) -> str:
        return f"{self._folder}/{file_name(step.id)}.{FILES[name]}"

    def _temporary(self, step: Step) -> str:
        return os.path.join(self._folder, _FOLDER, file_name(step.session), "temp")

    def _tools(self) -> str:
        return os.path.join(self._folder, _FOLDER, "tools")

    def _event(self) -> str:
        return os.path.join(self._folder, _FOLDER, "event.json")


@contextmanager
def _naming(name: str) -> Iterator[None]:
    """Let errors say which file cannot be used."""
    try:
        yield
    except ValuesError as error:
        raise ValuesError(f"`${name}` cannot be used: {error}") from error
    except OSError as error:
        raise ValuesError(f"`${name}` cannot be used: {(error.strerror or str(error)).lower()}") from error


def _own_names(step: Step) -> frozenset[str]:
    """Return the variables that a step sets itself, and not its job or workflow for it."""
    around = step.places.get("env")
    if around is None:
        return frozenset()
    return frozenset(
        name
        for name, value in step.env.items()
        if value is not None and value.span is not None and _is_within(value.span, around)
    )


def _is_within(inner: Span, outer: Span) -> bool:
    start, end = (inner.line, inner.column), (inner.end_line, inner.end_column)
    return (outer.line, outer.column) <= start and end <= (outer.end_line, outer.end_column)


def _text(template: Template, contexts: Mapping[str, Value]) -> str:
    known = template.static
    return template.render(contexts, {}) if known is None else known
