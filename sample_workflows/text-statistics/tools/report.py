"""Write one Markdown page from the results of all other steps."""

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

BAR_WIDTH = 40


def table(head: list[str], rows: Iterable[Iterable[object]]) -> Iterator[str]:
    """Yield the lines of a Markdown table; all columns but the first are right-aligned."""
    yield "| " + " | ".join(head) + " |"
    yield "| " + " | ".join(["---"] + ["---:"] * (len(head) - 1)) + " |"
    for row in rows:
        yield "| " + " | ".join(str(cell) for cell in row) + " |"
    yield ""


def overview(figures: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Yield the section with the figures of each text."""
    yield "## The texts"
    yield ""
    head = ["text", "words", "distinct", "sentences", "words a sentence", "letters a word"]
    rows = [
        [
            name,
            text["words"],
            text["distinct_words"],
            text["sentences"],
            f"{text['mean_sentence_length']:.1f}",
            f"{text['mean_word_length']:.2f}",
            f"{text['readability_index']:.1f}",
            text["longest_word"],
        ]
        for name, text in figures.items()
    ]
    yield from table([*head, "readability index", "longest word"], rows)


def word_lengths(figures: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Yield the section with a bar chart of the word lengths in the whole corpus."""
    lengths: Counter[int] = Counter()
    for text in figures.values():
        for length, count in text["word_lengths"].items():
            lengths[int(length)] += count
    most = max(lengths.values())
    yield "## Word lengths"
    yield ""
    yield "```text"
    for length in range(1, max(lengths) + 1):
        bar = "#" * round(BAR_WIDTH * lengths[length] / most)
        yield f"{length:2} {lengths[length]:5} {bar}".rstrip()
    yield "```"
    yield ""


def frequent_words(lexicon: list[list[str]], texts: int, top: int) -> Iterator[str]:
    """Yield the sections with the most frequent words and with those found in every text."""
    yield "## Most frequent words"
    yield ""
    rows = [[f"`{word}`", count, found_in] for word, count, found_in in lexicon[:top]]
    yield from table(["word", "times", "texts"], rows)
    everywhere = sorted(word for word, _, found_in in lexicon if int(found_in) == texts)
    yield "## Words in every text"
    yield ""
    yield ", ".join(f"`{word}`" for word in everywhere) + "."
    yield ""


def keywords(found: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    """Yield the section with the words that set each text apart."""
    yield "## Words that set a text apart"
    yield ""
    for name, words in found.items():
        listed = ", ".join(f"`{entry['word']}` ({entry['count']})" for entry in words)
        yield f"- **{name}**: {listed}"
    yield ""


def overlap(pairs: list[list[str]], figures: dict[str, dict[str, Any]]) -> Iterator[str]:
    """Yield the section with the share of common words for each pair of texts."""
    shared = {frozenset(pair[:2]): int(pair[2]) for pair in pairs}
    sizes = {name: text["distinct_words"] for name, text in figures.items()}

    def cell(first: str, second: str) -> str:
        if first == second:
            return "-"
        common = shared[frozenset((first, second))]
        return f"{100 * common / (sizes[first] + sizes[second] - common):.1f} %"

    yield "## Shared vocabulary"
    yield ""
    yield "The words that two texts share, as a part of all words of the two."
    yield ""
    yield from table(
        ["", *sizes],
        [[first, *(cell(first, second) for second in sizes)] for first in sizes],
    )


def rows_of(path: Path) -> list[list[str]]:
    """Return the lines of a file, split at blanks."""
    return [line.split() for line in path.read_text(encoding="utf-8").splitlines()]


def main() -> None:
    """Read all results and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--top", type=int, default=10, help="length of the list of frequent words")
    parser.add_argument("results", type=Path, help="folder with the results of the other steps")
    parser.add_argument("report", type=Path, help="Markdown file to write")
    options = parser.parse_args()
    results: Path = options.results
    figures = {
        path.stem: json.loads(path.read_text(encoding="utf-8"))
        for path in sorted((results / "lengths").glob("*.json"))
    }
    lexicon = rows_of(results / "lexicon" / "lexicon.txt")
    total = sum(text["words"] for text in figures.values())
    lines = [
        "# Text statistics",
        "",
        f"{len(figures)} texts, {total} words, {len(lexicon)} different words.",
        "",
        *overview(figures),
        *word_lengths(figures),
        *frequent_words(lexicon, len(figures), options.top),
        *keywords(json.loads((results / "keywords.json").read_text(encoding="utf-8"))),
        *overlap(rows_of(results / "overlap.txt"), figures),
    ]
    options.report.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
