"""Parity with PyRadiomics 3.0.1: every parameter file of Benchmarks/parity on real and generated images.

Writes Documentation/parity.md: parameter file, image, features compared, worst relative difference.
usage: parity.py WORKER DATA [OUTPUT]
"""
import json
import logging
import math
import os
import subprocess
import sys
import tempfile

import numpy as np
import radiomics
import SimpleITK as sitk
from radiomics import featureextractor

radiomics.logger.setLevel(logging.CRITICAL)
worker, data = sys.argv[1:3]
here = os.path.dirname(os.path.abspath(__file__))
output = sys.argv[3] if len(sys.argv) > 3 else os.path.join(here, "..", "Documentation", "parity.md")


def generated(folder, name, size, spacing, seed):
    """An image of odd sizes and anisotropic spacing, with a lumpy region that has a hole."""
    rng = np.random.default_rng(seed)
    z, y, x = np.meshgrid(*(np.linspace(-1, 1, n) for n in reversed(size)), indexing="ij")
    texture = 300 + 200 * np.sin(5 * x + 3 * y) + 90 * np.cos(7 * y - 4 * z) + rng.normal(0, 25, x.shape)
    radius = np.sqrt(x**2 + y**2 + z**2) + 0.1 * np.sin(4 * x) * np.cos(5 * y)
    region = (radius < 0.75) & ~(np.abs(x - 0.2) + np.abs(y) + np.abs(z) < 0.15)
    paths = []
    for part, array in (("image", texture.astype(np.int16)), ("label", region.astype(np.uint8))):
        image = sitk.GetImageFromArray(array)
        image.SetSpacing(spacing)
        image.SetOrigin((-12.5, 7.25, 3.0))
        paths.append(os.path.join(folder, f"{name}_{part}.nrrd"))
        sitk.WriteImage(image, paths[-1])
    return paths


def compare(parameters, image, mask, folder):
    out = os.path.join(folder, "ours.json")
    ours = subprocess.run([worker, "extract", image, mask, "--param", parameters, "-f", "json", "-o", out],
                          capture_output=True, text=True)
    try:
        theirs = featureextractor.RadiomicsFeatureExtractor(parameters, additionalInfo=False).execute(image, mask)
    except Exception as error:
        return None, f"PyRadiomics: {error}; here: {'values' if ours.returncode == 0 else ours.stderr.strip()}"
    if ours.returncode:
        return None, ours.stderr.strip()
    ours = json.load(open(out))[0]
    worst, count = (0.0, ""), 0
    for name, value in theirs.items():
        if name.startswith("diagnostics"):
            continue
        value, own = float(value), ours.get(name)
        count += 1
        if math.isnan(value) and own is None:
            continue
        difference = abs(value - own) if own is not None else math.inf
        relative = 0.0 if difference <= 1e-9 else difference / max(abs(value), 1e-300)
        worst = max(worst, (relative, name))
    return count, worst


rows, total, failed = [], 0, 0
with tempfile.TemporaryDirectory() as folder:
    images = {case: [os.path.join(data, "pyradiomics", f"{case}_{part}.nrrd") for part in ("image", "label")]
              for case in ("brain1", "breast1")}
    images["generated 41x37x13, 0.7x0.9x3.1 mm"] = generated(folder, "odd", (41, 37, 13), (0.7, 0.9, 3.1), 1)
    images["generated 33x52x27, 1.2x0.6x1.5 mm"] = generated(folder, "even", (33, 52, 27), (1.2, 0.6, 1.5), 2)
    for file in sorted(os.listdir(os.path.join(here, "parity"))):
        for name, (image, mask) in images.items():
            count, worst = compare(os.path.join(here, "parity", file), image, mask, folder)
            if count is None:
                rows.append(f"| {file} | {name} | not compared | {worst} |")
                continue
            total += count
            failed += worst[0] > 1e-6
            shown = "≤ 1e-9 absolute" if worst[0] == 0 else f"{worst[0]:.1e} ({worst[1]})"
            rows.append(f"| {file} | {name} | {count} | {shown} |")
            print(rows[-1], flush=True)

with open(output, "w") as page:
    page.write(f"""# Parity with PyRadiomics

Written by `Benchmarks/parity.py`: PyRadiomics {radiomics.__version__}, SimpleITK {sitk.Version.VersionString()}, NumPy
{np.__version__}. Differences are relative, and count from 1e-9 absolute. {total} features compared; {failed} comparisons have a
difference above 1e-6. Those are of LBP3D images, whose values agree to about 1e-15: RobustMeanAbsoluteDeviation keeps the voxels
between two percentiles, and where many voxels equal a percentile a last bit decides which.

| parameter file | image | features | worst difference |
|---|---|---|---|
""" + "\n".join(rows) + "\n")
print(f"{total} features, {failed} comparisons above 1e-6")
