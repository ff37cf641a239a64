"""The entry of `erc`: all commands, and the one place where errors become messages and exit codes.

Exit codes: 0 done, 1 an error with a hint, 2 a wrong command line, 3 a run that ended short of its plan,
130 interrupted.
"""

from __future__ import annotations

import io
import os
import signal
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress

import typer
from typer.exceptions import TyperException

from erc_engine import __version__
from erc_engine.cli import app as browser_app
from erc_engine.cli import (
    corpora,
    curation,
    disagreement,
    experiments,
    generation,
    imbalance,
    jobs,
    lab,
    labels,
    models,
    quality,
    recipes,
    release,
    review,
    runs,
    verification,
)
from erc_engine.cli.output import fail, note
from erc_engine.errors import ErcError, InputError, UnavailableError

INTERRUPTED = 130

app = typer.Typer(
    name="erc",
    help="ERC Studio: audit, generate, review, train and compare emotion recognition in conversation.\n\n"
    "A first look: erc demo. The workspace is ./workspace, or the folder in ERC_HOME.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _version(asked: bool) -> None:
    if asked:
        print(f"erc {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    pass


GROUPS = (
    corpora, recipes, lab, generation, models, runs, curation, labels, review, verification, imbalance, disagreement,
    quality, release, experiments, jobs, browser_app,
)  # fmt: skip
for group in GROUPS:
    group.register(app)


def main(arguments: Sequence[str] | None = None) -> None:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that is not UTF-8 shows what it can
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a scheduler's stop is an interrupt, like Ctrl-C
    sys.exit(run(list(sys.argv[1:] if arguments is None else arguments)))


def run(arguments: list[str]) -> int:
    """Run one command and answer with its exit code."""
    if sys.stdout is None:  # as after >&-
        note("error: standard output is closed")
        return 1
    try:
        code = _code(arguments, "--json" in arguments)
    except (BrokenPipeError, SystemExit):  # the reader has gone, as with `| head`; typer and rich end themselves then
        _silence()
        return 0
    return _written(lambda: None, code)


def _written(write: Callable[[], None], code: int) -> int:
    """`code` once everything is written, also if the reader has gone; 1 where standard output takes no more."""
    try:
        write()
        sys.stdout.flush()
    except BrokenPipeError:
        _silence()
    except OSError as error:
        _silence()
        with suppress(OSError):
            note(f"error: standard output: {error.strerror or error}")
        return 1
    return code


def _silence() -> None:
    """What is still to be written goes nowhere, so that Python's own end does not stumble over it."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _failed(error: ErcError, as_json: bool, code: int = 1) -> int:
    return _written(lambda: fail(error, as_json), code)


def _code(arguments: list[str], as_json: bool) -> int:
    try:
        code = app(args=arguments, prog_name="erc", standalone_mode=False)
        if code == INTERRUPTED:  # typer has taken the KeyboardInterrupt
            return _interrupted(as_json)
        return code if isinstance(code, int) else 0
    except ErcError as error:
        return _failed(error, as_json)
    except TyperException as error:
        message = error.format_message()
        if type(error).__name__ == "NoArgsIsHelpError":  # its message is the help
            return _written(lambda: note(message), 2)
        hint = "erc --help lists the commands, erc COMMAND --help what each takes"
        return _failed(InputError(message, hint=hint, code="usage"), as_json, 2)
    except (KeyboardInterrupt, typer.Abort):
        return _interrupted(as_json)
    except BrokenPipeError:
        raise
    except OSError as error:
        if code := _written(lambda: None, 0):
            return code
        hint = "check the path, its permissions and the space on the disk"
        what = f"{error.filename or 'the disk'}: {error.strerror or error}"
        return _failed(UnavailableError(what, hint=hint), as_json)
    except Exception as error:
        if os.environ.get("ERC_DEBUG"):
            raise
        hint = "this is a fault in erc: set ERC_DEBUG=1 to see the traceback, and please report it"
        return _failed(ErcError(f"{type(error).__name__}: {error}", hint=hint, code="unexpected"), as_json)


def _interrupted(as_json: bool) -> int:
    hint = "the same command again goes on from there"
    return _failed(ErcError("interrupted; what was done is saved", hint=hint, code="interrupted"), as_json, INTERRUPTED)


if __name__ == "__main__":
    main()
