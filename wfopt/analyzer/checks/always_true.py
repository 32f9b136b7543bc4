"""WF407: a condition that is true whatever happens."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from wfopt.analyzer.base import Case, Confidence, Edit, Finding, Fix
from wfopt.analyzer.sites import sites_of, text_at
from wfopt.codes import Code
from wfopt.dataclass import dataclass
from wfopt.errors import Label, Severity
from wfopt.model.workflow import StepId
from wfopt.source import Span

_BLOCK = re.compile(r"(?P<style>[|>])(?P<chomp>[+-]?)(?P<indent>\d?)(?P<more>[+-]?)[ ]*(?:#.*)?\n")
_WHOLE = re.compile(r"\$\{\{(?:[^}']|'[^']*'|\}(?!\}))*\}\}")
_QUOTED = re.compile(r"'(?:[^']|'')*'")
_STRING = re.compile(r"'(?:[^']|'')+'")


class AlwaysTrue:
    """A condition looks like a question and is always true.

    GitHub takes text around `${{ }}` for a text, and every text is true. The line break that a literal block
    leaves behind `}}` is such text, too, and so is a text as an operand of `||`.

    Before:

        if: ${{ github.ref == 'refs/heads/main' }} && ${{ github.event_name == 'push' }}

    After:

        if: ${{ github.ref == 'refs/heads/main' && github.event_name == 'push' }}

    Does not apply to conditions without `${{ }}` over several lines, nor to `always()`, which says so.
    """

    code = Code("WF407", "always-true-condition", "a condition that is true whatever happens")

    def run(self, case: Case) -> Iterable[Finding]:
        """Yield a finding for each such condition."""
        if case.format != "github":
            return
        for name, place, steps in _conditions(case):
            problem = _problem(place)
            if problem is not None:
                yield _finding(name, place, steps, problem)


def _conditions(case: Case) -> Iterator[tuple[str, Span, tuple[StepId, ...]]]:
    """Yield each condition: whose it is, where it stands, and the steps that depend on it."""
    found = [
        (f"job `{job.id}`", job.places["if"], job.cells[0] if job.cells else ())
        for job in case.jobs
        if "if" in job.places
    ]
    found += [
        (f"step `{site.first.description or site.name}`", site.first.places["if"], site.ids)
        for site in sites_of(case)
        if "if" in site.first.places
    ]
    yield from sorted(found, key=lambda each: (each[1].line, each[1].column))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Problem:
    """Why a condition is always true, and what to do."""

    cause: str
    hint: str
    edit: Edit | None = None


def _problem(place: Span) -> _Problem | None:
    text = text_at(place)
    header = _BLOCK.match(text)
    body = (text[header.end() :] if header is not None else text).strip()
    body = body[1:-1].strip() if header is None and body[:1] == body[-1:] == '"' else body
    if header is None and body.startswith("'"):
        return None
    if "${{" in body:
        return _of_template(place, header, body)
    return _of_operands(body)


def _of_template(place: Span, header: re.Match[str] | None, body: str) -> _Problem | None:
    if _WHOLE.fullmatch(body) is None:
        if _WHOLE.search(body) is None:
            return None
        return _Problem(
            cause="text around `${{ }}` makes the whole a text, and every text is true",
            hint="write one `${{ }}` around the whole condition, or none at all",
        )
    if header is not None and "-" not in {header["chomp"], header["more"]}:
        column = place.column + 1
        clipped = Span(place.source, place.line, column, place.line, column + len(header["chomp"]))
        return _Problem(
            cause="the line break at the end of the block makes the whole a text, and every text is true",
            hint=f"write `{header['style']}-` instead: it leaves the line break out",
            edit=Edit(span=clipped, text="-") if not header["indent"] else None,
        )
    return _of_operands(body[3:-2])


def _of_operands(condition: str) -> _Problem | None:
    """Look for a text, such as `'main'`, among the operands of the outermost `||`."""
    for operand in _operands(condition):
        if _STRING.fullmatch(operand):
            return _Problem(
                cause=f"`{operand}` is a text, and every text is true",
                hint=f"write what is compared with {operand} as well, such as `github.ref == {operand}`",
            )
    return None


def _operands(condition: str) -> list[str]:
    """Return the operands of the `||` outside of all brackets; one operand if there is none."""
    hidden = _QUOTED.sub(lambda found: "_" * len(found[0]), condition)
    depth, cuts = 0, [0]
    for at, sign in enumerate(hidden):
        depth += (sign in "([") - (sign in ")]")
        if depth == 0 and hidden.startswith("||", at) and cuts[-1] <= at:
            cuts += [at, at + 2]
    cuts.append(len(condition))
    parts = [condition[first:last].strip() for first, last in zip(cuts[::2], cuts[1::2], strict=True)]
    return parts if len(parts) > 1 else []


def _finding(name: str, place: Span, steps: tuple[StepId, ...], problem: _Problem) -> Finding:
    return Finding(
        code=AlwaysTrue.code,
        message=f"the condition of {name} is always true",
        severity=Severity.ERROR,
        confidence=Confidence.HIGH,
        primary=Label(place, "true whatever happens"),
        steps=steps,
        fix=Fix.UNSAFE,
        edits=() if problem.edit is None else (problem.edit,),
        causes=(problem.cause,),
        hints=(problem.hint,),
        identity=f"{name.replace('`', '')}: if",
    )
