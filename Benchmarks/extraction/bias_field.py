"""N4 against SimpleITK 2.5.7: processor seconds on one thread in one run, and how far corrected intensities differ in the body.

usage: bias_field.py BIAS-FIELD-BENCHMARK [--runs N] [IMAGE...]        (SimpleITK and NumPy)

Without images a generated one of 160 x 160 x 40 voxels whose field is known is taken. Both take Otsu's mask of the whole image, shrink image
and mask, estimate the field, and divide the whole image by it. `of a factor` is the difference that is left when the corrected
images are brought to one median: N4 fixes the shape of the field, while its level moves a little with every iteration.
"""
import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time

import numpy as np
import SimpleITK as sitk

options = argparse.ArgumentParser()
options.add_argument("benchmark")
options.add_argument("images", nargs="*")
options.add_argument("--runs", type=int, default=3)
options.add_argument("--shrink", nargs="+", default=["4,4,4", "4,4,1"])
options = options.parse_intermixed_args()
sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
work = tempfile.mkdtemp()


def generated():
    """Three tissues in an ellipsoid, Rician noise, and a field of 60 % from end to end."""
    random = np.random.default_rng(7)
    z, y, x = np.mgrid[0:40, 0:160, 0:160]
    r = ((x - 80) / 70) ** 2 + ((y - 80) / 74) ** 2 + ((z - 20) / 18) ** 2
    tissue = np.select([r < 0.3, r < 0.7, r < 1], [400.0, 600.0, 300.0], 0.0)
    field = np.exp(0.35 * np.sin(2.2 * x / 160) - 0.3 * (y / 160) ** 2 + 0.2 * (z / 40) * (x / 160))
    noisy = np.hypot(tissue * field + random.normal(0, 6, r.shape), random.normal(0, 6, r.shape))
    image = sitk.GetImageFromArray(noisy.astype(np.float32))
    image.SetSpacing((1.1, 1.1, 3))
    path = os.path.join(work, "generated.nrrd")
    sitk.WriteImage(image, path)
    return path, field


def shrunk(image, factors):
    """As sitk.Shrink, but where the first voxel lies halfway between two always the upper one, as here: SimpleITK takes one or the
    other by the last bit of the origin."""
    counts = [n // f for n, f in zip(image.GetSize(), factors)]
    first = [(n - f * (c - 1)) // 2 for n, f, c in zip(image.GetSize(), factors, counts)]
    return image[tuple(slice(o, o + f * (c - 1) + 1, f) for o, f, c in zip(first, factors, counts))]


def theirs(image, shrink):
    begin = time.process_time()
    mask = sitk.OtsuThreshold(image, 0, 1, 200)
    corrector = sitk.N4BiasFieldCorrectionImageFilter()
    corrector.Execute(shrunk(image, shrink), shrunk(mask, shrink))
    corrected = image / sitk.Exp(corrector.GetLogBiasFieldAsImage(image))
    return time.process_time() - begin, sitk.GetArrayFromImage(corrected).astype(float), sitk.GetArrayFromImage(mask) > 0


def ours(path, shrink):
    out = os.path.join(work, "corrected.nrrd")
    result = subprocess.run(
        [options.benchmark, path, out, json.dumps({"shrinkFactor": shrink}), str(options.runs)],
        check=True, capture_output=True, text=True)
    return json.loads(result.stdout)["seconds"], sitk.GetArrayFromImage(sitk.ReadImage(out))


def variation(values):
    return values.std() / values.mean()


cases = [(path, None) for path in options.images] or [generated()]
print("| image | voxels | shrinkFactor | SimpleITK, s | here, s | ratio | median | 99 % | 99 %, freed of a factor |")
print("|---|---|---|---|---|---|---|---|---|")
for path, field in cases:
    image = sitk.Cast(sitk.ReadImage(path), sitk.sitkFloat32)
    original = sitk.GetArrayFromImage(image).astype(float)
    for shrink in ([int(f) for f in text.split(",")] for text in options.shrink):
        seconds, corrected = ours(path, shrink)
        runs = [theirs(image, shrink) for _ in range(options.runs)]
        peer = statistics.median(run[0] for run in runs)
        body = runs[0][2]
        ratio = (corrected / np.where(runs[0][1] == 0, 1, runs[0][1]))[body]
        difference, shape = np.abs(ratio - 1), np.abs(ratio / np.median(ratio) - 1)
        name = os.path.basename(path).split(".")[0]
        print(f"| {name} | {' × '.join(map(str, image.GetSize()))} | {shrink} | {peer:.2f} | {seconds:.2f} | {peer / seconds:.1f} "
              f"| {np.median(difference):.0e} | {np.percentile(difference, 99):.0e} | {np.percentile(shape, 99):.0e} |", flush=True)
        if field is not None:
            left = [variation((original / result)[body] / field[body]) for result in (runs[0][1], corrected)]
            print(f"  variation of the known field over the body: {variation(field[body]):.4f}; of what is left of it: "
                  f"SimpleITK {left[0]:.4f}, here {left[1]:.4f}")
