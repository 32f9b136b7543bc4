"""The variables that GitHub sets for every step."""

from pathlib import Path

import pytest

from wfopt.engine.emulated.around import Around, variables_of


def around(folder: Path) -> dict[str, str]:
    return variables_of(Around(workspace=str(folder), workflow="ci", actor="me", started_at=12.9))


def test_without_a_repository_the_folder_gives_its_name(tmp_path: Path) -> None:
    found = around(tmp_path)
    assert found["GITHUB_REPOSITORY"] == tmp_path.name
    assert (found["GITHUB_REPOSITORY_OWNER"], found["GITHUB_SHA"], found["GITHUB_REF"]) == ("", "", "")
    assert (found["GITHUB_RUN_ID"], found["GITHUB_ACTOR"], found["GITHUB_WORKFLOW"]) == ("12", "me", "ci")
    assert (found["GITHUB_WORKSPACE"], found["RUNNER_WORKSPACE"]) == (str(tmp_path), str(tmp_path.parent))
    assert "GITHUB_ACTIONS" not in found


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://github.com/me/shop.git", "me/shop"),
        ("https://user:secret@github.com/me/shop", "me/shop"),
        ("git@github.com:me/shop.git", "me/shop"),
        ("ssh://git@example.org:22/deep/me/shop/", "me/shop"),
    ],
)
def test_commit_branch_and_remote_come_from_the_files_of_git(url: str, name: str, tmp_path: Path) -> None:
    (tmp_path / ".git" / "refs" / "heads").mkdir(parents=True)
    (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    (tmp_path / ".git" / "refs" / "heads" / "main").write_text("a" * 40)
    config = f'[core]\n\tbare = false\n[remote "other"]\n\turl = x:o/p\n[remote "origin"]\n\turl = {url}\n'
    (tmp_path / ".git" / "config").write_text(config)
    found = around(tmp_path)
    assert (found["GITHUB_REPOSITORY"], found["GITHUB_REPOSITORY_OWNER"]) == (name, "me")
    assert (found["GITHUB_SHA"], found["GITHUB_REF"]) == ("a" * 40, "refs/heads/main")


def test_a_remote_that_is_no_address_gives_no_name(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text('[remote "origin"]\n\turl = elsewhere\n')
    assert around(tmp_path)["GITHUB_REPOSITORY"] == tmp_path.name
