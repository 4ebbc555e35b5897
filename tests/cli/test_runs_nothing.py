"""Nothing of a hostile repository runs, no connection is made, and nothing outside of it is opened: seen by the interpreter
itself (an audit hook) and by the kernel (strace)."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SOURCE = Path(__file__).parents[2]
COMMANDS = (
    ("audit", "--format", "json"),
    ("audit", "--no-cache", "--format", "html"),
    ("diff", "--base", "main", "--format", "json"),
    ("diff", "--base", "main", "--worktree", "--format", "sarif"),
    ("check", "app.py", "lib/wrapped.py"),
    ("check", "--fix", "--diff", "app.py"),
    ("baseline", "create"),
    ("explain", "app.py:18"),
    ("explain", "prompts/a.j2"),
    ("rules", "list"),
    ("sdks", "check"),
    ("init", "--dry-run"),
)
HOOK = f"""
import os, sys
log = os.open(sys.argv.pop(1), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
def hook(event, given):
    if event == "exec":
        told = getattr(given[0], "co_filename", "?")
    elif event == "subprocess.Popen":
        told = repr(given[0]) + " " + repr(given[1])
    elif event.startswith(("socket.", "os.exec", "os.posix_spawn", "os.system", "os.spawn", "ctypes.", "urllib.", "webbrowser.")):
        told = repr(given)
    else:
        return
    os.write(log, (event + "\\t" + told.replace("\\n", " ") + "\\n").encode("utf-8", "backslashreplace"))
sys.addaudithook(hook)
sys.path.insert(0, {str(SOURCE)!r})
from costgate.cli import main
if __name__ == "__main__":
    sys.exit(main())
"""
TRAP = "import os\nos.system('touch {ran}')\n"
NAMES = (
    "git", "yaml", "json", "re", "openai", "tree_sitter", "libcst", "tiktoken", "jinja2", "jsonschema", "requests", "platformdirs",
    "sitecustomize", "usercustomize", "conftest", "setup", "noxfile", "multiprocessing/__init__", "costgate/__init__", "costgate/cli",
)  # fmt: skip
APP = '''import pickle
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from openai import OpenAI

from lib.wrapped import ask
import evil

client = OpenAI(base_url="http://127.0.0.1:9/v1")
PROMPT = __import__("os").system("touch {ran}") or eval("open('{ran}', 'w')") or Path("{secret}").read_text()
env = Environment(loader=FileSystemLoader("/"))


def answer(question):
    text = open("{secret}").read() + open("../secret.txt").read() + open("link.txt").read() + open("folder/secret.txt").read()
    made = env.get_template("{secret}").render(x=exec("evil()")) + pickle.loads(Path("data.pkl").read_bytes())
    return client.chat.completions.create(model="gpt-4o", messages=[{{"role": "system", "content": text + made + PROMPT + evil.text()}}])


def other(question):
    return ask(Path("prompts/a.j2").read_text().format(question), model=open("/etc/hostname").read())
'''


@pytest.fixture
def hostile(shop: Any, tmp_path: Path) -> Any:
    """A repository in which everything that somebody may think of running leaves a mark."""
    ran, secret = tmp_path / "ran", tmp_path / "secret.txt"
    secret.write_text("TOPSECRET")
    trap = TRAP.format(ran=ran)
    shop.start({"README.md": "hello\n", "app.py": "import openai\n"})
    files: dict[str, str | bytes] = {f"{name}.py": trap for name in NAMES}
    files |= {
        "app.py": APP.format(ran=ran, secret=secret),
        "evil.py": trap + "def text():\n    return 'x'\n",
        "lib/wrapped.py": "from openai import OpenAI\n\n\ndef ask(text, model):\n    return OpenAI().responses.create(model=model, input=text)\n",
        "data.pkl": f"cposix\nsystem\n(S'touch {ran}'\ntR.".encode(),
        "prompts/a.j2": f"{{% include '{secret}' %}}{{% include '../../secret.txt' %}}{{{{ ''.__class__.__mro__[1].__subclasses__() }}}}{{{{ cycler.__init__.__globals__.os.system('touch {ran}') }}}}",
        "prompts/b.yaml": f"a: !!python/object/apply:os.system ['touch {ran}']\n",
        "prompts/c.prompty": f"---\nmodel: !!python/object/apply:os.system ['touch {ran}']\n---\nsystem:\nhi ${{file:{secret}}}\n",
        "evil.pth": f"import os; os.system('touch {ran}')\n",
        "pyproject.toml": f"[build-system]\nrequires = []\nbuild-backend = 'setup'\nbackend-path = ['.']\n[tool.x]\ny = 'touch {ran}'\n",
        ".gitattributes": "*.py filter=evil diff=evil\n*.md filter=evil\n",
        "note.ipynb": json.dumps({"cells": [{"cell_type": "code", "source": f"import openai\n!touch {ran}\n%run evil.py\n"}], "nbformat": 4}),
        ".pre-commit-config.yaml": f"repos: [{{repo: local, hooks: [{{id: x, entry: touch {ran}}}]}}]\n",
    }
    shop.commit(files)
    (shop.root / "link.txt").symlink_to(secret)
    (shop.root / "folder").symlink_to(tmp_path)
    (shop.root / "linked.py").symlink_to(secret)
    shop.commit({})
    for key in ("filter.evil.clean", "filter.evil.smudge", "filter.evil.process", "diff.evil.textconv", "diff.evil.command", "core.fsmonitor", "core.pager", "core.sshCommand", "diff.external", "core.alternateRefsCommand", "uploadpack.packObjectsHook"):
        shop.git("config", key, f"touch {ran}")
    for name in ("post-checkout", "pre-commit", "post-index-change", "reference-transaction"):
        hook = shop.root / ".git" / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ntouch {ran}\n")
        hook.chmod(0o755)
    (shop.root / "app.py").write_text(APP.format(ran=ran, secret=secret) + "\n# edited\n")
    shop.extra = {"PYTHONDONTWRITEBYTECODE": "1"}
    return shop


def watched(shop: Any, *arguments: str, around: tuple[str, ...] = ()) -> tuple[subprocess.CompletedProcess[bytes], list[tuple[str, str]]]:
    """The command with the interpreter's audit events of running something."""
    script, log = shop.home / "watched.py", shop.home / "events.txt"
    script.write_text(HOOK)
    log.unlink(missing_ok=True)
    command = [*around, sys.executable, "-I", str(script), str(log), *arguments]
    done = subprocess.run(command, cwd=shop.root, env=shop.environment, capture_output=True, check=False, timeout=300)
    return done, [(event, told) for event, _, told in (line.partition("\t") for line in log.read_text().splitlines())]


@pytest.mark.parametrize("arguments", COMMANDS, ids=" ".join)
def test_the_interpreter_runs_nothing_of_the_tree(hostile: Any, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done, events = watched(hostile, *arguments)
    assert done.returncode in (0, 1), done.stderr.decode()
    assert not (tmp_path / "ran").exists()
    assert any(event == "exec" for event, _ in events), "the hook sees"
    for event, told in events:
        assert event in ("exec", "subprocess.Popen"), (event, told)
        if event == "exec":
            assert not Path(told).is_relative_to(hostile.root) and (Path(told).is_absolute() or told.startswith("<")), told
        else:
            assert re.match(r"'(/\S+/)?git' \['git', ", told), told
    assert b"TOPSECRET" not in done.stdout + done.stderr


def test_the_hook_would_see_what_it_looks_for(hostile: Any, tmp_path: Path) -> None:
    """The same repository, imported: so that the test above can fail."""
    script = hostile.home / "watched.py"
    script.write_text(HOOK.partition("sys.path.insert")[0] + f"sys.path.insert(0, {str(hostile.root)!r})\nimport evil, socket\nsocket.socket().connect_ex(('127.0.0.1', 9))\n")
    log = hostile.home / "events.txt"
    subprocess.run([sys.executable, "-I", "-S", str(script), str(log)], env=hostile.environment, check=True)
    events = log.read_text()
    assert f"exec\t{hostile.root}/evil.py" in events and "os.system" in events and "socket.connect" in events
    assert (tmp_path / "ran").exists()


STRACE = shutil.which("strace")
_CALL = re.compile(r"^\d+ +(\w+)\((.*)$")
_FILE = re.compile(r'"((?:[^"\\]|\\.)*)"')
WRITES = ("O_WRONLY", "O_RDWR", "O_CREAT")


@pytest.mark.skipif(STRACE is None, reason="strace is not installed")
@pytest.mark.parametrize("arguments", [COMMANDS[0], COMMANDS[2], COMMANDS[4]], ids=" ".join)
def test_the_kernel_sees_no_connection_no_program_but_git_and_no_file_elsewhere(
    hostile: Any, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    text = "much to read, so that workers are worth it " * 4000
    hostile.write({f"big{number}.py": f"import openai\nTEXT = '{text}'\n" for number in range(10)})
    trace = hostile.home / "trace.txt"
    around = (str(STRACE), "-f", "-qq", "-s", "4096", "-e", "trace=execve,execveat,connect,bind,sendto,openat,open,unlink,unlinkat,rename,renameat2", "-o", str(trace))
    done, _ = watched(hostile, *arguments, around=around)
    assert done.returncode in (0, 1), done.stderr.decode()
    opened = 0
    for line in trace.read_text(errors="replace").splitlines():
        found = _CALL.match(line)
        if found is None or "resumed" in line:
            continue
        call, given = found[1], found[2]
        assert call not in ("connect", "bind", "sendto") or "AF_UNIX" in given, line
        file = (_FILE.findall(given) or [""])[0]
        if call.startswith("execve") and " = 0" in line:
            assert Path(file).name in ("git", Path(sys.executable).name), line
        elif call in ("openat", "open", "unlink", "unlinkat", "rename", "renameat2"):
            opened += 1
            path = (hostile.root / file).resolve() if file else hostile.root
            assert "secret" not in path.name or " = -1" in line, line
            if any(flag in given for flag in WRITES) or call not in ("openat", "open"):
                mine = path.is_relative_to(hostile.home) or str(path).startswith(("/dev/", "/proc/"))
                assert mine or " = -1" in line, line
    assert opened > 100
    assert not (tmp_path / "ran").exists()
