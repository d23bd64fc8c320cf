"""Time of ResNet18 features in Trabecula, ONNX Runtime and PyTorch: one thread each, in turn, in one run.

    python speed.py NEURAL_BENCHMARK [ROUNDS]

Needs: pip install torch torchvision safetensors onnx onnxruntime. The programs take turns so that a machine that is
busy for a while slows all of them; best and median over the rounds are printed, and ratios of the bests and medians.
"""
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

os.environ["OMP_NUM_THREADS"] = "1"

import onnxruntime
import torch
import torchvision
from safetensors.torch import load_file


def network(weights):
    net = torchvision.models.resnet18(weights=None)
    net.fc = torch.nn.Identity()
    net.load_state_dict(load_file(weights), strict=False)
    return net.eval()


def session(net, batch, folder):
    path = f"{folder}/{batch}.onnx"
    torch.onnx.export(net, torch.zeros(batch, 3, 224, 224), path, opset_version=17, dynamo=False)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def timed(work, batch, repeats=20):
    work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1e3 / batch)
    return times


def main():
    binary, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 5
    torch.set_num_threads(1)
    times = {}
    with tempfile.TemporaryDirectory() as folder:
        weights = f"{folder}/random-seed-1.safetensors"
        subprocess.run([binary, "weights", "1", weights], check=True)
        net = network(weights)
        sessions = {batch: session(net, batch, folder) for batch in (1, 8)}
        for _ in range(rounds):
            out = json.loads(subprocess.run([binary, "time", weights], check=True, stdout=subprocess.PIPE).stdout)
            for batch in (1, 8):
                own = out[f"batch_{batch}"]
                times.setdefault(("Trabecula", batch), []).append((own["best_ms"], own["median_ms"]))
                image = torch.rand(batch, 3, 224, 224)
                name, values = sessions[batch].get_inputs()[0].name, image.numpy()
                onnx = timed(lambda: sessions[batch].run(None, {name: values}), batch)
                with torch.no_grad():
                    eager = timed(lambda: net(image), batch)
                times.setdefault(("ONNX Runtime", batch), []).append((min(onnx), statistics.median(onnx)))
                times.setdefault(("PyTorch", batch), []).append((min(eager), statistics.median(eager)))
    print(f"{out['set']}, load {out['load_ms']:.0f} ms, first image {out['first_image_ms']:.0f} ms, {out['peak_memory']}")
    for batch in (1, 8):
        best = {p: min(b for b, _ in times[p, batch]) for p in ("Trabecula", "ONNX Runtime", "PyTorch")}
        median = {p: statistics.median(m for _, m in times[p, batch]) for p in best}
        for program in best:
            print(f"batch {batch}  {program:13} best {best[program]:6.1f} ms  median {median[program]:6.1f} ms  "
                  f"Trabecula takes {best['Trabecula'] / best[program]:.2f}x of its best, "
                  f"{median['Trabecula'] / median[program]:.2f}x of its median")


main()
