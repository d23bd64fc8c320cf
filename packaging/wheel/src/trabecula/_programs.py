"""The programs that lie in this package."""

from __future__ import annotations

import csv
import logging
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Callable

from .errors import UnavailableError, error

logger = logging.getLogger("trabecula")

_FOLDER = Path(__file__).resolve().parent / "bin"


def path_of(program: str) -> str:
    """Where a program lies: in this package, or in the folder that TRABECULA_PROGRAMS names."""
    path = Path(os.environ.get("TRABECULA_PROGRAMS") or _FOLDER) / program
    if not os.access(path, os.X_OK):
        raise UnavailableError(
            f"{path} is no program; install the wheel again, or let TRABECULA_PROGRAMS name its folder."
        )
    return str(path)


def _become(program: str) -> None:
    path = path_of(program)
    os.execv(path, [path, *sys.argv[1:]])


def coordinator() -> None:
    """Becomes the program `coordinator`, which keeps arguments, signals and exit code."""
    _become("coordinator")


def worker() -> None:
    """Becomes the program `worker`, which keeps arguments, signals and exit code."""
    _become("worker")


def extract(
    arguments: Sequence[str],
    failures: Path | None = None,
    heard: Callable[[str], None] = logger.info,
) -> int:
    """Runs `worker extract`, and ends it when the caller is interrupted.

    Its warnings go to the logger; every other line of its standard error is given to `heard`.

    Args:
        failures: the table of cases that failed, which `--failures` names.
    Returns: 0, or 1 where some cases of a batch failed.
    Raises: TrabeculaError of any other exit code, with the program's sentence.
    """
    command = [path_of("worker"), "extract", *arguments]
    said: list[str] = []
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        errors="replace",
    ) as process:
        try:
            assert process.stderr is not None
            for line in process.stderr:
                _sort(line.rstrip("\n"), said, heard)
        except BaseException:
            process.terminate()
            raise
    if process.returncode in (0, 1):
        return process.returncode
    raise _failure(process.returncode, said, failures)


def _sort(line: str, said: list[str], heard: Callable[[str], None]) -> None:
    """A warning has `warning: ` after the name of its case."""
    before, found, warning = line.partition(": warning: ")
    if found:
        logger.warning("%s", warning if before == "case 1" else f"{before}: {warning}")
    else:
        said.append(line)
        heard(line)


def _failure(exit_code: int, said: list[str], failures: Path | None) -> Exception:
    """The sentence comes from the table of failures; where that was not written, from standard error."""
    if failures is not None and failures.exists():
        for row in read_failures(failures):
            return error(exit_code, f"{row['Sentence']} {row['Remedy']}".strip(), row["Code"])
    message = "\n".join(said).strip()
    return error(exit_code, message[7:] if message.startswith("Error: ") else message)


def read_failures(path: Path) -> list[dict[str, str]]:
    """The rows of a table of failures: Row, Code, Sentence, Remedy, and the row as it was given."""
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))
