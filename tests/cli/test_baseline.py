"""Findings that a team lives with for now: made, used, only ever fewer, and the base's in a pull request."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

NAMED = "baseline: known.json\nrules: {retry-without-backoff: off}\n"


def _known(shop: Any, path: str = "known.json") -> list[tuple[str, str]]:
    data = json.loads((shop.root / path).read_text("utf-8"))
    assert data["schema"] == "costgate.baseline/1"
    return [(entry["rule"], entry["path"]) for entry in data["findings"].values()]


def _states(ran: Any) -> dict[str, tuple[str, str | None]]:
    return {one["path"]: (one["state"], one["suppressed_by"]) for one in ran.report["findings"] if one["rule"] == "CG201"}


def test_day_one_is_green_and_day_two_is_not(shop: Any, retried: str) -> None:
    shop.start({"z.py": retried, "old.py": retried, "costgate.yaml": NAMED})
    assert shop.run("check", "old.py", "--no-cache").code == 2, "a file that is named must be there"
    made = shop.run("baseline", "create")
    assert (made.code, made.out, made.err) == (0, "known.json: 2 findings accepted\n", "")
    assert _known(shop) == [("CG201", "old.py"), ("CG201", "z.py")]
    assert shop.run("check", "old.py").code == 0
    assert shop.run("audit", "--fail-on", "error").code == 0
    shop.write({"new.py": retried, "old.py": "# moved down\n\n" + retried})
    ran = shop.run("check", "old.py", "new.py", "--format", "json")
    assert ran.code == 1
    assert _states(ran) == {"new.py": ("open", None), "old.py": ("existing", "baseline")}


def test_an_update_only_ratchets_down(shop: Any, call: str, retried: str) -> None:
    shop.start({"a.py": retried, "b.py": retried, "broken.py": retried, "costgate.yaml": NAMED})
    shop.run("baseline", "create")
    before = (shop.root / "known.json").read_text("utf-8")
    assert shop.run("baseline", "update").out == "known.json: 3 findings accepted\n"
    assert (shop.root / "known.json").read_text("utf-8") == before
    shop.write({"a.py": call, "c.py": retried, "broken.py": "\0" + retried})
    assert shop.run("baseline", "update").out == "known.json: 2 findings accepted, 1 dropped\n"
    assert _known(shop) == [("CG201", "b.py"), ("CG201", "broken.py")], "what cannot be read is not mended"
    shown = shop.run("baseline", "show")
    assert shown.out.splitlines()[0].startswith("CG201  b.py  ") and shown.out.endswith("\nknown.json: 2 findings accepted\n")


def test_it_is_not_made_twice_and_not_updated_without_one(shop: Any, retried: str, tmp_path: Path) -> None:
    shop.write({"a.py": retried})
    made = shop.run("baseline", "create")
    assert made.code == 0 and "set `baseline: costgate-baseline.json` in costgate.yaml" in made.err
    shop.run("baseline", "create").mistake("costgate-baseline.json: is there already", "costgate baseline update")
    (shop.root / "costgate-baseline.json").unlink()
    for action in ("update", "show"):
        shop.run("baseline", action).mistake("costgate-baseline.json: no such file in the folder (make", "costgate baseline create")
    shop.write({"costgate.yaml": "baseline: costgate-baseline.json\n"})
    shop.run("baseline", "show").mistake("no such file in the folder, though `baseline:` names it")


@pytest.mark.parametrize("path", ["/etc/known.json", "../known.json", "folder/", "."])
def test_it_stands_inside_of_the_root(shop: Any, call: str, path: str) -> None:
    shop.write({"app.py": call, "costgate.yaml": f"baseline: {path}\n"})
    shop.run("audit").mistake("costgate.yaml:1: baseline ")


def test_a_damaged_one_is_a_mistake(shop: Any, call: str) -> None:
    shop.write({"app.py": call, "costgate.yaml": NAMED, "known.json": "{\n"})
    shop.run("check", "app.py").mistake("known.json:2: not a baseline")


def test_a_change_cannot_accept_its_own_findings(shop: Any, call: str, retried: str) -> None:
    shop.start({"app.py": call, "old.py": retried, "costgate.yaml": NAMED})
    shop.run("baseline", "create")
    shop.git("checkout", "--quiet", "main")
    shop.commit({})
    shop.git("checkout", "--quiet", "-B", "feature")
    assert shop.diff().code == 0
    shop.write({"new.py": retried})
    (shop.root / "known.json").unlink()
    shop.run("baseline", "create")
    assert _known(shop) == [("CG201", "new.py"), ("CG201", "old.py")]
    shop.commit({})
    ran = shop.diff()
    assert (ran.code, _states(ran)["new.py"]) == (1, ("open", None))
    [told] = ran.report["exceptions_changed"]
    assert (told["kind"], told["change"], told["rules"], told["path"]) == ("baseline entry", "added", ["CG201"], "new.py")
    assert "This pull request adds 1 exception" in shop.run("diff", "--base", "main", "--format", "markdown").out


def test_the_first_one_of_a_repository_counts_once_it_is_merged(shop: Any, call: str, retried: str) -> None:
    shop.start({"app.py": call, "costgate.yaml": "fail_on: error\n"})
    shop.write({"new.py": retried, "costgate.yaml": "fail_on: error\nbaseline: known.json\n"})
    shop.run("baseline", "create")
    shop.commit({})
    ran = shop.diff()
    assert ran.code == 1
    assert {one["reason"] for one in ran.report["exceptions_changed"] if one["kind"] == "policy"} == {
        "baseline: not set → known.json (not in force here)"
    }
