"""The errors that the emulator raises in the program that starts or changes it; they load nothing else."""


class EmulatorError(Exception):
    """The emulator can't start, or can't do what was asked; one line that says what went wrong and what to do."""


class UnknownIdError(EmulatorError):
    """The emulator holds nothing with the id that was given."""
