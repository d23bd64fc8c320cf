"""Features of small random regions by PyRadiomics 3.0.1, as a fixture for RadiomicsTests.

    python3.11 -m venv venv
    venv/bin/pip install 'numpy<2' versioneer setuptools wheel SimpleITK
    venv/bin/pip install --no-build-isolation pyradiomics==3.0.1
    venv/bin/python radiomics_random_rois.py > ../../Tests/RadiomicsTests/Fixtures/random_regions.json

The regions are odd on purpose: holes, borders, separate voxels, lines, single slices, anisotropic spacing.
Every setting of the feature classes is used at least once. NaN is written as null.
"""

import json
import logging
import math
import sys
import warnings

import numpy as np
import radiomics
import SimpleITK as sitk
from radiomics import featureextractor

CLASSES = ["firstorder", "glcm", "glrlm", "glszm", "gldm", "ngtdm"]

# name, shape (z, y, x), kind of region, number type of voxels, spacing (x, y, z), settings
CASES = [
    ("hole", (7, 8, 9), "blob", "int16", (0.75, 0.75, 2.5), {}),
    ("border", (5, 6, 7), "border", "uint8", (1.0, 1.0, 1.0), {"distances": [1, 2]}),
    ("scattered", (6, 7, 5), "noise", "float64", (0.5, 1.3, 2.1), {"binWidth": 3.3, "symmetricalGLCM": False}),
    ("shell", (8, 7, 8), "shell", "float32", (1.3, 0.75, 3.0), {"binCount": 12, "weightingNorm": "euclidean"}),
    ("manhattan", (6, 6, 6), "noise", "int16", (0.5, 0.5, 0.75), {"weightingNorm": "manhattan", "binWidth": 60}),
    ("infinity", (4, 7, 6), "blob", "uint8", (0.5, 0.75, 1.0), {"weightingNorm": "infinity", "distances": [2]}),
    ("merged", (5, 5, 6), "shell", "int16", (1.0, 2.0, 1.0), {"weightingNorm": "no_weighting", "gldm_a": 1}),
    ("plane z", (5, 7, 6), "blob", "float64", (1.0, 1.0, 3.0), {"force2D": True, "force2Ddimension": 0, "binWidth": 5}),
    ("plane y", (6, 5, 7), "noise", "int16", (1.3, 1.0, 0.5), {"force2D": True, "force2Ddimension": 1}),
    ("plane x", (6, 6, 5), "border", "uint8", (2.0, 1.0, 1.5), {"force2D": True, "force2Ddimension": 2, "gldm_a": 2}),
    ("one slice", (3, 9, 8), "slice", "int16", (0.7, 0.9, 4.0), {"force2D": True, "voxelArrayShift": 300}),
    ("line", (3, 3, 9), "line", "uint8", (1.0, 1.0, 1.0), {"minimumROIDimensions": 1, "binWidth": 40}),
    ("two apart", (4, 4, 4), "two", "int16", (1.0, 1.5, 2.0), {}),
    ("flat", (5, 5, 5), "blob", "constant", (1.0, 1.0, 1.0), {}),
    ("negative", (5, 6, 6), "blob", "float32", (1.0, 1.0, 1.0), {"binWidth": 0.7, "voxelArrayShift": 1000}),
    ("many levels", (7, 8, 8), "blob", "float64", (1.0, 1.0, 1.0), {"binWidth": 0.02}),
    ("wide range", (9, 9, 9), "blob", "wide", (1.0, 1.0, 1.0), {"binWidth": 60}),
    ("picture", (9, 10), "picture", "uint8", (0.3, 0.4), {"binWidth": 12}),
]


def region(rng, shape, kind):
    grid = np.indices(shape)
    centre = [(extent - 1) / 2 for extent in shape]
    radius = sum(((i - c) / (extent / 2.1)) ** 2 for i, c, extent in zip(grid, centre, shape))
    if kind in ("blob", "picture"):
        return (radius < 1) & (sum(np.abs(i - c) for i, c in zip(grid, centre)) > 1.2)
    if kind == "shell":
        return (radius < 1) & (radius > 0.4)
    if kind == "border":
        return (grid[2] < 0.6 * shape[2]) & (grid[1] >= shape[1] // 3)
    if kind == "noise":
        return rng.random(shape) < 0.4
    mask = np.zeros(shape, bool)
    if kind == "slice":
        mask[1] = rng.random(shape[1:]) < 0.75
    elif kind == "line":
        mask[1, 1, 1:-1] = True
    elif kind == "two":
        mask[0, 0, 0] = mask[2, 3, 3] = True
    return mask


def intensities(rng, shape, kind):
    field = rng.normal(0, 1, shape)
    for axis in range(len(shape)):
        field = field + 0.6 * np.roll(field, 1, axis)
    field = (field - field.min()) / np.ptp(field)
    if kind == "constant":
        return np.full(shape, 37, "int16")
    if kind == "uint8":
        return np.rint(field * 255).astype("uint8")
    if kind == "int16":
        return np.rint(field * 900 - 300).astype("int16")
    if kind == "wide":
        return rng.integers(0, 65536, shape).astype("int32")
    if kind == "float32":
        return (field * 20 - 12).astype("float32")
    return np.round(field * 80 - 20, 6)


def features(image, mask, spacing, settings):
    volume = sitk.GetImageFromArray(image)
    labels = sitk.GetImageFromArray(mask.astype("uint8"))
    volume.SetSpacing(spacing)
    labels.SetSpacing(spacing)
    extractor = featureextractor.RadiomicsFeatureExtractor(additionalInfo=False, **settings)
    extractor.disableAllFeatures()
    is_slice = min(np.ptp(np.nonzero(mask), axis=1)) == 0
    planar = image.ndim == 2 or (settings.get("force2D") and is_slice)
    shapes = (["shape"] if image.ndim == 3 else []) + (["shape2D"] if planar else [])
    for name in shapes + CLASSES:
        extractor.enableFeatureClassByName(name)
    values = extractor.execute(volume, labels)
    return {
        name.removeprefix("original_"): None if math.isnan(value) else float(value)
        for name, value in sorted(values.items())
    }


def main():
    warnings.simplefilter("ignore")
    radiomics.logger.setLevel(logging.CRITICAL)
    rng = np.random.default_rng(20240601)
    cases = []
    for name, shape, kind, number, spacing, settings in CASES:
        image = intensities(rng, shape, number)
        mask = region(rng, shape, kind)
        cases.append({
            "name": name,
            "size": list(shape[::-1]),
            "spacing": spacing,
            "sampleType": str(image.dtype),
            "image": image.flatten().tolist(),
            "mask": "".join("01"[int(v)] for v in mask.flatten()),
            "settings": settings,
            "values": features(image, mask, spacing, settings),
        })
    lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
    sys.stdout.write('{"version":"PyRadiomics 3.0.1","cases":[\n' + lines + "\n]}\n")


if __name__ == "__main__":
    main()
