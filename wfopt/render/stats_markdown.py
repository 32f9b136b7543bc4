"""A sheet as Markdown, ready to be pasted into a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from wfopt.render.github_summary import markdown
from wfopt.render.stats_sheet import Block, Facts, Grid, Remarks, Sheet, is_empty


def sheet_markdown(sheet: Sheet) -> str:
    """Return a sheet as Markdown, with a line end; what files and steps say stands there as text only."""
    parts = [f"### {markdown(sheet.title)}"]
    parts += ["\n".join(_block(block)) for block in sheet.blocks if not is_empty(block)]
    return "\n\n".join(parts) + "\n"


def _block(block: Block) -> Iterator[str]:
    match block:
        case Facts():
            for name, cell in block.rows:
                yield f"- **{markdown(name)}**: {markdown(cell.text)}"
        case Grid():
            yield from _grid(block)
        case Remarks():
            if block.title:
                yield f"**{markdown(block.title)}**"
                yield ""
            for line in block.lines:
                yield f"- {markdown(line.text)}"


def _grid(grid: Grid) -> Iterator[str]:
    if grid.title:
        yield f"**{markdown(grid.title)}**"
        yield ""
    yield f"| {' | '.join(markdown(column.name) for column in grid.columns)} |"
    yield f"| {' | '.join('---:' if column.right else '---' for column in grid.columns)} |"
    for row in grid.rows:
        yield f"| {' | '.join(markdown(cell.text) for cell in row)} |"
    if grid.rest:
        yield ""
        yield markdown(grid.rest)
