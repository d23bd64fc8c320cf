"""What the programs say, as exceptions: a class for each exit code."""

from __future__ import annotations

from typing import Any


class TrabeculaError(Exception):
    """A program ended with another exit code than 0; the message is its own sentence.

    Attributes:
        exit_code: the exit code, negative for a signal.
        code: the kind of failure as the program names it, as ``label-absent``; None where it names none.
    """

    exit_code: int = 70

    def __init__(self, message: str, code: str | None = None, exit_code: int | None = None):
        super().__init__(message)
        self.code = code
        if exit_code is not None:
            self.exit_code = exit_code

    def __str__(self) -> str:
        return str(self.args[0])


class SomeCasesFailed(TrabeculaError):
    """A batch has finished, but some of its cases failed.

    Attributes:
        table: the whole result; rows that failed have no features, and say why in ``Failure``.
    """

    exit_code = 1

    def __init__(self, message: str, table: Any = None):
        super().__init__(message)
        self.table = table


class UsageError(TrabeculaError, ValueError):
    """The program does not take its arguments."""

    exit_code = 64


class BadDataError(TrabeculaError, ValueError):
    """An image, a mask or a parameter cannot be used."""

    exit_code = 65


class NotFoundError(BadDataError, FileNotFoundError):
    """A file is not there."""


class UnavailableError(TrabeculaError, RuntimeError):
    """Something that is needed is not there: the program itself, a database, another program."""

    exit_code = 69


class CannotWriteError(TrabeculaError, OSError):
    """A result cannot be written."""

    exit_code = 73


class TryAgainError(TrabeculaError, RuntimeError):
    """Not now: another process holds what is needed."""

    exit_code = 75


class ProgramFailed(TrabeculaError, RuntimeError):
    """The program ended by a signal, or with an exit code that it does not promise."""


_BY_EXIT_CODE = {
    kind.exit_code: kind
    for kind in (UsageError, BadDataError, UnavailableError, CannotWriteError, TryAgainError)
}


def error(exit_code: int, message: str, code: str | None = None) -> TrabeculaError:
    """The exception for an exit code and the program's sentence."""
    if code == "not-found":
        return NotFoundError(message, code)
    kind = _BY_EXIT_CODE.get(exit_code)
    if kind is not None:
        return kind(message, code)
    ending = f"signal {-exit_code}" if exit_code < 0 else f"exit code {exit_code}"
    return ProgramFailed(f"The program ended with {ending}. {message}".strip(), code, exit_code)
