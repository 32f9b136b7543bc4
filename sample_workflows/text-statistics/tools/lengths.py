"""Measure the words and sentences of one text and write the figures as JSON."""

import argparse
import json
import re
from collections import Counter
from pathlib import Path
from statistics import fmean, median

WORD = re.compile(r"[a-z']+", re.IGNORECASE)
# A sentence ends at a full stop, question mark or exclamation mark before a space
# and a new beginning, but not after the "St." of Saint Nicholas.
SENTENCE_END = re.compile(r"(?<!\bSt)[.?!][\"']?\s+(?=[\"'A-Z])")
BLANK_LINE = re.compile(r"\n\s*\n")


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case, in their order."""
    return [word.lower() for word in WORD.findall(text)]


def sentences_of(text: str) -> list[list[str]]:
    """Return the sentences of a text as lists of words; a blank line ends a sentence too."""
    paragraphs = BLANK_LINE.split(text)
    parts = (words_of(part) for block in paragraphs for part in SENTENCE_END.split(block))
    return [part for part in parts if part]


def readability(letters: int, words: int, sentences: int) -> float:
    """Return the Automated Readability Index: about the school grade a reader needs."""
    return 4.71 * letters / words + 0.5 * words / sentences - 21.43


def measure(text: str) -> dict[str, object]:
    """Return all figures about a text."""
    words = words_of(text)
    sentences = sentences_of(text)
    if not words:
        message = "the text has no words"
        raise ValueError(message)
    lengths = [len(word.replace("'", "")) for word in words]
    longest = max(words, key=lambda word: (len(word), word))
    return {
        "words": len(words),
        "distinct_words": len(set(words)),
        "sentences": len(sentences),
        "mean_word_length": round(fmean(lengths), 3),
        "longest_word": longest,
        "mean_sentence_length": round(fmean(map(len, sentences)), 3),
        "median_sentence_length": median(map(len, sentences)),
        "longest_sentence": max(map(len, sentences)),
        "readability_index": round(readability(sum(lengths), len(words), len(sentences)), 2),
        "word_lengths": dict(sorted(Counter(lengths).items())),
    }


def main() -> None:
    """Read one text and write its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("text", type=Path, help="text file to measure")
    parser.add_argument("figures", type=Path, help="JSON file to write")
    options = parser.parse_args()
    figures = measure(options.text.read_text(encoding="utf-8"))
    options.figures.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
