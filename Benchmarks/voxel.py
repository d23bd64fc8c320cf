"""Maps by voxel against PyRadiomics 3.0.1: every voxel of every map, and CPU seconds of whole processes, same run.

usage: voxel.py WORKER [--data DATA] [--only NAME ...] [--threads N] [--lung]

The regions are made up (an ellipsoid of 247 voxels with a hole in 12 x 11 x 8, a ragged one of 182 with voxels that stand alone, one of
one grey level, a picture, 5,424 voxels, a part of a lung); --data (../shared/data) adds a part of brain1. Ends with 1 where a map differs by more than 1e-6.

Two things are told and not counted as differences. PyRadiomics' MCC ends with an error where any kernel has a direction
without pairs, and its map is then initValue everywhere. With symmetricalGLCM: false its Correlation divides rounding errors by each other
where all pairs of a direction begin, or end, at one level, and its Imc2 leaves out directions whose information is rounded to less than 0.
firstorder of a picture is not compared: PyRadiomics' ends with an error.

"issue 679" has the settings of https://github.com/AIM-Harvard/pyradiomics/issues/679, whose one map of a lung took 6 to 7 hours. --lung
computes that map of two whole lungs here, without PyRadiomics, and the 93 maps of a tumour of 52,297 voxels: seconds, and memory.
"""
import argparse
import glob
import json
import os
import resource
import subprocess
import sys
import tempfile
import time

import numpy as np
import SimpleITK as sitk

TYPES = {"LoG": {"sigma": [2.0]}, "Wavelet": {}, "Square": {}, "SquareRoot": {}, "Logarithm": {}, "Exponential": {}, "Gradient": {},
         "LBP2D": {}, "LBP3D": {}, "Original": {}}
CLASSES = ["firstorder", "glcm", "gldm", "glrlm", "glszm", "ngtdm"]
CONFIGURATIONS = [
    ("defaults", "ellipsoid", {}, {}),
    ("whole kernels", "ellipsoid", {}, {"maskedKernel": False}),
    ("radius 2", "ellipsoid", {"binWidth": 10}, {"kernelRadius": 2}),
    ("radius 2, whole, binCount", "ellipsoid", {"binCount": 8}, {"kernelRadius": 2, "maskedKernel": False}),
    ("radius 3", "ellipsoid", {"binCount": 12}, {"kernelRadius": 3, "initValue": -5}),
    ("force2D", "ellipsoid", {"force2D": True}, {}),
    ("force2D along y", "ellipsoid", {"force2D": True, "force2Ddimension": 1}, {"kernelRadius": 2, "maskedKernel": False}),
    ("euclidean", "ellipsoid", {"weightingNorm": "euclidean"}, {}),
    ("no_weighting", "ellipsoid", {"weightingNorm": "no_weighting"}, {"maskedKernel": False}),
    ("distances 1, 2", "ellipsoid", {"distances": [1, 2]}, {"kernelRadius": 2}),
    ("gldm_a 1", "ellipsoid", {"gldm_a": 1, "binWidth": 12, "voxelArrayShift": 100}, {}),
    ("binWidth 3", "ellipsoid", {"binWidth": 3}, {}),
    ("resampled", "ellipsoid", {"resampledPixelSpacing": [1, 1, 1], "binWidth": 20}, {}),
    ("ragged", "ragged", {"binWidth": 5}, {}),
    ("ragged, whole kernels", "ragged", {"binWidth": 5}, {"maskedKernel": False}),
    ("ragged, radius 2", "ragged", {"binCount": 6}, {"kernelRadius": 2, "initValue": float("nan")}),
    ("ragged, force2D", "ragged", {"binWidth": 1, "force2D": True}, {}),
    ("ragged, manhattan", "ragged", {"binWidth": 5, "weightingNorm": "manhattan"}, {}),
    ("ragged, batches", "ragged", {"binWidth": 5}, {"voxelBatch": 50, "maskedKernel": False}),
    ("not symmetrical", "ragged", {"binWidth": 5, "symmetricalGLCM": False}, {}),
    ("one level", "flat", {}, {}),
    ("picture", "picture", {}, {}),
    ("image types", "ellipsoid", {"binWidth": 20}, {}, TYPES),
    ("brain1", "brain1", {}, {}),
    ("large", "large", {}, {}),
    ("large, binWidth 10", "large", {"binWidth": 10}, {"voxelBatch": 500}),
    ("issue 679", "lung", {"binWidth": 25, "voxelArrayShift": 1000, "interpolator": "sitkBSpline", "resampledPixelSpacing": [1, 1, 1]},
     {"kernelRadius": 2, "initValue": float("nan"), "voxelBatch": 5000}, None, {"glcm": ["Autocorrelation"]}),
]


def write(folder, name, image, mask, spacing):
    paths = []
    for kind, array in (("image", image), ("mask", mask)):
        picture = sitk.GetImageFromArray(array)
        picture.SetSpacing(spacing)
        paths.append(os.path.join(folder, f"{name}-{kind}.nrrd"))
        sitk.WriteImage(picture, paths[-1])
    return paths


def lung(folder, name, size, radii):
    """An ellipsoid of air with vessels, 0.69140625 mm in the plane and 1 mm across it as the issue has it; lobes where there are two radii."""
    generator = np.random.default_rng(679)
    z, y, x = (axis.astype(np.float32) for axis in np.ogrid[0:size[0], 0:size[1], 0:size[2]])
    air = -850 + 60 * np.sin(x / 5) + 50 * np.cos(y / 4.7) + 40 * np.sin(z / 3) + generator.normal(0, 60, size).astype(np.float32)
    vessels = generator.random(size, np.float32) < 0.02
    air[vessels] += 600
    centres = [size[2] * part for part in ((0.5,) if len(radii) == 1 else (0.25, 0.75))]
    inside = np.zeros(size, bool)
    for centre, (along, across) in zip(centres, radii):
        inside |= ((x - centre) ** 2 + (y - size[1] / 2) ** 2) / across ** 2 + (z - size[0] / 2) ** 2 / along ** 2 <= 1
    return write(folder, name, np.round(air).astype(np.int16), inside.astype(np.uint8), (0.69140625, 0.69140625, 1))


def regions(folder, data):
    generator = np.random.default_rng(7)
    z, y, x = np.mgrid[0:8, 0:11, 0:12].astype(float)
    waves = np.round(60 * np.sin(x / 2) + 50 * np.cos(y / 1.7) + 40 * np.sin(z) + generator.normal(0, 25, x.shape)).astype(np.int16)
    inside = ((x - 5.5) / 4.6) ** 2 + ((y - 5) / 4.2) ** 2 + ((z - 3.5) / 3.1) ** 2 <= 1
    ellipsoid = inside.astype(np.uint8)
    ellipsoid[3, 5, 5] = 0
    found = {"ellipsoid": write(folder, "ellipsoid", waves, ellipsoid, (0.8, 0.9, 2.0)),
             "flat": write(folder, "flat", np.full(x.shape, 7, np.int16), ellipsoid, (1, 1, 1)),
             "picture": write(folder, "picture", waves[3], ellipsoid[3], (0.8, 0.9))}
    smooth = np.round(60 * np.sin(x / 4) + 50 * np.cos(y / 3.7)) + 30 * (generator.random(x.shape) < 0.1)
    ragged = (inside & (generator.random(x.shape) < 0.7)).astype(np.uint8)
    ragged[0, 0, 0] = ragged[7, 10, 2:5] = 1
    found["ragged"] = write(folder, "ragged", (smooth / 7).astype(np.float32), ragged, (0.8, 0.9, 2.0))
    z, y, x = np.mgrid[0:24, 0:32, 0:32].astype(float)
    waves = np.round(60 * np.sin(x / 5) + 50 * np.cos(y / 4.7) + 40 * np.sin(z / 3) + generator.normal(0, 25, x.shape)).astype(np.int16)
    inside = ((x - 15.5) / 12) ** 2 + ((y - 15.5) / 12) ** 2 + ((z - 12) / 9) ** 2 <= 1
    found["large"] = write(folder, "large", waves, inside.astype(np.uint8), (1, 1, 1))
    found["lung"] = lung(folder, "lung", (30, 44, 44), [(10, 16)])
    if data:
        image, mask = (sitk.ReadImage(os.path.join(data, "pyradiomics", f"brain1_{kind}.nrrd")) for kind in ("image", "label"))
        array = sitk.GetArrayFromImage(mask) == 1
        low = np.argwhere(array).mean(0).astype(int) - 5
        part = np.zeros(array.shape, np.uint8)
        box = tuple(slice(max(0, at), at + 11) for at in low)
        part[box] = array[box]
        kept = sitk.GetImageFromArray(part)
        kept.CopyInformation(mask)
        found["brain1"] = [os.path.join(folder, f"brain1-{kind}.nrrd") for kind in ("image", "mask")]
        sitk.WriteImage(image, found["brain1"][0])
        sitk.WriteImage(kept, found["brain1"][1])
    return found


def measured(command):
    """CPU seconds of a program; a failure ends the benchmark."""
    with tempfile.TemporaryFile() as errors:
        pid = os.fork()
        if pid == 0:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            os.dup2(errors.fileno(), 2)
            os.execvpe(command[0], command, {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1",
                                             "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS": "1"})
        _, status, usage = os.wait4(pid, 0)
        errors.seek(0)
        if status:
            sys.exit(f"{command} ended with status {status}: {errors.read().decode()[-2000:]}")
        return usage.ru_utime + usage.ru_stime


def pyradiomics(parameters, image, mask, folder):
    import logging
    import warnings
    import radiomics
    from radiomics import featureextractor
    warnings.simplefilter("ignore")
    radiomics.logger.setLevel(logging.CRITICAL)
    extractor = featureextractor.RadiomicsFeatureExtractor(parameters)
    for name, found in extractor.execute(image, mask, voxelBased=True).items():
        if isinstance(found, sitk.Image):
            sitk.WriteImage(found, os.path.join(folder, f"Case-1_{name}.nrrd"), True)


def compared(ours, theirs, initial, is_symmetrical):
    """Worst relative difference of each class, what is told, and what is counted as different."""
    worst, told, different = {}, [], []
    names = [{os.path.basename(path) for path in glob.glob(os.path.join(folder, "*.nrrd"))} for folder in (ours, theirs)]
    different += sorted(names[0] ^ names[1])
    for file in sorted(names[0] & names[1]):
        one, other = (sitk.ReadImage(os.path.join(folder, file)) for folder in (ours, theirs))
        if (one.GetSize() != other.GetSize() or one.GetPixelID() != other.GetPixelID()
                or not np.allclose(one.GetOrigin(), other.GetOrigin(), atol=1e-9) or not np.allclose(one.GetDirection(), other.GetDirection())):
            different.append(file + " (grid)")
            continue
        name = file[len("Case-1_"):-len(".nrrd")]
        one, other = sitk.GetArrayFromImage(one), sitk.GetArrayFromImage(other)
        same = (one == other) | (np.isnan(one) & np.isnan(other)) | (np.abs(one - other) <= 1e-12)
        difference = np.where(same, 0, np.abs(one - other) / np.maximum(np.maximum(np.abs(one), np.abs(other)), 1e-300))
        if name.endswith("glcm_MCC") and np.array_equal(other, np.full(other.shape, initial), equal_nan=True):
            told.append("MCC (PyRadiomics has none)")
            continue
        # Of MCC and Imc2, which are roots, 1e-8 is what is left of a difference of 1e-16.
        if name.endswith(("glcm_MCC", "glcm_Imc2")):
            difference = np.where(np.abs(one - other) <= 1e-7, 0, difference)
        count = int(np.sum(~(difference <= 1e-6)))
        if count and not is_symmetrical and name.endswith(("glcm_Correlation", "glcm_Imc2")):
            told.append(f"{name}: {count} voxels")
            continue
        if count:
            different.append(f"{name}: {count} voxels, worst {np.nanmax(difference):.1e}")
        feature_class = name.split("_")[-2]
        worst[feature_class] = max(worst.get(feature_class, 0), float(np.nanmax(difference)))
    return len(names[0]), worst, told, different


def whole(options, folder):
    """Times of regions as patients have them, here alone."""
    lungs = lung(folder, "lungs", (280, 400, 520), [(120, 120), (120, 120)])
    tumour = lung(folder, "tumour", (60, 80, 80), [(20, 25)])
    issue = [configuration for configuration in CONFIGURATIONS if configuration[0] == "issue 679"][0]
    maps = {c: [] for c in CLASSES}
    print("| region | voxels of maps | maps | threads | seconds | CPU s | MiB |\n|---|---|---|---|---|---|---|")
    for name, (image, mask), setting, voxel, classes in [
            ("two lungs, issue 679", lungs, issue[2], issue[3], issue[5]), ("tumour, defaults", tumour, {}, {}, maps),
            ("tumour, kernelRadius 2", tumour, {}, {"kernelRadius": 2}, maps)]:
        parameters, out = os.path.join(folder, "params.yaml"), os.path.join(folder, name.replace(" ", "-"))
        with open(parameters, "w") as file:
            content = {"setting": {**setting, "additionalInfo": False}, "imageType": {"Original": {}}, "featureClass": classes,
                       "voxelSetting": voxel}
            file.write(json.dumps(content).replace("NaN", ".nan"))
        begin = time.monotonic()
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([options.worker, "extract", image, mask, "--mode", "voxel", "--out-dir", out, "--param", parameters, "-j",
                        options.threads], check=True, stdout=subprocess.DEVNULL)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        files = sorted(glob.glob(os.path.join(out, "*.nrrd")))
        first = sitk.GetArrayFromImage(sitk.ReadImage(files[0]))
        initial = voxel.get("initValue", 0)
        voxels = int(np.sum(~np.isnan(first) if np.isnan(initial) else first != initial))
        print(f"| {name} | {voxels:,} | {len(files)} | {options.threads} | {time.monotonic() - begin:.1f} | "
              f"{after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime:.1f} | {after.ru_maxrss // 1024} |", flush=True)


def main():
    if sys.argv[1:2] == ["--pyradiomics"]:
        return pyradiomics(*sys.argv[2:])
    arguments = argparse.ArgumentParser()
    arguments.add_argument("worker")
    arguments.add_argument("--data")
    arguments.add_argument("--only", nargs="*")
    arguments.add_argument("--threads", default="1")
    arguments.add_argument("--lung", action="store_true")
    options = arguments.parse_args()
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        if options.lung:
            return whole(options, folder)
        cases = regions(folder, options.data)
        print("| configuration | voxels | maps | PyRadiomics, CPU s | here, CPU s | ratio | worst difference | told |")
        print("|---|---|---|---|---|---|---|---|")
        for number, (name, region, setting, voxel, *more) in enumerate(CONFIGURATIONS):
            if region not in cases or options.only and name not in options.only:
                continue
            parameters = os.path.join(folder, "params.yaml")
            content = {"setting": {**setting, "additionalInfo": False}, "imageType": more and more[0] or {"Original": {}},
                       "featureClass": more[1] if more[1:] else {c: [] for c in CLASSES if c != "firstorder" or region != "picture"},
                       "voxelSetting": voxel}
            with open(parameters, "w") as file:
                file.write(json.dumps(content).replace("NaN", ".nan"))
            image, mask = cases[region]
            ours, theirs = (os.path.join(folder, f"{kind}-{number}") for kind in ("ours", "theirs"))
            os.makedirs(theirs)
            their_time = measured([sys.executable, os.path.abspath(__file__), "--pyradiomics", parameters, image, mask, theirs])
            our_time = measured([options.worker, "extract", image, mask, "--mode", "voxel", "--out-dir", ours, "--param", parameters,
                                 "-j", options.threads])
            count, worst, told, different = compared(ours, theirs, voxel.get("initValue", 0), setting.get("symmetricalGLCM", True))
            failed |= bool(different)
            voxels = int(np.sum(sitk.GetArrayFromImage(sitk.ReadImage(mask)) == 1))
            print(f"| {name} | {voxels} | {count} | {their_time:.2f} | {our_time:.2f} | {their_time / our_time:.0f} | "
                  + ", ".join(f"{c} {d:.0e}" if d else f"{c} 0" for c, d in sorted(worst.items())) + f" | {'; '.join(told)} |", flush=True)
            for line in different:
                print(f"  different: {line}", file=sys.stderr)
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
