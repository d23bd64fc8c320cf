"""Compares regions of structure sets and segmentations, voxel by voxel, with what other programs make of the same files.

    python masks.py MASK-VOXELS REFERENCE-DATA [-o masks.csv]

MASK-VOXELS is the program of that name (`swift build --product mask-voxels`). Needs plastimatch (Debian), and
pip install SimpleITK pydicom highdicom rt-utils dcmrtstruct2nii mirp. Prints a row for each region and program: voxels here and there,
and how many differ, as a number and a share of the region here. Segmentations are written by highdicom, and must be equal.
Ends with 1 where a segmentation differs, or a structure set by more than the share that its program is given below.
"""

import argparse
import contextlib
import csv
import logging
import pathlib
import subprocess
import sys
import tempfile
import warnings

import highdicom
import numpy
import pydicom
import SimpleITK

warnings.simplefilter("ignore")
logging.disable(logging.CRITICAL)

# Structure set, its image, the name of the region; the last one has a mask of its authors.
REGIONS = [
    ("IBSI CT phantom", "ibsi_ct/dicom/image", "ibsi_ct/dicom/mask/DCM_RS_00060.dcm", "GTV-1"),
    ("STS_003 CT", "dicom/STS_003/CT/image", "dicom/STS_003/CT/mask/RS.dcm", "GTV_Mass_CT"),
    ("STS_003 MR T1", "dicom/STS_003/MR_T1/image", "dicom/STS_003/MR_T1/mask/RS.dcm", "GTV_Mass_MR_T1"),
    ("STS_003 PET", "dicom/STS_003/PET/image", "dicom/STS_003/PET/mask/RS.dcm", "GTV_Mass_PET"),
]
# Share of the region that may differ. All take centres, as we do, and decide otherwise where one lies on the line.
ALLOWED = {"published mask": 1e-4, "plastimatch": 0.02, "mirp": 0.02, "dcmrtstruct2nii": 0.02}


def array(path):
    return SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(path))) > 0


def ours(program, image, mask, region, output):
    done = subprocess.run([program, str(image), str(mask), region, str(output)], capture_output=True, text=True)
    if done.returncode != 0:
        raise SystemExit(f"mask-voxels: {done.stderr}")
    return array(output), done.stderr.strip()


def plastimatch(image, mask, region, folder):
    subprocess.run(
        ["plastimatch", "convert", "--input", str(mask), "--referenced-ct", str(image),
         "--output-prefix", str(folder / "plastimatch"), "--prefix-format", "nrrd"],
        check=True, capture_output=True)
    return array(folder / "plastimatch" / f"{region}.nrrd")


def mirp(image, mask, region, folder):
    import mirp as program

    images, masks = program.extract_images(
        image=str(image), mask=str(mask), image_export_format="dict", write_images=False)[0]
    (found,) = (entry["mask"] for entry in masks if entry["roi_name"] == region)
    return numpy.asarray(found) > 0


def dcmrtstruct2nii(image, mask, region, folder):
    import dcmrtstruct2nii as program

    # It was written for an older pydicom.
    pydicom.read_file = pydicom.dcmread
    target = folder / "dcmrtstruct2nii"
    program.dcmrtstruct2nii(str(mask), str(image), str(target), structures=[region], convert_original_dicom=False)
    return array(next(target.glob("mask_*.nii.gz")))


def compared(mine, other):
    """Differing voxels, with the slices as they are or in the other order: the lesser."""
    if mine.shape != other.shape:
        return None
    return min(int((mine != other).sum()), int((mine != other[::-1]).sum()))


def structure_sets(program, data, folder):
    for name, image, mask, region in REGIONS:
        image, mask = data / image, data / mask
        mine, _ = ours(program, image, mask, region, folder / "ours.nrrd")
        if name.startswith("IBSI"):
            published = array(data / "ibsi_ct/nifti/mask/mask.nii.gz")
            yield name, "published mask", mine, published
        for tool in [plastimatch, mirp, dcmrtstruct2nii]:
            place = folder / f"{name}-{tool.__name__}".replace(" ", "-")
            place.mkdir()
            try:
                with contextlib.redirect_stdout(sys.stderr):
                    other = tool(image, mask, region, place)
            except Exception as error:
                # Some need the images that contours name, which the standard does not ask for.
                print(f"{name}: {tool.__name__} does not read it ({type(error).__name__})", file=sys.stderr)
                continue
            yield name, tool.__name__, mine, other


def drawn_by_rt_utils(program, data, folder):
    """Regions with holes and parts that rt-utils draws along the outermost centres, which come back as they were."""
    import rt_utils

    image = folder / "image"
    image.mkdir()
    for path in (data / "dicom/STS_003/MR_T1/image").glob("*"):
        # rt-utils looks for this ending.
        (image / path.with_suffix(".dcm").name).write_bytes(path.read_bytes())
    sources = [pydicom.dcmread(path) for path in image.glob("*")]
    rows, columns = sources[0].Rows, sources[0].Columns
    y, x, z = numpy.mgrid[:rows, :columns, : len(sources)]
    disc = lambda cx, cy, r: (x - cx) ** 2 + (y - cy) ** 2 <= r * r
    within = (z >= 3) & (z < 9)
    regions = {
        "disc": disc(60, 50, 20.3) & within,
        "ring": disc(60, 50, 20.3) & ~disc(63, 48, 9.2) & within,
        "parts": (disc(30, 30, 8.1) | disc(80, 90, 11.6)) & within,
    }
    drawn = rt_utils.RTStructBuilder.create_new(dicom_series_path=str(image))
    for name, voxels in regions.items():
        drawn.add_roi(mask=voxels, name=name)
        drawn.add_roi(mask=voxels, name=f"{name}, keyholes", use_pin_hole=True)
    path = folder / "drawn.dcm"
    with contextlib.redirect_stdout(sys.stderr):
        drawn.save(str(path))
    for name, voxels in regions.items():
        for region in [name, f"{name}, keyholes"]:
            mine, _ = ours(program, image, path, region, folder / "ours.nrrd")
            yield region, "before rt-utils drew it", mine, numpy.moveaxis(voxels, 2, 0)


def segmentation(sources, voxels, kind, **options):
    """A SEG of two segments that overlap, as highdicom writes it."""
    def description(number, label):
        code = highdicom.sr.CodedConcept("49755003", "SCT", "Morphologically Altered Structure")
        return highdicom.seg.SegmentDescription(
            segment_number=number, segment_label=label, segmented_property_category=code,
            segmented_property_type=code, algorithm_type="MANUAL")

    return highdicom.seg.Segmentation(
        source_images=sources, pixel_array=voxels, segmentation_type=kind,
        segment_descriptions=[description(1, "first"), description(2, "second")],
        series_instance_uid=highdicom.UID(), series_number=9, sop_instance_uid=highdicom.UID(), instance_number=1,
        manufacturer="x", manufacturer_model_name="x", software_versions="x", device_serial_number="x", **options)


def segmentations(program, data, folder):
    image = data / "dicom/STS_003/MR_T1/image"
    sources = [pydicom.dcmread(path) for path in sorted(image.glob("*"))]
    normal = numpy.cross(*numpy.array(sources[0].ImageOrientationPatient, float).reshape(2, 3))
    sources.sort(key=lambda file: numpy.dot(normal, numpy.array(file.ImagePositionPatient, float)))
    shape = (len(sources), sources[0].Rows, sources[0].Columns)
    random = numpy.random.default_rng(7)
    first = numpy.zeros(shape, bool)
    first[3:9, 20:60, 30:71] = random.random((6, 40, 41)) < 0.6
    second = numpy.zeros(shape, bool)
    second[[4, 7], 50:80, 60:90] = True
    both = numpy.stack([first, second], axis=-1)
    cases = {
        "binary": dict(voxels=both.astype(numpy.uint8), kind="BINARY"),
        "binary, empty frames kept": dict(
            voxels=both.astype(numpy.uint8), kind="BINARY", omit_empty_frames=False),
        "fractional": dict(
            voxels=numpy.where(both, 0.5 + random.random(both.shape) / 2, random.random(both.shape) * 0.49),
            kind="FRACTIONAL", max_fractional_value=200),
        "fractional, RLE": dict(
            voxels=both.astype(float), kind="FRACTIONAL",
            transfer_syntax_uid=pydicom.uid.RLELossless),
    }
    for name, case in cases.items():
        path = folder / "made.dcm"
        segmentation(sources, case.pop("voxels"), case.pop("kind"), **case).save_as(path)
        for region, expected in [("first", first), ("second", second)]:
            mine, _ = ours(program, image, path, region, folder / "ours.nrrd")
            yield f"SEG {name}, {region}", "highdicom", mine, expected
    yield other_grid(program, data, folder, segmentation(sources, both.astype(numpy.uint8), "BINARY"), first)
    labels = numpy.where(first, 1, numpy.where(second, 2, 0)).astype(numpy.uint8)
    for name, options in [("label map", {}), ("label map, RLE", dict(transfer_syntax_uid=pydicom.uid.RLELossless))]:
        path = folder / "made.dcm"
        segmentation(sources, labels, "LABELMAP", **options).save_as(path)
        for number, region in [(1, "first"), (2, "second")]:
            mine, _ = ours(program, image, path, region, folder / "ours.nrrd")
            yield f"SEG {name}, {region}", "highdicom", mine, labels == number


def other_grid(program, data, folder, made, voxels):
    """A segmentation of the MR image on the grid of the PET image, as SimpleITK's nearest neighbour has it."""
    names = SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames
    read = lambda part: SimpleITK.ReadImage(names(str(data / f"dicom/STS_003/{part}/image")))
    mask = SimpleITK.GetImageFromArray(voxels.astype(numpy.uint8))
    mask.CopyInformation(read("MR_T1"))
    expected = SimpleITK.Resample(mask, read("PET"), SimpleITK.Transform(), SimpleITK.sitkNearestNeighbor, 0)
    made.save_as(folder / "made.dcm")
    mine, _ = ours(program, data / "dicom/STS_003/PET/image", folder / "made.dcm", "first", folder / "ours.nrrd")
    return "SEG on another grid", "SimpleITK", mine, SimpleITK.GetArrayFromImage(expected) > 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program")
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("-o", "--output", type=pathlib.Path)
    arguments = parser.parse_args()
    rows, failures = [], 0
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        results = [*structure_sets(arguments.program, arguments.data, folder),
                   *drawn_by_rt_utils(arguments.program, arguments.data, folder),
                   *segmentations(arguments.program, arguments.data, folder)]
    for name, tool, mine, other in results:
        differing = compared(mine, other)
        count = int(mine.sum())
        share = "" if differing is None else f"{differing / count:.5f}"
        rows.append([name, tool, count, int(other.sum()), "other grid" if differing is None else differing, share])
        failures += differing is None or differing / count > ALLOWED.get(tool, 0)
        print(*rows[-1], sep=",", flush=True)
    if arguments.output:
        with open(arguments.output, "w", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(["region", "program", "voxels here", "voxels there", "differing", "share"])
            writer.writerows(rows)
    sys.exit(1 if failures else 0)


main()
