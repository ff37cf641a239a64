"""The entry of `erc`: all commands, and the one place where errors become messages and exit codes.

Exit codes: 0 done, 1 an error with a hint, 2 a wrong command line, 3 a run that ended short of its plan,
130 interrupted.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence

import typer
from typer.exceptions import TyperException

from erc_engine import __version__
from erc_engine.cli import corpora, curation, experiments, generation, jobs, labels
from erc_engine.cli.output import fail, note
from erc_engine.errors import ErcError, InputError, UnavailableError

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


for group in (corpora, generation, curation, labels, experiments, jobs):
    group.register(app)


def main(arguments: Sequence[str] | None = None) -> None:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal that is not UTF-8 shows what it can
    sys.exit(run(list(sys.argv[1:] if arguments is None else arguments)))


def run(arguments: list[str]) -> int:
    """Run one command and answer with its exit code."""
    try:
        code = _code(arguments, "--json" in arguments)
        sys.stdout.flush()
        return code
    except (BrokenPipeError, SystemExit):  # the reader has gone, as with `| head`; typer and rich end themselves then
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _code(arguments: list[str], as_json: bool) -> int:
    try:
        code = app(args=arguments, prog_name="erc", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except ErcError as error:
        fail(error, as_json)
        return 1
    except TyperException as error:
        if type(error).__name__ == "NoArgsIsHelpError":  # its message is the help
            note(error.format_message())
            return 2
        hint = "erc --help lists the commands, erc COMMAND --help what each takes"
        fail(InputError(error.format_message(), hint=hint, code="usage"), as_json)
        return 2
    except (KeyboardInterrupt, typer.Abort):
        hint = "the same command again goes on from there"
        fail(ErcError("interrupted; what was done is saved", hint=hint, code="interrupted"), as_json)
        return 130
    except BrokenPipeError:
        raise
    except OSError as error:
        hint = "check the path, its permissions and the space on the disk"
        fail(UnavailableError(f"{error.filename or 'the disk'}: {error.strerror or error}", hint=hint), as_json)
        return 1
    except Exception as error:
        if os.environ.get("ERC_DEBUG"):
            raise
        hint = "this is a fault in erc: set ERC_DEBUG=1 to see the traceback, and please report it"
        fail(ErcError(f"{type(error).__name__}: {error}", hint=hint, code="unexpected"), as_json)
        return 1


if __name__ == "__main__":
    main()
