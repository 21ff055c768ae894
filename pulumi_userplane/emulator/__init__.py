"""A Userplane on your own machine.

Each name is loaded when it is first asked for, so that a test run that uses none pays nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pulumi_userplane.emulator.behaviours import Behaviours
    from pulumi_userplane.emulator.errors import EmulatorError
    from pulumi_userplane.emulator.faults import Fault
    from pulumi_userplane.emulator.request_log import LoggedRequest
    from pulumi_userplane.emulator.schemas import LinkRow
    from pulumi_userplane.emulator.seed import Seed
    from pulumi_userplane.emulator.server import Emulator

__all__ = ["Behaviours", "Emulator", "EmulatorError", "Fault", "LinkRow", "LoggedRequest", "Seed"]

_MODULES = {
    "Behaviours": "behaviours",
    "Emulator": "server",
    "EmulatorError": "errors",
    "Fault": "faults",
    "LinkRow": "schemas",
    "LoggedRequest": "request_log",
    "Seed": "seed",
}
_MODULES_OF_EXTRA = {"fastapi", "starlette", "uvicorn", "yaml"}


def _load(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        module = import_module(f"{__name__}.{_MODULES[name]}")
    except ModuleNotFoundError as error:
        if error.name in {"sqlite3", "_sqlite3"}:
            raise ModuleNotFoundError(
                "The emulator needs a Python that was built with SQLite: this one has no sqlite3 module",
                name=error.name,
            ) from error
        if error.name not in _MODULES_OF_EXTRA:
            raise
        raise ModuleNotFoundError(
            "The emulator needs FastAPI, uvicorn and PyYAML: pip install 'pulumi-userplane[emulator]'", name=error.name
        ) from error
    return getattr(module, name)


# A type checker reads the names above; seeing this function, it would accept any other name, too.
if not TYPE_CHECKING:
    __getattr__ = _load
