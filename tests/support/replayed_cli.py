"""A Pulumi CLI that says again what the real one printed; it starts in milliseconds and can change nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_SCRIPT = """#!/usr/bin/env bash
echo "$*" >> "$RECORDED/calls"
case $1 in
preview) [[ " $* " == *" --json "* ]] && name=preview || name=preview-text ;;
refresh) name=refresh ;;
up) name=up-$(grep -c ^up "$RECORDED/calls") ;;
stack) name=export-$(grep -c ^stack "$RECORDED/calls") ;;
*) echo "nobody recorded pulumi $*" >&2; exit 70 ;;
esac
while [[ $# -gt 0 ]]; do
    [[ $1 == --save-plan && -f $RECORDED/plan ]] && cp "$RECORDED/plan" "$2"
    [[ $1 == --plan ]] && cat "$2" >> "$RECORDED/applied"
    shift
done
[[ -f $RECORDED/$name.err ]] && cat "$RECORDED/$name.err" >&2
cat "$RECORDED/$name"
[[ -f $RECORDED/$name.wait ]] && { trap 'echo canceled; exit 1' INT; echo started; while :; do sleep 0.01; done; }
exit "$(cat "$RECORDED/$name.code" 2>/dev/null || echo 0)"
"""


class ReplayedCli:
    """The files that the CLI prints: `preview`, `refresh`, `up-1`, `export-1` and so on, and `plan`.

    A preview without --json prints `preview-text`. With the ending `.code` they say how it ends, with `.err` what it
    prints on standard error; `.wait` lets it wait to be canceled.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        program = folder / "bin" / "pulumi"
        program.parent.mkdir()
        program.write_text(_SCRIPT, "utf-8")
        program.chmod(0o755)
        (folder / "calls").touch()
        self.say(plan="{}")

    @property
    def environ(self) -> dict[str, str]:
        """What has to come into the environment, PATH apart."""
        return {"RECORDED": str(self.folder)}

    @property
    def path(self) -> str:
        """What has to come first on PATH."""
        return str(self.folder / "bin")

    def say(self, **texts: str) -> None:
        """Writes files; `_` in a name stands for a hyphen, two for a dot."""
        for name, text in texts.items():
            (self.folder / name.replace("__", ".").replace("_", "-")).write_text(text, "utf-8")

    def forget(self, *names: str) -> None:
        """Removes files, and what was called."""
        for name in names:
            (self.folder / name).unlink()

    @property
    def calls(self) -> list[list[str]]:
        """The commands that were run."""
        return [line.split() for line in (self.folder / "calls").read_text("utf-8").splitlines()]

    @property
    def applied(self) -> str:
        """The plans that were applied."""
        file = self.folder / "applied"
        return file.read_text("utf-8") if file.exists() else ""
