"""Keeps a program's files from standing in for modules that the provider needs in Pulumi's provider host.

The host runs in the program's folder, which comes first where Python looks for modules: a `secrets.py` there would be
imported instead of Python's own as soon as a link is made. Importing this module keeps it from that.
"""

import sys
from pathlib import Path

_HOST = "pulumi.dynamic.__main__"


def come_last() -> None:
    """Lets the program's folder come last on the path of a provider host, where its own providers are still found."""
    spec = getattr(sys.modules["__main__"], "__spec__", None)
    if getattr(spec, "name", None) == _HOST:
        # PYTHONPATH may name it again, spelled otherwise.
        here = [each for each in sys.path if _is_here(each)]
        sys.path[:] = [each for each in sys.path if each not in here] + here[:1]


def _is_here(folder: str) -> bool:
    try:
        return Path(folder).samefile(Path())
    except OSError:
        return False


come_last()
