import html
import pathlib
import re
import sys

source, target = map(pathlib.Path, sys.argv[1:])
text = source.read_text() * 400
lines = []
for line in text.splitlines():
    escaped = html.escape(line)
    escaped = re.sub(r"\*(.+?)\*", r"<em>\1</em>", escaped)
    level = len(escaped) - len(escaped.lstrip("#"))
    lines.append(f"<h{level}>{escaped.strip('# ')}</h{level}>" if level else f"<p>{escaped}</p>")
target.write_text("\n".join(lines))
