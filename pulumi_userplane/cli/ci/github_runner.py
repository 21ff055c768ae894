"""GitHub's runner as `ci` uses it: its variables, the event, the files for outputs and the summary, and the log."""

from __future__ import annotations

import json
import secrets
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pulumi_userplane.cli.ci.platform import PlatformError, PullRequest
from pulumi_userplane.cli.review.safe_text import mask_keys

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_SUMMARY = 1024 * 1024
"""GitHub's runner takes no larger summary of a step."""

_ESCAPES = {"%": "%25", "\r": "%0D", "\n": "%0A"}


class GitHubRunner:
    """What a job on GitHub knows without a request.

    Args:
        environ: The runner's variables.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.repository_name = self.read_variable("GITHUB_REPOSITORY")

    def pull_request(self) -> PullRequest | None:
        """Returns the pull request that this run is about; None for a push, a schedule or a manual start.

        Raises:
            PlatformError: It was closed before the run began. A label that somebody sets on it starts a run, too, but
                of the base branch: its preview would replace what the reviewers saw.
        """
        pull = self._read_pull()
        if pull is None:
            return None
        if pull.get("state") == "closed":
            raise PlatformError(
                f"pull request {pull['number']} is closed, so nothing was done; let this job run only `if: "
                "github.event.pull_request.state == 'open'`"
            )
        # Without a repository, its fork was deleted.
        origin = (pull["head"]["repo"] or {}).get("full_name")
        return PullRequest(pull["number"], pull["head"]["sha"], origin != self.repository_name)

    def commit(self) -> str:
        """Returns the commit of this run; for a pull request its own, not the merge that GitHub tries out."""
        pull = self._read_pull()
        return str(pull["head"]["sha"]) if pull else self.read_variable("GITHUB_SHA")

    def _read_pull(self) -> dict[str, Any] | None:
        """Returns the pull request of the event, as GitHub describes it; None if the event has none."""
        path = Path(self.read_variable("GITHUB_EVENT_PATH"))
        try:
            pull: dict[str, Any] | None = json.loads(path.read_text("utf-8")).get("pull_request")
        except (OSError, ValueError) as error:
            raise PlatformError(
                f"the event of this run can't be read from {path}: {error}; run the job again"
            ) from None
        return pull

    def run_url(self) -> str:
        """Returns the address of this run."""
        server, run = self.read_variable("GITHUB_SERVER_URL"), self.read_variable("GITHUB_RUN_ID")
        return f"{server}/{self.repository_name}/actions/runs/{run}"

    def write_summary(self, markdown: str) -> None:
        """Adds to the summary of the step; GitHub shows none that is longer than a megabyte."""
        file = Path(self.read_variable("GITHUB_STEP_SUMMARY"))
        content = f"{markdown.rstrip()}\n".encode()
        room = MAX_SUMMARY - (file.stat().st_size if file.exists() else 0)
        if len(content) <= room:
            with file.open("ab") as summary:
                summary.write(content)
        else:
            self.log("warning", "the summary is longer than GitHub shows; the report has all of it")

    def write_outputs(self, outputs: Mapping[str, str]) -> None:
        """Writes the outputs of the step. No value can end its own block: nobody knows the delimiter before."""
        delimiter = f"ghadelimiter_{secrets.token_hex(16)}"
        with Path(self.read_variable("GITHUB_OUTPUT")).open("a", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{name}<<{delimiter}\n{text}\n{delimiter}\n" for name, text in outputs.items())

    def log(self, level: Literal["error", "warning"], text: str) -> None:
        """Writes one line to the log, which GitHub shows next to the run."""
        _print(f"::{level}::{''.join(_ESCAPES.get(character, character) for character in mask_keys(text))}")

    @contextmanager
    def quiet_log(self) -> Iterator[None]:
        """Stops GitHub's runner from obeying what is printed until the block ends."""
        word = secrets.token_hex(16)
        _print(f"::stop-commands::{word}")
        try:
            yield
        finally:
            _print(f"::{word}::")

    def read_variable(self, name: str) -> str:
        """Returns what a variable says.

        Raises:
            PlatformError: It is not set.
        """
        if value := self._environ.get(name):
            return value
        raise PlatformError(
            f"--platform github can't be used: {name} is not set; run this on GitHub's runner, or choose none"
        )


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    # Before anything that a process started from here prints.
    sys.stdout.flush()
