"""Every key of the native format, version 1: its name, its value and its purpose.

The tables are the single source of the loader and of the JSON Schema.
"""

from __future__ import annotations

from wfopt.codes import (
    BAD_ALLOW_FAILURE,
    BAD_CAPTURE,
    BAD_EFFECTS,
    BAD_INCLUDE,
    BAD_PARAM,
    BAD_ROLLBACK,
    HOOK_NEEDS_STEP,
    MISSING_RUN,
    NO_STEPS,
    UNSUPPORTED_VERSION,
)
from wfopt.formats.native.hook_resources import HOOK_RESOURCES
from wfopt.formats.native.records import Fields, Key, Refused
from wfopt.formats.native.scalars import (
    ALLOW_FAILURE,
    CAPTURED,
    CONDITION,
    DEFAULT,
    DURATION,
    EFFECT,
    FLAG,
    PARAM_NAME,
    RUN,
    STEP_ID,
    TEXT,
    VARIABLE,
    choice,
    number,
    whole,
    word,
)
from wfopt.formats.native.shapes import Either, Items, MapOf, Shape
from wfopt.formats.native.values import (
    CACHE_KEYS,
    ENV,
    FOREACH,
    LIMITS,
    MATRIX,
    NEEDS,
    ONE_STEP,
    PATHS,
    RESOURCES,
    RETRIES,
    SECRETS,
    SHELL,
    SIZES,
    TEMPLATES,
    TEXTS,
    VALUES,
)

RUN_KEY = Key(
    name="run",
    shape=Either(
        wants="a script, or a list with a program and its arguments",
        scalar=RUN,
        sequence=Items(TEMPLATES, minimum=1, code=MISSING_RUN),
        code=MISSING_RUN,
    ),
    summary="a script for the shell, or a program and its arguments",
    required=True,
    code=MISSING_RUN,
)

BODY: tuple[Key, ...] = (
    RUN_KEY,
    Key(name="description", shape=TEXT, summary="what the step is for"),
    Key(name="shell", shape=SHELL, summary="what runs the script: bash, sh, python, none or a list"),
    Key(name="cwd", shape=TEMPLATES, summary="the folder to run in, relative to the file's"),
    Key(name="env", shape=ENV, summary="environment variables; null unsets one"),
    Key(name="timeout", shape=DURATION, summary="the longest time that one attempt may take"),
    Key(name="retries", shape=RETRIES, summary="how often to try again after a failure"),
    Key(name="quiet", shape=FLAG, summary="whether its output stays out of the terminal"),
    Key(name="secrets", shape=SECRETS, summary="variables whose values are masked"),
)

HOOK_BODY: tuple[Key, ...] = (
    *BODY,
    Key(name="resources", shape=HOOK_RESOURCES, summary="the cpus and the memory that it asks for"),
    Key(name="limits", shape=LIMITS, summary="what it is held to"),
)

NO_NEEDS = {
    "needs": Refused(
        HOOK_NEEDS_STEP,
        "cannot need steps: it runs when the graph is done",
        "drop `needs`; expressions may still ask for `needs.STEP.status` and `needs.STEP.out.NAME`",
    )
}

ROLLBACK: Shape = Either(
    wants="a script or a step without `needs`",
    scalar=RUN,
    mapping=Fields(*HOOK_BODY, what="rollback", refused=NO_NEEDS),
    code=BAD_ROLLBACK,
)

STEP_KEYS: tuple[Key, ...] = (
    *BODY,
    Key(name="needs", shape=NEEDS, summary="steps that must end first: ids, `id[axis=value]`, globs"),
    Key(
        name="ahead-of",
        shape=NEEDS,
        summary="steps that it may overtake; if one of them fails, its outputs are removed",
    ),
    Key(
        name="right-after",
        shape=ONE_STEP,
        summary="the step that it may start right after, in its place, without waiting for its turn",
    ),
    Key(name="inputs", shape=PATHS, summary="what the step reads; `[]` declares that it reads nothing"),
    Key(name="outputs", shape=PATHS, summary="what the step writes; `[]` declares that it writes nothing"),
    Key(name="matrix", shape=MATRIX, summary="one step for each combination of the axes' values"),
    Key(name="foreach", shape=FOREACH, summary="one step for each item"),
    Key(name="max-parallel", shape=whole(1, 100_000), summary="how many cells may run at once"),
    Key(name="fail-fast", shape=FLAG, summary="whether a failed cell cancels the rest, true if absent"),
    Key(name="if", shape=CONDITION, summary="an expression; the step is skipped if it is false"),
    Key(
        name="allow-failure",
        shape=Either(
            wants="true, false, an expression or a list of exit statuses",
            scalar=ALLOW_FAILURE,
            sequence=Items(whole(0, 255, code=BAD_ALLOW_FAILURE)),
            code=BAD_ALLOW_FAILURE,
        ),
        summary="whether the run succeeds although this step fails; or the exit statuses for which",
    ),
    Key(name="resources", shape=RESOURCES, summary="what the step asks of the machine"),
    Key(name="limits", shape=LIMITS, summary="what the step is held to"),
    Key(name="cache", shape=CACHE_KEYS, summary="whether and how results are reused"),
    Key(
        name="effects",
        shape=Either(wants="a list of effects", sequence=Items(EFFECT), code=BAD_EFFECTS),
        summary="what it does besides its outputs; `[]` declares that it does nothing else",
    ),
    Key(name="interactive", shape=FLAG, summary="whether it takes the terminal for itself"),
    Key(
        name="capture",
        shape=Either(
            wants="a mapping such as `stdout: NAME`",
            mapping=Fields(
                Key(
                    name="stdout",
                    shape=word(CAPTURED),
                    summary="the name under which its stdout is known",
                    required=True,
                    code=BAD_CAPTURE,
                ),
                what="capture",
            ),
            code=BAD_CAPTURE,
        ),
        summary="values for later steps",
    ),
    Key(name="rollback", shape=ROLLBACK, summary="undoes the step after a later failure"),
    Key(name="priority", shape=whole(-1_000_000, 1_000_000), summary="larger goes first, 0 if absent"),
    Key(name="keep-on-failure", shape=FLAG, summary="whether outputs stay in place when it fails"),
    Key(name="x-duration", shape=DURATION, summary="how long it is expected to take"),
    Key(name="x-size", shape=SIZES, summary="files that its duration grows with, by bytes, lines or number"),
)

STEP = Fields(*STEP_KEYS, what="step")
LISTED_STEP = Fields(
    Key(name="id", shape=word(STEP_ID), summary="the step's id, `step-N` if absent"),
    *STEP_KEYS,
    what="step",
    named_by="id",
)
HOOK = Fields(*HOOK_BODY, what="hook", refused=NO_NEEDS)
HOOKS = MapOf(value=HOOK, entry="hook", keys=STEP_ID)

DEFAULTS = Fields(
    Key(name="shell", shape=SHELL, summary="as in a step"),
    Key(name="cwd", shape=TEMPLATES, summary="as in a step"),
    Key(name="env", shape=ENV, summary="merged under each step's"),
    Key(name="timeout", shape=DURATION, summary="as in a step"),
    Key(name="retries", shape=RETRIES, summary="as in a step"),
    Key(name="cache", shape=CACHE_KEYS, summary="as in a step"),
    Key(name="resources", shape=RESOURCES, summary="merged under each step's"),
    Key(name="limits", shape=LIMITS, summary="merged under each step's"),
    what="defaults",
)

PARAM = Fields(
    Key(name="default", shape=DEFAULT, summary="the value if none is given"),
    Key(
        name="type",
        shape=choice("str", "int", "float", "bool", "path", code=BAD_PARAM),
        summary="str if absent",
    ),
    Key(name="choices", shape=Items(TEXT, minimum=1), summary="the values that are allowed"),
    Key(name="min", shape=number(), summary="the smallest value allowed"),
    Key(name="max", shape=number(), summary="the largest value allowed"),
    Key(name="env", shape=word(VARIABLE), summary="a variable to take the value from"),
    Key(name="required", shape=FLAG, summary="false: it is null if there is no value and no default"),
    Key(name="description", shape=TEXT, summary="what it is for"),
    what="param",
)

INCLUDE = Fields(
    Key(name="path", shape=TEXT, summary="a file, relative to this one", required=True, code=BAD_INCLUDE),
    Key(
        name="as",
        shape=word(STEP_ID),
        summary="the prefix of its steps' ids: `lint` makes `lint/ruff`",
        required=True,
        code=BAD_INCLUDE,
    ),
    Key(name="params", shape=MapOf(value=VALUES), summary="values for its params"),
    Key(name="optional", shape=FLAG, summary="whether the file may be missing"),
    what="include",
)

WORKFLOW = Fields(
    Key(
        name="wfopt",
        shape=whole(1, 1, code=UNSUPPORTED_VERSION),
        summary="the version of this format: 1",
        required=True,
        code=UNSUPPORTED_VERSION,
    ),
    Key(name="name", shape=TEXT, summary="what the workflow is called, the file's name if absent"),
    Key(name="description", shape=TEXT, summary="what the workflow is for"),
    Key(name="defaults", shape=DEFAULTS, summary="values for every step that does not set them"),
    Key(
        name="params",
        shape=MapOf(
            value=Either(wants="a value or a mapping", scalar=DEFAULT, mapping=PARAM, code=BAD_PARAM),
            keys=PARAM_NAME,
        ),
        summary="values that a run can set with `-p NAME=VALUE`",
    ),
    Key(name="env", shape=ENV, summary="environment variables of every step; null unsets one"),
    Key(name="dotenv", shape=Items(TEXT), summary="files with variables; `?` in front: may be missing"),
    Key(name="resources", shape=MapOf(value=whole(0, 1_000_000)), summary="named resources of the machine"),
    Key(name="include", shape=Items(INCLUDE), summary="further workflow files"),
    Key(name="secrets", shape=SECRETS, summary="variables whose values are masked"),
    Key(name="targets", shape=TEXTS, summary="the steps that are wanted, every last one if absent"),
    Key(
        name="steps",
        shape=Either(
            wants="a mapping from ids to steps, or a list of steps",
            mapping=MapOf(value=STEP, entry="step", keys=STEP_ID, minimum=1),
            sequence=Items(LISTED_STEP),
            code=NO_STEPS,
        ),
        summary="what to run: a mapping (needs decide the order) or a list (in this order)",
        code=NO_STEPS,
    ),
    Key(name="on-failure", shape=HOOKS, summary="runs after a failed run"),
    Key(name="finally", shape=HOOKS, summary="runs at the end, whatever happened"),
    what="workflow",
    either=("steps", "include"),
)
