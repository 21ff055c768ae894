"""docs/faults.md says what the cells prove."""

from scripts import faults


def test_the_page_is_made_of_the_table_as_it_is() -> None:
    assert faults.PAGE.read_text("utf-8") == faults.render(), "run `python scripts/faults.py`"
