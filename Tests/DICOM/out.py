"""Regions and features that `worker extract --dicom` writes, as others read them.

    python out.py WORKER MASK-VOXELS REFERENCE-DATA

For each image: the segmentation is read by highdicom and by MASK-VOXELS, and must have the voxels of the mask that it was made
of, and of the ring around it that --ring asks for; the report is read by highdicom, and must have every value, IBSI's identifiers where there are any; dciodvfy (Debian's
dicom3tools) finds no error in either, and dsrdump (dcmtk) reads the report. Then both go to an Orthanc (Debian) by storescu, and come
back as they were. Ends with 1 if anything differs. What is not installed is said, and passed over. Needs highdicom and SimpleITK.
"""
import json
import math
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
import warnings

import highdicom
import numpy
import pydicom
import SimpleITK

warnings.simplefilter("ignore")
failures = 0

REGIONS = [
    ("IBSI CT phantom", "ibsi_ct/dicom/image", "ibsi_ct/dicom/mask/DCM_RS_00060.dcm", "GTV-1", []),
    ("STS_003 CT", "dicom/STS_003/CT/image", "dicom/STS_003/CT/mask/RS.dcm", "GTV_Mass_CT", []),
    ("STS_003 MR T1", "dicom/STS_003/MR_T1/image", "dicom/STS_003/MR_T1/mask/RS.dcm", "GTV_Mass_MR_T1", []),
    ("STS_003 PET, SUV", "dicom/STS_003/PET/image", "dicom/STS_003/PET/mask/RS.dcm", "GTV_Mass_PET",
     ["--setting", "suv:true", "--setting", "binWidth:0.25"]),
]


def say(name, problems, note=""):
    global failures
    failures += bool(problems)
    print(f"{'FAILED' if problems else 'ok':7}{name}{note}" + (": " + "; ".join(map(str, problems)) if problems else ""), flush=True)


def run(*command, check=True):
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if check and done.returncode:
        raise SystemExit(f"{command[0]}: {done.stdout[-500:]}{done.stderr[-500:]}")
    return done.stdout + done.stderr


def voxels(program, image, mask, region, folder):
    run(program, image, mask, region, folder / "voxels.nrrd")
    return SimpleITK.GetArrayFromImage(SimpleITK.ReadImage(str(folder / "voxels.nrrd"))) > 0


RING = (1.3, 7.9)


def ring_of(drawn, image):
    """The voxels whose distance from the nearest voxel of a region, centre to centre, lies in the ring, by SimpleITK."""
    grid = SimpleITK.ReadImage(SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames(str(image)))
    region = SimpleITK.GetImageFromArray(drawn.astype(numpy.uint8))
    region.CopyInformation(grid)
    far = SimpleITK.GetArrayFromImage(SimpleITK.SignedMaurerDistanceMap(
        region, insideIsPositive=False, squaredDistance=False, useImageSpacing=True))
    return ~drawn & (far > RING[0]) & (far <= RING[1])


def ring_problems(worker, program, image, mask, region, options, folder, work):
    """The segmentation and the features of the ring, as highdicom reads them."""
    run(worker, "extract", image, mask, "--segment", region, *options, "--ring", ",".join(map(str, RING)), "-f", "json",
        "-o", folder / "ring.json", "--dicom", folder / "ring")
    (row,) = json.loads((folder / "ring.json").read_text())
    written = folder / "ring" / "region.seg.dcm"
    problems, count = segmentation_problems(program, image, mask, region, written, work, is_ring=True)
    name = pydicom.dcmread(written, stop_before_pixels=True).SegmentSequence[0].SegmentLabel
    if "ring" not in name:
        problems.append(f"the segment is called {name}")
    if count != row["diagnostics_Mask-original_VoxelNum"]:
        problems.append(f"{count} voxels, and features of {row['diagnostics_Mask-original_VoxelNum']}")
    features = {key: float("nan") if value is None else float(value) for key, value in row.items()
                if key.split("_")[0] == "original"}
    more, _ = report_problems(folder / "ring" / "features.sr.dcm", written, features)
    return problems + more, count


def segmentation_problems(program, image, mask, region, written, folder, is_ring=False):
    drawn = voxels(program, image, mask, region, folder)
    if is_ring:
        drawn, region = ring_of(drawn, image), "1"
    again = voxels(program, image, written, region, folder)
    problems = [] if numpy.array_equal(drawn, again) else [f"{int((drawn != again).sum())} voxels differ when read again"]
    read = highdicom.seg.segread(written)
    if read.segment_numbers != [1] and list(read.segment_numbers) != [1]:
        problems.append(f"segments {read.segment_numbers}")
    found = int(read.pixel_array.sum())
    if found != int(drawn.sum()):
        problems.append(f"highdicom has {found} voxels, not {int(drawn.sum())}")
    # Each frame lies where its voxels are in the image: by the position, which SimpleITK has of the image.
    grid = SimpleITK.ReadImage(SimpleITK.ImageSeriesReader.GetGDCMSeriesFileNames(str(image)))
    for frame, groups in zip(read.pixel_array, read.PerFrameFunctionalGroupsSequence):
        place = grid.TransformPhysicalPointToContinuousIndex([float(x) for x in groups.PlanePositionSequence[0].ImagePositionPatient])
        if max(abs(place[0]), abs(place[1]), abs(place[2] - round(place[2]))) > 1e-3:
            problems.append(f"a frame lies at {place}")
        elif not numpy.array_equal(frame > 0, drawn[round(place[2])]):
            problems.append(f"frame at {round(place[2])} differs")
    return problems, found


def report_problems(written, segmentation, features):
    read = highdicom.sr.srread(written)
    if not isinstance(read, highdicom.sr.Comprehensive3DSR):
        return [f"highdicom reads a {type(read).__name__}"], 0
    groups = read.content.get_volumetric_roi_measurement_groups()
    if len(groups) != 1:
        return [f"{len(groups)} groups of measurements"], 0
    (group,) = groups
    problems = []
    referenced = group.referenced_segment[0].ReferencedSOPSequence[0]
    if referenced.ReferencedSOPInstanceUID != pydicom.dcmread(segmentation, stop_before_pixels=True).SOPInstanceUID:
        problems.append("another segmentation is referenced")
    # What could not be computed is left out.
    features = {name: value for name, value in features.items() if math.isfinite(value)}
    measurements = group.get_measurements()
    if len(measurements) != len(features):
        problems.append(f"{len(measurements)} values of {len(features)}")
    coded = 0
    for item, (name, value) in zip(measurements, features.items()):
        coded += item.name.scheme_designator == "IBSI"
        # The floating-point value, which has all digits.
        if item.value != value:
            problems.append(f"{name} is {item.value}, not {value}")
        if item.name.scheme_designator != "IBSI" and item.name.meaning != name:
            problems.append(f"{name} is called {item.name.meaning}")
    return problems, coded


def checked(tool, *command, refuse, source=None):
    """What a checker says that is an error, but for what it says of the image already, whose patient and study are taken over as they
    stand; nothing where it is not installed."""
    if shutil.which(tool) is None:
        print(f"       {tool} is not installed", file=sys.stderr)
        return []
    known = set(run(tool, source, check=False).splitlines()) if source else set()
    return [f"{tool}: {line}" for line in run(tool, *command, check=False).splitlines()
            if line.startswith(refuse) and line not in known][:5]


def free_port():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


def round_trip(objects, folder):
    """Through an Orthanc of its own: what comes back has the same elements, byte for byte."""
    orthanc = shutil.which("Orthanc") or "/usr/sbin/Orthanc"
    if not os.access(orthanc, os.X_OK) or shutil.which("storescu") is None:
        print("       Orthanc or storescu is not installed", file=sys.stderr)
        return
    (store, web) = (free_port(), free_port())
    configuration = folder / "orthanc.json"
    configuration.write_text(json.dumps({
        "StorageDirectory": str(folder / "orthanc"), "IndexDirectory": str(folder / "orthanc"), "DicomPort": store,
        "HttpPort": web, "RemoteAccessAllowed": False, "AuthenticationEnabled": False, "Plugins": [],
        "DicomCheckCalledAet": False, "UnknownSopClassAccepted": True}))
    server = subprocess.Popen([orthanc, str(configuration)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    get = lambda path: urllib.request.urlopen(f"http://127.0.0.1:{web}{path}", timeout=60).read()
    try:
        for _ in range(600):
            try:
                get("/system")
                break
            except OSError:
                if server.poll() is not None:
                    return say("Orthanc", [f"ended with {server.returncode}"])
                time.sleep(0.1)
        for name, path in objects:
            # Proposes what the file is: segmentations are not among what storescu proposes by itself.
            run("storescu", "-R", "-xe", "-aec", "ORTHANC", "127.0.0.1", store, path)
            mine = path.read_bytes()
            uid = pydicom.dcmread(path, stop_before_pixels=True).SOPInstanceUID
            query = urllib.request.Request(
                f"http://127.0.0.1:{web}/tools/lookup", data=str(uid).encode(), method="POST")
            (found,) = [one for one in json.loads(urllib.request.urlopen(query, timeout=60).read()) if one["Type"] == "Instance"]
            theirs = get(f"/instances/{found['ID']}/file")
            say(f"{name} through Orthanc", [] if data_set(mine) == data_set(theirs) else ["comes back otherwise"])
    finally:
        server.terminate()
        server.wait()


def data_set(file):
    """The bytes after group 2, which each program writes of its own."""
    length = int.from_bytes(file[140:144], "little")
    return file[144 + length:]


def main(work):
    worker, program, data = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3])
    objects = []
    for number, (name, image, mask, region, options) in enumerate(REGIONS):
        image, mask, folder = data / image, data / mask, work / str(number)
        folder.mkdir()
        run(worker, "extract", image, mask, "--segment", region, *options, "-f", "json", "-o", folder / "features.json",
            "--dicom", folder)
        (row,) = json.loads((folder / "features.json").read_text())
        features = {key: float("nan") if value is None else float(value) for key, value in row.items()
                    if key.split("_")[0] == "original"}
        segmentation, report = folder / "region.seg.dcm", folder / "features.sr.dcm"
        problems, count = segmentation_problems(program, image, mask, region, segmentation, work)
        source = next(iter(sorted(image.iterdir())))
        problems += checked("dciodvfy", segmentation, refuse="Error", source=source)
        say(f"{name}: segmentation", problems, f", {count} voxels")
        problems, coded = report_problems(report, segmentation, features)
        problems += checked("dciodvfy", report, refuse="Error", source=source) + checked("dsrdump", report, refuse="E:")
        say(f"{name}: report", problems, f", {len(features)} values, {coded} by IBSI's identifiers")
        problems, count = ring_problems(worker, program, image, mask, region, options, folder, work)
        say(f"{name}: ring of {RING[0]} to {RING[1]} mm", problems, f", {count} voxels")
        objects += [(f"{name}: segmentation", segmentation), (f"{name}: report", report)]
    round_trip(objects, work)
    return 1 if failures else 0


with tempfile.TemporaryDirectory() as folder:
    sys.exit(main(pathlib.Path(folder)))
