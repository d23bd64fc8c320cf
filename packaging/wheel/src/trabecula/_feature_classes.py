"""PyRadiomics' feature classes, for scripts that use one class by itself."""

from __future__ import annotations

import logging
from collections import OrderedDict
from typing import Any

from .errors import BadDataError
from .featureextractor import RadiomicsFeatureExtractor

# Features by class; those that PyRadiomics calls deprecated follow a bar.
_NAMES = {
    "firstorder": """10Percentile 90Percentile Energy Entropy InterquartileRange Kurtosis Maximum
        MeanAbsoluteDeviation Mean Median Minimum Range RobustMeanAbsoluteDeviation RootMeanSquared
        Skewness TotalEnergy Uniformity Variance | StandardDeviation""",
    "glcm": """Autocorrelation ClusterProminence ClusterShade ClusterTendency Contrast Correlation
        DifferenceAverage DifferenceEntropy DifferenceVariance Id Idm Idmn Idn Imc1 Imc2
        InverseVariance JointAverage JointEnergy JointEntropy MCC MaximumProbability SumAverage
        SumEntropy SumSquares | Dissimilarity Homogeneity1 Homogeneity2 SumVariance""",
    "gldm": """DependenceEntropy DependenceNonUniformity DependenceNonUniformityNormalized
        DependenceVariance GrayLevelNonUniformity GrayLevelVariance HighGrayLevelEmphasis
        LargeDependenceEmphasis LargeDependenceHighGrayLevelEmphasis
        LargeDependenceLowGrayLevelEmphasis LowGrayLevelEmphasis SmallDependenceEmphasis
        SmallDependenceHighGrayLevelEmphasis SmallDependenceLowGrayLevelEmphasis
        | DependencePercentage GrayLevelNonUniformityNormalized""",
    "glrlm": """GrayLevelNonUniformity GrayLevelNonUniformityNormalized GrayLevelVariance
        HighGrayLevelRunEmphasis LongRunEmphasis LongRunHighGrayLevelEmphasis
        LongRunLowGrayLevelEmphasis LowGrayLevelRunEmphasis RunEntropy RunLengthNonUniformity
        RunLengthNonUniformityNormalized RunPercentage RunVariance ShortRunEmphasis
        ShortRunHighGrayLevelEmphasis ShortRunLowGrayLevelEmphasis |""",
    "glszm": """GrayLevelNonUniformity GrayLevelNonUniformityNormalized GrayLevelVariance
        HighGrayLevelZoneEmphasis LargeAreaEmphasis LargeAreaHighGrayLevelEmphasis
        LargeAreaLowGrayLevelEmphasis LowGrayLevelZoneEmphasis SizeZoneNonUniformity
        SizeZoneNonUniformityNormalized SmallAreaEmphasis SmallAreaHighGrayLevelEmphasis
        SmallAreaLowGrayLevelEmphasis ZoneEntropy ZonePercentage ZoneVariance |""",
    "ngtdm": "Busyness Coarseness Complexity Contrast Strength |",
    "shape": """Elongation Flatness LeastAxisLength MajorAxisLength Maximum2DDiameterColumn
        Maximum2DDiameterRow Maximum2DDiameterSlice Maximum3DDiameter MeshVolume MinorAxisLength
        Sphericity SurfaceArea SurfaceVolumeRatio VoxelVolume
        | Compactness1 Compactness2 SphericalDisproportion""",
    "shape2D": """Elongation MajorAxisLength MaximumDiameter MeshSurface MinorAxisLength Perimeter
        PerimeterSurfaceRatio PixelSurface Sphericity | SphericalDisproportion""",
}
# A feature class takes image and mask as they are; preparing them is the extractor's.
_PREPARATION = {
    "normalize",
    "normalizeScale",
    "removeOutliers",
    "resampledPixelSpacing",
    "preCrop",
    "padDistance",
    "resegmentRange",
    "resegmentMode",
    "resegmentShape",
    "additionalInfo",
    "minimumROIDimensions",
    "minimumROISize",
}


class RadiomicsFeaturesBase:
    """One feature class on one region, given as images of SimpleITK or as paths.

    Settings that prepare an image (as ``resampledPixelSpacing``) have no effect here, as in PyRadiomics.
    """

    _class_name = ""

    def __init__(self, inputImage: Any, inputMask: Any, **kwargs: Any):
        if inputImage is None or inputMask is None:
            raise BadDataError("Missing input image or mask")
        self.logger = logging.getLogger(f"trabecula.{self._class_name}")
        self.inputImage = inputImage
        self.inputMask = inputMask
        self.settings = kwargs
        self.featureNames = self.getFeatureNames()
        self.enabledFeatures: dict[str, bool] = {}
        self.featureValues: OrderedDict[str, float] = OrderedDict()

    @classmethod
    def getFeatureNames(cls) -> dict[str, bool]:
        """The names of the class's features; True for those that are deprecated."""
        return _names(cls._class_name)

    def enableFeatureByName(self, featureName: str, enable: bool = True) -> None:
        """Enables or disables a feature.

        Raises: LookupError: the class has none of that name.
        """
        if featureName not in self.featureNames:
            raise LookupError("Feature not found: " + featureName)
        self.enabledFeatures[featureName] = enable

    def enableAllFeatures(self) -> None:
        """Enables all features that are not deprecated."""
        for name, is_deprecated in self.featureNames.items():
            if not is_deprecated:
                self.enableFeatureByName(name)

    def disableAllFeatures(self) -> None:
        """Disables all features, and forgets what was computed."""
        self.enabledFeatures = {}
        self.featureValues = OrderedDict()

    def execute(self) -> OrderedDict[str, float]:
        """Computes the features that are enabled, or all where none is; the names have no prefix."""
        if not self.enabledFeatures:
            self.enableAllFeatures()
        wanted = [name for name, is_enabled in self.enabledFeatures.items() if is_enabled]
        if wanted:
            for name, value in self._extractor(wanted).execute(self.inputImage, self.inputMask).items():
                self.featureValues[name.rsplit("_", 1)[-1]] = value
        return self.featureValues

    def _extractor(self, wanted: list[str]) -> RadiomicsFeatureExtractor:
        extractor = RadiomicsFeatureExtractor()
        extractor.settings.update(
            {name: value for name, value in self.settings.items() if name not in _PREPARATION}
        )
        extractor.settings.update(additionalInfo=False, minimumROIDimensions=1)
        extractor.enabledFeatures = {self._class_name: wanted}
        return extractor


def _names(class_name: str) -> dict[str, bool]:
    current, _, deprecated = _NAMES[class_name].partition("|")
    names = dict.fromkeys(current.split(), False)
    names.update(dict.fromkeys(deprecated.split(), True))
    return dict(sorted(names.items(), key=lambda item: item[0] + "FeatureValue"))


class RadiomicsFirstOrder(RadiomicsFeaturesBase):
    """First-order statistics."""

    _class_name = "firstorder"


class RadiomicsGLCM(RadiomicsFeaturesBase):
    """Grey level co-occurrence matrix."""

    _class_name = "glcm"


class RadiomicsGLDM(RadiomicsFeaturesBase):
    """Grey level dependence matrix."""

    _class_name = "gldm"


class RadiomicsGLRLM(RadiomicsFeaturesBase):
    """Grey level run length matrix."""

    _class_name = "glrlm"


class RadiomicsGLSZM(RadiomicsFeaturesBase):
    """Grey level size zone matrix."""

    _class_name = "glszm"


class RadiomicsNGTDM(RadiomicsFeaturesBase):
    """Neighbouring grey tone difference matrix."""

    _class_name = "ngtdm"


class RadiomicsShape(RadiomicsFeaturesBase):
    """Shape of a region in three dimensions."""

    _class_name = "shape"


class RadiomicsShape2D(RadiomicsFeaturesBase):
    """Shape of a region of one slice."""

    _class_name = "shape2D"


CLASSES = {
    kind._class_name: kind
    for kind in (
        RadiomicsFirstOrder,
        RadiomicsGLCM,
        RadiomicsGLDM,
        RadiomicsGLRLM,
        RadiomicsGLSZM,
        RadiomicsNGTDM,
        RadiomicsShape,
        RadiomicsShape2D,
    )
}
