#!/usr/bin/env python3
"""Stores a synthetic cohort of three sites as three hospitals keep their images.

The first has DICOM series and structure sets (and a localizer without a mask, and an index), the second NIfTI with labels as
ITK-SNAP saves them, the third NRRD with overlapping segments in layers as 3D Slicer saves them. A workbook has the outcomes, in
which Excel took the zeros before the first hospital's numbers. Voxels and regions are those of the cohort.

usage: hospitals.py COHORT OUT      COHORT: of `coordinator synthesize`. OUT: made; must not be there.

Needs numpy, nibabel, pydicom, pynrrd, contourpy and openpyxl.
"""
import csv
import os
import sys

import contourpy
import nibabel
import nrrd
import numpy as np
import openpyxl
import pydicom
from pydicom.dataset import Dataset, FileDataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import ExplicitVRLittleEndian

ROOT = "1.2.826.0.1.3680043.10.1471"
MR, RTSTRUCT = "1.2.840.10008.5.1.4.1.1.4", "1.2.840.10008.5.1.4.1.1.481.3"
LPS = np.diag([-1.0, -1.0, 1.0, 1.0])


def dataset(path, kind, uid, modality, patient, study):
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID, meta.MediaStorageSOPInstanceUID = kind, uid
    meta.TransferSyntaxUID = ExplicitVRLittleEndian
    data = FileDataset(path, {}, file_meta=meta, preamble=b"\0" * 128)
    data.SOPClassUID, data.SOPInstanceUID, data.Modality = kind, uid, modality
    data.PatientID, data.PatientName = patient, f"Nobody^{patient}"
    data.StudyInstanceUID, data.StudyID = study, "1"
    data.StudyDate = data.StudyTime = data.PatientBirthDate = data.PatientSex = ""
    data.AccessionNumber = data.ReferringPhysicianName = ""
    data.Manufacturer = "Trabecula"
    return data


def save(data, path):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    data.save_as(path, enforce_file_format=True)


def text(number):
    """A decimal string of at most 16 characters."""
    return pydicom.valuerep.format_number_as_ds(float(number))


def series(folder, voxels, affine, patient, study, uid, frame, description):
    """Writes slices, and returns their UIDs."""
    lps = LPS @ affine
    steps = np.linalg.norm(lps[:3, :3], axis=0)
    axes = lps[:3, :3] / steps
    uids = []
    for k in range(voxels.shape[2]):
        data = dataset("", MR, f"{uid}.{k + 1}", "MR", patient, study)
        data.SeriesInstanceUID, data.SeriesNumber, data.InstanceNumber = uid, "1", str(k + 1)
        data.SeriesDescription, data.FrameOfReferenceUID, data.PositionReferenceIndicator = description, frame, ""
        data.ScanningSequence, data.SequenceVariant, data.ScanOptions = "SE", "NONE", ""
        data.MRAcquisitionType, data.EchoTime, data.EchoTrainLength = "2D", "80", "1"
        data.ImageType = ["ORIGINAL", "PRIMARY", "LOCALIZER" if description == "localizer" else "M"]
        data.SliceThickness = data.SpacingBetweenSlices = text(steps[2])
        data.ImagePositionPatient = [text(v) for v in (lps @ [0, 0, k, 1])[:3]]
        data.ImageOrientationPatient = [text(v) for v in (*axes[:, 0], *axes[:, 1])]
        data.PixelSpacing = [text(steps[1]), text(steps[0])]
        data.Columns, data.Rows = voxels.shape[0], voxels.shape[1]
        data.SamplesPerPixel, data.PhotometricInterpretation = 1, "MONOCHROME2"
        data.BitsAllocated, data.BitsStored, data.HighBit, data.PixelRepresentation = 16, 16, 15, 1
        data.PixelData = np.ascontiguousarray(voxels[:, :, k].T).astype("<i2").tobytes()
        uids.append(data.SOPInstanceUID)
        # Names as a scanner gives them: no extension, and not in order.
        save(data, os.path.join(folder, f"IM{(k * 7919) % 10007:05d}"))
    return uids


def structures(path, mask, affine, patient, study, uid, image, frame, uids):
    lps = LPS @ affine
    contours = []
    for k in range(mask.shape[2]):
        plane = np.pad(mask[:, :, k].T.astype(float), 1)
        for line in contourpy.contour_generator(z=plane).lines(0.5) if plane.any() else []:
            i, j = line[:-1, 0] - 1, line[:-1, 1] - 1
            points = (lps @ np.stack([i, j, np.full(len(i), k), np.ones(len(i))]))[:3].T
            item = Dataset()
            item.ContourGeometricType, item.NumberOfContourPoints = "CLOSED_PLANAR", len(points)
            item.ContourData = [text(v) for v in points.ravel()]
            source = Dataset()
            source.ReferencedSOPClassUID, source.ReferencedSOPInstanceUID = MR, uids[k]
            item.ContourImageSequence = Sequence([source])
            contours.append(item)
    data = dataset("", RTSTRUCT, uid, "RTSTRUCT", patient, study)
    data.SeriesInstanceUID, data.SeriesNumber, data.InstanceNumber = uid + ".1", "2", "1"
    data.StructureSetLabel, data.StructureSetDate, data.StructureSetTime = "Regions", "", ""
    series, study_item, frame_item = Dataset(), Dataset(), Dataset()
    series.SeriesInstanceUID, series.ContourImageSequence = image, Sequence()
    for one in uids:
        source = Dataset()
        source.ReferencedSOPClassUID, source.ReferencedSOPInstanceUID = MR, one
        series.ContourImageSequence.append(source)
    study_item.ReferencedSOPClassUID, study_item.ReferencedSOPInstanceUID = "1.2.840.10008.3.1.2.3.1", study
    study_item.RTReferencedSeriesSequence = Sequence([series])
    frame_item.FrameOfReferenceUID, frame_item.RTReferencedStudySequence = frame, Sequence([study_item])
    data.ReferencedFrameOfReferenceSequence = Sequence([frame_item])
    data.StructureSetROISequence, data.ROIContourSequence = Sequence(), Sequence()
    data.RTROIObservationsSequence = Sequence()
    for number, (name, drawn) in enumerate([("Planning", []), ("Head", contours)], start=1):
        region, contour = Dataset(), Dataset()
        region.ROINumber, region.ReferencedFrameOfReferenceUID = number, frame
        region.ROIName, region.ROIGenerationAlgorithm = name, "MANUAL"
        contour.ReferencedROINumber = number
        if drawn:
            contour.ContourSequence = Sequence(drawn)
        data.StructureSetROISequence.append(region)
        data.ROIContourSequence.append(contour)
    save(data, path)


def slicer(path, mask, affine, name):
    """Two overlapping segments, each in a layer of its own: the region, and a box around it that nobody asks for."""
    lps = LPS @ affine
    box = np.zeros_like(mask)
    box[tuple(slice(index.min(), index.max() + 1) for index in np.nonzero(mask))] = 1
    header = {
        "space": "left-posterior-superior", "kinds": ["list", "domain", "domain", "domain"],
        "space directions": np.vstack([[np.nan] * 3, lps[:3, :3].T]), "space origin": lps[:3, 3], "encoding": "gzip",
    }
    for number, segment in enumerate(["Box", name]):
        header |= {
            f"Segment{number}_ID": f"Segment_{number + 1}", f"Segment{number}_Name": segment,
            f"Segment{number}_LabelValue": "1", f"Segment{number}_Layer": str(number),
            f"Segment{number}_Extent": "0 {} 0 {} 0 {}".format(*(n - 1 for n in mask.shape)),
        }
    nrrd.write(path, np.stack([box, mask]).astype(np.uint8), header, custom_field_map=None)


def north(out, number, voxels, mask, affine):
    patient = f"{number * 37:06d}"
    folder = os.path.join(out, "north", f"pat{number:03d}")
    study, frame = f"{ROOT}.1.{number}", f"{ROOT}.2.{number}"
    image = f"{ROOT}.3.{number}"
    uids = series(os.path.join(folder, "S1"), voxels, affine, patient, study, image, frame, "t2")
    series(os.path.join(folder, "S0"), voxels[:, :, :1], affine, patient, study, f"{ROOT}.4.{number}", frame, "localizer")
    structures(os.path.join(folder, "RS"), mask, affine, patient, study, f"{ROOT}.5.{number}", image, frame, uids)
    return int(patient), f"north/pat{number:03d}/S1", f"north/pat{number:03d}/RS"


def south(out, number, voxels, mask, affine):
    patient = f"P-{number:02d}"
    folder = os.path.join(out, "south", patient)
    os.makedirs(folder)
    for name, array in [("T2", voxels), ("T2-label", mask)]:
        nibabel.save(nibabel.Nifti1Image(array, affine), os.path.join(folder, name + ".nii.gz"))
    return patient, f"south/{patient}/T2.nii.gz", f"south/{patient}/T2-label.nii.gz"


def west(out, number, voxels, mask, affine):
    patient = f"case_{number:02d}"
    folder = os.path.join(out, "west", patient)
    os.makedirs(folder)
    lps = LPS @ affine
    header = {
        "space": "left-posterior-superior", "kinds": ["domain"] * 3, "space directions": lps[:3, :3].T,
        "space origin": lps[:3, 3], "encoding": "gzip",
    }
    nrrd.write(os.path.join(folder, "T2.nrrd"), voxels, header)
    slicer(os.path.join(folder, "Segmentation.seg.nrrd"), mask, affine, "Head")
    return patient, f"west/{patient}/T2.nrrd", f"west/{patient}/Segmentation.seg.nrrd"


def main():
    cohort, out = sys.argv[1:]
    os.makedirs(out)
    with open(os.path.join(cohort, "manifest.csv"), newline="") as file:
        rows = list(csv.DictReader(file))
    hospitals = dict(zip(sorted({row["Site"] for row in rows}), [north, south, west]))
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Patient", "Site", "Necrosis", "Weight"])
    expected = []
    for number, row in enumerate(rows, start=1):
        image = nibabel.load(os.path.join(cohort, row["Image"]))
        mask = nibabel.load(os.path.join(cohort, row["Mask"]))
        voxels = np.asarray(image.dataobj)
        assert np.array_equal(voxels, voxels.astype(np.int16)), "the cohort's voxels are whole numbers"
        region = (np.asarray(mask.dataobj) == int(row.get("Label") or 1)).astype(np.uint8)
        make = hospitals[row["Site"]]
        patient, image_path, mask_path = make(out, number, voxels.astype(np.int16), region, image.affine)
        sheet.append([patient, make.__name__, int(row["Outcome"]), 60 + number % 30 + 0.5])
        expected.append([row["ID"], make.__name__, image_path, mask_path, row["Outcome"]])
    book.save(os.path.join(out, "clinic.xlsx"))
    with open(os.path.join(out, "expected.csv"), "w", newline="") as file:
        csv.writer(file).writerows([["Original", "Site", "Image", "Mask", "Outcome"], *expected])


if __name__ == "__main__":
    main()
