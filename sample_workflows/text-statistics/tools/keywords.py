"""Find the words that are much more frequent in one text than in all the others.

Each word is scored with Dunning's log-likelihood ratio, which compares its count in
the text with the count that its frequency in the whole corpus lets one expect.
"""

import argparse
import json
from collections import Counter
from math import log
from pathlib import Path


def read_counts(path: Path) -> Counter[str]:
    """Read a file of lines with a count and a word each."""
    counts: Counter[str] = Counter()
    for line in path.read_text(encoding="utf-8").splitlines():
        count, word = line.split()
        counts[word] = int(count)
    return counts


def log_likelihood(here: int, elsewhere: int, size_here: int, size_elsewhere: int) -> float:
    """Return how surprising a word's count here is, given its count elsewhere."""
    rate = (here + elsewhere) / (size_here + size_elsewhere)
    score = here * log(here / (size_here * rate))
    if elsewhere:
        score += elsewhere * log(elsewhere / (size_elsewhere * rate))
    return 2 * score


def keywords(counts: Counter[str], corpus: Counter[str], top: int) -> list[dict[str, object]]:
    """Return the `top` most telling words of one text, the best first."""
    size = counts.total()
    rest = corpus.total() - size
    scored: list[tuple[float, str]] = []
    for word, here in counts.items():
        elsewhere = corpus[word] - here
        if here * rest > elsewhere * size:
            score = round(log_likelihood(here, elsewhere, size, rest), 2)
            scored.append((-score, word))
    return [
        {"word": word, "count": counts[word], "elsewhere": corpus[word] - counts[word], "score": -s}
        for s, word in sorted(scored)[:top]
    ]


def main() -> None:
    """Read the word counts of all texts and write the keywords of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--top", type=int, default=10, help="keywords for each text")
    parser.add_argument("frequencies", type=Path, help="folder with a file of counts for each text")
    parser.add_argument("keywords", type=Path, help="JSON file to write")
    options = parser.parse_args()
    texts = {path.stem: read_counts(path) for path in sorted(options.frequencies.glob("*.txt"))}
    corpus: Counter[str] = Counter()
    for counts in texts.values():
        corpus.update(counts)
    found = {name: keywords(counts, corpus, options.top) for name, counts in texts.items()}
    options.keywords.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
