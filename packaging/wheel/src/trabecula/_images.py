"""Images and masks as files that the program reads."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from .errors import BadDataError, CannotWriteError


def is_path(value: Any) -> bool:
    """Whether a value names a file."""
    return isinstance(value, (str, os.PathLike))


def as_file(value: Any, name: str, folder: Path, channel: int = 0) -> str:
    """The path of an image: its own, or that of a copy in `folder` of an image of SimpleITK.

    NRRD keeps all digits of spacing, origin and directions. Of a mask with channels the copy has `channel`.
    """
    if is_path(value):
        return os.path.abspath(os.fspath(value))
    if not hasattr(value, "GetPixelIDTypeAsString"):
        raise BadDataError(
            f"The {name} is neither a path nor an image of SimpleITK, but {type(value).__name__}."
        )
    import SimpleITK  # whoever has an image of it has it

    if name == "mask" and value.GetNumberOfComponentsPerPixel() > 1:
        channels = value.GetNumberOfComponentsPerPixel()
        if not 0 <= channel < channels:
            raise BadDataError(f"label_channel is {channel}, but the mask has {channels} channels, from 0.")
        value = SimpleITK.VectorIndexSelectionCast(value, channel)
    path = folder / f"{name}.nrrd"
    try:
        SimpleITK.WriteImage(value, str(path), False)
    except RuntimeError as error:
        raise CannotWriteError(f"The {name} cannot be written to {folder}: {error}") from error
    return str(path)
