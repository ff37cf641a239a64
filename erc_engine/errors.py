"""What can go wrong, said so that a person knows what to do next.

    raise InputError("column 'Emotion' is missing from train_sent_emo.csv",
                     hint="map your own column with --map label=NAME")

Foreign exceptions become one of these at the edge, once. A refusal that belongs to the normal
course of work (a rejected dialogue) is a value, not an exception.
"""

from __future__ import annotations


class ErcError(Exception):
    """Base of all our errors: `code` is stable for scripts, `hint` says what to do."""

    code = "error"
    retryable = False

    def __init__(self, message: str, *, hint: str = "", code: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        if code is not None:
            self.code = code

    def to_json(self) -> dict[str, str]:
        return {"code": self.code, "message": self.message, "hint": self.hint}


class InputError(ErcError):
    """A file, an argument or a document that cannot be used as it is."""

    code = "input"


class NotFoundError(ErcError):
    """A name or id that this workspace does not have."""

    code = "not_found"


class ConflictError(ErcError):
    """A name already taken by something else, or arguments changed since the first run."""

    code = "conflict"


class RefusedError(ErcError):
    """Possible, but against a promise: test data in training, contaminated sets, licences."""

    code = "refused"


class UnavailableError(ErcError):
    """A server, a database, a disk or an optional package that is not there right now."""

    code = "unavailable"
    retryable = True


class ModelError(ErcError):
    """A chat model that could not answer one request: refused, timed out, or broke off."""

    code = "model"

    def __init__(self, message: str, *, hint: str = "", code: str | None = None, retryable: bool = False) -> None:
        super().__init__(message, hint=hint, code=code)
        self.retryable = retryable
