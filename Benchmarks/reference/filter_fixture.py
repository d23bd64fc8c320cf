"""Writes Tests/ImageFiltersTests/Fixtures/filters.json: what PyRadiomics' preprocessing and filters make of a small
generated image, with the settings that gave it.

Usage: python filter_fixture.py OUT.json

Needs Python 3.11 with pyradiomics 3.0.1, SimpleITK 2.5, PyWavelets 1.9, scikit-image 0.26, scipy 1.12, trimesh 5.2 and
numpy 1.26. The image has 13 x 11 x 9 voxels of 0.75 x 1.25 x 2.5 mm and the intensities

    (3 x^2 + 5 y^2 + 11 z^2 + 7 x y + 13 y z + 17 x z + 19 x y z) mod 509 - 120

divided by 8 where they are not whole numbers; the region is 4 (x-6)^2 + 6 (y-5)^2 + 10 (z-4)^2 <= 40. A 2D image is its
slice z = 4. Images are cropped to the bounding box of the region; voxels in x-fastest order, `null` for NaN.
"""

import json
import sys
import warnings

import numpy as np
import SimpleITK as sitk
from radiomics import imageoperations

SAMPLE_TYPES = {
    sitk.sitkUInt8: "uint8", sitk.sitkInt16: "int16", sitk.sitkFloat32: "float32", sitk.sitkFloat64: "float64"}
ALL = ["Original", "Wavelet", "LoG", "Square", "SquareRoot", "Logarithm", "Exponential", "Gradient", "LBP2D", "LBP3D"]


def generated(sample_type, dimension):
    z, y, x = np.meshgrid(np.arange(9), np.arange(11), np.arange(13), indexing="ij")
    values = (3 * x * x + 5 * y * y + 11 * z * z + 7 * x * y + 13 * y * z + 17 * x * z + 19 * x * y * z) % 509 - 120
    values = values / 8 if sample_type.startswith("float") else values
    region = 4 * (x - 6) ** 2 + 6 * (y - 5) ** 2 + 10 * (z - 4) ** 2 <= 40
    arrays = [values.astype(sample_type), region.astype("uint32")]
    images = [sitk.GetImageFromArray(a if dimension == 3 else a[4]) for a in arrays]
    for image in images:
        image.SetSpacing([0.75, 1.25, 2.5][:dimension])
        image.SetOrigin([-10.5, 20.25, 5.5][:dimension])
    return images


def prepared(image, mask, settings):
    settings = {"label": 1, "padDistance": 5, "minimumROIDimensions": 1, **settings}
    if settings.get("normalize"):
        image = imageoperations.normalizeImage(image, **settings)
    if settings.get("resampledPixelSpacing"):
        image, mask = imageoperations.resampleImage(image, mask, **settings)
    box, _ = imageoperations.checkMask(image, mask, **settings)
    if settings.get("resegmentRange"):
        mask = imageoperations.resegmentMask(image, mask, **settings)
        box, _ = imageoperations.checkMask(image, mask, **settings)
    return image, sitk.Cast(mask, sitk.sitkUInt8), box


def entry(name, image):
    array = sitk.GetArrayFromImage(image)
    values = [None if np.isnan(v) else float(str(v)) for v in array.ravel()]
    values = [int(v) if v is not None and v == int(v) else v for v in values]
    return {
        "name": name, "sampleType": SAMPLE_TYPES[image.GetPixelID()], "size": list(image.GetSize()),
        "origin": list(image.GetOrigin()), "values": values}


def case(name, types, sample_type="int16", dimension=3, keep=None, settings=None, filters=None):
    settings, filters = settings or {}, filters or {}
    image, mask, box = prepared(*generated(sample_type, dimension), settings)
    crop = lambda i: imageoperations.cropToTumorMask(i, mask, box, padDistance=0)[0]
    region = sitk.GetArrayFromImage(crop(mask)) == 1
    images = [entry("mask", crop(mask))]
    for image_type in types:
        arguments = {"label": 1, "force2D": False, "force2Ddimension": 0, **settings, **filters}
        for filtered, filtered_name, _ in getattr(imageoperations, f"get{image_type}Image")(image, mask, **arguments):
            if keep and filtered_name not in keep:
                continue
            cropped = crop(filtered)
            if filtered_name.startswith("lbp-3D"):  # outside the region PyRadiomics leaves memory as it was
                array = sitk.GetArrayFromImage(cropped)
                array[~region] = 0
                information, cropped = cropped, sitk.GetImageFromArray(array)
                cropped.CopyInformation(information)
            images.append(entry(filtered_name, cropped))
    if "sigma" in filters:
        filters = {**filters, "sigma": [str(s) for s in filters["sigma"]]}
    return {
        "name": name, "sampleType": sample_type, "dimension": dimension, "settings": settings, "filters": filters,
        "imageTypes": types, "keep": keep or [], "images": images}


warnings.filterwarnings("ignore")
SPACING = [1.0, 0.9, 1.7]
OTHERS = ["NearestNeighbor", "Linear", "Gaussian", "LabelGaussian", "HammingWindowedSinc", "CosineWindowedSinc",
          "WelchWindowedSinc", "LanczosWindowedSinc", "BlackmanWindowedSinc"]
cases = [
    case("every image type of an int16 image", ALL, filters={"sigma": [1.0, 2.5]}),
    case("wavelets of a float32 image", ["Wavelet"], "float32"),
    case("local binary patterns of a float32 image", ["LBP2D", "LBP3D"], "float32"),
    case("a 2D image", ["Wavelet", "LoG", "Gradient", "LBP2D"], dimension=2, filters={"sigma": [1.5]}),
    case("normalisation with clipping", ["Original"],
         settings={"normalize": True, "normalizeScale": 100, "removeOutliers": 1.2}),
    case("resampling by B-spline", ["Original", "LoG"], settings={"resampledPixelSpacing": SPACING, "padDistance": 2},
         filters={"sigma": [2.0]}),
    case("resampling by B-spline of a float64 image", ["Original"], "float64",
         settings={"resampledPixelSpacing": [0.5, 0, 3.1]}),
    case("resampling a 2D image", ["Original"], dimension=2, settings={"resampledPixelSpacing": SPACING[:2]}),
    case("re-segmentation", ["Original"], settings={"resegmentRange": [-1, 0.8], "resegmentMode": "sigma"}),
    case("relative re-segmentation", ["Original"], "float32",
         settings={"resegmentRange": [0.4], "resegmentMode": "relative"}),
    case("two wavelet levels", ["Wavelet"], keep=["wavelet2-HLH", "wavelet2-LLL"], filters={"level": 2}),
    case("a later wavelet level", ["Wavelet"], keep=["wavelet-LHL"], filters={"start_level": 1}),
    case("wavelets within sagittal planes", ["Wavelet", "LBP2D"],
         filters={"force2D": True, "force2Ddimension": 2, "lbp2DRadius": 1.5, "lbp2DSamples": 9}),
    case("harmonics of three degrees", ["LBP3D"], keep=["lbp-3D-m3", "lbp-3D-k"],
         filters={"lbp3DLevels": 3, "lbp3DIcosphereRadius": 1.4, "lbp3DIcosphereSubdivision": 0}),
    case("gradient per voxel", ["Gradient"], filters={"gradientUseSpacing": False}),
]
cases += [
    case(f"resampling by sitk{name}", ["Original"], "float64",
         settings={"resampledPixelSpacing": [1.5, 1.0, 2.0], "interpolator": f"sitk{name}"}) for name in OTHERS]
cases += [
    case(f"wavelet {name}", ["Wavelet"], keep=["wavelet-LLH"], filters={"wavelet": name})
    for name in ["haar", "db4", "sym5", "coif2", "dmey", "bior2.4", "rbio3.1"]]
cases += [
    case(f"local binary patterns by {method}", ["LBP2D"], "float64", filters={"lbp2DMethod": method, "lbp2DSamples": 5})
    for method in ["default", "ror", "nri_uniform", "var"]]

with open(sys.argv[1], "w") as file:
    file.write('{"cases": [\n' + ",\n".join(json.dumps(c, separators=(",", ":")) for c in cases) + "\n]}\n")
