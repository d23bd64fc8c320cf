"""What `worker extract --weights` takes from start to end: time to the first feature, memory, and two slots against one.

    python worker.py WORKER NEURAL_BENCHMARK DATA_FOLDER

DATA_FOLDER holds `busbra_png/manifest.csv`. Weights are a file, as users have them; of the hand-crafted features only
one is asked for, so that the times are those of the network. One region first, then all 240 with one slot and with two,
in turn; the ratio is of the times beyond that of one region, which every run pays once.
"""
import csv
import os
import pathlib
import subprocess
import sys
import tempfile
import time


def run(command):
    """Seconds, and the peak of resident memory in MB."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{command} ended with {status}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def main():
    worker, benchmark, data = sys.argv[1], sys.argv[2], pathlib.Path(sys.argv[3]).resolve() / "busbra_png"
    with open(data / "manifest.csv", encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    with tempfile.TemporaryDirectory() as folder:
        weights, parameters = f"{folder}/net.safetensors", f"{folder}/one.yaml"
        subprocess.run([benchmark, "weights", "1", weights], check=True)
        pathlib.Path(parameters).write_text("setting: {label: 255}\nfeatureClass: {firstorder: [Mean]}\n")

        def batch(count):
            path = f"{folder}/{count}.csv"
            lines = [f"{data / row['Image']},{data / row['Mask']}" for row in rows[:count]]
            pathlib.Path(path).write_text("\n".join(["Image,Mask"] + lines) + "\n")
            return [worker, "extract", path, "--param", parameters, "--weights", weights, "-f", "csv"]

        for number in range(1, 4):
            first, memory = run(batch(1))
            print(f"round {number}: start to first feature {first:.2f} s, {memory:.0f} MB")
            times = {}
            for slots in (1, 2):
                times[slots], memory = run(batch(len(rows)) + ["-j", str(slots)])
                print(f"  {len(rows)} regions, -j {slots}: {times[slots]:.2f} s, {memory:.0f} MB")
            print(f"  two slots: {(times[1] - first) / (times[2] - first):.2f} times one")


main()
