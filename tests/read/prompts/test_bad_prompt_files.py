"""Prompt files that are broken, endless or hostile: a gap that says why, in bounded time, and nothing from outside."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from costgate.model.prompt import Hole
from costgate.read.prompts.find import PromptFiles, prompt_texts
from costgate.store.trees import FilesTree, FolderTree


def read(files: dict[str, str | bytes]) -> PromptFiles:
    return prompt_texts(FilesTree(files))


def whys(found: PromptFiles) -> str:
    return "; ".join([*(gap.why for gap in found.gaps), *found.unread.values()])


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"prompts/a.j2": 'x {% include "a.j2" %}'}, "it includes itself"),
        ({"prompts/a.j2": '{% include "b.j2" %}', "prompts/b.j2": '{% extends "a.j2" %}'}, "it includes itself"),
        ({"prompts/a.j2": '{% include "../../../etc/passwd" %}'}, "it leaves the repository"),
        ({"prompts/a.j2": '{% include "/etc/passwd" %}'}, "it leaves the repository"),
        ({"prompts/a.j2": '{% include "missing.j2" %}'}, "no such file in the tree"),
        ({"a.prompt": "---\ninput: {}\n---\n{{>b}}", "_b.prompt": "{{>a}}"}, "it includes itself"),
        ({"CLAUDE.md": "@CLAUDE.md"}, "it imports itself"),
        ({"CLAUDE.md": "@../../secret.md"}, "it leaves the repository"),
        ({"CLAUDE.md": "@~/notes.md"}, "it leaves the repository"),
        ({"promptfooconfig.yaml": "prompts: ['file://../x.txt']"}, "it leaves the repository"),
        ({"prompts/a.json": '{"_type": "prompt", "template_path": "/etc/passwd"}'}, "it leaves the repository"),
        ({"x.prompty": "---\n: [\n---\nHi"}, "its front matter is not valid YAML"),
        ({"x.prompty": "---\na: &a [x]\nb: &b [*a,*a]\nc: !!python/object:os.system x\n---\nHi"}, "its front matter is tag"),
        ({"prompts/a.txt": b"\xff\xfeh\x00i\x00"}, "it is UTF-16"),
        ({"prompts/a.txt": b"caf\xe9"}, "it is not UTF-8: byte 3"),
        ({"prompts/a.txt": b"\x89PNG\x00\x00"}, "it is binary"),
        ({"prompts/a.txt": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n"}, "a Git LFS pointer"),
        ({"prompts/a.txt": b"x" * 50_000_000}, "50,000,000 bytes are more than is read"),
        ({"prompts/a.json": "{"}, "it is not JSON"),
        ({"prompts/a.toml": "="}, "it is not TOML"),
        ({"prompts/a.yaml": "a: [b"}, "not valid YAML"),
        ({"prompts/a.yaml": "a: 1\n---\nb: 2\n"}, "a second document"),
        ({"prompts/a.json": "[" * 200_000}, "it is not JSON"),
        ({"x.prompty": "---\ncostgate: {budget: many}\n---\nHi"}, "its budget is no number of tokens"),
    ],
)
def test_what_cannot_be_read_is_told(files: dict[str, str | bytes], why: str) -> None:
    started = time.process_time()
    assert why in whys(read(files))
    assert time.process_time() - started < 5


def test_aliases_that_double_are_refused() -> None:
    bomb = "a0: &a0 [xx xx]\n" + "".join(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 9))
    found = read({"prompts/bomb.yaml": bomb, "x.prompty": f"---\n{bomb}---\nHi"})
    assert "once aliases are expanded" in found.unread["prompts/bomb.yaml"]
    assert [each.text for each in found.texts] == ["Hi"]


def test_includes_that_double_come_to_an_end() -> None:
    files: dict[str, str | bytes] = {
        f"prompts/t{n}.j2": f'line {n}\n{{% include "t{n + 1}.j2" %}}{{% include "t{n + 1}.j2" %}}' for n in range(40)
    }
    started = time.process_time()
    found = read(files)
    assert time.process_time() - started < 20
    assert len(found.texts) == 40 and "files are put together" in whys(found)


def test_includes_in_includes_come_to_an_end() -> None:
    files: dict[str, str | bytes] = {f"prompts/t{n}.j2": f'line {n}\n{{% include "t{n + 1}.j2" %}}' for n in range(40)}
    found = read(files)
    assert len(found.texts) == 40 and "includes go deeper than 12 files" in whys(found)


def test_what_includes_make_of_a_large_file_is_bounded() -> None:
    found = read({"prompts/a.j2": "{% include 'b.txt' %}\n" * 20, "prompts/b.txt": "some words " * 100_000})
    assert "with what it includes it is more than 4,000,000 characters" in whys(found)


def test_macros_that_call_each_other_come_to_an_end() -> None:
    macros = "".join(f"{{% macro m{n}() %}}{f'{{{{ m{n + 1}() }}}}' * 50}{{% endmacro %}}" for n in range(11))
    started = time.process_time()
    found = read({"prompts/a.j2": f"{macros}{{{{ m0() }}}}"})
    assert time.process_time() - started < 10
    assert "put together in more than" in whys(found)


@pytest.mark.parametrize(
    "text",
    ["{{" * 400_000, "{%" * 400_000, "{#" * 400_000, "{% if x %}" * 100_000, "{{#a}}" * 100_000, "{{ x }}\n" * 100_000, "{% endif %}" * 100_000],
)  # fmt: skip
@pytest.mark.parametrize("path", ["prompts/a.j2", "prompts/a.hbs", "prompts/a.txt", "a.prompt", "x.prompty"])
def test_odd_templates_take_bounded_time(path: str, text: str) -> None:
    started = time.process_time()
    found = read({path: text})
    assert time.process_time() - started < 6
    assert len(found.texts) <= 1


@pytest.mark.parametrize("text", ["user:\n" * 300_000, "<user>\nx\n" * 200_000, "@a.md " * 200_000, "---\n" * 200_000, "a: b\n" * 200_000])
@pytest.mark.parametrize("path", ["x.prompty", "a.prompt", "CLAUDE.md", ".cursor/rules/a.mdc", "prompts/a.yaml", "skills/SKILL.md"])
def test_odd_files_take_bounded_time(path: str, text: str) -> None:
    started = time.process_time()
    read({path: text, "a.md": "Text."})
    assert time.process_time() - started < 15


def test_links_out_of_the_folder_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("the secret")
    root = tmp_path / "repo"
    (root / "prompts").mkdir(parents=True)
    (root / "prompts" / "a.txt").symlink_to(tmp_path / "secret.txt")
    (root / "out").symlink_to(tmp_path)
    (root / "prompts" / "b.j2").write_text('{% include "a.txt" %}{% include "../out/secret.txt" %}{% include "loop.j2" %}')
    (root / "prompts" / "loop.j2").symlink_to("loop.j2")
    found = prompt_texts(FolderTree(root))
    assert [each.text for each in found.texts] == [""]
    assert {part.name for part in found.texts[0].parts if isinstance(part, Hole)} == {"a.txt", "../out/secret.txt", "loop.j2"}
    assert "secret" not in repr([each.text for each in found.texts])
    assert sum("a symbolic link, which is not followed" in gap.why for gap in found.gaps) >= 3


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    import os

    (tmp_path / "prompts").mkdir()
    os.mkfifo(tmp_path / "prompts" / "a.txt")
    assert prompt_texts(FolderTree(tmp_path)).texts == ()
