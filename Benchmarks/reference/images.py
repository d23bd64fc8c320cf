"""Writes images.csv: what SimpleITK reads from images of the reference data.

    python images.py REFERENCE_DATA > images.csv      # pip install SimpleITK numpy

One row an image: path below the reference data, sample type, sizes, spacing, origin and direction matrix (row by row)
with 17 digits, and the CRC-32 of the voxels as little-endian float64 in x-fastest order.
"""

import binascii
import csv
import pathlib
import sys

import numpy
import SimpleITK

PATTERNS = [
    "pyradiomics/*.nrrd",
    "pyradiomics/nifti/*.nii.gz",
    "pyradiomics/png/*.png",
    "ibsi/ibsi_1_digital_phantom/nifti/*/*.nii.gz",
    "sts_mr/nifti/*/*.nii.gz",
    "busbra_png/Images/bus_00*.png",
    "busbra_png/Masks/mask_00*.png",
    "malformed/autoradiomics_masks/tests/testing_data/nifti/prostate/*",
    "malformed/pynrrd/nrrd/tests/data/BallBinary30x30x30*.n*",
    "malformed/pynrrd/nrrd/tests/data/test2d_ascii.nrrd",
]
# SimpleITK reads the first of these from a wrong place and cannot read the others.
LEFT_OUT = ["BallBinary30x30x30_nifti.nhdr", "BallBinary30x30x30_bz2.nrrd", "BallBinary30x30x30_byteskip_minus_five.nhdr"]


def numbers(values):
    return " ".join("%.17g" % value for value in values)


def main(root):
    SimpleITK.ProcessObject.SetGlobalWarningDisplay(False)
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["file", "type", "size", "spacing", "origin", "direction", "crc32"])
    for pattern in PATTERNS:
        for path in sorted(pathlib.Path(root).glob(pattern)):
            if path.name in LEFT_OUT:
                continue
            image = SimpleITK.ReadImage(str(path))
            voxels = SimpleITK.GetArrayFromImage(image)
            writer.writerow(
                [
                    path.relative_to(root),
                    voxels.dtype.name,
                    " ".join(map(str, image.GetSize())),
                    numbers(image.GetSpacing()),
                    numbers(image.GetOrigin()),
                    numbers(image.GetDirection()),
                    "%08x" % binascii.crc32(voxels.astype("<f8").tobytes()),
                ]
            )


main(sys.argv[1])
