"""What of a GitLab pipeline has no counterpart here, told once a file however often it comes up."""

from __future__ import annotations

from wfopt.codes import (
    CALLED_WORKFLOW,
    IN_CONTAINER,
    NEEDS_SECRETS,
    NOT_FETCHED,
    NOT_MAPPED,
    OPAQUE_COMMAND,
    OPEN_CONDITION,
    OTHER_MACHINE,
    WITH_SERVICES,
    Code,
)
from wfopt.dataclass import dataclass
from wfopt.errors import Diagnostic, Label, Severity
from wfopt.formats.positions import Node
from wfopt.source import Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One thing to remark on.

    Attributes:
        code: its code.
        one: the message if it came up once.
        many: the message if it came up more often, with `{count}` in it.
        hint: what to make of it, or "".
    """

    code: Code
    one: str
    many: str
    hint: str = ""


CONTAINER = Topic(
    code=IN_CONTAINER,
    one="a job runs in a container image",
    many="{count} jobs run in container images",
    hint="here they run on this machine, with the programs that it has",
)
SERVICES = Topic(
    code=WITH_SERVICES,
    one="containers run beside a job",
    many="containers run beside {count} jobs",
    hint="start what the scripts need before a run",
)
SECRETS = Topic(
    code=NEEDS_SECRETS,
    one="a job uses secrets or tokens of GitLab",
    many="{count} jobs use secrets or tokens of GitLab",
    hint="set the variables in the environment of a run",
)
REMOTE = Topic(
    code=NOT_FETCHED,
    one="an `include` names a file that is not here",
    many="{count} entries of `include` name files that are not here",
    hint="nothing is fetched: copy the files into the workspace and include them with `local`",
)
TEMPLATE = Topic(
    code=NOT_FETCHED,
    one="a name probably stands in a file that is not here",
    many="{count} names probably stand in files that are not here",
)
TRIGGER = Topic(
    code=CALLED_WORKFLOW,
    one="a job starts another pipeline",
    many="{count} jobs start other pipelines",
    hint="analyze the file of the other pipeline by itself",
)
INPUT = Topic(
    code=OPAQUE_COMMAND,
    one="a job has an input without a value in its script",
    many="{count} jobs have inputs without values in their scripts",
    hint="give the inputs defaults in the `spec` header",
)
UNDECIDED = Topic(
    code=OPEN_CONDITION,
    one="only GitLab can decide whether a job runs",
    many="only GitLab can decide whether {count} jobs run",
    hint="such a job runs here unless it deploys; set variables such as `CI_COMMIT_BRANCH` to decide",
)
MANUAL = Topic(
    code=NOT_MAPPED,
    one="a job waits for somebody to start it",
    many="{count} jobs wait for somebody to start them",
    hint="they do not run by themselves, here neither",
)
ELSEWHERE = Topic(
    code=NOT_MAPPED,
    one="an entry of `needs` names a job of another pipeline",
    many="{count} entries of `needs` name jobs of other pipelines",
)
RULE_NEEDS = Topic(
    code=NOT_MAPPED,
    one="a rule changes the `needs` of its job, which is left out",
    many="{count} rules change the `needs` of their jobs, which is left out",
)
STEPS = Topic(
    code=NOT_MAPPED,
    one="a job is written as CI steps in `run`",
    many="{count} jobs are written as CI steps in `run`",
)
FOREIGN_PATH = Topic(
    code=NOT_MAPPED,
    one="a path of `artifacts` cannot be told before the run, or leaves the workspace",
    many="{count} paths of `artifacts` cannot be told before the run, or leave the workspace",
    hint="they are left out of the outputs",
)
SERVICE_VARIABLE = Topic(
    code=NOT_MAPPED,
    one="a job uses variables that only GitLab sets",
    many="{count} jobs use variables that only GitLab sets",
    hint="set them in the environment of a run",
)

MACHINE = Topic(
    code=OTHER_MACHINE,
    one="a job asks for a machine of another kind",
    many="{count} jobs ask for machines of another kind",
)


class Remarks:
    """Counts what comes up."""

    def __init__(self) -> None:
        self._found: dict[Topic, tuple[int, Span, str]] = {}

    def add(self, topic: Topic, at: Node | Span, label: str = "") -> None:
        """Count one case; of all cases of a topic, the place of the first is told."""
        count, span, text = self._found.get(topic, (0, at if isinstance(at, Span) else at.span, label))
        self._found[topic] = (count + 1, span, text)

    @property
    def found(self) -> tuple[Diagnostic, ...]:
        """A note for each topic that came up."""
        return tuple(
            Diagnostic(
                code=topic.code,
                severity=Severity.NOTE,
                message=topic.one if count == 1 else topic.many.format(count=count),
                primary=Label(span, label or ("here" if count == 1 else "the first one")),
                hints=(topic.hint,) if topic.hint else (),
            )
            for topic, (count, span, label) in self._found.items()
        )
