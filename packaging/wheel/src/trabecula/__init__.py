"""Trabecula for Python: PyRadiomics' API, computed by the program `worker`, which lies in this package.

A script changes one import, ``from trabecula import featureextractor``.
"""

from __future__ import annotations

import logging
from importlib import metadata
from typing import Any

from . import (
    featureextractor,
    firstorder,
    glcm,
    gldm,
    glrlm,
    glszm,
    ngtdm,
    shape,
    shape2D,
)
from ._feature_classes import CLASSES
from ._parameters import IMAGE_TYPES
from .batch import extract_table
from .errors import (
    BadDataError,
    CannotWriteError,
    NotFoundError,
    ProgramFailed,
    SomeCasesFailed,
    TrabeculaError,
    TryAgainError,
    UnavailableError,
    UsageError,
)

__all__ = [
    "BadDataError",
    "CannotWriteError",
    "NotFoundError",
    "ProgramFailed",
    "SomeCasesFailed",
    "TrabeculaError",
    "TryAgainError",
    "UnavailableError",
    "UsageError",
    "extract_table",
    "featureextractor",
    "firstorder",
    "getFeatureClasses",
    "getImageTypes",
    "glcm",
    "gldm",
    "glrlm",
    "glszm",
    "logger",
    "ngtdm",
    "setVerbosity",
    "shape",
    "shape2D",
]

try:
    __version__ = metadata.version("trabecula")
except metadata.PackageNotFoundError:  # run from the sources
    __version__ = "0"

logger = logging.getLogger(__name__)
handler = logging.StreamHandler()
handler.setFormatter(logging.Formatter("%(message)s"))
handler.setLevel(logging.WARNING)
logger.setLevel(logging.INFO)
logger.addHandler(handler)


def setVerbosity(level: int) -> None:
    """From which level of `logging` on messages go to standard error; 60 is quiet."""
    handler.setLevel(min(max(level, 10), 60))
    if handler.level < logger.level:
        logger.setLevel(handler.level)


def getFeatureClasses() -> dict[str, Any]:
    """The feature classes by name."""
    return dict(CLASSES)


def getImageTypes() -> list[str]:
    """The names of the image types."""
    return list(IMAGE_TYPES)
