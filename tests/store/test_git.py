"""Commits, the index and the work tree of real repositories, hostile ones included."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from costgate.model.error import UserError
from costgate.model.tree import Tree
from costgate.store.git import Repository, find_root, open_repository, repository_name

if TYPE_CHECKING:
    from conftest import Shell


def paths(tree: Tree) -> list[str]:
    return [entry.path for entry in tree.entries()]


def kinds(tree: Tree) -> dict[str, str]:
    return {entry.path: entry.kind for entry in tree.entries()}


# --- finding and opening


def test_the_root_is_found_from_below(shell: Shell, tmp_path: Path) -> None:
    shell.write("app/deep/a.py", "x")
    assert find_root(shell.root / "app" / "deep" / "a.py") == shell.root
    assert find_root(shell.root / "gone") == shell.root
    assert find_root(shell.root) == shell.root
    assert find_root(tmp_path) is None


def test_a_folder_called_dot_git_is_no_repository(shell: Shell) -> None:
    (shell.root / "app" / ".git").mkdir(parents=True)
    assert find_root(shell.root / "app") == shell.root


def test_a_linked_work_tree_has_a_root_of_its_own(shell: Shell, tmp_path: Path) -> None:
    shell.write("a.py", "x")
    shell.commit()
    shell.git("worktree", "add", "--quiet", str(tmp_path / "linked"))
    assert find_root(tmp_path / "linked" / "a.py") == tmp_path / "linked"
    with open_repository(tmp_path / "linked") as linked:
        assert paths(linked.worktree()) == ["a.py"]
        assert paths(linked.commit("HEAD")) == ["a.py"]


def test_what_is_no_repository(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="not a git repository"):
        open_repository(tmp_path)
    with pytest.raises(UserError, match="not a git repository"):
        open_repository(tmp_path / "gone")


def test_only_the_top_level_opens(shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (shell.root / "app").mkdir()
    with pytest.raises(UserError, match="not the top level"):
        open_repository(shell.root / "app")
    other = tmp_path / "other"
    subprocess.run(["git", "init", "--quiet", str(other)], check=True)
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    with pytest.raises(UserError, match="unset GIT_DIR"):
        open_repository(shell.root)


def test_git_is_not_installed(shell: Shell, tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from costgate.store.git import open_repository\n"
        "from costgate.model.error import UserError\n"
        "try: open_repository(Path(sys.argv[1]))\n"
        "except UserError as error: print(error)"
    )
    environment = {**os.environ, "PATH": str(tmp_path)}
    run = subprocess.run([sys.executable, "-c", code, shell.root], env=environment, capture_output=True, check=False)
    assert run.stdout.decode().strip() == "git is not installed, or not on the PATH"


def test_git_python_is_loaded_only_when_a_repository_is_opened() -> None:
    code = "import costgate.store.git, sys; sys.exit('git' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


# --- refs


def test_refs(shell: Shell, repository: Repository) -> None:
    shell.write("a", "1")
    first = shell.commit()
    shell.git("tag", "--annotate", "v1", "--message", "one")
    shell.write("a", "2")
    second = shell.commit()
    assert repository.resolve("HEAD") == second == repository.head()
    assert repository.resolve("v1") == first
    assert repository.resolve(first[:8]) == first
    assert repository.resolve("main~1") == first
    assert repository.commit_time("HEAD") == 1767323045


@pytest.mark.parametrize("ref", ["gone", "origin/main", "--all", "", "a b", "HEAD:a", "x\ny", "-h", "main^{tree}"])
def test_unknown_refs(shell: Shell, repository: Repository, ref: str) -> None:
    shell.write("a", "1")
    shell.commit()
    with pytest.raises(UserError, match="unknown ref"):
        repository.resolve(ref)


def test_the_hint_for_an_unknown_ref(shell: Shell, repository: Repository) -> None:
    shell.git("remote", "add", "origin", "https://git.example/o/r")
    with pytest.raises(UserError) as caught:
        repository.resolve("origin/topic")
    assert caught.value.hint == "git fetch origin topic"


def test_a_repository_without_commits(shell: Shell, repository: Repository) -> None:
    shell.write("a.py", "x")
    assert repository.head() is None
    with pytest.raises(UserError, match="no commits yet"):
        repository.resolve("HEAD")
    with pytest.raises(UserError, match="no branch to compare with"):
        repository.default_base()
    assert repository.is_dirty()
    assert paths(repository.worktree()) == ["a.py"]
    assert paths(repository.index()) == []


def test_the_merge_base_is_where_the_branches_part(shell: Shell, repository: Repository) -> None:
    shell.write("a", "1")
    fork = shell.commit()
    shell.git("checkout", "--quiet", "-b", "topic")
    shell.write("b", "1")
    shell.commit()
    shell.git("checkout", "--quiet", "main")
    shell.write("a", "2")
    shell.commit()
    assert repository.merge_base("main", "topic") == fork
    assert repository.merge_base("topic", fork) == fork


def test_no_common_history(shell: Shell, repository: Repository) -> None:
    shell.write("a", "1")
    shell.commit()
    shell.git("checkout", "--quiet", "--orphan", "other")
    shell.commit("from scratch")
    with pytest.raises(UserError, match="main and other have no common history"):
        repository.merge_base("main", "other")


def test_a_clone_that_is_too_shallow_says_so(shell: Shell, tmp_path: Path) -> None:
    shell.write("a", "1")
    shell.commit()
    shell.git("checkout", "--quiet", "-b", "topic")
    shell.write("b", "1")
    shell.commit()
    shell.git("checkout", "--quiet", "main")
    shell.write("c", "1")
    shell.commit()
    clone = tmp_path / "clone"
    shell.git("clone", "--quiet", "--depth=1", "--no-single-branch", f"file://{shell.root}", str(clone))
    with open_repository(clone) as shallow:
        assert shallow.is_shallow()
        assert paths(shallow.commit("origin/topic")) == ["a", "b"]
        with pytest.raises(UserError, match="too shallow") as caught:
            shallow.merge_base("origin/main", "origin/topic")
        assert "fetch-depth: 0" in caught.value.hint
    shell.git("-C", str(clone), "fetch", "--quiet", "--unshallow")
    with open_repository(clone) as whole:
        assert not whole.is_shallow()
        assert whole.merge_base("origin/main", "origin/topic") == shell.git("rev-parse", "main~1")


@pytest.mark.parametrize(
    ("refs", "base"),
    [
        (["refs/remotes/origin/main", "refs/heads/main"], "origin/main"),
        (["refs/remotes/origin/master", "refs/heads/main"], "origin/master"),
        (["refs/remotes/origin/topic", "refs/heads/main", "refs/heads/master"], "main"),
        (["refs/heads/master"], "master"),
    ],
)
def test_the_default_base(shell: Shell, repository: Repository, refs: list[str], base: str) -> None:
    commit = shell.commit()
    shell.git("checkout", "--quiet", "-b", "topic")
    shell.git("branch", "--quiet", "-D", "main")
    for ref in refs:
        shell.git("update-ref", ref, commit)
    assert repository.default_base() == base


def test_the_default_base_of_a_clone(shell: Shell, tmp_path: Path) -> None:
    shell.git("checkout", "--quiet", "-b", "trunk")
    commit = shell.commit()
    shell.git("clone", "--quiet", f"file://{shell.root}", str(tmp_path / "clone"))
    with open_repository(tmp_path / "clone") as clone:
        assert clone.default_base() == "origin/HEAD"
        assert clone.resolve("origin/HEAD") == commit


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://example.org/owner/name.git", "owner/name"),
        ("https://user:secret@example.org/owner/name", "owner/name"),
        ("git@example.org:owner/name.git", "owner/name"),
        ("example.org:group/sub/name.git/", "group/sub/name"),
        ("ssh://git@example.org:22/owner/name.git", "owner/name"),
        ("https://example.org/name.git", None),
        ("file:///srv/owner/name.git", None),
        ("/srv/owner/name.git", None),
        ("../name", None),
        ("C:\\owner\\name", None),
        ("https://example.org/owner/name?token=secret", None),
        ("https://example.org/o\nwner/name", None),
        ("", None),
    ],
)
def test_names_of_remotes(url: str, name: str | None) -> None:
    assert repository_name(url) == name


def test_the_name_of_a_repository(shell: Shell, repository: Repository) -> None:
    assert repository.name() == "project"
    shell.git("remote", "add", "origin", "https://user:secret@example.org/owner/name.git")
    assert repository.name() == "owner/name"


# --- trees


def test_a_commit_is_read_without_a_checkout(shell: Shell, repository: Repository) -> None:
    names = ["ü/naïve file.py", "tab\tand\nline.py", '"quoted".md', "-x", "日本.txt"]
    for name in names:
        shell.write(name, f"content of {name}")
    shell.write("bytes", b"\x00\xff\n\n")
    shell.write("empty", "")
    shell.commit()
    shell.git("rm", "-r", "--quiet", ".")
    shell.write("later", "x")
    tree = repository.commit("HEAD", "base")
    assert tree.label == "base"
    assert paths(tree) == sorted([*names, "bytes", "empty"])
    assert [tree.read(name).decode() for name in names] == [f"content of {name}" for name in names]
    assert tree.read("bytes") == b"\x00\xff\n\n"
    assert tree.read("empty") == b""
    assert "later" not in tree
    with pytest.raises(KeyError):
        tree.read("later")


def test_a_name_that_is_no_utf_8(shell: Shell, repository: Repository) -> None:
    name = os.fsdecode(b"caf\xe9.py")
    shell.write(name, "x")
    shell.commit()
    for tree in (repository.commit("HEAD"), repository.index(), repository.worktree()):
        assert paths(tree) == [name]
        assert tree.read(name) == b"x"


def test_the_blob_id_of_an_entry_is_gits(shell: Shell, repository: Repository) -> None:
    shell.write("a.py", "x")
    shell.commit()
    blob = shell.git("rev-parse", "HEAD:a.py")
    assert [entry.blob for entry in repository.commit("HEAD").entries()] == [blob]
    assert [entry.blob for entry in repository.index().entries()] == [blob]


def test_the_index_and_the_work_tree_each_have_their_own_content(shell: Shell, repository: Repository) -> None:
    shell.write("a.py", "committed")
    shell.write("gone.py", "x")
    shell.write(".gitignore", "secret.py\n")
    shell.commit()
    shell.write("a.py", "staged")
    shell.write("new.py", "staged")
    shell.git("add", "a.py", "new.py")
    shell.write("a.py", "on disk")
    shell.write("loose.py", "on disk")
    shell.write("secret.py", "ignored")
    (shell.root / "gone.py").unlink()
    commit, index, worktree = repository.commit("HEAD"), repository.index(), repository.worktree()
    assert paths(commit) == [".gitignore", "a.py", "gone.py"]
    assert paths(index) == [".gitignore", "a.py", "gone.py", "new.py"]
    assert paths(worktree) == [".gitignore", "a.py", "loose.py", "new.py"]
    assert [tree.read("a.py") for tree in (commit, index, worktree)] == [b"committed", b"staged", b"on disk"]
    assert "secret.py" not in worktree
    assert worktree.read("secret.py") == b"ignored"
    with pytest.raises(KeyError):
        worktree.read("gone.py")


def test_a_tracked_file_is_never_ignored(shell: Shell, repository: Repository) -> None:
    shell.write("build/a.py", "x")
    shell.write("build/b.py", "x")
    shell.git("add", "--force", "build/a.py")
    shell.write(".gitignore", "build/\n")
    assert paths(repository.worktree()) == [".gitignore", "build/a.py"]
    assert not repository.is_ignored(shell.root / "build" / "a.py")
    assert repository.is_ignored(shell.root / "build" / "b.py")


def test_what_a_sparse_checkout_leaves_out_is_still_there(shell: Shell, repository: Repository) -> None:
    shell.write("in/a.py", "a")
    shell.write("out/b.py", "b")
    shell.commit()
    shell.git("sparse-checkout", "set", "in")
    assert not (shell.root / "out").exists()
    worktree = repository.worktree()
    assert paths(worktree) == ["in/a.py", "out/b.py"]
    assert worktree.read("out/b.py") == b"b"


def test_links_are_not_followed(shell: Shell, repository: Repository, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.py").write_text("secret")
    shell.write("a.py", "x")
    (shell.root / "file.py").symlink_to(tmp_path / "outside" / "secret.py")
    (shell.root / "inner.py").symlink_to("a.py")
    (shell.root / "folder").symlink_to(tmp_path / "outside")
    (shell.root / "loop").symlink_to("loop")
    shell.commit()
    expected = {"a.py": "file"} | dict.fromkeys(("file.py", "inner.py", "folder", "loop"), "symlink")
    for tree in (repository.commit("HEAD"), repository.index(), repository.worktree()):
        assert kinds(tree) == expected
        for name in ("file.py", "inner.py", "folder", "loop"):
            with pytest.raises(OSError, match="not followed"):
                tree.read(name)
        with pytest.raises((OSError, KeyError)):
            tree.read("folder/secret.py")


@pytest.mark.parametrize("path", ["../outside.py", "/etc/passwd", "a/../../outside.py", "./a.py", "", "a//b", "a\0b"])
def test_paths_that_lead_out_are_no_files(shell: Shell, repository: Repository, tmp_path: Path, path: str) -> None:
    (tmp_path / "outside.py").write_text("secret")
    shell.write("a.py", "x")
    shell.commit()
    for tree in (repository.commit("HEAD"), repository.index(), repository.worktree()):
        assert path not in tree
        with pytest.raises(KeyError):
            tree.read(path)


def test_submodules_and_repositories_inside(shell: Shell, repository: Repository, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shell.git("init", "--quiet", str(other))
    (other / "x.py").write_text("x")
    shell.git("-C", str(other), "add", ".")
    shell.git("-C", str(other), "commit", "--quiet", "-m", "x")
    shell.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other), "sub")
    shell.commit()
    shell.git("clone", "--quiet", str(other), "loose")
    for tree in (repository.commit("HEAD"), repository.index()):
        assert kinds(tree) == {".gitmodules": "file", "sub": "submodule"}
        with pytest.raises(OSError, match="a submodule, which is not followed"):
            tree.read("sub")
    assert kinds(repository.worktree()) == {".gitmodules": "file", "sub": "submodule", "loose": "submodule"}
    assert find_root(shell.root / "sub" / "x.py") == shell.root / "sub"


def test_a_file_that_vanishes_or_cannot_be_read_is_an_error(shell: Shell, repository: Repository) -> None:
    shell.write("a.py", "x")
    shell.commit()
    worktree = repository.worktree()
    assert "a.py" in worktree
    (shell.root / "a.py").unlink()
    with pytest.raises(OSError, match="vanished"):
        worktree.read("a.py")
    (shell.root / "a.py").mkdir()
    with pytest.raises(OSError, match="not a regular file"):
        worktree.read("a.py")
    (shell.root / "a.py").rmdir()
    os.mkfifo(shell.root / "a.py")
    with pytest.raises(OSError, match="not a regular file"):
        worktree.read("a.py")
    assert paths(repository.worktree()) == []


def test_a_merge_with_conflicts(shell: Shell, repository: Repository) -> None:
    shell.write("a.py", "1")
    shell.commit()
    shell.git("checkout", "--quiet", "-b", "topic")
    shell.write("a.py", "2")
    shell.commit()
    shell.git("checkout", "--quiet", "main")
    shell.write("a.py", "3")
    shell.commit()
    subprocess.run(["git", "merge", "--quiet", "topic"], cwd=shell.root, capture_output=True, check=False)
    with pytest.raises(UserError, match="conflicts"):
        repository.index()
    assert paths(repository.worktree()) == ["a.py"]


def test_a_blob_that_is_not_in_the_clone(shell: Shell, tmp_path: Path) -> None:
    shell.write("a.py", "x")
    shell.write("b.py", "y")
    shell.commit()
    shell.git("config", "uploadpack.allowFilter", "true")
    clone = tmp_path / "clone"
    shell.git("clone", "--quiet", "--no-checkout", "--filter=blob:none", f"file://{shell.root}", str(clone))
    with open_repository(clone) as partial:
        tree = partial.commit("HEAD")
        assert paths(tree) == ["a.py", "b.py"]
        for path in ("a.py", "b.py", "a.py"):
            with pytest.raises(OSError, match="not in this clone"):
                tree.read(path)


def test_a_damaged_object(shell: Shell, repository: Repository) -> None:
    for number in range(900):
        shell.write(f"{number}.py", f"{number}")
    shell.commit()
    tree = repository.commit("HEAD")
    for entry in tree.entries()[1:]:
        assert entry.blob is not None
        loose = shell.root / ".git" / "objects" / entry.blob[:2] / entry.blob[2:]
        loose.chmod(0o600)
        loose.write_bytes(b"damaged")
    for entry in tree.entries()[1:40]:
        with pytest.raises(OSError, match="not in this clone"):
            tree.read(entry.path)
    assert tree.read("0.py") == b"0"


def test_a_huge_file_is_refused_and_the_next_is_read(
    shell: Shell, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.write("huge", "x" * 5000)
    shell.write("small", "y")
    shell.commit()
    monkeypatch.setattr("costgate.store.git.MAX_BYTES", 1000)
    monkeypatch.setattr("costgate.store.inside.MAX_BYTES", 1000)
    for tree in (repository.commit("HEAD"), repository.worktree()):
        with pytest.raises(OSError, match="larger than"):
            tree.read("huge")
        assert tree.read("small") == b"y"


def test_sha_256(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", "--object-format=sha256", str(tmp_path)], check=True)
    (tmp_path / "a.py").write_text("x")
    subprocess.run(["git", "add", "."], cwd=tmp_path, check=True)
    subprocess.run(["git", "commit", "--quiet", "--message", "x"], cwd=tmp_path, check=True)
    with open_repository(tmp_path) as repository:
        assert repository.commit("HEAD").read("a.py") == b"x"
        assert repository.commit_time("HEAD") == 1767323045


# --- in a hook


def test_the_index_that_a_commit_hook_is_given(shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shell.write("a.py", "x")
    shell.git("add", "a.py")
    other = shell.root / ".git" / "next-index"
    other.write_bytes((shell.root / ".git" / "index").read_bytes())
    shell.write("b.py", "x")
    shell.git("add", "b.py")
    monkeypatch.chdir(shell.root)
    monkeypatch.setenv("GIT_INDEX_FILE", ".git/next-index")
    with open_repository(shell.root) as repository:
        assert paths(repository.index()) == ["a.py"]
    foreign = tmp_path / "foreign-index"
    foreign.write_bytes(other.read_bytes())
    monkeypatch.setenv("GIT_INDEX_FILE", str(foreign))
    with open_repository(shell.root) as repository:
        assert paths(repository.index()) == ["a.py", "b.py"]


# --- dirty


def test_dirty(shell: Shell, repository: Repository) -> None:
    shell.write("a.py", "x")
    shell.write(".gitignore", "ignored\n")
    shell.commit()
    assert not repository.is_dirty()
    shell.write("ignored", "x")
    os.utime(shell.root / "a.py", (1, 1))
    assert not repository.is_dirty()
    shell.write("b.py", "x")
    assert repository.is_dirty()
    shell.git("add", "b.py")
    assert repository.is_dirty()
    shell.commit()
    assert not repository.is_dirty()
    shell.write("a.py", "y")
    assert repository.is_dirty()


# --- hostile


def test_nothing_that_a_repository_configures_is_run(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell.write(".gitattributes", "*.py filter=evil diff=evil\n*.md filter=e=v.il\n")
    shell.write("a.py", "x")
    shell.write("a.md", "x")
    shell.commit()
    marker = tmp_path / "ran"
    program = tmp_path / "evil"
    program.write_text(f"#!/bin/sh\necho \"$0 $@\" >> '{marker}'\ncat\n")
    program.chmod(0o755)
    for name in ("core.fsmonitor", "core.pager", "core.sshCommand", "core.askPass", "core.editor", "diff.external"):
        shell.git("config", name, str(program))
    for driver in ("evil", "e=v.il"):
        for kind in ("clean", "smudge", "process"):
            shell.git("config", f"filter.{driver}.{kind}", str(program), GIT_CONFIG_PARAMETERS="")
        shell.git("config", f"filter.{driver}.required", "true")
    for name in ("diff.evil.textconv", "diff.evil.command", "gpg.program", "credential.helper", "pager.status"):
        shell.git("config", name, str(program))
    shell.git("config", "log.showSignature", "true")
    shell.git("config", "status.submoduleSummary", "true")
    shell.git("config", "remote.origin.url", f"ext::{program}")
    shell.git("config", "remote.origin.promisor", "true")
    shell.git("config", "extensions.partialClone", "origin")
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    for hook in ("post-index-change", "fsmonitor-watchman", "reference-transaction", "post-checkout"):
        (hooks / hook).symlink_to(program)
    shell.git("config", "core.hooksPath", str(hooks))
    marker.unlink(missing_ok=True)
    for path in ("a.py", "a.md"):
        (shell.root / path).write_text("y")
        os.utime(shell.root / path, (1, 1))
    with open_repository(shell.root) as repository:
        repository.is_dirty()
        repository.is_shallow()
        repository.is_ignored(shell.root / "a.py")
        repository.default_base()
        repository.name()
        repository.merge_base("HEAD", "main")
        repository.commit_time("HEAD")
        for tree in (repository.commit("HEAD"), repository.index(), repository.worktree()):
            assert [tree.read(entry.path) for entry in tree.entries()]
        with pytest.raises(OSError, match="not in this clone"):
            repository.read_object("1" * 40)
    assert not marker.exists(), marker.read_text()


def test_a_work_tree_elsewhere_is_refused(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    shell.git("config", "core.worktree", str(tmp_path / "elsewhere"))
    with pytest.raises(UserError, match="not the top level"):
        open_repository(shell.root)


def test_settings_given_by_the_environment_still_hold(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    shell.write("a.py", "x")
    shell.write("excluded", "a.py\n")
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.excludesFile")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", str(shell.root / "excluded"))
    with open_repository(shell.root) as repository:
        assert paths(repository.worktree()) == ["excluded"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_repository_of_another_user(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(UserError, match="belongs to another user") as caught:
        open_repository(shell.root)
    assert caught.value.hint.startswith("git config --global --add safe.directory")
