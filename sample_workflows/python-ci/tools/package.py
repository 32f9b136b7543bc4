"""Pack a package of plain Python files into a wheel that pip can install.

The same sources make the same file, byte for byte: the entries are sorted, carry one
fixed date, and are not compressed, since the compressed form depends on the machine.
"""

import argparse
import base64
import hashlib
import tomllib
from pathlib import Path
from typing import Any
from zipfile import ZIP_STORED, ZipFile, ZipInfo

FIXED_DATE = (1980, 1, 1, 0, 0, 0)
PLAIN_FILE = 0o100644 << 16
WHEEL = """\
Wheel-Version: 1.0
Generator: wfopt-sample
Root-Is-Purelib: true
Tag: py3-none-any
"""


def metadata(project: dict[str, Any], readme: str) -> str:
    """Return the core metadata of the project."""
    return f"""\
Metadata-Version: 2.1
Name: {project["name"]}
Version: {project["version"]}
Summary: {project["description"]}
License: {project["license"]["text"]}
Requires-Python: {project["requires-python"]}
Description-Content-Type: text/markdown

{readme}"""


def record_line(name: str, content: bytes) -> str:
    """Return the line about one file in the list of all files."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
    return f"{name},sha256={digest},{len(content)}\n"


def pack(files: dict[str, bytes], wheel: Path) -> None:
    """Write the files into a wheel."""
    with ZipFile(wheel, "w", ZIP_STORED) as archive:
        for name, content in files.items():
            info = ZipInfo(name, FIXED_DATE)
            info.external_attr = PLAIN_FILE
            info.create_system = 3
            archive.writestr(info, content)


def main() -> None:
    """Read the project and write its wheel."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("project", type=Path, help="pyproject.toml of the project")
    parser.add_argument("package", type=Path, help="folder of the package")
    parser.add_argument("folder", type=Path, help="folder to write the wheel to")
    options = parser.parse_args()
    project = tomllib.loads(options.project.read_text(encoding="utf-8"))["project"]
    readme = (options.project.parent / project["readme"]).read_text(encoding="utf-8")
    name, version = project["name"], project["version"]
    about = f"{name}-{version}.dist-info"
    files = {
        f"{options.package.name}/{path.name}": path.read_bytes()
        for path in sorted(options.package.glob("*.py"))
    }
    files[f"{about}/METADATA"] = metadata(project, readme).encode()
    files[f"{about}/WHEEL"] = WHEEL.encode()
    record = "".join(record_line(path, content) for path, content in files.items())
    files[f"{about}/RECORD"] = f"{record}{about}/RECORD,,\n".encode()
    pack(files, options.folder / f"{name}-{version}-py3-none-any.whl")


if __name__ == "__main__":
    main()
