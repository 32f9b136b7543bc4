"""What became of a workflow is kept, unless it must not be, and damage counts as nothing."""

from pathlib import Path

import pytest

from wfopt.api import optimize_kept
from wfopt.api.optimize_kept import FOLDER, Kept, find, keep
from wfopt.dataclass import replace
from wfopt.engine.masking import Masker
from wfopt.formats.load_options import LoadOptions
from wfopt.formats.native.loader import load
from wfopt.formats.parsed import encoding
from wfopt.formats.parsed.folder import ParsedFolder
from wfopt.model.workflow import Workflow
from wfopt.source import SourceFile

TEXT = "wfopt: 1\nsteps:\n  a: { run: echo geheim }\n  b: { run: echo, needs: [a] }\n"
KEPT = Kept(
    is_changed=True,
    steps=1,
    timed=False,
    saving=1.0,
    share=0.5,
    predicted_s=None,
    passes=("one",),
    changes=("something",),
    stands_for={"b": "a"},
    content="abc",
)


@pytest.fixture
def before() -> Workflow:
    return load(SourceFile("wfopt.yml", TEXT), LoadOptions(workspace="/nowhere"))[0]


@pytest.fixture
def after(before: Workflow) -> Workflow:
    return replace(before, steps=before.steps[:1], edges=())


def masker(*secrets: str) -> Masker:
    made = Masker()
    for each in secrets:
        made.add(each)
    return made


def test_what_is_kept_is_found(tmp_path: Path, before: Workflow, after: Workflow) -> None:
    keep(str(tmp_path), "key", KEPT, after, masker())
    assert find(str(tmp_path), "key", before) == (KEPT, after)
    assert find(str(tmp_path), "other", before) is None
    same = replace(KEPT, is_changed=False)
    keep(str(tmp_path), "same", same, before, masker())
    found = find(str(tmp_path), "same", before)
    assert found is not None
    assert found[0] == same
    assert found[1] is before


def test_nothing_without_a_key_or_a_folder(tmp_path: Path, before: Workflow, after: Workflow) -> None:
    keep(str(tmp_path), "", KEPT, after, masker())
    keep(str(tmp_path / "none"), "key", KEPT, after, masker())
    assert list(tmp_path.iterdir()) == []
    assert find(str(tmp_path), "", before) is None


def test_no_secret_is_kept(tmp_path: Path, after: Workflow) -> None:
    keep(str(tmp_path), "key", KEPT, after, masker("geheim"))
    keep(str(tmp_path), "key", replace(KEPT, changes=("tell geheim",)), after, masker("geheim"))
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_encoded_is_not_kept(
    tmp_path: Path, after: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise encoding.NotStorableError("odd")

    monkeypatch.setattr(encoding, "encode", refuse)
    keep(str(tmp_path), "key", KEPT, after, masker())
    assert list(tmp_path.iterdir()) == []


def test_damage_counts_as_nothing(tmp_path: Path, before: Workflow, after: Workflow) -> None:
    keep(str(tmp_path), "key", KEPT, after, masker())
    (file,) = [each for each in (tmp_path / FOLDER).iterdir() if each.name != "key"]
    whole = file.read_bytes()
    for place in range(0, len(whole), 40):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert find(str(tmp_path), "key", before) is None
    file.write_bytes(whole[:-1])
    assert find(str(tmp_path), "key", before) is None
    file.write_bytes(whole)
    assert find(str(tmp_path), "key", before) == (KEPT, after)


@pytest.mark.parametrize("body", [b"", b"{}\n", b"[1]\n", b'{"is_changed": true}\n', b"{\n"])
def test_what_is_sealed_but_odd_counts_as_nothing(
    body: bytes, tmp_path: Path, before: Workflow, after: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(str(tmp_path), "key", KEPT, after, masker())
    monkeypatch.setattr(ParsedFolder, "read", lambda *_: body)
    assert find(str(tmp_path), "key", before) is None


def test_another_program_finds_nothing(
    tmp_path: Path, before: Workflow, after: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(str(tmp_path), "key", KEPT, after, masker())
    monkeypatch.setattr(optimize_kept, "__version__", "0.0.0")
    assert find(str(tmp_path), "key", before) is None
