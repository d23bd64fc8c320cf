"""symmetricalGLCM: false on small regions, against PyRadiomics 3.0.1: where MCC and Imc2 differ, and that rounding is why.

usage: asymmetric.py WORKER [--regions N]

Makes N regions (1,500 unless given) of 3 to 7 voxels a side with 2 to 6 grey levels, the same each time, and compares all features of
the class glcm. A direction in which levels are independent has 0 for MCC (a second eigenvalue of 0) and for Imc2 (no information).
Where PyRadiomics' rounding takes either below 0, its root is NaN, and the direction is left out of the mean. With 0 in place of
those NaN, PyRadiomics' own numbers must give ours. Ends with 1 where they do not, or where another feature differs by more than 1e-6.
"""
import argparse
import csv
import json
import logging
import os
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import radiomics
import SimpleITK as sitk
from radiomics import glcm

radiomics.logger.setLevel(logging.CRITICAL)
warnings.filterwarnings("ignore")
arguments = argparse.ArgumentParser()
arguments.add_argument("worker")
arguments.add_argument("--regions", type=int, default=1_500)
options = arguments.parse_args()
SETTINGS = {"binWidth": 1, "symmetricalGLCM": False}


def regions():
    random = np.random.default_rng(7)
    for _ in range(options.regions):
        size = random.integers(3, 8, 3)
        image = random.integers(0, int(random.integers(2, 7)), size).astype(np.int16)
        mask = np.zeros(size, np.uint8)
        mask[1:-1, 1:-1, 1:-1] = random.random(size - 2) < random.choice([0.3, 0.6, 0.9])
        if np.count_nonzero([len(np.unique(axis)) > 1 for axis in np.nonzero(mask)]) > 1:
            yield image, mask


def with_zeros(matrices):
    """MCC and Imc2 as PyRadiomics computes them, but for 0 where it takes the root of less."""
    p, coefficients = matrices.P_glcm, matrices.coefficients
    px, py, eps = coefficients["px"], coefficients["py"], coefficients["eps"]
    q = sum(p[:, :, None, k, :] * p[:, None, :, k, :] / (px[:, :, None, 0, :] * py[:, None, :, k, :] + eps)
            for k in range(p.shape[1]))
    eigenvalues = np.linalg.eigvals(q.transpose((0, 3, 1, 2)))
    eigenvalues.sort()
    mcc = 1.0 if eigenvalues.shape[2] < 2 else np.sqrt(np.maximum(eigenvalues[0, :, -2].real, 0)).mean()
    products = px * py
    information = -(products * np.log2(products + eps)).sum((1, 2)) - coefficients["HXY"]
    imc2 = np.sqrt(np.maximum(1 - np.exp(-2 * information), 0))
    return {"MCC": mcc, "Imc2": np.nanmean(imc2)}


def same(a, b):
    return abs(a - b) <= 1e-6 * max(1, abs(b)) or np.isnan(a) and np.isnan(b)


def theirs(image, mask):
    image, mask = sitk.GetImageFromArray(image), sitk.GetImageFromArray(mask)
    matrices = glcm.RadiomicsGLCM(image, mask, **SETTINGS)
    matrices.enableAllFeatures()
    values = {name: float(value) for name, value in matrices.execute().items()}
    return image, mask, values, with_zeros(matrices)


with tempfile.TemporaryDirectory() as folder:
    cases = []
    for image, mask in regions():
        try:
            cases.append(theirs(image, mask))
        except Exception as error:  # a region without pairs: PyRadiomics' own MCC ends with it
            print(f"left out: {error}", file=sys.stderr)
    batch, parameters, output = (os.path.join(folder, name) for name in ("batch.csv", "parameters.json", "values.csv"))
    with open(parameters, "w") as file:
        json.dump({"setting": SETTINGS, "featureClass": {"glcm": []}}, file)
    with open(batch, "w") as file:
        print("Case,Image,Mask", file=file)
        for number, (image, mask, _, _) in enumerate(cases):
            paths = [os.path.join(folder, f"{kind}-{number}.nrrd") for kind in ("image", "mask")]
            sitk.WriteImage(image, paths[0])
            sitk.WriteImage(mask, paths[1])
            print(number, *paths, sep=",", file=file)
    subprocess.run([options.worker, "extract", batch, "--param", parameters, "--setting", "additionalInfo:false", "-f", "csv", "-o",
                    output], check=True, stderr=subprocess.DEVNULL)
    compared, differing, unexplained = 0, {}, []
    with open(output) as file:
        for row, (_, _, values, zeros) in zip(csv.DictReader(file), cases, strict=True):
            for name, value in values.items():
                ours = float(row[f"original_glcm_{name}"] or "nan")
                compared += 1
                if same(ours, value):
                    continue
                differing[name] = differing.get(name, 0) + 1
                if name not in zeros or not same(ours, zeros[name]):
                    unexplained.append((row["Case"], name, ours, value))
    print(f"{len(cases)} regions, {compared} features; differing: {differing or 'none'}; of these not by a root of less than 0: "
          f"{len(unexplained)}")
    for line in unexplained[:20]:
        print(*line)
    sys.exit(1 if unexplained else 0)
