"""Fails a run of CI in which a test was skipped: there every tool is to be had, if the Python can have it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.support.built_site import WHY_NOT

if TYPE_CHECKING:
    from collections.abc import Iterable


def find_wrong_skips(skipped: Iterable[pytest.TestReport]) -> list[str]:
    """Returns the names of the tests that a run of CI may not skip."""
    return sorted(report.nodeid for report in skipped if not str(report.longrepr).endswith(f"{WHY_NOT}')"))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Takes a skipped test for a failed one where `CI` is set."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    if os.environ.get("CI") and find_wrong_skips(skipped) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says so."""
    wrong = find_wrong_skips(terminalreporter.stats.get("skipped", []))
    if os.environ.get("CI") and wrong:
        terminalreporter.write_line(f"CI is set, and there no test may be skipped: {', '.join(wrong)}", red=True)
