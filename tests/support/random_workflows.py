"""Workflows made from a number, and what their steps really do to files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random

from wfopt.errors import LoadError
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.native.loader import load
from wfopt.graph.order import dag_of, topological
from wfopt.model.patterns import PathPattern, contains, matches
from wfopt.model.workflow import Script, Step, Workflow
from wfopt.source import SourceFile

SOURCES = ("src/a", "src/b", "src/c.x")
_KEYS = ("effects", "inputs", "outputs")
_DISTURBING = frozenset({"write", "append", "delete"})


@dataclass(frozen=True, slots=True)
class Op:
    """One thing that a script does: `read`, `list`, `write`, `append`, `delete` a path, or `fail`.

    `{x}` in a path stands for the cell of a matrix.
    """

    kind: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A workflow, what its scripts do by their first word, and the files that are there before."""

    text: str
    scripts: dict[str, tuple[Op, ...]]
    files: dict[str, str]
    workflow: Workflow
    source: SourceFile
    options: LoadOptions


def words_of(step: Step) -> list[str]:
    """Return the words of the script of a step."""
    assert isinstance(step.run, Script)
    return "".join(part for part in step.run.text.parts if isinstance(part, str)).split()


def ops_of(step: Step, scripts: Mapping[str, tuple[Op, ...]]) -> list[Op]:
    """Return what a step really does."""
    name, *cell = words_of(step)
    return [Op(op.kind, op.path.replace("{x}", cell[0] if cell else "")) for op in scripts[name]]


@dataclass(slots=True)
class _Entry:
    """A step as it is made up."""

    name: str
    script: str
    closed: bool
    inputs: list[str]
    outputs: list[str]
    ops: list[Op]
    lines: list[str]


def random_case(rnd: Random) -> Case:
    """Return a workflow whose steps do not disturb each other unless something orders them."""
    while True:
        maker = _Maker(rnd)
        text, scripts = maker.file()
        source, options = SourceFile("wfopt.yml", text), LoadOptions(workspace="/work")
        try:
            workflow, _ = load(source, options)
        except LoadError:
            # Patterns of readers and writers can ask for a circle.
            continue
        scripts = _without_races(workflow, scripts)
        files = {path: path for path in SOURCES}
        if rnd.random() < 0.2:
            files |= {path: "old" for path in maker.paths if rnd.random() < 0.3}
        return Case(text, scripts, files, workflow, source, options)


class _Maker:
    """Makes up a file entry by entry."""

    def __init__(self, rnd: Random) -> None:
        self.rnd = rnd
        self.listed = rnd.random() < 0.5
        self.chained = rnd.random() < 0.3
        self.closed = rnd.choice([0.3, 0.5] if self.chained else [0.5, 0.8, 1.0])
        self.trouble = rnd.choice([0.0, 0.15, 0.4])
        self.uncached = rnd.choice([0.0, 0.0, 0.3, 0.9])
        self.paths: list[str] = []
        self.entries: list[_Entry] = []

    def file(self) -> tuple[str, dict[str, tuple[Op, ...]]]:
        rnd = self.rnd
        for number in range(rnd.randint(2, 9)):
            self.entries.append(self.entry(number))
        lines = ["wfopt: 1", "defaults: {shell: sh}", 'params: {flag: "no"}']
        if rnd.random() < 0.25:
            chosen = rnd.sample([entry.name for entry in self.entries], k=rnd.randint(1, 2))
            lines.append(f"targets: [{', '.join(chosen)}]")
        lines.append("steps:")
        for entry in self.entries:
            first = f"  - id: {entry.name}" if self.listed else f"  {entry.name}:"
            lines += [first, *(f"    {line}" for line in entry.lines)]
        return "\n".join(lines) + "\n", {entry.script: tuple(entry.ops) for entry in self.entries}

    def entry(self, number: int) -> _Entry:
        rnd, name = self.rnd, f"s{number}"
        twin = self._twin()
        if twin is not None and rnd.random() < 0.25:
            return self._copy(name, twin)
        cells = rnd.random() < 0.15
        own = cells and rnd.random() < 0.6
        entry = _Entry(name, f"do{number}", rnd.random() < self.closed, [], [], [], [])
        entry.lines.append(f"run: {entry.script}" + (" ${{ matrix.x }}" if own else ""))
        if cells:
            fast = rnd.choice(["", ", fail-fast: false"])
            entry.lines.append("matrix: {x: [1, 2]}")
            entry.lines += ["fail-fast: false"] if fast else []
        self._declare(entry, number, cells=cells, own=own)
        self._tie(entry)
        return entry

    def _twin(self) -> _Entry | None:
        fit = [each for each in self.entries if not each.outputs and "matrix" not in str(each.lines)]
        return self.rnd.choice(fit) if fit else None

    def _copy(self, name: str, twin: _Entry) -> _Entry:
        kept = [line for line in twin.lines if not line.startswith(("needs", "if", "right-after"))]
        entry = _Entry(name, twin.script, twin.closed, twin.inputs, [], twin.ops, kept)
        if self.rnd.random() < 0.4 and self.entries:
            entry.lines = [*kept, f"needs: [{self.rnd.choice(self.entries).name}]"]
        return entry

    def _declare(self, entry: _Entry, number: int, *, cells: bool, own: bool) -> None:
        rnd = self.rnd
        is_bare = (cells and not own) or (self.chained and rnd.random() < 0.8)
        made = [] if is_bare else self._outputs(number, own=own)
        known = [*SOURCES, *self.paths]
        entry.outputs = [pattern for pattern, _ in made]
        for _ in range(rnd.randint(0, 3)):
            path = rnd.choice(known)
            folder = path.rpartition("/")[0]
            shapes = [path, path, path, *([f"{folder}/", f"{folder}/*", f"{folder}/**"] if folder else [])]
            pattern = rnd.choice(shapes)
            if not any(_overlaps(pattern, output) for output in entry.outputs):
                entry.inputs.append(pattern)
        hidden = set() if entry.closed else set(rnd.sample(_KEYS, k=rnd.choice([1, 1, 2, 3])))
        entry.ops = self._closed_ops(entry.inputs, made)
        if not entry.closed:
            entry.ops += self._open_ops(hidden)
        if rnd.random() < self.trouble:
            entry.ops.insert(rnd.randint(0, len(entry.ops)), Op(rnd.choice(["fail", "fail", "fail-odd"])))
        keys = {
            "inputs": "[" + ", ".join(f"{each!r}" for each in dict.fromkeys(entry.inputs)) + "]",
            "outputs": "[" + ", ".join(f"{each!r}" for each in entry.outputs) + "]",
            "effects": rnd.choice(["[]"] * 9 + ["[network]"]),
        }
        for key in hidden:
            del keys[key]
        if "outputs" in hidden:
            entry.outputs = []
        entry.lines += [f"{key}: {value}".replace("{x}", "${{ matrix.x }}") for key, value in keys.items()]
        self.paths += [path.replace("{x}", value) for _, path in made for value in ("1", "2")[: 1 + own]]

    def _outputs(self, number: int, *, own: bool) -> list[tuple[str, str]]:
        """Return patterns of outputs, each with a path that it matches."""
        rnd, cell = self.rnd, "{x}" if own else ""
        found = []
        for each in range(rnd.choice([0, 1, 1, 1, 2])):
            name = f"o{number}{each}{cell}"
            found.append(
                rnd.choice(
                    [
                        (name, name),
                        (f"d/{name}", f"d/{name}"),
                        (f"{name}/", f"{name}/f"),
                        (f"g/{name}*", f"g/{name}.x"),
                        (f"g/*.{name}", f"g/y.{name}"),
                    ]
                )
            )
        return found

    def _closed_ops(self, inputs: list[str], made: list[tuple[str, str]]) -> list[Op]:
        rnd, ops = self.rnd, list[Op]()
        for pattern in inputs:
            read = PathPattern(pattern.rstrip("/"), directory=pattern.endswith("/"))
            ops += [
                Op("read", path)
                for path in (*SOURCES, *self.paths)
                if matches(read, path) and rnd.random() < 0.8
            ]
            folder = read.text if read.directory else read.folder
            if (read.directory or read.is_glob) and folder:
                ops.append(Op("list" if pattern.endswith(("/", "**")) else "names", folder))
        rnd.shuffle(ops)
        for _, path in made:
            ops += [Op("write", path)]
            if rnd.random() < 0.2:
                ops += rnd.choice([[Op("append", path)], [Op("delete", path), Op("write", path)]])
            if rnd.random() < 0.04:
                ops.append(Op("delete", path))
        return ops

    def _open_ops(self, hidden: set[str]) -> list[Op]:
        """Return what a script does that nothing tells, as its step does not declare these keys."""
        rnd, pool = self.rnd, [*SOURCES, *self.paths, "other", "d/o10", "o20", "g/o30.x", "o40/f", "log"]
        kinds = ["read", "read", "list"] * ("inputs" in hidden)
        kinds += ["write", "append", "delete"] * ("outputs" in hidden)
        ops = []
        for _ in range(rnd.randint(0, 4) if kinds else 0):
            kind, path = rnd.choice(kinds), rnd.choice(pool)
            ops.append(Op(kind, rnd.choice(["", "d", "g", "src"]) if kind == "list" else path))
        return ops

    def _tie(self, entry: _Entry) -> None:
        rnd, names = self.rnd, [each.name for each in self.entries]
        chosen = names[-1:] if self.listed else []
        if names and rnd.random() < (0.15 if self.listed else 0.9 if self.chained else 0.6):
            known = names[-2:] if self.chained else names
            count = rnd.choice([1, 1, 1, 2] if self.chained else [0, 1, 1, 2])
            chosen = rnd.sample(known, k=min(len(known), count))
            entry.lines.append(f"needs: [{', '.join(chosen)}]")
        single = [each.name for each in self.entries if "matrix" not in str(each.lines)]
        if rnd.random() < (0.25 if self.chained else 0.1):
            other = rnd.choice(names) if names else ""
            words = [
                "always()",
                *["always()"] * 3 * self.chained,
                "failure()",
                "params.flag == 'yes'",
                "params.flag == 'yes'",
            ]
            if other in single:
                words += [f"needs.{other}.status == 'succeeded'"]
            entry.lines.append(f"if: ${{{{ {rnd.choice(words)} }}}}")
        if rnd.random() < 0.15:
            entry.lines.append("allow-failure: true")
        if rnd.random() < 0.04:
            entry.lines.append("keep-on-failure: true")
        leaders = [name for name in chosen if name in single]
        if leaders and rnd.random() < (0.6 if self.chained else 0.1):
            entry.lines.append(f"right-after: {rnd.choice(leaders)}")
        if rnd.random() < self.uncached:
            entry.lines.append("cache: false")


def _overlaps(pattern: str, output: str) -> bool:
    """Return whether a step could be refused for reading what it writes."""
    one, other = pattern.replace("*", "").rstrip("/"), output.replace("*", "").rstrip("/")
    return one.startswith(other) or other.startswith(one) or one.split("/")[0] == other.split("/")[0]


def ancestors_of(workflow: Workflow) -> list[int]:
    """Return, for each step, what it waits for, directly or not, as bits."""
    index = {step.id: place for place, step in enumerate(workflow.steps)}
    dag = dag_of(len(workflow.steps), [(index[edge.before], index[edge.after]) for edge in workflow.edges])
    bits = [0] * len(workflow.steps)
    for node in topological(dag):
        for before in dag.before[node]:
            bits[node] |= bits[before] | 1 << before
    return bits


def _without_races(workflow: Workflow, scripts: dict[str, tuple[Op, ...]]) -> dict[str, tuple[Op, ...]]:
    """Return scripts without what could disturb a step that nothing orders against it."""
    bits, found, steps = ancestors_of(workflow), dict(scripts), workflow.steps
    pairs = [
        (one, other)
        for one in range(len(steps))
        for other in range(one)
        if not bits[one] >> other & 1 and not bits[other] >> one & 1
    ]
    is_settled = False
    while not is_settled:
        is_settled = True
        for one, other in pairs:
            for mine, theirs in ((one, other), (other, one)):
                name = words_of(steps[mine])[0]
                against = _touched(steps[theirs], found)
                bad = {
                    number
                    for number, op in enumerate(ops_of(steps[mine], found))
                    if not op.kind.startswith("fail")
                    and any(_disturb(op, each, steps[theirs]) for each in against)
                }
                if bad:
                    found[name] = tuple(op for number, op in enumerate(found[name]) if number not in bad)
                    is_settled = False
    return found


def _touched(step: Step, scripts: dict[str, tuple[Op, ...]]) -> list[Op]:
    cleared = [Op("clear", output.text) for output in step.outputs or ()]
    return [*ops_of(step, scripts), *cleared]


def _disturb(op: Op, other: Op, step: Step) -> bool:
    if other.kind == "clear":
        return any(matches(output, op.path) for output in step.outputs or ()) or (
            op.kind in ("list", "names") and (not op.path or contains(op.path, other.path))
        )
    if op.kind not in _DISTURBING and other.kind not in _DISTURBING:
        return False
    if op.path == other.path:
        return True
    return _lists(op, other.path) or _lists(other, op.path)


def _lists(op: Op, path: str) -> bool:
    return op.kind in {"list", "names"} and contains(op.path, path)
