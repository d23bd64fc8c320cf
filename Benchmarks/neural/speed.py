"""Time of a network's features in Trabecula, ONNX Runtime and PyTorch: one thread each, in turn, in one run.

    python speed.py NEURAL_BENCHMARK [ROUNDS] [NETWORK]

NETWORK is resnet18 unless said. Needs: pip install numpy onnx onnxruntime safetensors; with torch and torchvision PyTorch is timed too.
The programs take turns so that a machine that is busy for a while slows all of them; best and median over the rounds are printed, and
ratios of the bests and medians. On a machine that others use too, the medians of the processor's time are the fairer ones.
"""
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

os.environ["OMP_NUM_THREADS"] = "1"
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "reference"))

import numpy as np
from safetensors.numpy import load_file

import network_reference as reference

try:
    import torch
    import torchvision
except ImportError:
    torch = None


def eager(weights, name):
    net = getattr(torchvision.models, name)(weights=None)
    net.fc = torch.nn.Identity()
    net.load_state_dict({k: torch.from_numpy(v) for k, v in load_file(weights).items()}, strict=False)
    torch.set_num_threads(1)
    return net.eval()


def timed(work, batch, repeats=20):
    """Best, median, and median of the processor's time, ms an image."""
    work()
    times, processor = [], []
    for _ in range(repeats):
        start, used = time.perf_counter(), time.process_time()
        work()
        times.append((time.perf_counter() - start) * 1e3 / batch)
        processor.append((time.process_time() - used) * 1e3 / batch)
    return min(times), statistics.median(times), statistics.median(processor)


def main():
    binary, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5
    network = sys.argv[3] if len(sys.argv) > 3 else "resnet18"
    times = {}
    with tempfile.TemporaryDirectory() as folder:
        weights = f"{folder}/random.safetensors"
        subprocess.run([binary, "weights", "1", weights, network], check=True)
        net = eager(weights, network) if torch else None
        sessions = {batch: reference.session(reference.flat(load_file(weights), network, layers=False, batch=batch)[0], 1)
                    for batch in (1, 8)}
        for _ in range(rounds):
            out = json.loads(subprocess.run([binary, "time", weights], check=True, stdout=subprocess.PIPE).stdout)
            for batch in (1, 8):
                own = out[f"batch_{batch}"]
                times.setdefault(("Trabecula", batch), []).append((own["best_ms"], own["median_ms"], own["processor_ms"]))
                image = np.random.default_rng(1).random((batch, 3, 224, 224), np.float32)
                times.setdefault(("ONNX Runtime", batch), []).append(
                    timed(lambda: sessions[batch].run(None, {"x": image}), batch))
                if net:
                    with torch.no_grad():
                        times.setdefault(("PyTorch", batch), []).append(timed(lambda: net(torch.from_numpy(image)), batch))
    print(f"{network}, {out['set']}, load {out['load_ms']:.0f} ms, first image {out['first_image_ms']:.0f} ms, {out['peak_memory']}")
    for batch in (1, 8):
        found = {p: (min(b for b, _, _ in t), *(statistics.median(v) for v in list(zip(*t))[1:]))
                 for (p, b), t in times.items() if b == batch}
        for program, values in found.items():
            ratios = [f"{a / b:.2f}x" for a, b in zip(found["Trabecula"], values)]
            print(f"batch {batch}  {program:13} best {values[0]:6.1f} ms  median {values[1]:6.1f} ms  processor {values[2]:6.1f} ms; "
                  f"Trabecula takes {ratios[0]}, {ratios[1]}, {ratios[2]}")


main()
