"""Posts a report that is downloaded from another job of the pipeline.

On GitLab a job that takes another's artifacts gets its variables (`artifacts:reports:dotenv`), too, and so the
environment that an untrusted program has chosen. A job with a token that can write takes none, and downloads two files.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from pulumi_userplane.cli.ci.comment import post_report
from pulumi_userplane.cli.ci.platform import PlatformError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pulumi_userplane.cli.ci.platform import Platform


def post_report_of_job(platform: Platform, job: str, path: Path, stacks: Sequence[str]) -> bool:
    """Posts the report that another job of this pipeline has left.

    Args:
        platform: The platform.
        job: The job.
        path: The folder of the report there.
        stacks: The stacks of which it may speak, as `--stack` names them.

    Returns:
        Whether there was one; a preview must leave one, and an `up` or a look for drift that could not begin does not.

    Raises:
        PlatformError: It can't be posted.
    """
    pull = platform.pull_request()
    where = path.as_posix()
    with TemporaryDirectory() as name:
        folder = Path(name)
        if pull is None:
            if not platform.download_report(job, where, folder):
                platform.log("warning", f"the job {job} has left no report in {where}, so nothing is posted")
                return True
        elif not pull.is_fork:
            _download_if_possible(platform, job, where, folder)
        return post_report(platform, folder, stacks)


def _download_if_possible(platform: Platform, job: str, path: str, folder: Path) -> None:
    """Downloads a report, or leaves the folder empty: its job can leave an archive that the platform can't read.

    Then the comment says that there is no report, so that no older one stays as if it were true.
    """
    try:
        platform.download_report(job, path, folder)
    except PlatformError as error:
        platform.log("error", str(error))
        for file in folder.iterdir():
            file.unlink()
