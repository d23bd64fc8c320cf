"""Label maps that are stored as series of images, and reference tissues by name, against SimpleITK and numpy.

    python labels.py WORKER REFERENCE-DATA

The mask of a region is written as NIfTI, as a series of secondary capture by SimpleITK, as a series with the headers of the image
(pydicom), rescaled, and as plastimatch writes it. SimpleITK reads the series and the NIfTI: the voxels must be the same; the features of all
must be the same. Then z-scores by a tissue that a SEG (highdicom) names, against numpy. Ends with 1 if anything differs.
"""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import warnings

import highdicom
import numpy
import pydicom
import SimpleITK

warnings.simplefilter("ignore")
failures = 0
IMAGES = ["ibsi_ct/dicom/image", "dicom/STS_003/MR_T1/image"]


def say(name, problems, note=""):
    global failures
    failures += bool(problems)
    print(f"{'FAILED' if problems else 'ok':7}{name}{note}" + (": " + "; ".join(map(str, problems)) if problems else ""), flush=True)


def extract(worker, image, mask, *options):
    done = subprocess.run([worker, "extract", str(image), str(mask), "-f", "json", *options], capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{mask}: {done.stderr}")
    (row,) = json.loads(done.stdout)
    return {key: value for key, value in row.items() if key.startswith("original_")}, done.stderr


def slices(folder):
    """The files of a series in the order of their places."""
    return list(SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames(str(folder)))


def secondary_capture(labels, image, folder):
    """Written by SimpleITK, with the place of each slice."""
    folder.mkdir()
    writer = SimpleITK.ImageFileWriter()
    writer.KeepOriginalImageUIDOn()
    direction = labels.GetDirection()
    cosines = "\\".join(str(direction[i]) for i in (0, 3, 6, 1, 4, 7))
    for z in range(labels.GetDepth()):
        one = labels[:, :, z]
        for key, value in {
                "0008|0060": "OT", "0020|000e": "1.2.826.0.1.3680043.2.1125.77", "0020|000d": "1.2.826.0.1.3680043.2.1125.78",
                "0008|0018": f"1.2.826.0.1.3680043.2.1125.77.{z + 1}", "0020|0013": str(z + 1), "0020|0037": cosines,
                "0020|0032": "\\".join(map(str, labels.TransformIndexToPhysicalPoint((0, 0, z)))),
                "0018|0050": str(labels.GetSpacing()[2])}.items():
            one.SetMetaData(key, value)
        writer.SetFileName(str(folder / f"{z * 7 % 101:03}.dcm"))
        writer.Execute(one)


def taken_over(labels, image, folder, add=0):
    """The image's own files with labels for pixels: the header's rescaling stands there as it was."""
    folder.mkdir()
    array = SimpleITK.GetArrayFromImage(labels)
    for z, path in enumerate(slices(image)):
        file = pydicom.dcmread(path)
        file.PixelData = (array[z].astype(numpy.int64) + add).astype(
            numpy.int16 if file.PixelRepresentation else numpy.uint16).tobytes()
        file.SeriesInstanceUID += ".7"
        file.SOPInstanceUID += ".7"
        file.file_meta.MediaStorageSOPInstanceUID = file.SOPInstanceUID
        file.save_as(folder / f"{z}")
    return float(getattr(file, "RescaleIntercept", 0))


def plastimatch(labels, image, folder):
    subprocess.run(["plastimatch", "convert", "--input", str(labels), "--output-dicom", str(folder)], check=True, capture_output=True)


def same(worker, image, mask, expected, labels):
    """What differs between the features of a series and those of the NIfTI file, and between their voxels as SimpleITK reads them."""
    found, _ = extract(worker, image, mask, "--label", "3")
    problems = [name for name in expected if found.get(name) != expected[name]][:3]
    if len(found) != 107:
        problems.append(f"{len(found)} features")
    if labels is not None:
        read = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(slices(mask)))
        if not numpy.array_equal(read, SimpleITK.GetArrayFromImage(labels)):
            problems.append("SimpleITK reads other voxels")
    return problems


def check_labels(worker, image, folder):
    volume = SimpleITK.ReadImage(slices(image))
    array = numpy.zeros(SimpleITK.GetArrayViewFromImage(volume).shape, numpy.uint16)
    (depth, rows, columns) = array.shape
    array[depth // 3:depth // 2, rows // 3:rows // 2, columns // 3:columns // 2] = 3
    array[1:3, 4:20, 5:30] = 1
    labels = SimpleITK.GetImageFromArray(array)
    labels.CopyInformation(volume)
    nifti = folder / "mask.nii.gz"
    SimpleITK.WriteImage(labels, str(nifti))
    expected, _ = extract(worker, image, nifti, "--label", "3", "--setting", "geometryTolerance:1e-4")
    secondary_capture(labels, image, folder / "sc")
    say("secondary capture by SimpleITK", same(worker, image, folder / "sc", expected, labels))
    intercept = taken_over(labels, image, folder / "own")
    say("the image's headers, labels as stored", same(worker, image, folder / "own", expected, labels if intercept == 0 else None),
        f", intercept {intercept}")
    if intercept < 0:
        taken_over(labels, image, folder / "rescaled", add=-int(intercept))
        say("the image's headers, rescaled labels", same(worker, image, folder / "rescaled", expected, labels))
    if shutil.which("plastimatch"):
        plastimatch(nifti, image, folder / "plastimatch")
        say("plastimatch", same(worker, image, folder / "plastimatch", expected, labels))
    return array == 3, array == 1


def check_tissue(worker, image, folder, region, tissue):
    """The first-order features of z-scores, by a SEG with both regions."""
    codes = highdicom.sr.CodedConcept("85756007", "SCT", "Tissue")
    names = ["Tumour", "Muscle"]
    segments = [highdicom.seg.SegmentDescription(
        number + 1, name, codes, codes, highdicom.seg.SegmentAlgorithmTypeValues.MANUAL) for number, name in enumerate(names)]
    files = [pydicom.dcmread(path) for path in slices(image)]
    highdicom.seg.Segmentation(
        files, numpy.stack([region, tissue], axis=-1).astype(numpy.uint8), highdicom.seg.SegmentationTypeValues.BINARY, segments,
        highdicom.UID(), 1, highdicom.UID(), 1, "m", "m", "1", "1").save_as(folder / "seg.dcm")
    found, _ = extract(worker, image, folder / "seg.dcm", "--segment", "Tumour", "--setting",
                       "standardise:{method: z-score, referenceSegment: Muscle, scale: 100}")
    voxels = SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(slices(image))).astype(numpy.float64)
    scores = (voxels - voxels[tissue].mean()) / voxels[tissue].std(ddof=1) * 100
    wanted = {"Mean": scores[region].mean(), "Maximum": scores[region].max(), "Minimum": scores[region].min(),
              "Variance": scores[region].var()}
    say("z-score by the segment Muscle", [
        f"{name} is {found['original_firstorder_' + name]}, not {value}" for name, value in wanted.items()
        if abs(found["original_firstorder_" + name] - value) > 1e-9 * max(abs(value), 1)])


def main(work):
    for number, image in enumerate(IMAGES):
        folder = work / str(number)
        folder.mkdir()
        print(image)
        image = pathlib.Path(sys.argv[2]) / image
        check_tissue(sys.argv[1], image, folder, *check_labels(sys.argv[1], image, folder))
    return 1 if failures else 0


with tempfile.TemporaryDirectory() as folder:
    sys.exit(main(pathlib.Path(folder)))
