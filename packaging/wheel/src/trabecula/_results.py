"""What the program found, with PyRadiomics' names in PyRadiomics' order."""

from __future__ import annotations

import math
import platform
import sys
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any

_IMAGE_TYPES_OF_PREFIXES = {
    "original": "Original",
    "exponential": "Exponential",
    "gradient": "Gradient",
    "logarithm": "Logarithm",
    "square": "Square",
    "squareroot": "SquareRoot",
    "wavelet": "Wavelet",
    "log-sigma": "LoG",
    "lbp-2D": "LBP2D",
    "lbp-3D": "LBP3D",
}
_SHAPES = ["shape", "shape2D"]
# What the caller gave, which stands in the program's object too.
_GIVEN = {"Image", "Mask", "Label", "Segment", "Label_channel", "error"}
# Of a copy in a temporary folder it would mean nothing.
_OF_FILES = {
    "image": "diagnostics_Image-original_FileSHA256",
    "mask": "diagnostics_Mask-original_FileSHA256",
}


def signature(
    found: Mapping[str, Any],
    settings: Mapping[str, Any],
    image_types: Mapping[str, Any],
    classes: Mapping[str, Sequence[str] | None],
    copies: Sequence[str] = (),
) -> OrderedDict[str, Any]:
    """PyRadiomics' feature vector of one case.

    Args:
        found: the program's object of the case.
        settings: what `diagnostics_Configuration_Settings` says, as in PyRadiomics.
        copies: which of `image` and `mask` were written to temporary files.
    """
    diagnostics: OrderedDict[str, Any] = OrderedDict()
    features: list[str] = []
    left_out = {_OF_FILES[name] for name in copies}
    for name, value in found.items():
        if name.startswith("diagnostics_"):
            if name not in left_out:
                diagnostics[name] = _diagnostic(name, value)
            if name == "diagnostics_Versions_Extractor":
                diagnostics["diagnostics_Versions_Python"] = platform.python_version()
        elif name not in _GIVEN and _is_wanted(name, image_types, classes):
            features.append(name)
    if diagnostics:
        diagnostics["diagnostics_Configuration_Settings"] = dict(settings)
        diagnostics["diagnostics_Configuration_EnabledImageTypes"] = dict(image_types)
    features.sort(key=_order(features, image_types, classes))
    for name in features:
        value = found[name]
        diagnostics[name] = math.nan if value is None else float(value)
    return diagnostics


def plain(found: Mapping[str, Any]) -> OrderedDict[str, Any]:
    """What the program found, in its own order."""
    return OrderedDict(
        (name, math.nan if value is None else _diagnostic(name, value))
        for name, value in found.items()
        if name not in _GIVEN
    )


def _diagnostic(name: str, value: Any) -> Any:
    if isinstance(value, list):
        return tuple(value)
    if name.endswith(("_Mean", "_Minimum", "_Maximum")):
        return float(value)
    return value


def _is_wanted(name: str, image_types: Mapping[str, Any], classes: Mapping[str, Any]) -> bool:
    """Whether the class is enabled, and an image type; shape needs none."""
    kind = (name.split("_", 2) + [""])[1]
    return kind in _SHAPES or (kind in classes and bool(image_types))


def _image_type(prefix: str) -> str:
    """The image type of `wavelet2-LLH` is Wavelet."""
    if prefix in _IMAGE_TYPES_OF_PREFIXES:
        return _IMAGE_TYPES_OF_PREFIXES[prefix]
    for start, image_type in _IMAGE_TYPES_OF_PREFIXES.items():
        if prefix.startswith(start):
            return image_type
    return prefix


def _order(
    names: Sequence[str],
    image_types: Mapping[str, Any],
    classes: Mapping[str, Sequence[str] | None],
) -> Any:
    """The key by which PyRadiomics' order sorts: shape, then image types, classes and features as enabled."""
    types = {name: place for place, name in enumerate(image_types)}
    class_places = {name: place for place, name in enumerate(classes)}
    first: dict[str, int] = {}
    for place, name in enumerate(names):
        first.setdefault(name.split("_", 1)[0], place)

    def key(name: str) -> tuple:
        prefix, kind, feature = (name.split("_", 2) + ["", ""])[:3]
        if kind in _SHAPES:
            return (0, _SHAPES.index(kind), 0, 0, _feature_place(feature, classes.get(kind)))
        return (
            1,
            types.get(_image_type(prefix), len(types)),
            first[prefix],
            class_places.get(kind, len(classes)),
            _feature_place(feature, classes.get(kind)),
        )

    return key


def _feature_place(feature: str, listed: Sequence[str] | None) -> tuple:
    """As listed; else by the name of PyRadiomics' method, which puts MeanAbsoluteDeviation before Mean."""
    if listed and feature in listed:
        return (list(listed).index(feature), "")
    return (sys.maxsize, feature + "FeatureValue")
