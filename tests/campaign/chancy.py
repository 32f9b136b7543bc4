"""Steps that make something else each time, in twenty ways, and steps that only look as if they did.

Each works in a folder of its own, with the inputs `in/a` to `in/f` and whatever else lies there undeclared.
Variable `MARKS` names a folder outside, which tells the first time from the second; variable `LEAK` differs
each time, as the name of the host does from one machine to the next.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

INPUTS = ("a", "b", "c", "d", "e", "f")
"""The names of the files in `in`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chore:
    """A kind of step.

    Attributes:
        name: what it shows.
        script: what it runs; `{n}` stands for its number, `{word}` for one that is drawn.
        outputs: what it declares.
        keys: further keys of the step.
        found: what is to come of it: `same`, `differs` or `failed`.
    """

    name: str
    script: str
    outputs: tuple[Any, ...] = ("out",)
    keys: Mapping[str, Any] = field(default_factory=dict)
    found: str = "same"


def _first(name: str) -> str:
    """Return a command that succeeds the first time only."""
    return f'mkdir "$MARKS/{name}-{{n}}" 2>/dev/null'


_SET = "{{'{word}', 'ox', 'cow', 'hen', 'cat', 'dog', 'elk', 'fox', 'gnu', 'hog', 'owl', 'yak'}}"
_PYTHON = "env -u PYTHONHASHSEED python3 -ISc"

CHANCY = (
    Chore(name="date", script="date > out"),
    Chore(name="random number", script="echo $RANDOM $RANDOM > out"),
    Chore(name="process number", script="echo $$ > out"),
    Chore(name="variable", script='echo "on $LEAK" > out'),
    Chore(name="temporary name", script="mktemp -u {word}.XXXXXXXX > out"),
    Chore(name="inodes", script="stat -c '%n %i' in/* > out"),
    Chore(name="order of a folder", script="ls -U in > out"),
    Chore(name="times in an archive", script="tar -cf out in"),
    Chore(name="counter", script="n=$(cat counter || echo 0); echo $((n + 1)) > counter; echo $n > out"),
    Chore(name="path", script="pwd > out"),
    Chore(name="mode", script=f"{_first('mode')} && umask 022 || umask 077; echo {{word}} > out"),
    Chore(name="time of an input", script="stat -c %Y in/a > out"),
    Chore(name="time in a gzip", script="gzip -c in/b > out"),
    Chore(
        name="parallel lines",
        script="for i in 1 2 3 4 5 6 7 8 9; do (sleep 0.0$((RANDOM % 8)); echo $i >> out) & done; wait",
    ),
    Chore(name="order of a set", script=f'{_PYTHON} "print({_SET})" > out'),
    Chore(name="uuid", script="cat /proc/sys/kernel/random/uuid > out"),
    Chore(name="urandom", script="head -c 9 /dev/urandom > out"),
    Chore(name="undeclared", script="cat in/a other > out", keys={"retries": 1}, found="failed"),
    Chore(
        name="extra file",
        script=f"mkdir -p out; echo {{word}} > out/a; {_first('extra')} || echo > out/b",
        outputs=("out/",),
    ),
    Chore(
        name="missing output",
        script=f"echo {{word}} > a.txt; {_first('missing')} && echo > {{word}}.txt || true",
        outputs=("*.txt",),
    ),
)
"""What is never the same twice."""

STEADY = (
    Chore(name="copy", script="cat in/[a-f] > out"),
    Chore(name="sort", script="LC_ALL=C sort -r in/[a-f] > out"),
    Chore(name="gzip -n", script="gzip -nc in/a > out"),
    Chore(name="archive", script="tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf out in"),
    Chore(name="sorted list", script="ls in > out; find in -type f | LC_ALL=C sort >> out"),
    Chore(name="sorted set", script=f'{_PYTHON} "print(sorted({_SET}))" > out'),
    Chore(name="modes", script="cp in/a out; chmod 751 out; mkdir -m 700 d", outputs=("out", "d/")),
    Chore(
        name="links",
        script="mkdir -p d/e/f; ln -s ../in/a d/l; ln -s l d/m; ln -s nothing d/n",
        outputs=("d/",),
    ),
    Chore(name="time printed", script="date +%s.%N; echo {word} > out"),
    Chore(name="temporary file", script="t=$(mktemp); cat in/c > $t; cat $t > out; rm $t"),
    Chore(
        name="parallel parts",
        script="for i in 1 2 3; do (sleep 0.0$i; echo $i > p$i) & done; wait; cat p1 p2 p3 > out; rm p*",
    ),
    Chore(name="glob", script="for i in a b; do cp in/$i $i.txt; done; echo > b.log", outputs=("*.txt",)),
    Chore(name="optional", script="echo {word} > out", outputs=("out", {"path": "never", "optional": True})),
    Chore(name="not stored", script="cat in/d > out", outputs=({"path": "out", "store": False},)),
    Chore(name="own program", script="./in/tool {word} > out"),
    Chore(name="linked input", script="cat in/link in/folder/x > out"),
    Chore(
        name="closed input",
        script="cat in/closed/x > out; stat -c %a in/closed in/closed/x in/tool >> out",
    ),
    Chore(name="value", script='echo "name={word}" >> "$WFOPT_STEP_OUTPUT"', outputs=()),
    Chore(
        name="two folders",
        script="mkdir -p d/{word}; cp -r in d/{word}/copy; chmod -R u+w d",
        outputs=("d/",),
    ),
    Chore(name="absent", script="[ -e in/none ] && echo yes > out || echo no > out"),
)
"""What is the same every time."""

CHORES = (*CHANCY, *STEADY)


def found(chore: Chore) -> str:
    """Return what is to come of a chore."""
    return "differs" if chore in CHANCY and chore.found == "same" else chore.found


def step_of(chore: Chore, number: int, rnd: Random) -> dict[str, Any]:
    """Return a step; its folder is `k` and its number."""
    word = "".join(rnd.choices("bcdfgklmnprst", k=5))
    return {
        "run": chore.script.format(n=number, word=word),
        "cwd": f"k{number}",
        "inputs": ["in/"],
        "outputs": list(chore.outputs),
        **chore.keys,
    }
