"""Write one page about what all steps of the check found."""

import argparse
import json
from pathlib import Path


def last_line(path: Path) -> str:
    """Return the last line of a report."""
    return path.read_text(encoding="utf-8").splitlines()[-1]


def main() -> None:
    """Read the reports and write the summary."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("results", type=Path, help="folder with the results of all steps")
    parser.add_argument("summary", type=Path, help="Markdown file to write")
    options = parser.parse_args()
    results: Path = options.results
    api = (results / "types" / "api.txt").read_text(encoding="utf-8").splitlines()
    lines = [
        "# Check of almanac",
        "",
        f"- lint: {last_line(results / 'lint' / 'report.txt')}",
        f"- types: {sum(not line.startswith('#') for line in api)} signatures are complete",
    ]
    for path in sorted((results / "tests").glob("*/report.json")):
        report = json.loads(path.read_text(encoding="utf-8"))
        passed = sum(outcome == "passed" for outcome in report["tests"].values())
        lines.append(f"- {report['module']}: {passed} of {len(report['tests'])} tests passed")
    lines += ["", "## Files to give away", ""]
    sums = (results / "checksums" / "SHA256SUMS").read_text(encoding="utf-8").splitlines()
    for line in sums:
        digest, name = line.split(maxsplit=1)
        lines.append(f"- `{name}` `{digest[:16]}`")
    options.summary.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
