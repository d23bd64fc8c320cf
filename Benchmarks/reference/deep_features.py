"""Compares Trabecula's deep features with PyTorch and torchvision on real images, layer by layer.

    python deep_features.py NEURAL_BENCHMARK DATA_FOLDER

DATA_FOLDER holds the manifests `busbra_png/manifest.csv` and `sts_mr/manifest.csv`. Prints the worst difference
relative to the largest value of each layer, and of the features under several settings; exit status 1 above 1e-4.
"""
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy as np

import deep_reference as reference

TOLERANCE = 1e-4
LARGEST = {"largest": {}}
PERCENTILES = {"percentiles": {"lower": 1, "upper": 99}}
SETTINGS = [
    ({"slices": LARGEST, "margin": {"share": {"fraction": 0.1}}, "padding": "black", "window": PERCENTILES,
      "masksOutside": False}, {}),
    ({"slices": {"even": {"count": 3, "pooling": "mean"}}, "margin": {"millimetres": {"length": 7.5}}, "padding": "edge",
      "window": {"minMax": {}}, "masksOutside": False},
     dict(choice=3, margin=("millimetres", 7.5), padding="edge", window=("minMax",))),
    ({"slices": {"even": {"count": 10, "pooling": "max"}}, "margin": {"share": {"fraction": 0}}, "padding": "black",
      "window": {"fixed": {"lower": 20, "upper": 180}}, "masksOutside": True},
     dict(choice=10, pooling="max", margin=("share", 0), window=("fixed", 20, 180), masks_outside=True)),
]


def relative(ours, theirs):
    return float(np.abs(ours - theirs).max() / np.abs(theirs).max())


def compare_layers(binary, weights, net, pictures):
    with tempfile.NamedTemporaryFile() as file:
        file.write(np.stack(pictures).tobytes())
        file.flush()
        raw = subprocess.run([binary, "layers", weights, file.name], check=True, stdout=subprocess.PIPE).stdout
    ours, worst, at = np.frombuffer(raw, np.float32), {}, 0
    for grey in pictures:
        seen, features = reference.layers(net, grey)
        for name, values in [(n, seen[n]) for n in reference.LAYERS] + [("features", features)]:
            part = ours[at:at + values.size].reshape(values.shape)
            worst[name] = max(worst.get(name, 0), relative(part, values))
            at += values.size
    assert at == ours.size
    return worst


def compare_features(binary, weights, net, found, setting, arguments):
    lines = "".join(f"{image}\t{mask}\t{label}\n" for image, mask, label, _ in found)
    out = subprocess.run([binary, "features", weights, json.dumps(setting)], check=True, text=True, input=lines,
                         stdout=subprocess.PIPE).stdout
    worst = 0
    for (path, _, _, mask), line in zip(found, out.splitlines(), strict=True):
        image, spacing = reference.read(path)
        theirs = reference.features(net, image, mask, spacing=spacing, **arguments)
        worst = max(worst, relative(np.array(line.split(), float), theirs))
    return worst


def main():
    binary, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    with tempfile.TemporaryDirectory() as scratch:
        weights = f"{scratch}/random-seed-1.safetensors"
        subprocess.run([binary, "weights", "1", weights], check=True)
        net = reference.network(weights)
        found = list(reference.cases(folder))
        pictures = []
        for path, _, _, mask in found:
            z = reference.chosen_slices(mask, "largest")[0]
            pictures.append(reference.picture(reference.read(path)[0][z], mask[z]))
        worst = compare_layers(binary, weights, net, pictures)
        for number, (setting, arguments) in enumerate(SETTINGS, 1):
            worst[f"from files, settings {number}"] = compare_features(binary, weights, net, found, setting, arguments)
    print(f"{len(found)} slices; largest difference relative to the largest value")
    for name, value in worst.items():
        print(f"{name:28} {value:.1e}")
    sys.exit(max(worst.values()) > TOLERANCE)


main()
