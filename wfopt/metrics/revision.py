"""What Git has checked out, read from its files: starting `git` would cost more than many a run.

Sources: https://git-scm.com/docs/gitrepository-layout, https://git-scm.com/docs/git-worktree.
"""

from __future__ import annotations

import os
import re

from wfopt.model.history import Revision

_COMMIT = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_ADDRESS = re.compile(r"url\s*=\s*\S*[:/]([\w.-]+/[\w.-]+?)(?:\.git)?/?")
_BRANCHES = "refs/heads/"
_LONGEST = 1 << 24
_NONE = Revision()


def revision_of(folder: str) -> Revision:
    """Return commit and branch of the working tree that a folder lies in; nothing if it lies in none.

    Whatever cannot be read or understood counts as nothing.
    """
    git = _git_folder(folder)
    if not git:
        return _NONE
    head = _text(os.path.join(git, "HEAD")).strip()
    if _COMMIT.fullmatch(head):
        return Revision(commit=head)
    reference = head.removeprefix("ref:").strip()
    if reference == head or not _is_safe(reference):
        return _NONE
    branch = reference.removeprefix(_BRANCHES) if reference.startswith(_BRANCHES) else ""
    return Revision(commit=_commit(git, reference), branch=branch)


def repository_of(folder: str) -> str:
    """Return `OWNER/NAME` as the address of the remote `origin` ends, or "" if it has no such end."""
    git = _git_folder(folder)
    if not git:
        return ""
    common = _text(os.path.join(git, "commondir")).strip()
    is_origin = False
    for line in _text(os.path.join(git, common, "config")).splitlines():
        text = line.strip()
        if text.startswith("["):
            is_origin = text == '[remote "origin"]'
        elif is_origin and (found := _ADDRESS.fullmatch(text)):
            return found[1]
    return ""


def _git_folder(folder: str) -> str:
    """Return the folder with `HEAD` for the working tree around a folder, or ""."""
    while True:
        path = os.path.join(folder, ".git")
        if os.path.isdir(path):
            return path
        if os.path.isfile(path):
            # A worktree or a submodule: its `HEAD` lies where the file says.
            place = _text(path).strip()
            inner = place.removeprefix("gitdir:").strip()
            return os.path.join(folder, inner) if inner and inner != place else ""
        parent = os.path.dirname(folder)
        if parent == folder:
            return ""
        folder = parent


def _commit(git: str, reference: str) -> str:
    """Return the commit that a reference stands for, or "": a new branch has none."""
    common = _text(os.path.join(git, "commondir")).strip()
    shared = os.path.join(git, common) if common else git
    for place in dict.fromkeys((git, shared)):
        found = _text(os.path.join(place, reference)).strip()
        if _COMMIT.fullmatch(found):
            return found
    for line in _text(os.path.join(shared, "packed-refs")).splitlines():
        commit, _, name = line.partition(" ")
        if name == reference and _COMMIT.fullmatch(commit):
            return commit
    return ""


def _is_safe(reference: str) -> bool:
    return reference.startswith("refs/") and ".." not in reference and "\0" not in reference


def _text(path: str) -> str:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    except (OSError, ValueError):
        return ""
    try:
        return os.read(fd, _LONGEST).decode("utf-8", "surrogateescape")
    except OSError:
        return ""
    finally:
        os.close(fd)
