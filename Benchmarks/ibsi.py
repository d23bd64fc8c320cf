"""IBSI-1 by the program: its digital phantom, and its CT phantom in configurations A to E.

Runs `worker extract` with each parameter file of Examples/ibsi, compares every reference value that IBSI agreed on, and writes
Documentation/ibsi.md: how many values there are, how many are met, and each that is not. Ends with 1 if one is not.
usage: ibsi.py WORKER DATA [OUTPUT]
"""
import csv
import json
import pathlib
import subprocess
import sys
import tempfile

worker, data = sys.argv[1], pathlib.Path(sys.argv[2])
here = pathlib.Path(__file__).resolve().parent
output = pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else here / "../Documentation/ibsi.md"
examples = here / "../Examples/ibsi"

PHANTOM = (data / "ibsi/ibsi_1_digital_phantom/nifti/image/phantom.nii.gz",
           data / "ibsi/ibsi_1_digital_phantom/nifti/mask/mask.nii.gz")
TORSO = (data / "ibsi_ct/nifti/image/phantom.nii.gz", data / "ibsi_ct/nifti/mask/mask.nii.gz")
CASES = [("digital phantom", "phantom", PHANTOM)] + [
    (f"CT phantom, configuration {letter}", f"config-{letter.lower()}", TORSO) for letter in "ABCDE"]


def reference(name):
    """Value and tolerance by tag, of features that have an agreed value; the manual's diagnostics are no features."""
    table = data / ("ibsi/phantom_reference.csv" if name == "phantom" else "ibsi_ct/reference.csv")
    values, without = {}, []
    with open(table, newline="") as file:
        for row in csv.DictReader(file):
            if name != "phantom" and row["data"][-1].lower() != name[-1] or row["family"].startswith("Diagnostics"):
                continue
            if row["value"]:
                values[row["tag"]] = (float(row["value"]), float(row["tolerance"] or 0))
            else:
                without.append(row["tag"])
    return values, without


def features(name, files):
    with tempfile.TemporaryDirectory() as folder:
        found = pathlib.Path(folder) / "features.json"
        done = subprocess.run(
            [worker, "extract", *map(str, files), "--param", examples / f"{name}.yaml", "-f", "json", "-o", found],
            capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"worker extract --param {name}.yaml: {done.stderr}")
        (row,) = json.loads(found.read_text())
    prefix = "original_ibsi_"
    return {key.removeprefix(prefix): value for key, value in row.items() if key.startswith(prefix)}


def is_met(found, value, tolerance):
    """Reference values have three digits: where the tolerance is smaller, what rounds to them meets them."""
    unit = 1e-12
    while abs(value) >= unit * 1000:
        unit *= 10
    return isinstance(found, (int, float)) and abs(found - value) <= max(tolerance, unit / 2 * (1 + 1e-9))


rows, notes, failed = [], [], False
for title, name, files in CASES:
    expected, without = reference(name)
    found = features(name, files)
    missed = [tag for tag, (value, tolerance) in expected.items() if not is_met(found.get(tag), value, tolerance)]
    rows.append(f"| {title} | [{name}.yaml](../Examples/ibsi/{name}.yaml) | {len(found)} | {len(without)} "
                f"| {len(expected) - len(missed)} of {len(expected)} |")
    notes += [f"- {title}: {tag} is {found.get(tag)}, IBSI's value {expected[tag][0]:g} ± {expected[tag][1]:g}." for tag in missed]
    failed |= bool(missed)
    print(rows[-1], flush=True)

text = f"""# IBSI-1 by the program

Written by `Benchmarks/ibsi.py WORKER DATA`, which runs `worker extract --param FILE` on the phantoms of the Image Biomarker
Standardisation Initiative (Zwanenburg et al., Radiology 295(2), 2020) and compares each feature with its reference value.
A value is met within IBSI's tolerance, or, where that is smaller, by what rounds to the three digits of the reference.
Features without an agreed value are computed and not compared.

| data | parameter file | features | without a value | met |
|---|---|---|---|---|
""" + "\n".join(rows) + "\n"
if notes:
    text += "\n## Not met\n\n" + "\n".join(notes) + "\n"
output.write_text(text)
sys.exit(failed)
