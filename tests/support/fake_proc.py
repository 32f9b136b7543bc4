"""A process file system of plain files, as one moment of a machine."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

PAGE = 4096


class FakeProc:
    """Writes what the kernel would tell.

    Args:
        root: an empty folder; the file system is the folder `proc` in it.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = root / "proc"
        self.folder.mkdir()

    @property
    def path(self) -> str:
        """Where it is mounted."""
        return str(self.folder)

    def process(
        self,
        pid: int,
        parent: int = 1,
        *,
        group: int | None = None,
        session: int = 1,
        state: str = "S",
        name: str = "sh",
        ticks: int = 0,
        waited: int = 0,
        started: int = 100,
        rss_pages: int = 100,
        shared_pages: int = 0,
        pss_kib: int | None = None,
        io: tuple[int, int] | None = (0, 0),
        environ: Mapping[str, str] | None = None,
        files: int = 0,
    ) -> None:
        """Write a process, or write it anew; half of the ticks are user, half system time."""
        folder = self.folder / str(pid)
        self.end(pid)
        folder.mkdir()
        own = f"{ticks - ticks // 2} {ticks // 2} {waited - waited // 2} {waited // 2}"
        place = f"{parent} {pid if group is None else group} {session}"
        rest = f"20 0 1 0 {started} 1000000 {rss_pages} 18446744073709551615 1 1"
        # As the kernel has it: `tty tpgid flags minflt cminflt majflt cmajflt` stand before the times.
        (folder / "stat").write_text(f"{pid} ({name}) {state} {place} 0 -1 4194304 0 0 0 0 {own} {rest}\n")
        (folder / "statm").write_text(f"1000 {rss_pages} {shared_pages} 1 0 1 0\n")
        if pss_kib is not None:
            (folder / "smaps_rollup").write_text(
                f"1-2 ---p 0 00:00 0 [rollup]\nRss: 9 kB\nPss:  {pss_kib} kB\nPss_Anon: 1 kB\n"
            )
        if io is not None:
            (folder / "io").write_text(f"rchar: 9\nread_bytes: {io[0]}\nwrite_bytes: {io[1]}\n")
        if environ is not None:
            (folder / "environ").write_text("".join(f"{key}={value}\0" for key, value in environ.items()))
        (folder / "fd").mkdir()
        for number in range(files):
            (folder / "fd" / str(number)).touch()

    def end(self, pid: int) -> None:
        """Remove a process, if it is there."""
        shutil.rmtree(self.folder / str(pid), ignore_errors=True)

    def write(self, name: str, text: str) -> None:
        """Write another file of this file system, such as `meminfo`."""
        self._put(self.folder / name, text)

    def write_outside(self, name: str, text: str) -> None:
        """Write a file elsewhere below the root, such as one of a control group."""
        self._put(self.root / name, text)

    def machine(self, *, busy: tuple[int, ...] = (0, 0), used_kib: int = 400, total_kib: int = 1000) -> None:
        """Write what tells about the machine.

        Args:
            busy: for how many ticks each cpu was busy.
            used_kib: memory that is used.
            total_kib: memory that there is.
        """
        cpus = [f"cpu{number} {ticks} 0 0 9999 77 0 0 55 0 0" for number, ticks in enumerate(busy)]
        self.write("stat", "\n".join([f"cpu {sum(busy)} 0 0 9999 77 0 0 55 0 0", *cpus, "intr 5 5 5", ""]))
        self.write("meminfo", f"MemTotal: {total_kib} kB\nMemAvailable: {total_kib - used_kib} kB\n")
        self.write("loadavg", "1.50 1.20 1.00 3/97 4711\n")
        for name, percent in (("cpu", "25.00"), ("memory", "2.50"), ("io", "0.00")):
            self.write(f"pressure/{name}", f"some avg10={percent} avg60=0.00 avg300=0.00 total=1\n")

    def _put(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
