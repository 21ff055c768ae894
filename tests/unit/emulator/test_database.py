"""The data file keeps everything, and no other program's file is touched."""

import sqlite3
from pathlib import Path

import pytest

from pulumi_userplane.emulator import Emulator, EmulatorError
from tests.unit.emulator.client import Api


def test_data_file_keeps_everything_when_emulator_restarts(tmp_path: Path) -> None:
    data = tmp_path / "userplane.db"
    with Emulator(data=data, seed={"workspaceName": "Kept"}) as emulator:
        link = emulator.add_link(domainId="dom_help", linkTitle="Kept")
        emulator.set_key_state("uspl_demo_admin", "expired")
    with Emulator(data=str(data), seed={"workspaceName": "Not used"}, api_key="uspl_mine") as emulator:
        assert emulator.links == [link]
        for key, status in (("uspl_demo", 200), ("uspl_mine", 200), ("uspl_demo_admin", 401)):
            api = Api(emulator, key)
            response = api.get("/workspace/ws_demo")
            assert response.status_code == status
            api.close()
        assert emulator.add_link(domainId="dom_help")["createdAt"] > link["createdAt"]
    assert [path.name for path in tmp_path.iterdir()] == ["userplane.db"]


def test_data_file_stays_unchanged_when_another_program_wrote_it(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("Not a database, but long enough to be taken for one at first sight. " * 20)
    foreign = tmp_path / "foreign.db"
    connection = sqlite3.connect(foreign)
    connection.execute("CREATE TABLE theirs (id)")
    connection.close()
    marked = tmp_path / "marked.db"
    connection = sqlite3.connect(marked)
    connection.execute("PRAGMA application_id = 7")
    connection.close()
    for path in (text, foreign, marked, tmp_path / "no" / "folder.db"):
        before = path.read_bytes() if path.exists() else None
        with pytest.raises(EmulatorError, match=r"^The data file .*can't be used: [^\n]+$"):
            Emulator(data=path)
        assert (path.read_bytes() if path.exists() else None) == before
