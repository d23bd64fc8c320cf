"""Parameter files and dictionaries, as PyRadiomics has them and as the program takes them."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from .errors import BadDataError, NotFoundError

# In the order in which PyRadiomics enables them.
IMAGE_TYPES = [
    "Exponential",
    "Gradient",
    "LBP2D",
    "LBP3D",
    "LoG",
    "Logarithm",
    "Original",
    "Square",
    "SquareRoot",
    "Wavelet",
]
FEATURE_CLASSES = [
    "firstorder",
    "glcm",
    "gldm",
    "glrlm",
    "glszm",
    "ngtdm",
    "shape",
    "shape2D",
]
VOXEL_SETTINGS = {"kernelRadius", "maskedKernel", "initValue", "voxelBatch", "voxelBased"}


def default_settings() -> dict[str, Any]:
    """The settings that PyRadiomics' extractor begins with."""
    return {
        "minimumROIDimensions": 2,
        "minimumROISize": None,
        "normalize": False,
        "normalizeScale": 1,
        "removeOutliers": None,
        "resampledPixelSpacing": None,
        "interpolator": "sitkBSpline",
        "preCrop": False,
        "padDistance": 5,
        "distances": [1],
        "force2D": False,
        "force2Ddimension": 0,
        "resegmentRange": None,
        "label": 1,
        "additionalInfo": True,
    }


class _Loader(yaml.SafeLoader):
    """YAML 1.2's numbers, as PyRadiomics reads them: 1e-3 is one."""


_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)[eE][-+]?[0-9]+$"),
    list("-+.0123456789"),
)


def load(path: str | os.PathLike[str]) -> Any:
    """What a parameter file (YAML or JSON) holds, unchecked."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise NotFoundError(f"Parameter file {path} does not exist.", "not-found") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadDataError(f"Parameter file {path} cannot be read as text: {error}") from error
    try:
        return yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        raise BadDataError(f"The parameter file {path} is not valid YAML: {error}") from error


def as_json(sections: Any) -> str:
    """Sections as a parameter file for the program, without settings of voxel-based extraction."""
    if isinstance(sections, Mapping):
        sections = {name: value for name, value in sections.items() if name != "voxelSetting"}
        if isinstance(sections.get("setting"), Mapping):
            sections["setting"] = without_voxels(sections["setting"])
        if isinstance(sections.get("imageType"), Mapping):
            sections["imageType"] = {
                name: without_voxels(own) if isinstance(own, Mapping) else own
                for name, own in sections["imageType"].items()
            }
    return json.dumps(sections, default=_plain)


def without_voxels(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings without those of voxel-based extraction."""
    return {name: value for name, value in settings.items() if name not in VOXEL_SETTINGS}


def _plain(value: Any) -> Any:
    """NumPy's numbers and arrays as Python's, tuples and sets are lists already or become so."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return str(value)
