"""Price lists come out of wheels as data, with the hash that is pinned, and nothing else."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path
from typing import Any

import pytest

from costgate.model.error import UserError
from costgate.pricing.fetch import wheel_members

LIST = b'{"a": 1}'


def plan(**more: str) -> dict[str, Any]:
    return {"primary": {"package": "prices", "version": "1.0", "member": "prices/data.json", **more}, "secondary": []}


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    folder = tmp_path / "prices-1.0"
    folder.mkdir()
    with zipfile.ZipFile(folder / "prices-1.0-py3-none-any.whl", "w") as wheel:
        wheel.writestr("prices/data.json", LIST)
        wheel.writestr("prices/__init__.py", "raise SystemExit('nobody runs this')")
    return tmp_path


def test_a_member_and_its_hash(wheels: Path) -> None:
    wanted = plan()
    assert wheel_members(wanted, wheels) == {("prices", "1.0"): LIST.decode()}
    assert wanted["primary"]["sha256"] == hashlib.sha256(LIST).hexdigest()


def test_another_hash_than_the_pinned_one(wheels: Path) -> None:
    with pytest.raises(UserError, match="not the one that is pinned") as caught:
        wheel_members(plan(sha256="0" * 64), wheels)
    assert caught.value.where == "prices 1.0"


def test_a_wheel_without_the_list(wheels: Path) -> None:
    with pytest.raises(UserError, match=r"has no prices/other\.json"):
        wheel_members(plan(member="prices/other.json"), wheels)
    (wheels / "prices-1.0" / "prices-1.0-py3-none-any.whl").write_bytes(b"no zip")
    with pytest.raises(UserError, match="has no prices"):
        wheel_members(plan(), wheels)
