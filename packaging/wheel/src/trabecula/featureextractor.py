"""PyRadiomics' extractor, computed by the program `worker`."""

from __future__ import annotations

import copy
import json
import logging
import tempfile
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from . import _images, _parameters, _programs, _results
from ._parameters import FEATURE_CLASSES, IMAGE_TYPES
from .errors import BadDataError

logger = logging.getLogger(__name__)


class RadiomicsFeatureExtractor:
    """Extracts a radiomics signature of an image and a mask.

    The first argument may be a parameter file (YAML or JSON) or a dictionary with ``setting``,
    ``imageType`` and ``featureClass``; keyword arguments override single settings, as in PyRadiomics.
    Whatever the program does not know is refused with its sentence, and never ignored.

    Attributes:
        settings: the settings by name; may be changed between extractions.
        enabledImagetypes: image types with settings of their own.
        enabledFeatures: feature classes, each with the features wanted; an empty list wants all.

    Raises:
        NotFoundError: the parameter file is not there.
        BadDataError: a parameter is not known, or cannot be used.
    """

    def __init__(self, *args: Any, **kwargs: Any):
        self.settings: dict[str, Any] = _parameters.default_settings()
        self.enabledImagetypes: dict[str, Any] = {"Original": {}}
        self.enabledFeatures: dict[str, Sequence[str] | None] = {}
        self.featureClassNames = list(FEATURE_CLASSES)
        for name in FEATURE_CLASSES:
            if name != "shape2D":
                self.enabledFeatures[name] = []
        if len(args) == 1 and isinstance(args[0], dict):
            self._applyParams(paramsDict=args[0])
        elif len(args) == 1 and _images.is_path(args[0]):
            self._applyParams(paramsFile=args[0])
        if kwargs:
            self.settings.update(kwargs)
            self._check(self._sections())

    def addProvenance(self, provenance_on: bool = True) -> None:
        """Whether diagnostics come before the features."""
        self.settings["additionalInfo"] = provenance_on

    def loadParams(self, paramsFile: Any) -> None:
        """Takes settings, image types and features from a parameter file."""
        self._applyParams(paramsFile=paramsFile)

    def loadJSONParams(self, JSON_configuration: str) -> None:
        """Takes settings, image types and features from JSON text."""
        self._applyParams(paramsDict=json.loads(JSON_configuration))

    def _applyParams(self, paramsFile: Any = None, paramsDict: dict[str, Any] | None = None) -> None:
        params = _parameters.load(paramsFile) if paramsFile is not None else copy.deepcopy(paramsDict)
        self._check(params)
        params = params or {}
        self.enabledImagetypes = {
            name: own or {} for name, own in (params.get("imageType") or {"Original": {}}).items()
        }
        self.enabledFeatures = params.get("featureClass") or {name: [] for name in FEATURE_CLASSES}
        self.settings = _parameters.default_settings()
        self.settings.update(params.get("setting") or {})
        self.settings.update(params.get("voxelSetting") or {})

    def _check(self, sections: Any) -> None:
        """Lets the program read parameters; the image that it is given is none, which it says after."""
        with tempfile.TemporaryDirectory(prefix="trabecula-") as folder:
            file = Path(folder) / "parameters.json"
            failures = Path(folder) / "failures.csv"
            file.write_text(_parameters.as_json(sections or {}), encoding="utf-8")
            try:
                _programs.extract(
                    [
                        "--validate",
                        "--param",
                        str(file),
                        "--failures",
                        str(failures),
                        str(file),
                        str(file),
                    ],
                    heard=logger.debug,
                )
            except BadDataError:
                if not failures.exists():
                    raise

    def _sections(self, label: int | None = None, label_channel: int | None = None) -> dict[str, Any]:
        """What is enabled, as the sections of a parameter file."""
        settings = dict(self.settings)
        settings["additionalInfo"] = bool(settings.get("additionalInfo", False))
        if label is not None:
            settings["label"] = label
        if label_channel is not None:
            settings["label_channel"] = label_channel
        types = {name: own or {} for name, own in self.enabledImagetypes.items()}
        classes = dict(self.enabledFeatures)
        if "LoG" in types and not (types["LoG"].get("sigma") or settings.get("sigma")):
            logger.warning("Image type LoG has no sigma, and is left out.")
            del types["LoG"]
        if not types:
            # Shape is of the mask, whatever image types are enabled.
            types = {"Original": {}}
            classes = {name: listed for name, listed in classes.items() if name.startswith("shape")}
        return {"setting": settings, "imageType": types, "featureClass": _not_empty(classes)}

    def execute(
        self,
        imageFilepath: Any,
        maskFilepath: Any,
        label: int | None = None,
        label_channel: int | None = None,
        voxelBased: bool = False,
    ) -> OrderedDict[str, Any]:
        """Computes the signature of one region.

        Args:
            imageFilepath: a path, or an image of SimpleITK.
            maskFilepath: a path, or an image of SimpleITK.
            label: of the region in the mask; by default that of the settings, which is 1.
            label_channel: of a mask with several channels.
            voxelBased: is not supported yet.
        Returns: diagnostics, then features, under PyRadiomics' names in its order. An undefined value is NaN.
        Raises:
            TrabeculaError: with the program's sentence.
            NotImplementedError: for voxelBased.
        """
        if voxelBased:
            raise NotImplementedError(
                "Feature maps are not made by this module; leave voxelBased out, or use PyRadiomics for them."
            )
        sections = self._sections(label, label_channel)
        copies = [
            name
            for name, value in (("image", imageFilepath), ("mask", maskFilepath))
            if not _images.is_path(value)
        ]
        with tempfile.TemporaryDirectory(prefix="trabecula-") as folder:
            found = _fitting_case(Path(folder), imageFilepath, maskFilepath, sections)
        return _results.signature(
            found, sections["setting"], self.enabledImagetypes, self.enabledFeatures, copies
        )

    def enableAllImageTypes(self) -> None:
        """Enables every image type, without settings of its own; LoG needs ``sigma`` in the settings."""
        for name in IMAGE_TYPES:
            self.enabledImagetypes[name] = {}

    def disableAllImageTypes(self) -> None:
        """Disables every image type; shape alone is left."""
        self.enabledImagetypes = {}

    def enableImageTypeByName(
        self, imageType: str, enabled: bool = True, customArgs: dict[str, Any] | None = None
    ) -> None:
        """Enables an image type with settings of its own, or disables it; an unknown one is a warning."""
        if imageType not in IMAGE_TYPES:
            logger.warning("Image type %s is not recognized", imageType)
        elif enabled:
            self.enabledImagetypes[imageType] = customArgs or {}
        else:
            self.enabledImagetypes.pop(imageType, None)

    def enableImageTypes(self, **enabledImagetypes: Mapping[str, Any]) -> None:
        """Enables image types, each with settings of its own."""
        self.enabledImagetypes.update(enabledImagetypes)

    def enableAllFeatures(self) -> None:
        """Enables every feature of every class."""
        for name in self.featureClassNames:
            self.enabledFeatures[name] = []

    def disableAllFeatures(self) -> None:
        """Disables every class."""
        self.enabledFeatures = {}

    def enableFeatureClassByName(self, featureClass: str, enabled: bool = True) -> None:
        """Enables all features of a class, or disables it; an unknown one is a warning."""
        if featureClass not in self.featureClassNames:
            logger.warning("Feature class %s is not recognized", featureClass)
        elif enabled:
            self.enabledFeatures[featureClass] = []
        else:
            self.enabledFeatures.pop(featureClass, None)

    def enableFeaturesByName(self, **enabledFeatures: Sequence[str] | None) -> None:
        """Enables features by class, as ``firstorder=["Mean"]``; an empty list or None wants all."""
        self.enabledFeatures.update(enabledFeatures)


def _not_empty(classes: dict[str, Any]) -> dict[str, Any]:
    """A section without a class would mean all of them; one feature is computed instead, and left out of the result."""
    return classes or {"firstorder": ["Energy"]}


def _fitting_case(folder: Path, image: Any, mask: Any, sections: dict[str, Any]) -> dict[str, Any]:
    """Leaves out, as PyRadiomics, shape2D of a volume without force2D, and shape of a picture."""
    try:
        return _case(folder, image, mask, sections)
    except BadDataError as error:
        classes = dict(sections["featureClass"])
        flat = "shape2D" if not sections["setting"].get("force2D") and "shape2D" in classes else "shape"
        if error.code != "class-not-available" or flat not in classes:
            raise
        logger.warning("%s is left out: %s", flat, error)
        del classes[flat]
        return _fitting_case(folder, image, mask, {**sections, "featureClass": _not_empty(classes)})


def _case(folder: Path, image: Any, mask: Any, sections: Mapping[str, Any]) -> dict[str, Any]:
    """The program's object of one case; `folder` is for files between."""
    parameters, output, failures = (
        str(folder / name) for name in ("parameters.json", "out.json", "failures.csv")
    )
    Path(parameters).write_text(_parameters.as_json(sections), encoding="utf-8")
    channel = int(sections["setting"].get("label_channel") or 0)
    files = [_images.as_file(image, "image", folder), _images.as_file(mask, "mask", folder, channel)]
    options = ["--param", parameters, "-f", "json", "-o", output, "--failures", failures]
    _programs.extract([*options, *files], Path(failures))
    return json.loads(Path(output).read_text(encoding="utf-8"))[0]
