"""Keeps the files of a program from replacing modules that the provider needs in Pulumi's provider host.

The host runs in the program's folder, and Python looks for modules there first. Without this, a `secrets.py` of the
program would be imported instead of Python's own as soon as a link is created.
"""

import sys
from pathlib import Path

_HOST = "pulumi.dynamic.__main__"


def search_program_folder_last() -> None:
    """Moves the program's folder to the end of `sys.path` in a provider host.

    Modules of the program are still found, for its own dynamic providers. Other processes are left alone.
    """
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    if getattr(spec, "name", None) == _HOST:
        # PYTHONPATH may hold the folder again, written differently.
        entries = [entry for entry in sys.path if _is_program_folder(entry)]
        sys.path[:] = [entry for entry in sys.path if entry not in entries] + entries[:1]


def _is_program_folder(folder: str) -> bool:
    try:
        return Path(folder).samefile(Path())
    except OSError:
        return False
