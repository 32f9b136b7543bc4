"""Run one module of unit tests and write which tests passed, as JSON.

Unlike the report of unittest itself, this one does not tell how long the tests took:
the same sources always make the same report.
"""

import argparse
import json
import sys
import unittest
from collections.abc import Iterator
from pathlib import Path


def cases_of(suite: unittest.TestSuite) -> Iterator[unittest.TestCase]:
    """Yield the single tests of a suite."""
    for part in suite:
        if isinstance(part, unittest.TestSuite):
            yield from cases_of(part)
        else:
            yield part


def main() -> None:
    """Run the tests and write the report; end with 1 if a test failed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("module", help="module with the tests")
    parser.add_argument("report", type=Path, help="JSON file to write")
    options = parser.parse_args()
    suite = unittest.defaultTestLoader.loadTestsFromName(options.module)
    names = [case.id() for case in cases_of(suite)]
    result = unittest.TestResult()
    suite.run(result)
    failed = {case.id(): text for case, text in [*result.failures, *result.errors]}
    for name, text in failed.items():
        print(f"{name}\n{text}", file=sys.stderr)
    report = {
        "module": options.module,
        "tests": {name: "failed" if name in failed else "passed" for name in names},
    }
    options.report.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    sys.exit(1 if failed or not names else 0)


if __name__ == "__main__":
    main()
