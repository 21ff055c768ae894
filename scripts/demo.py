"""The quickstart on the real Pulumi CLI and the emulator, step by step; every step checks what it says."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import sys
import time
from pathlib import Path

import requests

from scripts.demo_ending import is_watched, print_next_steps, wait_for_enter
from scripts.demo_stage import (
    FOLDER,
    ROOT,
    WORKSPACE,
    Demo,
    DemoError,
    console,
    print_heading,
    print_output,
    print_proof,
    print_remark,
    require,
)

STACK = "emulator"
TITLE = "Show us what went wrong"
NEW_TITLE = "Tell us what happened"
FOUND_TITLE = "Report a problem in the app"
EDITED_TITLE = "Edited in the dashboard"


def create_three_links(demo: Demo) -> None:
    """Three links."""
    print_remark(
        "The program is examples/quickstart/__main__.py: `minimal` has only its domain,\n"
        "`complete` has every field, `found` is on a domain looked up by its address."
    )
    demo.run(f"pulumi stack init {STACK}")
    demo.run("pulumi up --yes")
    minimal, complete, found = demo.link(None), demo.link(TITLE), demo.link(FOUND_TITLE)
    require(minimal["domain"]["domainId"] == "dom_help", "`minimal` is on another domain")
    require(found["domain"]["url"] == "app.acme.example", "`found` is on another domain")
    require(complete["linkProviderType"] == "zendesk" and complete["meta"], "`complete` lacks a field")
    require(len(demo.live_links()) == len((minimal, complete, found)), "there are more links than three")
    print_proof("the emulator's database holds these three links.")


def change_one_field(demo: Demo) -> None:
    """One field changes: one PUT with just that field."""
    complete = demo.link(TITLE)
    print_remark("The title of `complete` is a setting. The preview names the field, its old and its new value.")
    demo.run(f'pulumi config set title "{NEW_TITLE}"')
    preview = demo.run("pulumi preview --diff")
    require(f'link_title: "{TITLE}" => "{NEW_TITLE}"' in preview, "the preview does not show the old and the new title")
    demo.run("pulumi up --yes --skip-preview")
    demo.check_writes(("PUT", complete["linkId"], {"linkTitle": NEW_TITLE}))


def repair_drift(demo: Demo) -> None:
    """A title is edited outside Pulumi: Pulumi sees it and repairs it."""
    found = demo.link(FOUND_TITLE)
    print_remark("Somebody edits the title of `found` outside Pulumi.")
    demo.curl("PATCH", f"/_control/links/{found['linkId']}", {"linkTitle": EDITED_TITLE})
    print_remark("With --refresh Pulumi reads the links first: see the title that is there, and the one it will be.")
    preview = demo.run("pulumi preview --diff --refresh")
    require(f'link_title: "{EDITED_TITLE}" => "{FOUND_TITLE}"' in preview, "the preview does not show the edited title")
    demo.run("pulumi up --yes --skip-preview --refresh")
    demo.check_writes(("PUT", found["linkId"], {"linkTitle": FOUND_TITLE}))


def recreate_deleted_link(demo: Demo) -> None:
    """A link is deleted outside Pulumi: Pulumi notices and creates it again."""
    lost = demo.link(None)
    print_remark("Somebody deletes `minimal` outside Pulumi. From now on Userplane responds with 410 LINK_GONE.")
    demo.curl("DELETE", f"/_control/links/{lost['linkId']}")
    response = demo.curl("GET", f"/api/v1/public/workspace/{WORKSPACE}/links/{lost['linkId']}")
    require(response.status_code == requests.codes.gone, f"the response is {response.status_code}, not 410")
    print_remark("A refresh takes it out of the stack and says why. It changes nothing at Userplane.")
    refresh = demo.run("pulumi refresh --yes --skip-preview")
    require("1 deleted" in refresh and "LINK_GONE" in refresh, "the refresh does not drop the link and say why")
    demo.check_writes()
    print_remark("The program still declares it: the next update makes it again, with a new address.")
    demo.run("pulumi up --yes --skip-preview")
    new = demo.link(None)
    require(new["linkId"] != lost["linkId"], "the link has not been made again")
    print_proof(f"{lost['linkId']} is gone, {new['linkId']} is in its place.")


STEPS = (create_three_links, change_one_field, repair_drift, recreate_deleted_link)


def _remove_old_state() -> None:
    """Clears the last demo and this shell's own accounts."""
    for name in [name for name in os.environ if name.startswith(("PULUMI_", "USERPLANE_"))]:
        del os.environ[name]
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    if not shutil.which("pulumi"):
        raise DemoError("there is no Pulumi CLI on PATH; `make demo` gets one")
    shutil.rmtree(FOLDER, ignore_errors=True)
    (ROOT / f"Pulumi.{STACK}.yaml").unlink(missing_ok=True)
    (FOLDER / "state").mkdir(parents=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _stop(number: int, _frame: object) -> None:
    raise SystemExit(128 + number)


def main() -> None:
    """Runs the steps; exits with 1 and one sentence when one of them does not hold."""
    for ending in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(ending, _stop)
    started = time.monotonic()
    try:
        _remove_old_state()
        demo = Demo(_free_port())
        console.print("[bold]Userplane recording links on the real Pulumi[/]")
        print_output("No account is needed: Userplane is an emulator, the stack a file, both in .demo.")
        with demo.emulator():
            print_output(f"The emulator's page shows the links and each request: {demo.page}")
            for number, step in enumerate(STEPS, start=1):
                print_heading(number, step.__doc__ or "")
                demo.begin_step()
                step(demo)
            console.print(f"\nAll of it held, in {time.monotonic() - started:.0f} seconds.", style="green")
            print_heading(len(STEPS) + 1, "Go on yourself")
            if watched := is_watched():
                wait_for_enter(demo, NEW_TITLE)
        if watched:
            print_remark("The emulator has ended. Nothing of the demo is running any more.")
        else:
            print_next_steps(demo)
    except DemoError as error:
        sys.exit(f"The demo failed: {error}. `make demo` starts afresh.")
    except KeyboardInterrupt:
        sys.exit("The demo was interrupted; nothing of it is running any more.")


if __name__ == "__main__":
    main()
