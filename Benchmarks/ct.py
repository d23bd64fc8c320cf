"""A CT of 512 x 512 x 160 voxels: seconds and memory here and in PyRadiomics 3.0.1, one after the other in one run.

usage: ct.py WORKER [--peer] [--runs N] [--sizes] [--others] [--profile] [--folder DIR]

The CT is made up: int16, in .nii.gz, a body with lungs and a nodule of 17,000 voxels; the same bytes each time. Features are the
1,197 of mr-1197, on one thread. --peer runs PyRadiomics once (some 90 seconds and 6.5 GiB), for which Python must have it, and
compares all values. --sizes adds images of 10^6 to 10^8 voxels with that nodule, and regions of 10^4 to 10^7 voxels in that CT.
--others adds runs beside mr-1197: normalised, of the ring around the nodule, resampled, and with all image types of PyRadiomics.
--profile says by `perf` where the time goes; it needs a worker with symbols (built without `-Xlinker -s`). Files stay in DIR, and
are made where they are not there.
"""
import argparse
import gzip
import json
import os
import statistics
import struct
import subprocess
import sys
import tempfile
import time

import numpy as np

here = os.path.dirname(os.path.abspath(__file__))
PROFILE = os.path.join(here, "mr-1197.yaml")
ONE_THREAD = {**os.environ, "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS": "1", "OMP_NUM_THREADS": "1"}
SPACING = (0.7, 0.7, 1.25)
CT = (512, 512, 160)
PEER_GIB = 8


def written(path, shape, slices, code, width):
    """A NIfTI-1 of slices; `code` is the type's number, `width` its bits."""
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, *shape, 1, 1, 1, 1)
    struct.pack_into("<2h", header, 70, code, width)
    struct.pack_into("<8f", header, 76, 1, *SPACING, 0, 0, 0, 0)
    struct.pack_into("<f2f", header, 108, 352, 1, 0)
    struct.pack_into("<2h", header, 252, 0, 1)
    for row in range(3):
        struct.pack_into("<4f", header, 280 + 16 * row, *(SPACING[row] if i == row else 0 for i in range(4)))
    header[344:348] = b"n+1\0"
    with open(path, "wb") as file, gzip.GzipFile("", "wb", 6, file, mtime=0) as packed:
        packed.write(header)
        for values in slices:
            packed.write(values.tobytes())


def made(folder, shape, region):
    """Image and mask; a lumpy region of so many voxels about a point of the left lung."""
    name = "x".join(map(str, shape))
    paths = os.path.join(folder, f"ct-{name}.nii.gz"), os.path.join(folder, f"region-{name}-{region}.nii.gz")
    x, y, z = shape
    Z, Y, X = np.ogrid[0:z, 0:y, 0:x]
    across, down = x / 512, y / 512
    centre = (180 * across, 260 * down, z // 2)

    def distance(slice):
        squares = sum(((axis - at) * width) ** 2 for axis, at, width in
                      zip((X[0], Y[0], slice), centre, SPACING))
        return (squares * (1 + 0.15 * np.sin(X[0] / 5) * np.cos(Y[0] / 6))).astype(np.float32)

    def limit(voxels):
        distances = np.concatenate([distance(slice).ravel() for slice in range(z)])
        return np.partition(distances, voxels - 1)[voxels - 1]

    def slices(nodule):
        body = ((X[0] - 256 * across) / (220 * across)) ** 2 + ((Y[0] - 256 * down) / (170 * down)) ** 2 < 1
        lungs = [((X[0] - middle * across) / (80 * across)) ** 2 + ((Y[0] - 240 * down) / (110 * down)) ** 2 < 1
                 for middle in (160, 352)]
        plain = np.where(body, np.where(lungs[0] | lungs[1], -850, 40), -1000).astype(np.float32)
        random = np.random.default_rng(11)
        for slice in range(z):
            texture = 30 + 30 * np.sin(X[0] / 3) * np.cos(Y[0] / 4 + slice / 2)
            values = np.where(distance(slice) <= nodule, texture, plain)
            yield (values + random.normal(0, 25, (y, x))).astype("<i2")

    if not os.path.exists(paths[0]):
        written(paths[0], shape, slices(limit(min(17_000, x * y * z // 20))), 4, 16)
    if not os.path.exists(paths[1]):
        edge = limit(region)
        written(paths[1], shape, ((distance(slice) <= edge).astype(np.uint8) for slice in range(z)), 2, 8)
    return paths


def measured(command):
    """Seconds of processor time, seconds that passed, and peak memory in MiB of one run."""
    start = time.monotonic()
    pid = os.fork()
    if pid == 0:
        os.execvpe(command[0], command, ONE_THREAD)
    _, status, usage = os.wait4(pid, 0)
    if status:
        sys.exit(f"{command} ended with status {status}")
    return usage.ru_utime + usage.ru_stime, time.monotonic() - start, usage.ru_maxrss / 1024


def extraction(worker, paths, output):
    return [worker, "extract", *paths, "--param", "mr-1197", "--setting", "additionalInfo:false", "-f", "json", "-o",
            output]


def medians(runs):
    return [statistics.median(run[i] for run in runs) for i in range(3)]


def line(name, figures):
    print(f"  {name:<34} processor {figures[0]:8.2f} s   wall {figures[1]:8.2f} s   peak {figures[2]:7.0f} MiB", flush=True)


def unpacking(path):
    """Seconds of processor time of `gzip -dc`, for scale."""
    before = os.times()
    subprocess.run(["gzip", "-dc", path], stdout=subprocess.DEVNULL, check=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def headline(options, folder):
    paths = made(folder, CT, 17_000)
    ours = os.path.join(folder, "ours.json")
    print(f"CT of {' x '.join(map(str, CT))}, int16 in {os.path.getsize(paths[0]) / 2**20:.0f} MiB of gzip; region of 17,000 voxels")
    runs = [measured(extraction(options.worker, paths, ours)) for _ in range(options.runs)]
    here = medians(runs)
    line(f"here, median of {options.runs}", here)
    print(f"  gzip -dc of the image alone        processor {unpacking(paths[0]):8.2f} s")
    if not options.peer:
        return
    with open("/proc/meminfo") as info:
        free = int(next(row for row in info if row.startswith("MemAvailable")).split()[1]) / 2**20
    if free < PEER_GIB:
        print(f"  PyRadiomics left out: it needs {PEER_GIB} GiB of memory here, and {free:.1f} are free")
        return
    theirs = os.path.join(folder, "theirs.json")
    peer = measured([sys.executable, os.path.join(os.path.dirname(PROFILE), "extraction", "pyradiomics_peer.py"), *paths,
                     theirs, PROFILE, "null"])
    line("PyRadiomics", peer)
    print(f"  PyRadiomics / here                 processor {peer[0] / here[0]:8.1f}     wall {peer[1] / here[1]:8.1f}     "
          f"peak {peer[2] / here[2]:7.1f}")
    mine, other = json.load(open(ours))[0], json.load(open(theirs))["features"]
    worst = max((abs(mine[k] - v) / max(abs(v), 1e-3), k) for k, v in other.items())
    print(f"  {len(other)} features, worst relative difference {worst[0]:.1e} ({worst[1]})", flush=True)


def profile(options, folder):
    paths = made(folder, CT, 17_000)
    with tempfile.TemporaryDirectory() as place:
        data, output = os.path.join(place, "perf.data"), os.path.join(place, "o.json")
        command = extraction(options.worker, paths, output)
        recorded = subprocess.run(["perf", "record", "-F", "2000", "-o", data, *command], capture_output=True, text=True)
        if recorded.returncode:
            print("no profile: " + recorded.stderr.strip().splitlines()[-1])
            return
        report = "".join(
            subprocess.run(["perf", "report", "-i", data, "--stdio", "--sort", key, "--percent-limit", "0.8"],
                           capture_output=True, text=True).stdout for key in ("dso", "symbol"))
    print("where the time goes, in percent of samples: by library, then by function")
    for row in subprocess.run(["swift", "demangle", "--simplified"], input=report, capture_output=True,
                              text=True).stdout.splitlines():
        if row.strip() and not row.startswith("#"):
            print("  " + row.strip()[:150])


def others(options, folder):
    print("the same CT and nodule, beside mr-1197")
    paths = made(folder, CT, 17_000)
    output = os.path.join(folder, "o.json")
    all_types = ["--param", os.path.join(here, "parity", "02-all-image-types.yaml")]
    for name, arguments in (("normalised", ["--setting", "normalize:true", "--setting", "normalizeScale:100"]),
                            ("the ring of 0 to 5 mm around it", ["--ring", "0,5"]),
                            ("resampled to 1 mm", ["--setting", "resampledPixelSpacing:[1, 1, 1]"]),
                            ("all image types", all_types)):
        command = extraction(options.worker, paths, output) + arguments
        if arguments == all_types:
            place = command.index("mr-1197")
            command = command[:place - 1] + command[place + 1:]
        line(name, medians([measured(command) for _ in range(options.runs)]))


def sizes(options, folder):
    print("images of growing size, the nodule as it is")
    for shape in ((128, 128, 64), (256, 256, 152), CT, (512, 512, 382)):
        voxels = shape[0] * shape[1] * shape[2]
        region = min(17_000, voxels // 20)
        paths = made(folder, shape, region)
        figures = medians([measured(extraction(options.worker, paths, os.path.join(folder, "o.json")))
                           for _ in range(options.runs)])
        line(f"{voxels:>11,} voxels", figures)
    print("regions of growing size in the CT")
    for region in (10**4, 10**5, 10**6, 10**7):
        paths = made(folder, CT, region)
        figures = medians([measured(extraction(options.worker, paths, os.path.join(folder, "o.json")))
                           for _ in range(options.runs)])
        line(f"{region:>11,} voxels of the region", figures)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("worker")
    arguments.add_argument("--peer", action="store_true")
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--sizes", action="store_true")
    arguments.add_argument("--others", action="store_true")
    arguments.add_argument("--profile", action="store_true")
    arguments.add_argument("--folder")
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = options.folder or place
        os.makedirs(folder, exist_ok=True)
        headline(options, folder)
        if options.profile:
            profile(options, folder)
        if options.others:
            others(options, folder)
        if options.sizes:
            sizes(options, folder)


main()
