"""Extraction of brain1: Trabecula against PyRadiomics 3.0.1, whole processes, in turn.

Prints CPU seconds and peak memory of both, medians of several runs, and the ratios.
usage: extraction.py WORKER DATA
"""
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile

worker, data = sys.argv[1:]
image, mask = (os.path.join(data, "pyradiomics", f"brain1_{part}.nrrd") for part in ("image", "label"))
RUNS = 5

PEER = """
import json, logging, sys
import radiomics
from radiomics import featureextractor
radiomics.logger.setLevel(logging.ERROR)
extractor = featureextractor.RadiomicsFeatureExtractor(*sys.argv[4:], additionalInfo=False)
json.dump({k: float(v) for k, v in extractor.execute(sys.argv[1], sys.argv[2]).items()}, open(sys.argv[3], "w"))
"""


def measured(command):
    """CPU seconds and peak memory (MiB) of one run."""
    pid = os.fork()
    if pid == 0:
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 1), os.dup2(null, 2)
        os.execvp(command[0], command)
    _, status, usage = os.wait4(pid, 0)
    if status:
        sys.exit(f"{command[0]} ended with status {status}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def difference(ours, theirs):
    worst = max((abs(ours[k] - v) / max(abs(v), 1e-12), k) for k, v in theirs.items())
    return f"{len(theirs)} features compared, worst relative difference {worst[0]:.1e} ({worst[1]})"


def compare(title, parameters):
    """Runs both in turn and prints the medians."""
    with tempfile.TemporaryDirectory() as folder:
        mine, peer = os.path.join(folder, "ours.json"), os.path.join(folder, "theirs.json")
        a, b = [], []
        for _ in range(RUNS):
            options = ["--param", parameters[0]] if parameters else []
            a.append(measured([worker, "extract", image, mask, "-f", "json", "-o", mine] + options))
            b.append(measured([sys.executable, "-c", PEER, image, mask, peer] + parameters))
        cpu, memory = ([statistics.median(run[i] for run in runs) for runs in (a, b)] for i in (0, 1))
        ours = {k: v for k, v in json.load(open(mine))[0].items() if k not in ("Image", "Mask")}
        print(title)
        print(f"  CPU seconds    trabecula {cpu[0]:.3f}   PyRadiomics {cpu[1]:.3f}   ratio {cpu[1] / cpu[0]:.1f}")
        print(f"  peak MiB       trabecula {memory[0]:.0f}   PyRadiomics {memory[1]:.0f}   "
              f"ratio {memory[1] / memory[0]:.1f}")
        print("  " + difference(ours, json.load(open(peer))))


compare("brain1, original image, defaults", [])
compare("brain1, profile mr-1197", [os.path.join(os.path.dirname(os.path.abspath(__file__)), "mr-1197.yaml")])
