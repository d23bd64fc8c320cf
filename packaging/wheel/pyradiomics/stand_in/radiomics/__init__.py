"""Stands for PyRadiomics where its own tests are run: the module `trabecula` under the name `radiomics`.

PyRadiomics' tests prepare an image (resample, normalise, crop, re-segment) by its own functions and then hand
it to one feature class. Here the program prepares it: the functions of preparation hand the image on, and the
feature class gives image, mask and all settings to the extractor, once for all features of a class.
"""

import os
from types import SimpleNamespace

import pytest
import SimpleITK

from trabecula import *  # noqa: F403
from trabecula import featureextractor as _featureextractor
from trabecula import getFeatureClasses as _getFeatureClasses

_PARTS = ("image", "label")
testCases = (
    "brain1", "brain2", "breast1", "lung1", "lung2", "test_wavelet_64x64x64", "test_wavelet_37x37x37",
)  # fmt: skip


# The slices of the masks that are called `brain1_2D` and so on, by the bounding boxes of the baseline; the
# tests compare the hash of each mask.
_SLICES = {"brain1": 16, "brain2": 8, "breast1": 9, "lung1": 33, "lung2": 22}


def getTestCase(testCase):
    """Image and mask as they lie in the source package; further images PyRadiomics fetches from elsewhere."""
    name = testCase[:-3] if testCase.lower().endswith("_2d") else testCase
    image, mask = (os.path.join(os.environ["PYRADIOMICS_DATA"], f"{name}_{part}.nrrd") for part in _PARTS)
    if not os.path.exists(image):
        pytest.skip(f"{os.path.basename(image)} is not in the source package", allow_module_level=True)
    if name != testCase:
        place = _SLICES[name]
        flat = mask.replace("label", "label_2D")
        SimpleITK.WriteImage(SimpleITK.ReadImage(mask)[:, :, place : place + 1], flat)
        return image, flat
    return image, mask


class _Extractor(_featureextractor.RadiomicsFeatureExtractor):
    @staticmethod
    def loadImage(image, mask, generalInfo=None, **settings):
        return image, mask


featureextractor = SimpleNamespace(RadiomicsFeatureExtractor=_Extractor)
imageoperations = SimpleNamespace(
    checkMask=lambda image, mask, **settings: ("the program's", None),
    resegmentMask=lambda image, mask, **settings: mask,
    cropToTumorMask=lambda image, mask, box: (image, mask),
)


def _prepared_by_the_program(kind):
    class Class(kind):
        _found = None

        def execute(self):
            if self._found is None:
                current = [name for name, deprecated in self.featureNames.items() if not deprecated]
                sections = {"setting": self.settings, "featureClass": {self._class_name: current}}
                self._found = _Extractor(sections).execute(self.inputImage, self.inputMask)
            for name in self.enabledFeatures:
                self.featureValues[name] = self._found[f"original_{self._class_name}_{name}"]
            return self.featureValues

    return Class


_classes = {name: _prepared_by_the_program(kind) for name, kind in _getFeatureClasses().items()}


def getFeatureClasses():
    return _classes
