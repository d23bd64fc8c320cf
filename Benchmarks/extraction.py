"""Extraction against PyRadiomics 3.0.1 and pictologics: CPU seconds and peak memory, one thread, same run.

usage: extraction.py WORKER DATA [--pictologics PYTHON3.12 TEXTURE-BENCHMARK] [--flash PYTHON] [--runs N] [--scaling] [--cohort]

Against PyRadiomics whole processes, in turn, medians of the runs. Against pictologics the texture families alone, of
the 13 images of mr-1197, after a warm run: its images are filtered, discretised and cropped for it, ours are filtered only.
--scaling adds a row for each decade of voxels. --cohort runs the 24 patients of sts_mr as one batch with one and with two threads: by the
clock, which means something on a quiet machine only, and by the processor, whose seconds grow where threads wait for memory or for a lock.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

here = os.path.dirname(os.path.abspath(__file__))
arguments = argparse.ArgumentParser()
arguments.add_argument("worker")
arguments.add_argument("data")
arguments.add_argument("--pictologics", nargs=2, metavar=("PYTHON", "TEXTURE-BENCHMARK"),
                       help="Python 3.12 or later with pictologics, and the built texture-benchmark")
arguments.add_argument("--flash", metavar="PYTHON", help="Python with flash-radiomics, and what it asks for")
arguments.add_argument("--runs", type=int, default=3)
arguments.add_argument("--scaling", action="store_true")
arguments.add_argument("--cohort", action="store_true")
options = arguments.parse_args()

PROFILE = os.path.join(here, "mr-1197.yaml")
ONE_THREAD = {**os.environ, "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS": "1", "OMP_NUM_THREADS": "1",
              "OPENBLAS_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1", "PICTOLOGICS_NUM_THREADS": "1",
              # pictologics compiles all its functions when it is imported, for minutes; the first run compiles those used.
              "PICTOLOGICS_DISABLE_WARMUP": "1"}
peers = os.path.join(here, "extraction")


def measured(command):
    """CPU seconds and peak memory (MiB) of one run, and what it printed."""
    with tempfile.TemporaryFile() as out:
        pid = os.fork()
        if pid == 0:
            os.dup2(out.fileno(), 1)
            os.execvpe(command[0], command, ONE_THREAD)
        _, status, usage = os.wait4(pid, 0)
        if status:
            sys.exit(f"{command} ended with status {status}")
        out.seek(0)
        return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, out.read().decode()


def medians(runs):
    return [statistics.median(run[i] for run in runs) for i in (0, 1)]


def extraction(case, output, *settings, parameters=PROFILE):
    return [options.worker, "extract", case["image"], case["mask"], "--param", parameters, "--setting",
            "additionalInfo:false", *settings, "-f", "json", "-o", output]


def worst_difference(ours, theirs):
    return max((abs(ours[k] - v) / max(abs(v), 1e-3), k) for k, v in theirs.items())


def against_pyradiomics(title, case, spacing=None):
    """The whole profile mr-1197, from files to values."""
    with tempfile.TemporaryDirectory() as folder:
        mine, peer = os.path.join(folder, "ours.json"), os.path.join(folder, "theirs.json")
        settings = ["--setting", f"resampledPixelSpacing:{spacing}"] if spacing else []
        command = [sys.executable, os.path.join(peers, "pyradiomics_peer.py"), case["image"], case["mask"], peer,
                   PROFILE, json.dumps(spacing)]
        runs = [(measured(extraction(case, mine, *settings)), measured(command)) for _ in range(options.runs)]
        flash = os.path.join(folder, "flash.json")
        other = [options.flash, os.path.join(peers, "flash_peer.py"), case["image"], case["mask"], flash, PROFILE, json.dumps(spacing)]
        others = [measured(other) for _ in range(options.runs)] if options.flash else []
        (cpu, memory), (peer_cpu, peer_memory) = medians([a for a, _ in runs]), medians([b for _, b in runs])
        ours, theirs = json.load(open(mine))[0], json.load(open(peer))
        worst = worst_difference(ours, theirs["features"])
        voxels = theirs["voxels"]
        print(f"{title}: {len(theirs['features'])} features, worst relative difference {worst[0]:.1e} ({worst[1]})")
        print(f"  CPU seconds  here {cpu:.3f}  PyRadiomics {peer_cpu:.2f}  ratio {peer_cpu / cpu:.1f}")
        limit = 3 * voxels * 8 / 2**20 + 50
        print(f"  peak MiB     here {memory:.0f}  PyRadiomics {peer_memory:.0f}  (three images in float64 + 50 MB: "
              f"{limit:.0f})", flush=True)
        if others:
            flash_cpu, flash_memory = medians(others)
            values = json.load(open(flash))["features"]
            shared = {name: value for name, value in values.items() if ours.get(name) is not None and value == value}
            near = sum(abs(ours[name] - value) <= 1e-6 * max(abs(value), 1e-3) for name, value in shared.items())
            print(f"  flash-radiomics: CPU seconds {flash_cpu:.2f}  ratio {flash_cpu / cpu:.1f}  peak MiB {flash_memory:.0f}; "
                  f"{near} of {len(shared)} values of the same name within 1e-6", flush=True)


def against_pictologics(title, case):
    """GLCM, GLRLM, GLSZM, NGTDM and dependence of the 13 images of mr-1197."""
    with tempfile.TemporaryDirectory() as folder:
        images = os.path.join(folder, "images.npz")
        subprocess.run([sys.executable, os.path.join(peers, "prepared_images.py"), case["image"], case["mask"],
                        images], check=True, env=ONE_THREAD)
        python, ours = options.pictologics
        seconds = []
        for command in ([ours, case["image"], case["mask"], "mr-1197"],
                        [python, os.path.join(peers, "pictologics_peer.py"), images]):
            _, _, printed = measured(command + [str(max(5, options.runs))])
            seconds.append(json.loads(printed.splitlines()[-1])["seconds"])
        print(f"{title}: texture families of 13 images, warm")
        print(f"  CPU seconds  here {seconds[0]:.4f}  pictologics {seconds[1]:.4f}  ratio {seconds[1] / seconds[0]:.2f}",
              flush=True)


def generated(folder, size, voxels):
    subprocess.run([sys.executable, os.path.join(peers, "generated_case.py"), folder, *map(str, size), str(voxels)],
                   check=True)
    return {part: os.path.join(folder, file) for part, file in (("image", "image.nrrd"), ("mask", "mask.nrrd"))}


def scaling():
    """The original image and its 107 features, for regions of 10^4 to 10^7 voxels that fill half their grid."""
    print("regions of growing size, 107 features of the original image")
    plain = os.path.join(here, "parity", "01-defaults.yaml")
    for voxels, size in ((10**4, (32, 32, 20)), (10**5, (64, 64, 50)), (10**6, (128, 128, 124)),
                         (10**7, (288, 288, 244))):
        with tempfile.TemporaryDirectory() as folder:
            case = generated(folder, size, voxels)
            out = os.path.join(folder, "o.json")
            cpu, memory = medians([measured(extraction(case, out, parameters=plain)) for _ in range(options.runs)])
            grid = size[0] * size[1] * size[2]
            print(f"  {voxels:>10} voxels  CPU seconds {cpu:.3f}  ({1e6 * cpu / voxels:.2f} µs a voxel)  peak MiB "
                  f"{memory:.0f}  (three images in float64 + 50 MB: {3 * grid * 8 / 2**20 + 50:.0f})", flush=True)


def cohort():
    """24 patients in one batch: how much two threads gain."""
    manifest = os.path.join(options.data, "sts_mr", "manifest.csv")
    rows = open(manifest).read().replace("nifti/", os.path.abspath(os.path.dirname(manifest)) + "/nifti/")
    print(f"a batch of {len(rows.splitlines()) - 1} patients, the profile mr-1197; load {os.getloadavg()[0]:.1f}")
    figures = {1: [], 2: []}
    for _ in range(options.runs):
        for threads in figures:
            with tempfile.TemporaryDirectory() as folder:
                table, out = os.path.join(folder, "batch.csv"), os.path.join(folder, "out.csv")
                with open(table, "w") as file:
                    file.write(rows)
                begin = time.monotonic()
                cpu, memory = measured([options.worker, "extract", table, "--param", PROFILE, "-f", "csv", "-j", str(threads),
                                        "-o", out])[:2]
                figures[threads].append((time.monotonic() - begin, cpu, memory))
    one, two = ([statistics.median(run[i] for run in figures[threads]) for i in range(3)] for threads in figures)
    for threads, (wall, cpu, memory) in ((1, one), (2, two)):
        print(f"  -j {threads}  wall {wall:.2f} s  CPU seconds {cpu:.2f}  peak MiB {memory:.0f}")
    print(f"  gain by the clock {one[0] / two[0]:.2f}, by the processor {2 * one[1] / two[1]:.2f} of 2", flush=True)


def release(python, package):
    code = f"import importlib.metadata as m; print(m.version('{package}'))"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


print("PyRadiomics", release(sys.executable, "pyradiomics"))
if options.pictologics:
    print("pictologics", release(options.pictologics[0], "pictologics"))
if options.flash:
    print("flash-radiomics", release(options.flash, "flash-radiomics"))
brain = {part: os.path.join(options.data, "pyradiomics", f"brain1_{name}.nrrd")
         for part, name in (("image", "image"), ("mask", "label"))}
with tempfile.TemporaryDirectory() as folder:
    large = generated(folder, (256, 256, 64), 500_000)
    against_pyradiomics("brain1", brain)
    against_pyradiomics("brain1 resampled to 1 mm", brain, [1, 1, 1])
    against_pyradiomics("256x256x64, region of 500,000 voxels", large)
    if options.pictologics:
        against_pictologics("brain1", brain)
        against_pictologics("256x256x64, region of 500,000 voxels", large)
if options.scaling:
    scaling()
if options.cohort:
    cohort()
