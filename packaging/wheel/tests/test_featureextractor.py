"""The extractor, against what its program says and what PyRadiomics' documents promise."""

import json
import math
from collections import OrderedDict

import pytest

from trabecula import _results, featureextractor, firstorder, glcm

SEVEN = ["firstorder", "glcm", "gldm", "glrlm", "glszm", "ngtdm", "shape"]


def extractor(*args, **kwargs):
    return featureextractor.RadiomicsFeatureExtractor(*args, **kwargs)


def features(result):
    return [name for name in result if not name.startswith("diagnostics_")]


def test_defaults_are_those_of_pyradiomics(image, mask):
    one = extractor()
    assert list(one.enabledFeatures) == SEVEN
    assert one.enabledImagetypes == {"Original": {}}
    result = one.execute(image, mask)
    assert isinstance(result, OrderedDict)
    assert len(features(result)) == 107
    assert result["original_shape_VoxelVolume"] == 7 * 6 * 4
    assert all(isinstance(result[name], float) for name in features(result))


def test_mean_is_that_of_the_region(image, mask):
    values = [7 * x * x + 5 * y * z + z for z in range(2, 6) for y in range(2, 8) for x in range(2, 9)]
    result = extractor({"featureClass": {"firstorder": ["Mean"]}}).execute(image, mask)
    assert result["original_firstorder_Mean"] == pytest.approx(sum(values) / len(values), rel=1e-12)


def test_order_is_as_enabled(image, mask):
    one = extractor()
    one.disableAllFeatures()
    one.enableFeaturesByName(glcm=["Idm", "Contrast"], firstorder=None, shape=["Flatness", "Elongation"])
    one.enableImageTypeByName("Square")
    names = features(one.execute(image, mask))
    assert names[:4] == [
        "original_shape_Flatness", "original_shape_Elongation", "original_glcm_Idm", "original_glcm_Contrast",
    ]  # fmt: skip
    assert names.index("original_firstorder_MeanAbsoluteDeviation") + 1 == names.index(
        "original_firstorder_Mean"
    )
    assert names[-1] == "square_firstorder_Variance"


def test_nothing_is_found_where_all_features_are_disabled(image, mask):
    one = extractor()
    one.disableAllFeatures()
    found = one.execute(image, mask)
    assert features(found) == [] and found


def test_diagnostics_have_pyradiomics_types(image, mask):
    result = extractor(binWidth=10).execute(image, mask)
    assert result["diagnostics_Configuration_Settings"]["binWidth"] == 10
    assert result["diagnostics_Configuration_EnabledImageTypes"] == {"Original": {}}
    assert result["diagnostics_Mask-original_BoundingBox"] == (2, 2, 2, 7, 6, 4)
    assert result["diagnostics_Mask-original_VoxelNum"] == 168
    assert isinstance(result["diagnostics_Image-original_Minimum"], float)


def test_provenance_can_be_left_out(image, mask):
    one = extractor()
    one.addProvenance(False)
    assert not [name for name in one.execute(image, mask) if name.startswith("diagnostics_")]


def test_parameter_file(image, mask, tmp_path):
    file = tmp_path / "params.yaml"
    file.write_text(
        "setting: {binWidth: 5, geometryTolerance: 1e-3}\n"
        "imageType: {LoG: {sigma: [2.0, 3]}}\nfeatureClass: {firstorder: [Mean]}\n"
    )
    one = extractor(file, label=1)
    assert one.settings["geometryTolerance"] == 0.001
    assert one.settings["binWidth"] == 5
    assert features(one.execute(image, mask)) == [
        "log-sigma-2-0-mm-3D_firstorder_Mean", "log-sigma-3-mm-3D_firstorder_Mean",
    ]  # fmt: skip


def test_json_parameters(image, mask):
    one = extractor()
    one.loadJSONParams(json.dumps({"featureClass": {"ngtdm": ["Busyness"]}}))
    assert features(one.execute(image, mask)) == ["original_ngtdm_Busyness"]


def test_settings_of_voxels_are_kept_and_have_no_effect(image, mask, tmp_path):
    file = tmp_path / "voxel.yaml"
    file.write_text("voxelSetting: {kernelRadius: 2, initValue: nan}\nfeatureClass: {glcm: [JointEntropy]}\n")
    one = extractor(str(file))
    assert one.settings["kernelRadius"] == 2
    assert features(one.execute(image, mask)) == ["original_glcm_JointEntropy"]


def test_all_image_types_without_sigma(image, mask, caplog):
    one = extractor({"featureClass": {"firstorder": ["Mean"]}})
    one.enableAllImageTypes()
    prefixes = [name.split("_")[0] for name in features(one.execute(image, mask))]
    assert prefixes[:4] == ["original", "exponential", "gradient", "lbp-2D"]
    assert "log-sigma" not in "".join(prefixes)
    assert "LoG has no sigma" in caplog.text


def test_shape_alone_is_left_without_image_types(image, mask):
    one = extractor()
    one.disableAllImageTypes()
    assert {name.split("_")[1] for name in features(one.execute(image, mask))} == {"shape"}


def test_shape2d_of_a_volume_is_left_out(image, mask, caplog):
    names = features(extractor({"setting": {"binWidth": 25}}).execute(image, mask))
    assert len(names) == 107
    assert "shape2D is left out" in caplog.text


def test_unknown_names_are_warnings_as_in_pyradiomics(caplog):
    one = extractor()
    one.enableImageTypeByName("Wavelets")
    one.enableFeatureClassByName("glcmm")
    assert one.enabledImagetypes == {"Original": {}}
    assert list(one.enabledFeatures) == SEVEN
    assert "Wavelets is not recognized" in caplog.text
    assert "glcmm is not recognized" in caplog.text


def test_classes_and_types_can_be_disabled():
    one = extractor()
    one.enableFeatureClassByName("shape", False)
    one.enableImageTypeByName("Original", False)
    one.enableImageTypes(Wavelet={"level": 2})
    assert "shape" not in one.enabledFeatures
    assert one.enabledImagetypes == {"Wavelet": {"level": 2}}


def test_voxels_are_not_made_yet(image, mask):
    with pytest.raises(NotImplementedError, match="Feature maps are not made"):
        extractor().execute(image, mask, voxelBased=True)


def test_a_class_by_itself(image, mask):
    one = firstorder.RadiomicsFirstOrder(image, mask, binWidth=10)
    one.enableFeatureByName("Mean", True)
    assert list(one.execute()) == ["Mean"]
    with pytest.raises(LookupError):
        one.enableFeatureByName("Meen")
    assert glcm.RadiomicsGLCM.getFeatureNames()["Homogeneity1"] is True


def test_an_undefined_value_is_nan():
    found = {"original_firstorder_Mean": 3, "original_firstorder_Skewness": None}
    result = _results.signature(found, {}, {"Original": {}}, {"firstorder": []})
    assert result["original_firstorder_Mean"] == 3
    assert math.isnan(result["original_firstorder_Skewness"])


def test_images_of_simpleitk(image, mask):
    sitk = pytest.importorskip("SimpleITK")
    read = extractor().execute(sitk.ReadImage(image), sitk.ReadImage(mask))
    given = extractor().execute(image, mask)
    assert [name for name in given if name not in read] == [
        "diagnostics_Image-original_FileSHA256", "diagnostics_Mask-original_FileSHA256",
    ]  # fmt: skip
    assert [read[name] for name in features(read)] == [given[name] for name in features(given)]


def test_a_channel_of_a_mask_of_simpleitk(image, mask):
    sitk = pytest.importorskip("SimpleITK")
    plain = sitk.ReadImage(mask)
    channels = sitk.Compose([plain * 0, plain])
    one = extractor({"featureClass": {"shape": ["VoxelVolume"]}})
    assert one.execute(sitk.ReadImage(image), channels, label_channel=1)["original_shape_VoxelVolume"] == 168
