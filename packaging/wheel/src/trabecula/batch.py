"""A batch over a table: the program's own batch mode, several cases at a time."""

from __future__ import annotations

import csv
import json
import logging
import os
import re
import sys
import tempfile
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Callable

from . import _parameters, _programs, _results
from .errors import BadDataError, SomeCasesFailed
from .featureextractor import RadiomicsFeatureExtractor

logger = logging.getLogger(__name__)

_COLUMNS = ["Image", "Mask", "Label", "Segment", "Label_channel"]
FAILURE = "Failure"


def extract_table(
    table: Any,
    params: Any = None,
    jobs: int = 1,
    progress: bool = True,
    output: os.PathLike[str] | str | None = None,
    on_failure: str = "warn",
) -> Any:
    """Extracts the features of every row of a table.

    Args:
        table: a pandas DataFrame, or a list of dictionaries, with columns ``Image`` and ``Mask`` (paths),
            optionally ``Label``, ``Segment`` and ``Label_channel``; further columns pass through.
        params: a RadiomicsFeatureExtractor, or what makes one: a parameter file, a dictionary; or the name
            of a profile of the program, as ``mr-1197``.
        jobs: cases at a time.
        progress: a bar if tqdm is installed, else the program's lines on standard error.
        output: a JSON file that is kept; started again with the same, only what is missing is computed.
        on_failure: ``"warn"``, or ``"raise"`` to raise SomeCasesFailed, which has the table, at the end.
    Returns: rows as they came, each with its diagnostics and features: a DataFrame with the index of
        ``table``, or a list. A row that failed has none, and says why in the column ``Failure``.
    Raises:
        TrabeculaError: with the program's sentence; nothing was computed then.
    """
    if on_failure not in ("warn", "raise"):
        raise BadDataError(f"on_failure is 'warn' or 'raise', not {on_failure!r}.")
    rows = _rows(table)
    with tempfile.TemporaryDirectory(prefix="trabecula-") as name:
        folder = Path(name)
        found, failures = _extracted(folder, rows, params, jobs, progress, output)
    results = _joined(rows, found, failures)
    result = _like(table, results)
    for row, failure in failures.items():
        logger.warning("row %d: %s", row, failure)
    if failures and on_failure == "raise":
        raise SomeCasesFailed(
            f"{len(failures)} of {len(rows)} cases failed; the column {FAILURE} of its table says why.",
            result,
        )
    return result


def _rows(table: Any) -> list[dict[str, Any]]:
    """The rows of a DataFrame or of a list."""
    if hasattr(table, "to_dict") and hasattr(table, "columns"):
        rows = table.to_dict("records")
    else:
        rows = [dict(row) for row in table]
    for number, row in enumerate(rows, 1):
        for name in ("Image", "Mask"):
            if name not in row:
                raise BadDataError(
                    f"The table needs columns Image and Mask; row {number} has: {', '.join(map(str, row))}."
                )
    if not rows:
        raise BadDataError("The table has no row; add one a case.")
    return rows


def _extracted(
    folder: Path, rows: list[dict[str, Any]], params: Any, jobs: int, progress: bool, output: Any
) -> tuple[list[OrderedDict[str, Any]], dict[int, str]]:
    """What was found of each row, and the failures by the number of the row, from 1."""
    manifest, failures = folder / "batch.csv", folder / "failures.csv"
    _write_manifest(manifest, rows)
    kept = Path(os.path.abspath(output)) if output is not None else folder / "out.json"
    arguments, extractor = _parameter_arguments(folder, params)
    arguments += ["-f", "json", "-o", str(kept), "--failures", str(failures), "-j", str(jobs)]
    with _Progress(len(rows), progress) as shown:
        _programs.extract([*arguments, "--progress", str(manifest)], failures, heard=shown.hear)
    cases = json.loads(kept.read_text(encoding="utf-8"))
    if extractor is None:
        found = [_results.plain(case) for case in cases]
    else:
        settings = extractor.settings
        found = [
            _results.signature(
                case,
                {**settings, **_label(case)},
                extractor.enabledImagetypes,
                extractor.enabledFeatures,
            )
            for case in cases
        ]
    return found, {
        int(row["Row"]): f"{row['Code']}: {row['Sentence']} {row['Remedy']}".strip()
        for row in _programs.read_failures(failures)
    }


def _label(case: Mapping[str, Any]) -> dict[str, int]:
    """The label of a row that has one; pandas makes 1.0 of 1 in a column with gaps."""
    return {"label": int(float(case["Label"]))} if case.get("Label") else {}


def _write_manifest(path: Path, rows: list[dict[str, Any]]) -> None:
    """The program's batch; columns that say nothing to it are not written."""
    columns = [name for name in _COLUMNS if any(name in row for row in rows)]
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        for row in rows:
            writer.writerow([_field(name, row.get(name)) for name in columns])


def _field(name: str, value: Any) -> Any:
    if value is None or value == "" or value != value:  # NaN, as pandas has a gap
        return ""
    if name == "Segment" and isinstance(value, float) and value.is_integer():
        return int(value)  # pandas makes 1.0 of 1 in a column with gaps
    return os.path.abspath(os.fspath(value)) if name in ("Image", "Mask") else value


def _parameter_arguments(folder: Path, params: Any) -> tuple[list[str], RadiomicsFeatureExtractor | None]:
    """Arguments for the program, and the extractor whose order the result has; none for a profile."""
    if isinstance(params, str) and not os.path.exists(params) and os.sep not in params:
        return ["--param", params], None
    if isinstance(params, RadiomicsFeatureExtractor):
        extractor = params
    else:
        extractor = RadiomicsFeatureExtractor() if params is None else RadiomicsFeatureExtractor(params)
    file = folder / "parameters.json"
    file.write_text(_parameters.as_json(_sections(extractor)), encoding="utf-8")
    return ["--param", str(file)], extractor


def _sections(extractor: RadiomicsFeatureExtractor) -> dict[str, Any]:
    """Where simply all classes are enabled, shape2D is not meant for volumes unless force2D says so."""
    sections = extractor._sections()
    classes = sections["featureClass"]
    everything = len(classes) == len(_parameters.FEATURE_CLASSES) and not any(classes.values())
    if everything and not sections["setting"].get("force2D"):
        sections["featureClass"] = {name: [] for name in classes if name != "shape2D"}
    return sections


def _joined(
    rows: list[dict[str, Any]], found: list[OrderedDict[str, Any]], failures: Mapping[int, str]
) -> list[dict[str, Any]]:
    """Each row with what was found of it."""
    return [
        {**row, FAILURE: failures.get(number, ""), **({} if number in failures else case)}
        for number, (row, case) in enumerate(zip(rows, found), 1)
    ]


def _like(table: Any, results: list[dict[str, Any]]) -> Any:
    """A DataFrame for a DataFrame, and a list for a list."""
    if not hasattr(table, "columns"):
        return results
    columns: dict[str, None] = {}
    for row in results:
        columns.update(dict.fromkeys(row))
    return type(table)(results, index=table.index, columns=list(columns))


class _Progress:
    """Shows how far a batch is, from the program's lines."""

    _LINE = re.compile(r"(\d+) of \d+ cases")

    def __init__(self, total: int, wanted: bool):
        self._bar: Any = None
        self._show: Callable[[str], Any] = logger.info
        self._seen = 0
        if wanted:
            try:
                from tqdm.auto import tqdm

                self._bar = tqdm(total=total, unit="case")
            except ImportError:
                self._show = lambda line: print(line, file=sys.stderr)

    def __enter__(self) -> _Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()

    def hear(self, line: str) -> None:
        """Takes a line of the program's standard error; failures come again, in the table of them."""
        counted = self._LINE.match(line)
        if counted is None:
            return
        if self._bar is None:
            self._show(line)
        else:
            self._bar.update(int(counted.group(1)) - self._seen)
            self._seen = int(counted.group(1))
