"""The one error that the emulator itself raises: a start or a command by hand that can't be done."""


class EmulatorError(Exception):
    """Says in one line what was tried, what went wrong and what to do."""


class UnknownIdError(EmulatorError):
    """There is nothing with the id that was named."""
