#!/usr/bin/env python3
"""Runs the filters of the IBSI reference manual, part 2, through `worker extract`, and counts what is met.

    Benchmarks/ibsi_filters.py WORKER DATA [-o Documentation/ibsi-filters-counts.md]

DATA holds `ibsi2` (phantoms, response maps, reference values) and `ibsi_ct` (the CT phantom as NIfTI), of
theibsi/data_sets and theibsi/ibsi_2_reference_data. Needs nothing but Python. Ends with 1 where a map or a value is
not within its tolerance: a map is met where every voxel differs by 1 % of the map's range at most.
"""
import argparse
import array
import csv
import gzip
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

MEAN = {"ibsiMeanSupport": 15}
LAWS_A = {"ibsiLawsKernels": "E5L5S5", "ibsiBoundary": "zero"}
LAWS_B = {"ibsiLawsKernels": "E3W5R5"}
LAWS_C = {"ibsiLawsKernels": "L5S5", "ibsiDimensions": 2}
POOLED = {"ibsiPooling": "max"}
ENERGY = {"ibsiPooling": "max", "ibsiLawsEnergyDistance": 7}
GABOR_A = {"ibsiSigma": "10.0", "ibsiGaborWavelength": 4.0, "ibsiGaborAspect": 0.5, "ibsiBoundary": "zero"}
GABOR_B = {"ibsiSigma": "20.0", "ibsiGaborWavelength": 8.0, "ibsiGaborAspect": 2.5}
DB2 = {"ibsiWavelet": "db2", "ibsiWaveletBands": "LHL", "ibsiBoundary": "zero"}
COIF1 = {"ibsiWavelet": "coif1", "ibsiWaveletBands": "HHL", "ibsiBoundary": "periodic"}
HAAR = {"ibsiWavelet": "haar", "ibsiLevels": 2, "ibsiPooling": "average"}
AVERAGE = {"ibsiPooling": "average"}
PERIODIC = {"ibsiBoundary": "periodic"}

# Configuration, phantom, image type, settings (mirrored boundaries in three dimensions unless they say otherwise).
MAPS = [
    ("1_a_1", "checkerboard", "IBSIMean", MEAN | {"ibsiBoundary": "zero"}),
    ("1_a_2", "checkerboard", "IBSIMean", MEAN | {"ibsiBoundary": "nearest"}),
    ("1_a_3", "checkerboard", "IBSIMean", MEAN | {"ibsiBoundary": "periodic"}),
    ("1_a_4", "checkerboard", "IBSIMean", MEAN | {"ibsiBoundary": "mirror"}),
    ("1_b_1", "impulse", "IBSIMean", MEAN | {"ibsiBoundary": "zero", "ibsiDimensions": 2}),
    ("2_a", "impulse", "IBSILoG", {"ibsiSigma": "3.0", "ibsiBoundary": "zero"}),
    ("2_b", "checkerboard", "IBSILoG", {"ibsiSigma": "5.0"}),
    ("2_c", "checkerboard", "IBSILoG", {"ibsiSigma": "5.0", "ibsiDimensions": 2}),
    ("3_a_1", "impulse", "IBSILaws", LAWS_A),
    ("3_a_2", "impulse", "IBSILaws", LAWS_A | POOLED),
    ("3_a_3", "impulse", "IBSILaws", LAWS_A | ENERGY),
    ("3_b_1", "checkerboard", "IBSILaws", LAWS_B),
    ("3_b_2", "checkerboard", "IBSILaws", LAWS_B | POOLED),
    ("3_b_3", "checkerboard", "IBSILaws", LAWS_B | ENERGY),
    ("3_c_1", "checkerboard", "IBSILaws", LAWS_C),
    ("3_c_2", "checkerboard", "IBSILaws", LAWS_C | POOLED),
    ("3_c_3", "checkerboard", "IBSILaws", LAWS_C | ENERGY),
    ("4_a_1", "impulse", "IBSIGabor", GABOR_A | {"ibsiGaborAngle": 60}),
    ("4_a_2", "impulse", "IBSIGabor", GABOR_A | {"ibsiGaborAngleStep": 45, "ibsiGaborOrthogonalPlanes": True}),
    ("4_b_1", "sphere", "IBSIGabor", GABOR_B | {"ibsiGaborAngle": 225}),
    ("4_b_2", "sphere", "IBSIGabor", GABOR_B | {"ibsiGaborAngleStep": 22.5, "ibsiGaborOrthogonalPlanes": True}),
    ("5_a_1", "impulse", "IBSISeparableWavelet", DB2),
    ("5_a_2", "impulse", "IBSISeparableWavelet", DB2 | AVERAGE),
    ("6_a_1", "sphere", "IBSISeparableWavelet", COIF1),
    ("6_a_2", "sphere", "IBSISeparableWavelet", COIF1 | AVERAGE),
    ("7_a_1", "checkerboard", "IBSISeparableWavelet", HAAR | {"ibsiWaveletBands": "LLL"}),
    ("7_a_2", "checkerboard", "IBSISeparableWavelet", HAAR | {"ibsiWaveletBands": "HHH"}),
    ("8_a_1", "checkerboard", "IBSINonSeparableWavelet", PERIODIC | {"ibsiLevels": 1}),
    ("8_a_2", "checkerboard", "IBSINonSeparableWavelet", PERIODIC | {"ibsiLevels": 2}),
    ("8_a_3", "checkerboard", "IBSINonSeparableWavelet", PERIODIC | {"ibsiLevels": 3}),
    ("9_a", "impulse", "IBSIRieszLoG", {"ibsiSigma": "3.0", "ibsiRieszOrder": [1, 0, 0], "ibsiBoundary": "zero"}),
    ("9_b_1", "sphere", "IBSIRieszLoG", {"ibsiSigma": "3.0", "ibsiRieszOrder": [0, 2, 0], "ibsiBoundary": "zero"}),
    ("10_b_1", "pattern_1", "IBSIRieszWavelet", PERIODIC | {"ibsiRieszOrder": [0, 2, 0]}),
]

GABOR = {"ibsiSigma": "5.0", "ibsiGaborWavelength": 2.0, "ibsiGaborAspect": 1.5, "ibsiGaborAngleStep": 22.5}
# Configurations of features: those of A filter slices of the image as it is, those of B the image of 1 mm as a whole.
FEATURES = {
    "1.A": ("Original", {}),
    "1.B": ("Original", {}),
    "2.A": ("IBSIMean", {"ibsiMeanSupport": 5}),
    "2.B": ("IBSIMean", {"ibsiMeanSupport": 5}),
    "3.A": ("IBSILoG", {"ibsiSigma": "1.5"}),
    "3.B": ("IBSILoG", {"ibsiSigma": "1.5"}),
    "4.A": ("IBSILaws", {"ibsiLawsKernels": "L5E5"} | ENERGY),
    "4.B": ("IBSILaws", {"ibsiLawsKernels": "L5E5E5"} | ENERGY),
    "5.A": ("IBSIGabor", GABOR),
    "5.B": ("IBSIGabor", GABOR | {"ibsiGaborOrthogonalPlanes": True}),
    "6.A": ("IBSISeparableWavelet", {"ibsiWavelet": "db3", "ibsiWaveletBands": "LH"} | AVERAGE),
    "6.B": ("IBSISeparableWavelet", {"ibsiWavelet": "db3", "ibsiWaveletBands": "LLH"} | AVERAGE),
    "7.A": ("IBSISeparableWavelet", {"ibsiWavelet": "db3", "ibsiWaveletBands": "HH", "ibsiLevels": 2} | AVERAGE),
    "7.B": ("IBSISeparableWavelet", {"ibsiWavelet": "db3", "ibsiWaveletBands": "HHH", "ibsiLevels": 2} | AVERAGE),
    "8.A": ("IBSINonSeparableWavelet", {"ibsiLevels": 1}),
    "8.B": ("IBSINonSeparableWavelet", {"ibsiLevels": 1}),
    "9.A": ("IBSINonSeparableWavelet", {"ibsiLevels": 2}),
    "9.B": ("IBSINonSeparableWavelet", {"ibsiLevels": 2}),
}
PREPARED = {
    "A": {"resegmentRange": [-1000, 400]},
    "B": {
        "resegmentRange": [-1000, 400],
        "resampledPixelSpacing": [1, 1, 1],
        "interpolator": "sitkBSpline",
        "gridAlignment": "center",
        "maskInterpolator": "sitkLinear",
        "intensityRounding": True,
    },
}


def voxels(path):
    """Voxels of a NIfTI-1 file, as they are ordered in it."""
    data = gzip.open(path).read()
    kind, = struct.unpack_from("<h", data, 70)
    start = int(struct.unpack_from("<f", data, 108)[0])
    code = {2: "B", 4: "h", 8: "i", 16: "f", 64: "d"}[kind]
    shape = struct.unpack_from("<3h", data, 42)
    values = array.array(code)
    count = shape[0] * shape[1] * shape[2]
    values.frombytes(data[start : start + count * values.itemsize])
    return values


def parameters(folder, kind, settings, general):
    path = folder / "parameters.json"
    path.write_text(json.dumps({"setting": general, "imageType": {kind: settings}}))
    return path


def run(worker, *arguments):
    done = subprocess.run([worker, "extract", *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"worker extract {' '.join(map(str, arguments))}: {done.stderr}")
    return done.stdout


def check_map(worker, data, folder, name, phantom, kind, settings):
    """The largest difference from the reference map, as a share of its range."""
    image = data / f"ibsi2/phantoms/{phantom}/image/{phantom}.nii.gz"
    mask = data / f"ibsi2/phantoms/{phantom}/mask/mask.nii.gz"
    file = parameters(folder, kind, settings, {})
    made = run(worker, image, mask, "--param", file, "--mode", "response", "--out-dir", folder).split()
    assert len(made) == 1, made
    found = voxels(folder / made[0])
    reference = voxels(data / f"ibsi2/maps/{name}-ValidCRM.nii.gz")
    assert len(found) == len(reference)
    span = max(reference) - min(reference)
    return max(abs(a - b) for a, b in zip(found, reference)) / span


def check_features(worker, data, folder, name, rows):
    """Of the reference values of a configuration: tag, found, reference, tolerance."""
    kind, settings = FEATURES[name]
    side = name[-1]
    general = PREPARED[side] | {"ibsi": True, "additionalInfo": False, "ibsiDimensions": 2 if side == "A" else 3}
    file = parameters(folder, kind, settings, general)
    image, mask = (data / "ibsi_ct" / p for p in ("nifti/image/phantom.nii.gz", "nifti/mask/mask.nii.gz"))
    found = json.loads(run(worker, image, mask, "--param", file, "-f", "json"))
    found = found[0] if isinstance(found, list) else found
    by_tag = {key.split("_ibsi_")[1]: value for key, value in found.items() if "_ibsi_" in key}
    return [
        (row["feature_tag"], float(by_tag[row["feature_tag"]]), float(row["consensus_value"]), float(row["tolerance"]))
        for row in rows
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("worker")
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("-o", "--output", type=pathlib.Path, help="the tables, as Markdown")
    parser.add_argument("--only", choices=["maps", "features"], help="one of the two parts")
    arguments = parser.parse_args()
    lines, missed = [], 0
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        if arguments.only != "features":
            table, met = [], 0
            for name, phantom, kind, settings in MAPS:
                worst = check_map(arguments.worker, arguments.data, folder, name, phantom, kind, settings)
                met += worst <= 0.01
                told = ", ".join(f"`{key}: {json.dumps(value)}`" for key, value in settings.items()).replace('"', "")
                table.append(f"| {name.replace('_', '.')} | {phantom} | {kind} | {told} | {100 * worst:.4f} |")
                print(name, f"{100 * worst:.4f} %", flush=True)
            missed += len(MAPS) - met
            lines += [
                f"{met} of {len(MAPS)} response maps are met: every voxel within 1 % of the range.", "",
                "| map | phantom | image type | settings | largest difference, % of range |", "|---|---|---|---|---|",
                *table, "",
            ]
        if arguments.only != "maps":
            rows = list(csv.DictReader(open(arguments.data / "ibsi2/reference_values.csv"), delimiter=";"))
            table, met = [], 0
            for name in FEATURES:
                own = [row for row in rows if row["filter_id"] == name]
                values = check_features(arguments.worker, arguments.data, folder, name, own)
                wrong = [v for v in values if not abs(v[1] - v[2]) <= v[3]]
                met += len(values) - len(wrong)
                told = "; ".join(f"{tag} {value:.6g}, {wanted:g} ± {by:g}" for tag, value, wanted, by in wrong)
                table.append(f"| {name} | {FEATURES[name][0]} | {len(values) - len(wrong)} of {len(values)} | {told} |")
                print(name, len(values) - len(wrong), "of", len(values), told, flush=True)
            missed += len(rows) - met
            lines += [
                f"{met} of {len(rows)} reference values are met, within their tolerances.", "",
                "| configuration | image type | met | not met: value, reference |", "|---|---|---|---|", *table, "",
            ]
    if arguments.output:
        arguments.output.write_text("\n".join(lines))
    else:
        print("\n".join(lines))
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
