#!/usr/bin/env python3
"""Seconds that a submission takes: a study of 126,000 cases (the size of the NLST cohort) at 20 sites, no image at hand.

    Benchmarks/queue/submission.py [--cases N] [--runs N] [--programs .build/release]

A private PostgreSQL with its usual settings (fsync on) is made below /tmp and removed; each run submits to a fresh database. The
processor's seconds are user and system together. Run as root or as an unprivileged user.
"""

import argparse
import csv
import glob
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time

STUDY = """study: many
outcome: any
seed: 1
manifest: manifest.csv
extraction: {featureClass: {firstorder: }}
models: []
"""


class Server:
    """A PostgreSQL that listens on a socket in a folder."""

    def __init__(self, folder):
        self.programs = max(glob.glob("/usr/lib/postgresql/*/bin"))
        self.folder, self.data = folder, os.path.join(folder, "data")
        self.account = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self.account:
            shutil.chown(folder, "postgres")
        self.run("initdb", "-D", self.data, "-A", "trust", "-U", "postgres", "--no-locale", "-E", "UTF8")
        self.run("pg_ctl", "-D", self.data, "-w", "-l", os.path.join(folder, "log"), "-o",
                 f"-c listen_addresses='' -k {folder}", "start")
        with open(os.path.join(self.data, "postmaster.pid"), encoding="utf-8") as file:
            self.process = file.readline().strip()

    def run(self, program, *arguments):
        subprocess.run([*self.account, os.path.join(self.programs, program), *arguments], check=True, cwd=self.folder,
                       stdout=subprocess.DEVNULL)

    def processor_seconds(self):
        """Of the server and of the sessions that have ended."""
        with open(f"/proc/{self.process}/stat", encoding="utf-8") as file:
            fields = file.read().rsplit(")", 1)[1].split()
        return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.run("pg_ctl", "-D", self.data, "-w", "-m", "fast", "stop")


def write_study(folder, cases):
    with open(os.path.join(folder, "study.yaml"), "w", encoding="utf-8") as file:
        file.write(STUDY)
    with open(os.path.join(folder, "manifest.csv"), "w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["ID", "Site", "Image", "Mask", "Outcome"])
        for n in range(cases):
            place = f"site{n % 20:02}/P{n:06}"
            rows.writerow([f"P{n:06}", f"Site{n % 20:02}", f"{place}/image.nii.gz", f"{place}/mask.nii.gz", n % 2])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=126_000)
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--programs", default=".build/release")
    given = parser.parse_args()
    coordinator = os.path.abspath(os.path.join(given.programs, "coordinator"))
    if not os.access(coordinator, os.X_OK):
        sys.exit(f"there is no program {coordinator}; make build, or name the folder of the programs with --programs")
    folder = tempfile.mkdtemp(prefix="trabecula-submission-", dir="/tmp")
    work = tempfile.mkdtemp(prefix="trabecula-submission-", dir="/tmp")
    server = None
    try:
        write_study(work, given.cases)
        server = Server(folder)
        print(f"{given.cases:,} cases\n\n| run | seconds | processor: program | processor: server |\n|---|---|---|---|")
        for run in range(1, given.runs + 1):
            name = f"run{run}"
            server.run("createdb", "-h", folder, "-U", "postgres", name)
            to = ["--database", f"host={folder} user=postgres dbname={name}"]
            subprocess.run([coordinator, "migrate", *to], check=True, stdout=subprocess.DEVNULL)
            before, own = server.processor_seconds(), resource.getrusage(resource.RUSAGE_CHILDREN)
            start = time.monotonic()
            subprocess.run([coordinator, "submit", os.path.join(work, "study.yaml"), *to], check=True, stdout=subprocess.DEVNULL)
            seconds = time.monotonic() - start
            time.sleep(0.5)  # The session's seconds are counted when it has ended.
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            program = after.ru_utime + after.ru_stime - own.ru_utime - own.ru_stime
            print(f"| {run} | {seconds:.1f} | {program:.1f} | {server.processor_seconds() - before:.1f} |", flush=True)
    finally:
        if server:
            server.stop()
        shutil.rmtree(folder)
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
