"""docs/faults.md shows the table that the tests prove."""

from scripts import faults


def test_faults_page_is_made_of_current_table() -> None:
    assert faults.PAGE.read_text("utf-8") == faults.render(), "run `python scripts/faults.py`"
