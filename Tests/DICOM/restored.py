#!/usr/bin/env python3
"""Stores every second case of a cohort in another order of axes and another format, by SimpleITK.

Images and masks keep their voxels and their place in the patient; axes are reversed and change places by turns, and files become
NRRD, MetaImage, or NIfTI. The manifest names the new files. Everything else is linked.

usage: restored.py MANIFEST OUT      OUT: a folder, made; must not be there.
"""
import csv
import os
import sys

import SimpleITK as sitk

ORDERS = ["RAS", "LPS", "PIL", "SAR", "LAS", "RPI", "IPR", "ASL"]
FORMATS = [".nrrd", ".mha", ".nii.gz"]


def store(source, target, order):
    os.makedirs(os.path.dirname(target), exist_ok=True)
    sitk.WriteImage(sitk.DICOMOrient(sitk.ReadImage(source), order), target, useCompression=True)


def main(manifest, out):
    root = os.path.dirname(os.path.abspath(manifest))
    with open(manifest, newline="") as file:
        rows = list(csv.DictReader(file))
    os.makedirs(out)
    changed = 0
    for number, row in enumerate(rows):
        order, suffix = ORDERS[number // 2 % len(ORDERS)], FORMATS[number // 2 % len(FORMATS)]
        for column in ("Image", "Mask"):
            source = os.path.join(root, row[column])
            if number % 2 == 0:
                row[column] = row[column].removesuffix(".gz").removesuffix(".nii") + suffix
                store(source, os.path.join(out, row[column]), order)
                changed += 1
            else:
                os.makedirs(os.path.dirname(os.path.join(out, row[column])), exist_ok=True)
                os.symlink(source, os.path.join(out, row[column]))
    with open(os.path.join(out, "manifest.csv"), "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    print(f"{changed} files, of every second of {len(rows)} cases, stored otherwise")


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
