"""Reading a CT of 500 slices of 512 x 512: as a DICOM series by series-benchmark (values as stored, and as float64), by GDCM alone and
with float64 values, by SimpleITK; as .nii and .nii.gz by series-benchmark. Digests of the files are part of series-benchmark. Also by
GDCM's own program, gdcminfo, without digests and with those that it has (MD5 of the pixels), of which, and of series-benchmark beside it,
the whole process counts.
With --worker also the 1,197 features of a nodule of 17,000 voxels in it, of the series and of the same as .nii and .nii.gz.

usage: series.py SERIES-BENCHMARK PEER [--slices 500] [--runs 5] [--worker WORKER]

Each runs in a process of its own, in turn, so that other programs slow all alike. What is printed are medians of the runs: the time that
passed, the processor time, which other programs disturb less, and the ratio of each to GDCM's. The files are in the
system's cache. Needs pydicom, numpy and SimpleITK.
"""
import argparse
import json
import multiprocessing
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import pydicom
import SimpleITK
from pydicom.dataset import FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

SIMPLEITK = """
import sys, time, json, resource, SimpleITK as sitk
begin, cpu = time.perf_counter(), time.process_time()
reader = sitk.ImageSeriesReader()
reader.SetFileNames(reader.GetGDCMSeriesFileNames(sys.argv[1]))
reader.Execute()
print(json.dumps({"seconds": time.perf_counter() - begin, "cpu": time.process_time() - cpu, "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""


def write_series(folder, slices):
    """A CT of noise, int16; as a DICOM series."""
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


def write_files(folder, nifti, slices):
    write_series(folder, slices)
    reader = SimpleITK.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    image = reader.Execute()
    for name in ["ct.nii", "ct.nii.gz"]:
        SimpleITK.WriteImage(image, str(nifti / name))


def write_nodule(nifti, voxels=17_000):
    """A ball about the middle, as .nii.gz on the grid of the image."""
    image = SimpleITK.ReadImage(str(nifti / "ct.nii"))
    size, spacing = image.GetSize(), image.GetSpacing()
    z, y, x = np.ogrid[0:size[2], 0:size[1], 0:size[0]]
    radius = (3 * voxels * np.prod(spacing) / (4 * np.pi)) ** (1 / 3)
    squares = sum(((axis - count // 2) * width) ** 2 for axis, count, width in zip((x, y, z), size, spacing))
    mask = SimpleITK.GetImageFromArray((squares <= radius**2).astype(np.uint8))
    mask.CopyInformation(image)
    SimpleITK.WriteImage(mask, str(nifti / "nodule.nii.gz"), True)


def extraction(worker, image, nifti, output):
    command = [worker, "extract", str(image), str(nifti / "nodule.nii.gz"), "--param", "mr-1197", "-f", "json", "-o", str(output)]
    return whole_process(command)


def whole_process(command):
    """Seconds of the clock and of the processor, and the largest memory in MiB, of a process; what it prints is dropped."""
    begin = time.monotonic()
    pid = os.fork()
    if pid == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.execvp(command[0], command)
    _, status, usage = os.wait4(pid, 0)
    if status:
        raise SystemExit(f"{command} ended with status {status}")
    return {"seconds": time.monotonic() - begin, "cpu": usage.ru_utime + usage.ru_stime, "memory": usage.ru_maxrss / 1024}


def extractions(worker, folder, nifti, runs):
    images = {"series": folder, ".nii": nifti / "ct.nii", ".nii.gz": nifti / "ct.nii.gz"}
    figures, features = {name: [] for name in images}, {}
    for _ in range(runs):
        for name, image in images.items():
            figures[name].append(extraction(worker, image, nifti, nifti / "features.json"))
            row = json.loads((nifti / "features.json").read_text())[0]
            features[name] = {key: value for key, value in row.items() if not key.startswith("diagnostics") and isinstance(value, float)}
    print(f"1,197 features of a nodule of 17,000 voxels, medians of {runs}")
    for name, each in figures.items():
        seconds, cpu = (statistics.median(one[key] for one in each) for key in ("seconds", "cpu"))
        worst = max((abs(value - features[".nii"][key]) / max(abs(features[".nii"][key]), 1e-6) for key, value in features[name].items()), default=0)
        print(f"{name:18} {seconds:7.3f} s  processor {cpu:7.3f} s  {max(one['memory'] for one in each):7.0f} MiB  "
              f"{len(features[name])} values, at most {worst:.1e} from .nii", flush=True)


def run(command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("peer")
    parser.add_argument("--slices", type=int, default=500)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--worker")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        nifti, folder = pathlib.Path(folder), pathlib.Path(folder) / "series"
        folder.mkdir()
        # In a process of its own: the largest memory of a program counts from that of the one that starts it.
        writer = multiprocessing.Process(target=write_files, args=(folder, nifti, options.slices))
        writer.start()
        writer.join()
        commands = {
            "series, as stored": [options.program, "--stored", str(folder)],
            "series, float64": [options.program, str(folder)],
            ".nii, float64": [options.program, "--volume", str(nifti / "ct.nii")],
            ".nii.gz, float64": [options.program, "--volume", str(nifti / "ct.nii.gz")],
            "GDCM": [options.peer, str(folder)],
            "GDCM, float64": [options.peer, str(folder), "float64"],
            "SimpleITK": [sys.executable, "-c", SIMPLEITK, str(folder)],
        }
        processes = {"series, as stored": commands["series, as stored"]}
        if shutil.which("gdcminfo"):
            processes |= {"gdcminfo": ["gdcminfo", "-r", str(folder)], "gdcminfo --md5sum": ["gdcminfo", "-r", "--md5sum", str(folder)]}
        runs, whole = {name: [] for name in commands}, {name: [] for name in processes}
        if options.worker:
            # Of its own, too.
            writer = multiprocessing.Process(target=write_nodule, args=(nifti,))
            writer.start()
            writer.join()
            extractions(options.worker, folder, nifti, options.runs)
        for _ in range(options.runs):
            for name, command in commands.items():
                runs[name].append(run(command))
            for name, command in processes.items():
                whole[name].append(whole_process(command))
    volume = options.slices * 512 * 512 * 8 / 2**20
    print(f"{options.slices} slices of 512 x 512, {volume / 4:.0f} MiB of files, {volume:.0f} MiB as float64; medians of {options.runs}")
    median = lambda name, key: statistics.median(one[key] for one in runs[name])
    for name, each in runs.items():
        seconds, cpu = median(name, "seconds"), median(name, "cpu")
        print(f"{name:18} {seconds:7.3f} s  {seconds / median('GDCM', 'seconds'):5.2f} x GDCM  processor {cpu:7.3f} s  "
              f"{cpu / median('GDCM', 'cpu'):5.2f} x GDCM  {max(one['memory'] for one in each):7.0f} MiB")
    print("whole processes")
    for name, each in whole.items():
        seconds, cpu = (statistics.median(one[key] for one in each) for key in ("seconds", "cpu"))
        print(f"{name:18} {seconds:7.3f} s  processor {cpu:7.3f} s  {max(one['memory'] for one in each):7.0f} MiB")


main()
