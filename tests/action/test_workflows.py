"""The action, our own workflows and the examples, as an auditor of workflows and the published schemas see them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PLACES = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
ZIZMOR, CHECK = (shutil.which(name, path=PLACES) for name in ("zizmor", "check-jsonschema"))
WORKFLOWS = [*sorted((ROOT / "docs" / "examples").glob("*.yml")), *sorted((ROOT / ".github" / "workflows").glob("*.yml"))]
SCHEMAS = {
    ROOT / "action.yml": "github-actions",
    **dict.fromkeys(WORKFLOWS, "github-workflows"),
    ROOT / "docs" / "ci" / "gitlab-ci.yml": "gitlab-ci",
    ROOT / "docs" / "ci" / "azure-pipelines.yml": "azure-pipelines",
    ROOT / "docs" / "ci" / "bitbucket-pipelines.yml": "bitbucket-pipelines",
}


@pytest.mark.skipif(ZIZMOR is None, reason="zizmor is not installed")
@pytest.mark.parametrize("path", [ROOT / "action.yml", *WORKFLOWS], ids=lambda path: path.name)
def test_an_auditor_finds_nothing(path: Path, tmp_path: Path) -> None:
    """With the place that each user fills in filled in."""
    text = path.read_text("utf-8").replace("OWNER/costgate@v0.1.0", f"acme/costgate@{'ab' * 20}")
    copy = tmp_path / ("action.yml" if path.name == "action.yml" else f".github/workflows/{path.name}")
    copy.parent.mkdir(parents=True, exist_ok=True)
    copy.write_text(text)
    command = [str(ZIZMOR), "--offline", "--no-config", "--persona=pedantic", "--format=plain", str(copy)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(CHECK is None, reason="check-jsonschema is not installed")
@pytest.mark.parametrize("path", SCHEMAS, ids=lambda path: path.name)
def test_the_published_schema_accepts_it(path: Path) -> None:
    command = [str(CHECK), "--builtin-schema", f"vendor.{SCHEMAS[path]}", "--regex-variant", "python", str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
