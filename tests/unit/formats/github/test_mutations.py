"""Files with damage of any kind are read, or refused with a message: nothing else happens."""

import random
from pathlib import Path

import pytest
import yaml

from wfopt.errors import LoadError, Severity
from wfopt.formats.github.loader import load
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.positions import MappingNode, Node, SequenceNode, parse_yaml
from wfopt.source import SourceFile

FOLDER = Path(__file__).parents[3] / "fixtures" / "importers" / "github"
SHAPES = (
    *(None, True, 0, -1.5, "", "x", "*", [], [None], ["x"], [[]], [{}], {}, {"x": "y"}, {"run": "x"}),
    *("${{ x }}", "${{ fromJSON(x) }}", "${{", "steps.one.outputs.x", "always()"),
    *({"group": None}, {"include": [{"a": [1]}]}),
)
CASES = 300


def documents() -> list[object]:
    names = sorted(path for path in FOLDER.glob("*.yml") if not path.name.startswith("bad-"))
    texts = [path.read_text(encoding="utf-8") for path in names if path.name != "matrix-many.yml"]
    sources = [SourceFile("ci.yml", text) for text in texts]
    return [plain(parse_yaml(source, duplicate_keys=Severity.WARNING)[0]) for source in sources]


def plain(node: Node) -> object:
    if isinstance(node, MappingNode):
        return {key.text: plain(value) for key, value in node.pairs}
    return [plain(item) for item in node.items] if isinstance(node, SequenceNode) else node.text


def mutated(node: object, random: random.Random, odds: float) -> object:
    """Return a copy in which some values are others, or gone."""
    if random.random() < odds:
        return random.choice(SHAPES)
    if isinstance(node, dict):
        kept = [key for key in node if random.random() > odds / 4]
        return {key: mutated(node[key], random, odds) for key in kept}
    if isinstance(node, list):
        return [mutated(each, random, odds) for each in node]
    return node


@pytest.mark.slow
@pytest.mark.untraced
def test_no_damage_makes_the_reader_stumble() -> None:
    known, usable = documents(), 0
    dumper = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
    for seed in range(CASES):
        rng = random.Random(seed)  # noqa: S311 - a repeatable choice
        damaged = mutated(known[seed % len(known)], rng, rng.choice((0.01, 0.03, 0.1)))
        text = yaml.dump(damaged, Dumper=dumper, sort_keys=False)
        try:
            found = load(SourceFile("ci.yml", text), LoadOptions(workspace="/work"))
        except LoadError as error:
            assert error.diagnostics  # noqa: PT017 - either is fine
        except Exception as error:
            raise AssertionError(f"seed {seed}: {text}") from error
        else:
            usable += 1
            ids = {step.id for step in found.workflow.steps}
            assert len(ids) == len(found.workflow.steps)
            assert all({edge.before, edge.after} <= ids for edge in found.workflow.edges)
    assert CASES // 4 < usable < CASES
