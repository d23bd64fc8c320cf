"""DICOM images read by series-benchmark against SimpleITK, NIfTI, pydicom and arithmetic in this file.

usage: images.py SERIES-BENCHMARK [REFERENCE-DATA]

One line a case; exit status 1 if one fails. Values, spacing, origin and directions must be the same, to the last bit for values.
"""
import datetime
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import warnings

import numpy as np
import pydicom
import SimpleITK as sitk
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.uid import CTImageStorage, EnhancedMRImageStorage, ExplicitVRLittleEndian, PositronEmissionTomographyImageStorage

warnings.filterwarnings("ignore")
program, data = sys.argv[1], pathlib.Path(sys.argv[2] if len(sys.argv) > 2 else "../shared/data")
work = pathlib.Path(tempfile.mkdtemp())
failures = 0

TYPES = {
    "8-bit unsigned integer": "uint8", "8-bit signed integer": "int8", "16-bit unsigned integer": "uint16",
    "16-bit signed integer": "int16", "32-bit unsigned integer": "uint32", "32-bit signed integer": "int32",
    "32-bit float": "float32", "64-bit float": "float64",
}


def say(name, problems):
    global failures
    failures += bool(problems)
    print(f"{'FAILED' if problems else 'ok':7}{name}" + (": " + "; ".join(problems) if problems else ""), flush=True)


def read(path, *options):
    """Facts and values (z, y, x) of an image, or the sentence that refuses it."""
    values = work / "values"
    result = subprocess.run([program, *options, "-o", values, path], capture_output=True, text=True)
    if result.returncode == 65:
        return None, result.stderr.strip()
    if result.returncode:
        return None, f"exit status {result.returncode}: {result.stderr[-200:]}"
    found = json.loads(result.stdout)
    return found, np.fromfile(values).reshape(found["size"][::-1])


def series(folder):
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(folder)))
    return reader.Execute()


def compare(name, path, image, same_type=True, tolerance=1e-9, options=()):
    found, values = read(path, *options)
    if found is None:
        return say(name, [values])
    problems = []
    expected = sitk.GetArrayFromImage(image)
    if values.shape != expected.shape:
        problems.append(f"size {values.shape}, expected {expected.shape}")
    elif not np.array_equal(values, expected):
        problems.append(f"values differ by up to {np.abs(values - expected).max()}")
    if same_type and found["type"] != TYPES[image.GetPixelIDTypeAsString()]:
        problems.append(f"type {found['type']}, expected {image.GetPixelIDTypeAsString()}")
    directions = np.array(image.GetDirection()).reshape(3, 3).T
    for what, ours, theirs in [
        ("spacing", found["spacing"], image.GetSpacing()), ("origin", found["origin"], image.GetOrigin()),
        ("directions", found["directions"], directions),
    ]:
        if np.abs(np.array(ours) - theirs).max() > tolerance:
            problems.append(f"{what} {ours}, expected {theirs}")
    say(name, problems)


def refuse(name, path, *words, options=()):
    found, sentence = read(path, *options)
    missing = [word for word in words if found is None and word not in sentence]
    say(name, ["was read"] if found else [f"{word!r} is not in: {sentence}" for word in missing])


def slice_file(array, z, sop_class=CTImageStorage, **elements):
    meta = FileMetaDataset()
    meta.TransferSyntaxUID, meta.MediaStorageSOPClassUID = ExplicitVRLittleEndian, sop_class
    meta.MediaStorageSOPInstanceUID = f"1.2.3.{int(round(z * 1000)) + 1}"
    file = FileDataset(None, {}, file_meta=meta, preamble=b"\0" * 128)
    file.SOPClassUID, file.SOPInstanceUID = sop_class, meta.MediaStorageSOPInstanceUID
    file.Modality, file.StudyInstanceUID, file.SeriesInstanceUID = "CT", "1.2.4", "1.2.5"
    file.Rows, file.Columns = array.shape[-2:]
    file.SamplesPerPixel, file.PhotometricInterpretation = 1, "MONOCHROME2"
    file.BitsAllocated = file.BitsStored = array.dtype.itemsize * 8
    file.HighBit, file.PixelRepresentation = file.BitsStored - 1, int(array.dtype.kind == "i")
    file.PixelSpacing, file.ImageOrientationPatient = [0.8, 0.6], [1, 0, 0, 0, 1, 0]
    file.ImagePositionPatient, file.SliceThickness = [-10, 20, z], 2
    for keyword, value in elements.items():
        setattr(file, keyword, value)
    file.PixelData = array.tobytes()
    return file


def save(name, files):
    folder = work / name
    folder.mkdir()
    for index, file in enumerate(files):
        file.save_as(folder / f"{index}.dcm", enforce_file_format=True)
    return folder


random = np.random.default_rng(1)
arrays = [random.integers(-500, 1500, (20, 30), dtype=np.int16) for _ in range(6)]


def generated():
    oblique = [0.8, 0.6, 0, -0.48, 0.64, 0.6]
    normal = np.cross(oblique[:3], oblique[3:])
    files = [
        slice_file(a, i, ImageOrientationPatient=oblique, ImagePositionPatient=[float(f"{v:.10f}") for v in np.array([1, 2, 3]) + 2.5 * (5 - i) * normal])
        for i, a in enumerate(arrays)
    ]
    folder = save("oblique", files)
    compare("oblique slices, written from the last to the first", folder, series(folder))
    for name, change in {
        "12 bits, intercept -1024": dict(BitsStored=12, HighBit=11, RescaleSlope=1, RescaleIntercept=-1024),
        "slope 2": dict(RescaleSlope=2, RescaleIntercept=0), "slope 0.3": dict(RescaleSlope="0.3", RescaleIntercept="0.1"),
        "slope -1": dict(BitsStored=12, HighBit=11, RescaleSlope=-1, RescaleIntercept=7),
    }.items():
        folder = save(name, [slice_file(a, 2.0 * i, **change) for i, a in enumerate(arrays)])
        compare(f"rescaling: {name}", folder, series(folder))
    # 60,000 + 10,000 does not fit 16 bits.
    high = [np.full((20, 30), 60000, np.uint16)] * 3
    folder = save("overflow", [slice_file(a, 2.0 * i, RescaleSlope=1, RescaleIntercept=10000) for i, a in enumerate(high)])
    compare("values beyond 16 bits", folder, series(folder))


def enhanced():
    order = [3, 0, 5, 1, 4, 2]
    file = slice_file(np.stack([arrays[i] for i in order]), 0, EnhancedMRImageStorage, Modality="MR", NumberOfFrames=6)
    del file.PixelSpacing, file.ImageOrientationPatient, file.ImagePositionPatient, file.SliceThickness

    def item(**elements):
        one = Dataset()
        for keyword, value in elements.items():
            setattr(one, keyword, value)
        return one

    file.SharedFunctionalGroupsSequence = [
        item(
            PixelMeasuresSequence=[item(PixelSpacing=[0.8, 0.6], SliceThickness=2)],
            PlaneOrientationSequence=[item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])],
            PixelValueTransformationSequence=[item(RescaleSlope=2, RescaleIntercept=-3, RescaleType="US")])
    ]
    file.PerFrameFunctionalGroupsSequence = [
        item(PlanePositionSequence=[item(ImagePositionPatient=[-10, 20, 3 * i])]) for i in order
    ]
    folder = save("enhanced", [file])
    image = sitk.GetImageFromArray(np.stack(arrays).astype(np.int32) * 2 - 3)
    image.SetSpacing([0.6, 0.8, 3])
    image.SetOrigin([-10, 20, 0])
    compare("enhanced, frames in no order", folder / "0.dcm", image)
    for index, frame in enumerate(file.PerFrameFunctionalGroupsSequence):
        frame.PlanePositionSequence[0].ImagePositionPatient = [0, 0, index // 2]
        frame.FrameContentSequence = [item(TemporalPositionIndex=index % 2 + 1)]
    refuse("enhanced, two time points", save("times", [file]), "ambiguous", "temporal position")


def compressed():
    folder = save("plain", [slice_file(a, 2.0 * i) for i, a in enumerate(arrays)])
    image = series(folder)
    unsigned = save("unsigned", [slice_file((a + 500).astype(np.uint16), 2.0 * i, BitsStored=12, HighBit=11) for i, a in enumerate(arrays)])
    tools = {
        "JPEG lossless (gdcmconv)": ["gdcmconv", "--jpeg", "--lossless"], "JPEG-LS (gdcmconv)": ["gdcmconv", "--jpegls"],
        "JPEG 2000 (gdcmconv)": ["gdcmconv", "--j2k"], "run lengths (gdcmconv)": ["gdcmconv", "--rle"],
        "implicit (gdcmconv)": ["gdcmconv", "--implicit", "--raw"], "JPEG lossless, first predictor (dcmtk)": ["dcmcjpeg", "+e1"],
        "JPEG lossless (dcmtk)": ["dcmcjpeg", "+el"], "JPEG-LS (dcmtk)": ["dcmcjpls"], "run lengths (dcmtk)": ["dcmcrle"],
        "run lengths in pieces (dcmtk)": ["dcmcrle", "+fs", "1"], "big-endian (dcmtk)": ["dcmconv", "+tb"],
        "deflated (dcmtk)": ["dcmconv", "+td"], "without preamble (dcmtk)": ["dcmconv", "-F"],
    }
    for kind, source, expected in [("signed", folder, image), ("12 bits", unsigned, series(unsigned))]:
        for name, tool in tools.items():
            if shutil.which(tool[0]) is None:
                print(f"skipped {name}: no {tool[0]} (Debian: libgdcm-tools, dcmtk)")
                continue
            target = work / f"{kind} {name}"
            target.mkdir()
            results = [subprocess.run([*tool, path, target / path.name], capture_output=True) for path in sorted(source.iterdir())]
            if any(result.returncode for result in results):
                print(f"skipped {name}, {kind}: {tool[0]} does not write it")
                continue
            compare(f"{name}, {kind}", target, expected, same_type=False)


def uptake():
    weight, dose, half_life = 72.5, 3.5e8, 6586.2
    drug = Dataset()
    drug.RadionuclideTotalDose, drug.RadionuclideHalfLife = dose, half_life
    drug.RadiopharmaceuticalStartTime = "091500"
    scan = datetime.datetime(2024, 3, 1, 10, 20, 30)
    files = [
        slice_file(
            np.abs(a), 2.0 * i, PositronEmissionTomographyImageStorage, Modality="PT", Units="BQML", PatientWeight=weight,
            CorrectedImage=["DECY", "ATTN"], DecayCorrection="START", SeriesDate="20240301", SeriesTime=f"{scan:%H%M%S}",
            RescaleSlope=str(0.5 + i), RescaleIntercept=0, RadiopharmaceuticalInformationSequence=[drug])
        for i, a in enumerate(arrays)
    ]
    folder = save("uptake", files)
    seconds = (scan - datetime.datetime(2024, 3, 1, 9, 15)).total_seconds()
    factor = weight * 1000 / (dose * 2 ** (-seconds / half_life))
    found, values = read(folder, "--suv")
    expected = np.stack([np.abs(a) * (0.5 + i) * factor for i, a in enumerate(arrays)])
    problems = [values] if found is None else []
    if found and not np.allclose(values, expected, rtol=1e-12, atol=0):
        problems.append(f"values differ by up to {np.abs(values / expected - 1).max()} of them")
    say("SUV, decay from the injection to the scan", problems)
    for file in files:
        del file.PatientWeight
    refuse("SUV without a weight", save("weightless", files), "Patient's Weight", options=["--suv"])


def odd():
    """What hospitals have and no standard means: read right, or refused."""
    image = series(save("usual", [slice_file(a, 2.0 * i) for i, a in enumerate(arrays)]))
    folder = save("mixed", [slice_file(a, 2.0 * i) for i, a in enumerate(arrays)])
    for index, tool in enumerate([["dcmconv", "+tb"], ["dcmconv", "+ti"], ["gdcmconv", "--jpegls"], ["gdcmconv", "--rle"]]):
        if shutil.which(tool[0]):
            path = folder / f"{index}.dcm"
            subprocess.run([*tool, path, work / "one"], check=True, capture_output=True)
            shutil.move(work / "one", path)
    compare("a transfer syntax for each slice", folder, image, same_type=False)
    high = [(a + 500).astype(np.uint16) for a in arrays]
    unsigned = sitk.GetImageFromArray(np.stack(high))
    unsigned.CopyInformation(image)
    files = [slice_file((a << 4).astype(np.uint16), 2.0 * i, BitsStored=12, HighBit=15) for i, a in enumerate(high)]
    compare("12 bits in the upper ones of 16", save("upper", files), unsigned)
    files = [slice_file((a | 0xA000).astype(np.uint16), 2.0 * i, BitsStored=12, HighBit=11) for i, a in enumerate(high)]
    compare("12 bits below others that mean nothing", save("above", files), unsigned)
    os.symlink(folder, folder / "again")
    os.symlink(folder / "self", folder / "self")
    (folder / "notes.json").write_text('{"00080005": {"vr": "CS"}}')
    compare("links in a circle, and other files beside", folder, image, same_type=False)
    for name, element, usual, other in [
        ("patients", "PatientID", "A", "B"), ("frames of reference", "FrameOfReferenceUID", "1.5", "1.6"), ("modalities", "Modality", "CT", "MR"),
        ("photometric interpretations", "PhotometricInterpretation", "MONOCHROME2", "MONOCHROME1"), ("units", "Units", "BQML", "CNTS"),
    ]:
        files = [slice_file(a, 2.0 * i, **{element: other if i == 3 else usual}) for i, a in enumerate(arrays)]
        refuse(f"two {name} in a series", save(name, files), "badHeader", "do not agree")
    files = [slice_file(a, 2.0 * i, Rows=19) for i, a in enumerate(arrays)]
    refuse("a row more than Rows", save("rows", files), "badHeader", "Rows, Columns")
    for name, elements in [("packed", dict(BitsAllocated=12, BitsStored=12, HighBit=11)), ("64", dict(BitsAllocated=64))]:
        refuse(f"bits: {name}", save(f"bits {name}", [slice_file(arrays[0], 0, **elements)]), "unsupported")
    refuse("17 of 16 bits", save("bits 17", [slice_file(arrays[0], 0, BitsStored=17, HighBit=16)]), "badHeader")
    for name, elements in {
        "a negative spacing": dict(PixelSpacing=[-0.8, 0.6]), "a spacing of 0": dict(PixelSpacing=[0, 0.6]),
        "axes that are not at right angles": dict(ImageOrientationPatient=[1, 0, 0, 0.2, 1, 0]),
        "axes of length 2": dict(ImageOrientationPatient=[2, 0, 0, 0, 1, 0]),
    }.items():
        refuse(name, save(name, [slice_file(a, 2.0 * i, **elements) for i, a in enumerate(arrays)]), "badHeader")
    files = [slice_file(a, 2.0 * i, ImagerPixelSpacing=[0.5, 0.4]) for i, a in enumerate(arrays)]
    for file in files:
        del file.PixelSpacing
    refuse("the size of a pixel at the detector alone", save("detector", files), "badHeader", "Imager Pixel Spacing")


def refused():
    files = [slice_file(a, 2.0 * i) for i, a in enumerate(arrays)]
    refuse("a missing slice", save("gap", files[:3] + files[4:]), "irregularGrid", "1 slice is missing")
    tilted = [slice_file(a, 2.0 * i, ImagePositionPatient=[-10, 20 + 0.7 * i, 2.0 * i]) for i, a in enumerate(arrays)]
    refuse("a gantry's tilt", save("tilt", tilted), "irregularGrid", "sheared")
    other = [slice_file(a, 2.0 * i, SeriesInstanceUID="1.9") for i, a in enumerate(arrays)]
    refuse("two series in a folder", save("two", files + other), "ambiguous", "2 series", "listed by worker extract --validate")
    echoes = [slice_file(a, 2.0 * (i // 2), EchoTime=10 + i % 2, SOPInstanceUID=f"1.7.{i}") for i, a in enumerate(arrays)]
    refuse("two echoes", save("echoes", echoes), "ambiguous", "echo time")
    folder = save("cut", files)
    path = folder / "2.dcm"
    path.write_bytes(path.read_bytes()[:-100])
    refuse("a truncated file", folder, "truncated")
    file = slice_file(arrays[0], 0)
    file.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.201"
    file.PixelData = pydicom.encaps.encapsulate([b"\0" * 10])
    file["PixelData"].is_undefined_length = True
    refuse("a compression that nobody decodes", save("htj2k", [file]), "unsupported", "High-Throughput JPEG 2000")
    if shutil.which("dcmmkdir"):
        folder = save("medium", [])
        (folder / "IMAGES").mkdir()
        for index, file in enumerate(files):
            file.PatientName, file.PatientID, file.StudyID, file.StudyDate, file.StudyTime = "A", "B", "1", "20240101", "10"
            file.SeriesNumber, file.InstanceNumber = 1, index + 1
            file.save_as(folder / "IMAGES" / f"I{index}", enforce_file_format=True)
        subprocess.run(["dcmmkdir", "+r", "+id", str(folder), "+D", str(folder / "DICOMDIR"), "IMAGES"], capture_output=True, cwd=folder)
        refuse("an index of a medium (DICOMDIR)", folder / "DICOMDIR", "DICOMDIR", "give the folder")
        compare("a medium's folder, with its index", folder, series(folder / "IMAGES"))


def reference():
    if not data.is_dir():
        print(f"skipped: no reference data in {data}")
        return
    phantom = data / "ibsi_ct"
    compare("IBSI CT phantom against SimpleITK", phantom / "dicom/image", series(phantom / "dicom/image"))
    nifti = sitk.ReadImage(str(next((phantom / "nifti/image").iterdir())))
    compare("IBSI CT phantom against NIfTI", phantom / "dicom/image", nifti, same_type=False, tolerance=1e-4)
    for folder in sorted((data / "dicom").glob("*/*/image")) + sorted((data / "sts_mr/dicom").glob("*/*/image")):
        compare(f"{folder.parent.parent.name} {folder.parent.name} against SimpleITK", folder, series(folder))
    pet = data / "dicom/STS_003/PET/image"
    if pet.is_dir():
        # Values are SUV already (GML).
        compare("STS_003 PET as SUV", pet, series(pet), options=["--suv"])


try:
    reference()
    generated()
    enhanced()
    compressed()
    uptake()
    odd()
    refused()
finally:
    shutil.rmtree(work)
print(f"{failures} failed" if failures else "all agree")
sys.exit(failures > 0)
