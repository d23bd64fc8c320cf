"""IBSI's CT phantom, from DICOM with its structure set and from NIfTI, against the reference values of configurations A to E.

    python ibsi.py WORKER REFERENCE-DATA

WORKER is the program of that name. Prints for each configuration how many reference values there are (those without an
agreed value do not count), how many of them `worker extract` gives, and how many of these lie within IBSI's tolerance: from
DICOM; from the NIfTI file with its values as int16, as DICOM has them; and from that file as it was published, with the same
values as float32. Then, for each configuration, the largest relative difference of a feature between the first two, and
every value that only one of them has within the tolerance. Ends with 1 if there is such a value, or if fewer values are met
than the table below says. Needs SimpleITK.
"""
import csv
import json
import pathlib
import subprocess
import sys
import tempfile

import SimpleITK

# Parameter files of Examples/ibsi, and how many values have to be met.
EXAMPLES = pathlib.Path(__file__).resolve().parent / "../../Examples/ibsi"
CONFIGURATIONS = {"A": 346, "B": 346, "C": 210, "D": 210, "E": 210}


def reference(data):
    """Values and tolerances by configuration and tag; the manual's diagnostics are no features."""
    values = {}
    with open(data / "ibsi_ct/reference.csv", newline="") as file:
        for row in csv.DictReader(file):
            if row["value"] and not row["family"].startswith("Diagnostics"):
                tolerance = float(row["tolerance"] or 0)
                values.setdefault(row["data"][-1], {})[row["tag"]] = (float(row["value"]), tolerance)
    return values


def features(worker, inputs, name, folder):
    output = folder / "features.json"
    done = subprocess.run(
        [worker, "extract", *map(str, inputs), "--param", EXAMPLES / f"config-{name.lower()}.yaml", "-f", "json", "-o", output],
        capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"worker extract: {done.stderr}")
    (row,) = json.loads(output.read_text())
    prefix = "original_ibsi_"
    return {key.removeprefix(prefix): value for key, value in row.items() if key.startswith(prefix)}


def is_met(found, value, tolerance):
    """Reference values have three digits: where the tolerance is smaller, what rounds to them meets them."""
    unit = 1e-12
    while abs(value) >= unit * 1000:
        unit *= 10
    return abs(found - value) <= max(tolerance, unit / 2 * (1 + 1e-9))


def main(work):
    worker, data = sys.argv[1], pathlib.Path(sys.argv[2])
    phantom, expected = data / "ibsi_ct", reference(data)
    whole = pathlib.Path(work) / "whole.nii"
    image = SimpleITK.ReadImage(str(phantom / "nifti/image/phantom.nii.gz"))
    SimpleITK.WriteImage(SimpleITK.Cast(image, SimpleITK.sitkInt16), str(whole))
    sources = {
        "DICOM": [phantom / "dicom/image", phantom / "dicom/mask/DCM_RS_00060.dcm", "--segment", "GTV-1"],
        "int16": [whole, phantom / "nifti/mask/mask.nii.gz"],
        "float": [phantom / "nifti/image/phantom.nii.gz", phantom / "nifti/mask/mask.nii.gz"],
    }
    failed, notes = False, []
    print("configuration,reference values,computed,met from DICOM,from NIfTI as int16,from NIfTI as published")
    for name, least in CONFIGURATIONS.items():
        found = {source: features(worker, inputs, name, pathlib.Path(work)) for source, inputs in sources.items()}
        tags = [tag for tag in expected[name] if tag in found["DICOM"]]
        met = {source: {tag for tag in tags if is_met(values[tag], *expected[name][tag])} for source, values in found.items()}
        print(name, len(expected[name]), len(tags), *map(len, met.values()), sep=",", flush=True)
        apart = {tag: abs(found["DICOM"][tag] - value) / max(abs(value), 1e-9) for tag, value in found["int16"].items()}
        worst = max(apart, key=apart.get)
        notes.append(f"{name}: DICOM and NIfTI as int16 differ by at most {apart[worst]:.1e} ({worst})")
        for tag in sorted(met["DICOM"] ^ met["int16"]):
            value, tolerance = expected[name][tag]
            notes.append(f"{name}: {tag} is {found['DICOM'][tag]:.6g} from DICOM, {found['int16'][tag]:.6g} from NIfTI; "
                         f"IBSI's is {value:.6g} ± {tolerance:.3g}")
            failed = True
        failed |= min(len(met["DICOM"]), len(met["int16"])) < least
        if "--list" in sys.argv:
            notes += [f"{name}: not met: {tag} {found['int16'][tag]:.6g}, {expected[name][tag]}"
                      for tag in tags if tag not in met["int16"]]
    print(*notes, sep="\n")
    return failed


with tempfile.TemporaryDirectory() as folder:
    sys.exit(main(folder))
