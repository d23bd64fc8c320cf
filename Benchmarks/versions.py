#!/usr/bin/env python3
"""Instructions of two builds' programs for the same work, and their ratio: whether a change made the walk of an image longer.

    Benchmarks/versions.py OLD NEW [--param FILE ...] [--image FILE --mask FILE] [--batches 1 10] [--only extract|queue] [--turns N]

OLD and NEW are folders with `coordinator` and `worker`, as .build/release of two checkouts (`make build`: valgrind fails on programs that
load Swift's libraries; what is told to debuggers is stripped from copies, because it cannot read all of that). Counted by valgrind, so that
neither disk nor neighbours change the figure, which two runs of one build give within two thousandths:

- `worker extract` of one region, for each set of parameters: that of brain1 in the reference data (../shared/data, or
  TRABECULA_REFERENCE_DATA), else of one synthetic subject, less what `worker --version` takes, which is the start;
- what the server executes for a cycle of so many tasks, claimed and completed, in a database that the program's own `migrate` made, as
  Benchmarks/queue/instructions.py counts it.

With --turns extractions are counted in processor time in place of instructions, the least of so many runs of either program in turn; that is
for programs that valgrind cannot run. Needs valgrind, strip (binutils) and PostgreSQL's server programs; run as root or as an unprivileged user. Exit code 1 where a ratio is above --most.
"""

import argparse
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "queue"))
from instructions import CLAIM, END, LONG, SHORT, SPARE, TASKS, Cluster  # noqa: E402

DATA = os.environ.get("TRABECULA_REFERENCE_DATA", os.path.join(HERE, "../../shared/data"))
PARAMETERS = {
    "first order": "featureClass: {firstorder: }\n",
    "original, all classes": "imageType: {Original: {}}\n",
    "LoG, texture": "imageType: {LoG: {sigma: [2]}}\nfeatureClass: {glcm: , glrlm: }\n",
}


def instructions(*command):
    """Of a program and its threads; what it starts is not counted."""
    ended = subprocess.run(
        ["valgrind", "--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null", *command],
        capture_output=True, text=True, env={**os.environ, "SWIFT_DETERMINISTIC_HASHING": "1"})
    refs = re.search(r"I\s+refs:\s+([\d,]+)", ended.stderr)
    if ended.returncode or not refs:
        sys.exit(f"{' '.join(command)}: exit code {ended.returncode}\n{ended.stderr[-2000:]}")
    return int(refs.group(1).replace(",", ""))


def milliseconds(turns, *commands):
    """Processor time of each command and its threads, the least of some runs in turn."""
    least = [float("inf")] * len(commands)
    for _ in range(turns):
        for place, command in enumerate(commands):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            ended = subprocess.run(command, capture_output=True, text=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            if ended.returncode:
                sys.exit(f"{' '.join(command)}: exit code {ended.returncode}\n{ended.stderr}")
            took = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            least[place] = min(least[place], took * 1e3)
    return least


def region(given, folder):
    """Image and mask."""
    if given.image:
        return given.image, given.mask
    brain = [os.path.join(DATA, "pyradiomics", f"brain1_{name}.nrrd") for name in ("image", "label")]
    if all(map(os.path.exists, brain)):
        return brain
    cohort = os.path.join(folder, "cohort")
    subprocess.run([os.path.join(given.new, "coordinator"), "synthesize", cohort, "--subjects", "6", "--sites", "1"],
                   check=True, capture_output=True)
    with open(os.path.join(cohort, "manifest.csv"), encoding="utf-8") as file:
        header, row = (line.strip().split(",") for line in file.readlines()[:2])
    return [os.path.join(cohort, row[header.index(name)]) for name in ("Image", "Mask")]


def extraction(given, folder):
    """Name, old and new of each set of parameters."""
    image, mask = region(given, folder)
    sets = {os.path.basename(path): path for path in given.param}
    for name, text in {} if sets else PARAMETERS.items():
        path = os.path.join(folder, re.sub(r"\W+", "-", name) + ".yaml")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        sets[name] = path
    if not given.param:
        sets["profile mr-1197"] = "mr-1197"
    out = os.path.join(folder, "features.csv")

    def extract(worker, path):
        return [worker, "extract", image, mask, "--param", path, "-f", "csv", "-o", out]

    if given.turns:
        programs = [os.path.join(programs, "worker") for programs in (given.old, given.new)]
        for name, path in sets.items():
            least = milliseconds(given.turns, *(extract(worker, path) for worker in programs))
            yield f"extract: {name}", *least
        return
    workers = [os.path.join(folder, name) for name in ("old-worker", "new-worker")]
    for programs, stripped in zip((given.old, given.new), workers):
        subprocess.run(["strip", "-S", "-o", stripped, os.path.join(programs, "worker")], check=True)
    starts = [instructions(worker, "--version") for worker in workers]
    yield "start of the worker", *(start / 1e6 for start in starts)
    for name, path in sets.items():
        yield f"extract: {name}", *(
            (instructions(*extract(worker, path)) - start) / 1e6 for worker, start in zip(workers, starts))


def queue(given, folder):
    """Name, old and new of each batch."""
    place = os.path.join(folder, "server")
    os.mkdir(place)
    os.chmod(folder, 0o711)
    cluster = Cluster(place)
    tasks = {"tasks": 2 * (SHORT + LONG) * sum(given.batches) + SPARE, "ended": 0}
    for name, programs in (("old", given.old), ("new", given.new)):
        cluster.psql("postgres", [f"CREATE DATABASE {name};"])
        with cluster.running():
            owner = "postgres" if os.geteuid() == 0 else os.environ["USER"]
            migrated = subprocess.run(
                [os.path.join(programs, "coordinator"), "migrate", "--database",
                 f"host={place} dbname={name} user={owner}"], capture_output=True, text=True)
        if migrated.returncode:
            sys.exit(f"migrate: exit code {migrated.returncode}\n{migrated.stderr}")
        cluster.psql(name, [TASKS % tasks], "-1")
        cluster.psql(name, ["VACUUM ANALYZE;"])
    for batch in given.batches:
        claim = CLAIM % {"batch": batch}
        both = [cluster.instructions(name, claim + END) for name in ("old", "new")]
        claims = [cluster.instructions(name, claim) for name in ("old", "new")]
        yield f"server: claim of {batch}", *(part / 1e6 for part in claims)
        yield f"server: completion of {batch}", *((all_of - part) / 1e6 for all_of, part in zip(both, claims))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old", type=os.path.abspath)
    parser.add_argument("new", type=os.path.abspath)
    parser.add_argument("--param", nargs="+", default=[], metavar="FILE")
    parser.add_argument("--image")
    parser.add_argument("--mask")
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 10])
    parser.add_argument("--turns", type=int, default=0)
    parser.add_argument("--only", choices=["extract", "queue"])
    parser.add_argument("--most", type=float, default=1.02, help="the largest ratio that is no loss (1.02)")
    given = parser.parse_args()
    if given.turns and given.only != "extract":
        parser.error("--turns is for extractions: give --only extract, too")
    if bool(given.image) != bool(given.mask):
        parser.error("--image and --mask belong together")
    folder = tempfile.mkdtemp(prefix="trabecula-versions-", dir="/tmp")
    worst = 0.0
    unit = "ms of processor time" if given.turns else "millions of instructions"
    print(f"| {unit} | old | new | new / old |\n|---|---|---|---|")
    try:
        for name, part in {"extract": extraction, "queue": queue}.items():
            if given.only in (None, name):
                for what, old, new in part(given, folder):
                    worst = max(worst, new / old)
                    print(f"| {what} | {old:,.2f} | {new:,.2f} | {new / old:.4f} |", flush=True)
    finally:
        shutil.rmtree(folder)
    if worst > given.most:
        sys.exit(1)


if __name__ == "__main__":
    main()
