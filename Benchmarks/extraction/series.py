"""Reading a DICOM series of 500 slices of 512 x 512: series-benchmark, GDCM alone, SimpleITK, and the same as NIfTI.

usage: series.py SERIES-BENCHMARK PEER [--slices 500] [--runs 5]

Each in a process of its own, in turn, so that the machine's moods meet all alike; the median of the runs, and its ratio to
GDCM's. The files are in the system's cache. Needs pydicom, numpy and SimpleITK.
"""
import argparse
import json
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import pydicom
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

SIMPLEITK = """
import sys, time, json, resource, SimpleITK as sitk
begin = time.perf_counter()
reader = sitk.ImageSeriesReader()
reader.SetFileNames(reader.GetGDCMSeriesFileNames(sys.argv[1]))
reader.Execute()
print(json.dumps({"seconds": time.perf_counter() - begin, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""


def write_series(folder, slices):
    """A CT of smooth noise, int16."""
    random = np.random.default_rng(1)
    for index in range(slices):
        meta = FileMetaDataset()
        meta.TransferSyntaxUID = ExplicitVRLittleEndian
        meta.MediaStorageSOPClassUID = CTImageStorage
        meta.MediaStorageSOPInstanceUID = f"1.2.3.{index + 1}"
        file = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
        file.SOPClassUID, file.SOPInstanceUID = CTImageStorage, meta.MediaStorageSOPInstanceUID
        file.Modality, file.StudyInstanceUID, file.SeriesInstanceUID = "CT", "1.2.4", "1.2.5"
        file.Rows = file.Columns = 512
        file.SamplesPerPixel, file.PhotometricInterpretation = 1, "MONOCHROME2"
        file.BitsAllocated, file.BitsStored, file.HighBit, file.PixelRepresentation = 16, 16, 15, 1
        file.RescaleSlope, file.RescaleIntercept = 1, -1024
        file.PixelSpacing, file.ImageOrientationPatient = [0.7, 0.7], [1, 0, 0, 0, 1, 0]
        file.ImagePositionPatient, file.SliceThickness = [0, 0, 1.25 * index], 1.25
        file.PixelData = random.integers(0, 2000, (512, 512), dtype=np.int16).tobytes()
        file.save_as(folder / f"{index:04}.dcm", enforce_file_format=True)


def run(command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("peer")
    parser.add_argument("--slices", type=int, default=500)
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        write_series(folder, options.slices)
        commands = {
            "series-benchmark": [options.program, str(folder)],
            "GDCM": [options.peer, str(folder)],
            "SimpleITK": [sys.executable, "-c", SIMPLEITK, str(folder)],
        }
        runs = {name: [] for name in commands}
        for _ in range(options.runs):
            for name, command in commands.items():
                runs[name].append(run(command))
    gdcm = statistics.median(each["seconds"] for each in runs["GDCM"])
    volume = options.slices * 512 * 512 * 8 / 2**20
    print(f"{options.slices} slices of 512 x 512, {volume / 4:.0f} MiB of files, {volume:.0f} MiB as float64")
    for name, each in runs.items():
        seconds = statistics.median(one["seconds"] for one in each)
        memory = max(one["memory"] for one in each)
        print(f"{name:18} {seconds:7.3f} s  {seconds / gdcm:5.2f} x GDCM  {memory:7.0f} MiB")


main()
