"""Parity with PyRadiomics 3.0.1: every parameter file of Benchmarks/parity on real and generated images.

Writes Documentation/parity.md: parameter file, image, features compared, worst relative difference. A file whose first
line is `# images: NAME` is run on that image, the others on four volumes. One with a line `# oriented` has `orientation: lps`,
which PyRadiomics does not know: it gets image and mask as SimpleITK's DICOMOrient brings them to LPS, and neither is asked for
diagnostics, which are of the files as they are stored.
usage: parity.py WORKER DATA [OUTPUT] [--beside PYTHON] [--maps]

--beside: another Python, with another release of PyRadiomics, whose values are compared in the same run. --maps: all maps by voxel too, of
Benchmarks/voxel.py. LBP2D needs scikit-image, and LBP3D trimesh and scipy<1.15, beside PyRadiomics: Benchmarks/parity/run makes both Pythons.
"""
import argparse
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


def values_there(parameters, image, mask):
    """PyRadiomics' features, without what it says of the files."""
    found = featureextractor.RadiomicsFeatureExtractor(parameters).execute(image, mask)
    return {name: float(value) for name, value in found.items() if not name.startswith("diagnostics_")}


if sys.argv[1] == "--values":
    json.dump({"release": radiomics.__version__, "values": values_there(*sys.argv[2:5])}, open(sys.argv[5], "w"))
    sys.exit()

arguments = argparse.ArgumentParser()
here = os.path.dirname(os.path.abspath(__file__))
arguments.add_argument("worker")
arguments.add_argument("data")
arguments.add_argument("output", nargs="?", default=os.path.join(here, "..", "Documentation", "parity.md"))
arguments.add_argument("--beside", metavar="PYTHON")
arguments.add_argument("--maps", action="store_true")
options = arguments.parse_args()
worker, data, output = options.worker, options.data, options.output


def write(array, path, spacing, origin=None, direction=None):
    image = sitk.GetImageFromArray(array)
    image.SetSpacing(spacing)
    image.SetOrigin(origin or (0.0,) * image.GetDimension())
    if direction is not None:
        image.SetDirection(direction)
    sitk.WriteImage(image, path)


def lumpy(size, seed):
    """A textured image of odd sizes, and a lumpy region that has a hole."""
    rng = np.random.default_rng(seed)
    z, y, x = np.meshgrid(*(np.linspace(-1, 1, n) for n in reversed(size)), indexing="ij")
    texture = 300 + 200 * np.sin(5 * x + 3 * y) + 90 * np.cos(7 * y - 4 * z) + rng.normal(0, 25, x.shape)
    radius = np.sqrt(x**2 + y**2 + z**2) + 0.1 * np.sin(4 * x) * np.cos(5 * y)
    region = (radius < 0.75) & ~(np.abs(x - 0.2) + np.abs(y) + np.abs(z) < 0.15)
    labels = np.where(x < -0.2, 1, np.where(y < 0.1, 2, 3))
    return texture.astype(np.int16), region.astype(np.uint8), (region * labels).astype(np.uint8)


def volumes(folder):
    """Generated cases: name, and paths of image and mask."""
    def paths(name):
        return [os.path.join(folder, f"{name}_{part}.nrrd") for part in ("image", "label")]

    cases = {}
    origin = (-12.5, 7.25, 3.0)
    for name, size, spacing, seed in (("generated 41x37x13, 0.7x0.9x3.1 mm", (41, 37, 13), (0.7, 0.9, 3.1), 1),
                                      ("generated 33x52x27, 1.2x0.6x1.5 mm", (33, 52, 27), (1.2, 0.6, 1.5), 2)):
        image, mask, _ = lumpy(size, seed)
        cases[name] = paths(f"volume{seed}")
        for array, path in zip((image, mask), cases[name]):
            write(array, path, spacing, origin)
    image, mask, labels = lumpy((35, 31, 17), 3)
    spacing = (0.8, 1.1, 2.3)
    cases["labels"] = paths("labels")
    write(image, cases["labels"][0], spacing, origin)
    write(labels, cases["labels"][1], spacing, origin)
    cases["shifted mask"] = [cases["labels"][0], paths("shifted")[1]]
    write(mask[1:-1, 2:-2, 3:-2], cases["shifted mask"][1], (0.8, 1.1, 2.3),
          tuple(o + s * i for o, s, i in zip(origin, spacing, (3.2, 2.4, 1.3))))
    cases["rounded mask"] = [cases["labels"][0], paths("rounded")[1]]
    write(mask, cases["rounded mask"][1], spacing, tuple(o + 1e-3 for o in origin))
    cases["fractions"] = [paths("fractions")[0], paths("fractions")[1]]
    fractions = image + np.random.default_rng(5).random(image.shape)
    write(fractions, cases["fractions"][0], spacing, origin)
    write(mask, cases["fractions"][1], spacing, origin)
    cases["oblique"] = paths("oblique")
    c, d = math.cos(0.3), math.sin(0.3)
    for array, path in zip((image, mask), cases["oblique"]):
        write(array, path, spacing, origin, (c, -d, 0, d * c, c * c, -d, d * d, c * d, c))
    cases["stored otherwise"] = paths("otherwise")
    for source, path in zip(cases["generated 41x37x13, 0.7x0.9x3.1 mm"], cases["stored otherwise"]):
        sitk.WriteImage(sitk.DICOMOrient(sitk.ReadImage(source), "PIR"), path)
    return cases


def oriented(parameters, image, mask, folder):
    """What PyRadiomics gets in place of `orientation: lps`: files in that orientation, and parameters without the key."""
    paths = [os.path.join(folder, f"oriented_{part}") for part in ("parameters.yaml", "image.nrrd", "label.nrrd")]
    with open(parameters) as source, open(paths[0], "w") as copy:
        copy.writelines(line for line in source if not line.strip().startswith("orientation:"))
    for source, path in zip((image, mask), paths[1:]):
        sitk.WriteImage(sitk.DICOMOrient(sitk.ReadImage(source), "LPS"), path)
    return paths


def pictures(folder):
    image, mask, _ = lumpy((61, 47, 3), 4)
    image, mask = image[1], mask[1]
    def path(name):
        return os.path.join(folder, name + ".png")

    sitk.WriteImage(sitk.GetImageFromArray((image - image.min()).astype(np.uint16)), path("picture"))
    sitk.WriteImage(sitk.GetImageFromArray(mask * 255), path("mask"))
    colours = np.stack([mask * 90, mask * 200, 255 - mask * 255], axis=-1)
    sitk.WriteImage(sitk.GetImageFromArray(colours, isVector=True), path("colours"))
    return {"picture": [path("picture"), path("mask")], "colour mask": [path("picture"), path("colours")]}


def is_near(ours, theirs):
    if isinstance(theirs, str):
        return ours == theirs
    ours, theirs = (np.atleast_1d(np.asarray(value, dtype=float)) for value in (ours, theirs))
    return ours.shape == theirs.shape and np.allclose(ours, theirs, rtol=1e-9, atol=1e-9)


class Comparison:
    def __init__(self, parameters, image, mask, folder):
        out = os.path.join(folder, "ours.json")
        run = subprocess.run([worker, "extract", image, mask, "--param", parameters, "-f", "json", "-o", out],
                             capture_output=True, text=True)
        self.refusal = None
        self.features, self.beyond, self.worst = 0, [], (0.0, "")
        self.diagnostics, self.other_diagnostics = 0, []
        is_oriented = any(line.startswith("# oriented") for line in open(parameters))
        given = oriented(parameters, image, mask, folder) if is_oriented else (parameters, image, mask)
        try:
            theirs = featureextractor.RadiomicsFeatureExtractor(given[0]).execute(*given[1:])
        except Exception as error:
            self.refusal = f"PyRadiomics: {error}; here: {'values' if run.returncode == 0 else run.stderr.strip()}"
            return
        if run.returncode:
            self.refusal = run.stderr.strip()
            return
        ours = json.load(open(out))[0]
        for name, value in theirs.items():
            if name.startswith("diagnostics_"):
                if is_oriented:
                    continue
                self.diagnose(name, ours.get(name), value)
            else:
                self.compare(name, ours.get(name), float(value))
        self.beside = Beside(ours, given, folder) if options.beside else None

    def diagnose(self, name, own, value):
        if not name.startswith(("diagnostics_Image", "diagnostics_Mask")):
            return
        self.diagnostics += 1
        if own is None or not is_near(own, value):
            self.other_diagnostics.append(f"{name}: {own} here, {value} there")

    def compare(self, name, own, value):
        self.features += 1
        if math.isnan(value) and own is None:
            return
        difference = abs(value - own) if own is not None else math.inf
        relative = 0.0 if difference <= 1e-9 else difference / max(abs(value), 1e-300)
        self.worst = max(self.worst, (relative, name))
        if relative > 1e-6:
            self.beyond.append((name, own, value))


class Beside(Comparison):
    """The same of another release."""

    def __init__(self, ours, given, folder):
        self.features, self.beyond, self.worst = 0, [], (0.0, "")
        out = os.path.join(folder, "beside.json")
        run = subprocess.run([options.beside, os.path.abspath(__file__), "--values", *given, out], capture_output=True, text=True)
        self.failure = run.stderr.strip().splitlines()[-1] if run.returncode else None
        if self.failure:
            return
        found = json.load(open(out))
        self.release = found["release"]
        for name, value in found["values"].items():
            self.compare(name, ours.get(name), value)

    def shown(self):
        return self.failure or shown(self.worst)


def shown(worst):
    return "≤ 1e-9 absolute" if worst[0] == 0 else f"{worst[0]:.1e} ({worst[1]})"


def explanation(parameters, image, mask, name, own, value):
    """Why RobustMeanAbsoluteDeviation of a pattern image has no single value: voxels that equal a percentile but for
    the last bits are inside for one arithmetic and outside for another."""
    extractor = featureextractor.RadiomicsFeatureExtractor(parameters)
    volume, region = extractor.loadImage(image, mask, **extractor.settings)
    settings = {**extractor.settings, **extractor.enabledImagetypes["LBP3D"]}
    inside = sitk.GetArrayFromImage(region) == settings.get("label", 1)
    for result, kind, _ in radiomics.imageoperations.getLBP3DImage(volume, region, **settings):
        if name.startswith(kind + "_"):
            voxels = sitk.GetArrayFromImage(result)[inside].astype(float)
    low, high = np.percentile(voxels, [10, 90])
    tie = 1e-12 * np.abs(voxels).max()
    tied = [(np.abs(voxels - edge) <= tie) for edge in (low, high)]
    exact = [int((voxels == edge).sum()) for edge in (low, high)]
    spread = []
    for lower in (low - tie, low + tie):
        for upper in (high - tie, high + tie):
            kept = voxels[(voxels >= lower) & (voxels <= upper)]
            spread.append(float(np.abs(kept - kept.mean()).mean()))
    between = min(spread) - 1e-12 <= own <= max(spread) + 1e-12
    return (f"{name}: {own:.9g} here, {value:.9g} there. Of {len(voxels)} voxels {int(tied[0].sum())} lie within "
            f"{tie:.0e} of the 10th percentile, of which {exact[0]} equal it, and {int(tied[1].sum())} within as much "
            f"of the 90th, of which {exact[1]} equal it. With all of them in or out the value runs from "
            f"{min(spread):.9g} to {max(spread):.9g}; the value here is {'one of these or between' if between else 'OUTSIDE'}.")


def gaussian_shares(index, extent):
    """ITK's weights of voxels along an axis: integrals of a Gaussian of one voxel, cut off after one."""
    begin = max(0, math.floor(index + 0.5 - 1))
    end = min(extent, math.ceil(index + 0.5 + 1))
    edges = [math.erf((place - 0.5 - index) / math.sqrt(2)) for place in range(begin, end + 1)]
    return begin, [upper - lower for lower, upper in zip(edges, edges[1:])]


def tied_labels(parameters, image, mask):
    """How many voxels of the region two intensities claim alike when an image is taken for labels."""
    extractor = featureextractor.RadiomicsFeatureExtractor(parameters)
    resampled, region = extractor.loadImage(image, mask, **extractor.settings)
    source = sitk.ReadImage(image)
    voxels = sitk.GetArrayFromImage(source)
    inside = np.argwhere(sitk.GetArrayFromImage(region) == 1)
    tied = 0
    for z, y, x in inside.tolist():
        place = source.TransformPhysicalPointToContinuousIndex(resampled.TransformIndexToPhysicalPoint((x, y, z)))
        shares = [gaussian_shares(index, extent) for index, extent in zip(place, source.GetSize())]
        claims = {}
        for k, c in enumerate(shares[2][1]):
            for j, b in enumerate(shares[1][1]):
                for i, a in enumerate(shares[0][1]):
                    value = int(voxels[shares[2][0] + k, shares[1][0] + j, shares[0][0] + i])
                    claims[value] = claims.get(value, 0) + a * b * c
        best = sorted(claims.values())[-2:]
        tied += len(best) == 2 and best[1] - best[0] <= 1e-9 * best[1]
    return f"{tied} of {len(inside)} voxels of the region are claimed alike (to 1e-9) by two intensities"


def halfway(parameters, image, mask):
    """How many voxels of the new grid around the region lie halfway between two voxels of the old one."""
    extractor = featureextractor.RadiomicsFeatureExtractor(parameters)
    _, region = extractor.loadImage(image, mask, **extractor.settings)
    source = sitk.ReadImage(mask)
    size = region.GetSize()
    tied = 0
    for z in range(size[2]):
        for y in range(size[1]):
            for x in range(size[0]):
                place = source.TransformPhysicalPointToContinuousIndex(region.TransformIndexToPhysicalPoint((x, y, z)))
                tied += any(abs(index - math.floor(index) - 0.5) < 1e-9 for index in place)
    return f"{tied} of {size[0] * size[1] * size[2]} places of the new grid lie halfway (to 1e-9)"


def known_difference(parameters):
    lines = open(parameters).read().splitlines()
    return next((line.removeprefix("# differs: ") for line in lines if line.startswith("# differs: ")), None)


def summary(found):
    """The worst of many values that differ, and those that say how far."""
    feature, own, value = max(found.beyond, key=lambda beyond: abs(beyond[1] / beyond[2] - 1) if beyond[2] else 0)
    text = f"{len(found.beyond)} of {found.features} features, the worst {feature}: {own:.9g} here, {value:.9g} there"
    for feature, own, value in found.beyond:
        if feature in ("original_shape_VoxelVolume", "original_glcm_Contrast"):
            text += f"; {feature}: {own:.9g} here, {value:.9g} there"
    return text


def interval(rows):
    return "\n".join(rows) + "\n"


def maps_by_voxel():
    """What Benchmarks/voxel.py says of each configuration, without its times."""
    run = subprocess.run([sys.executable, os.path.join(here, "voxel.py"), worker, "--data", data], capture_output=True, text=True)
    table = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in run.stdout.splitlines() if line.startswith("| ")]
    different = run.stderr.strip().splitlines()
    lines = [f"- {line.strip()}" for line in different] or ["No map differs by more than 1e-6 at any voxel."]
    rows = [f"| {row[0]} | {row[1]} | {row[2]} | {row[6]} | {row[7] if len(row) > 7 else ''} |" for row in table[1:]]
    return ["", "## Maps by voxel", "", "All voxels of all maps, by `Benchmarks/voxel.py`, which says how roots near 0 are compared.", *lines, "",
            "| configuration | voxels | maps | worst difference of each class | told, not counted |", "|---|---|---|---|---|", *rows]


rows, notes, total, failed, diagnostics, others = [], [], 0, 0, 0, []
beside = {"release": "", "features": 0, "beyond": 0, "comparisons": 0}
with tempfile.TemporaryDirectory() as folder:
    images = {case: [os.path.join(data, "pyradiomics", f"{case}_{part}.nrrd") for part in ("image", "label")]
              for case in ("brain1", "breast1")}
    images.update(volumes(folder))
    images.update(pictures(folder))
    everyday = list(images)[:4]
    for file in sorted(file for file in os.listdir(os.path.join(here, "parity")) if file.endswith(".yaml")):
        parameters = os.path.join(here, "parity", file)
        first = open(parameters).readline().strip()
        chosen = [first.removeprefix("# images: ")] if first.startswith("# images: ") else everyday
        for name in chosen:
            found = Comparison(parameters, *images[name], folder)
            if found.refusal:
                rows.append(f"| {file} | {name} | not compared | {found.refusal} |" + (" |" if options.beside else ""))
                print(rows[-1], flush=True)
                continue
            total += found.features
            failed += bool(found.beyond)
            diagnostics += found.diagnostics
            others += [f"{file}, {name}: {text}" for text in found.other_diagnostics]
            rows.append(f"| {file} | {name} | {found.features} | {shown(found.worst)} |")
            if found.beside:
                rows[-1] += f" {found.beside.shown()} |"
                if not found.beside.failure:
                    beside["release"] = found.beside.release
                    beside["comparisons"] += 1
                    beside["features"] += found.beside.features
                    beside["beyond"] += bool(found.beside.beyond)
            print(rows[-1], flush=True)
            reason = known_difference(parameters)
            if found.beyond and reason:
                count = f" {halfway(parameters, *images[name])}." if "nearest" in file else ""
                notes.append(f"- {file}, {name}: {summary(found)}. {reason}{count}")
                continue
            if found.beyond and "label-gaussian" in file:
                notes.append(f"- {file}, {name}: {summary(found)}; {tied_labels(parameters, *images[name])}.")
                continue
            for feature, own, value in found.beyond:
                if "lbp-3D" in feature and "RobustMean" in feature and own is not None:
                    notes.append(f"- {file}, {name}, " + explanation(parameters, *images[name], feature, own, value))
                else:
                    notes.append(f"- {file}, {name}, {feature}: {own} here, {value} there.")

also, columns = "", "| parameter file | image | features | worst difference |\n|---|---|---|---|\n"
if options.beside:
    also = (f"PyRadiomics {beside['release']}, in the same run: {beside['features']} features compared; {beside['beyond']} of "
            f"{beside['comparisons']} comparisons have a difference above 1e-6.\n\n")
    columns = (f"| parameter file | image | features | worst difference from {radiomics.__version__} | from {beside['release']} |\n"
               "|---|---|---|---|---|\n")
with open(output, "w") as page:
    page.write(f"""# Parity with PyRadiomics

Written by `Benchmarks/parity.py`: PyRadiomics {radiomics.__version__}, SimpleITK {sitk.Version.VersionString()}, NumPy
{np.__version__}. Differences are relative, and count from 1e-9 absolute. {total} features compared; {failed} of
{sum('not compared' not in row for row in rows)} comparisons have a difference above 1e-6. Beside them {diagnostics} diagnostics of images and masks
(hashes, sizes, boxes, centres, means) were compared; {len(others)} differ.

""" + also + columns + interval(rows))
    if notes:
        page.write("""
## Values above 1e-6

RobustMeanAbsoluteDeviation keeps the voxels between two percentiles. Images of local binary patterns have few values,
many voxels share one, and where a percentile is one of these the last bit of a sum of spherical harmonics decides which
voxels stay: PyRadiomics' value may then change with the processor or the version of SciPy; ours is the same everywhere.
sitkLabelGaussian gives a voxel the intensity with the largest share of its surroundings; it is made for labels, and of an
image whose new grid lies halfway between voxels two intensities have the same share, and the last bit decides.

""" + interval(notes))
    if others:
        page.write("\n## Diagnostics that differ\n\n" + interval("- " + text for text in others))
    if options.maps:
        page.write(interval(maps_by_voxel()))
print(f"{total} features, {failed} comparisons above 1e-6, {len(others)} of {diagnostics} diagnostics differ")
