"""Regenerates Tests/NeuralNetTests/Fixtures/deep_*.json with PyTorch and torchvision.

    python deep_fixture.py ../../Tests/NeuralNetTests/Fixtures DATA_FOLDER

Network: random-seed-1, made here from the documentation of the generator. `deep_reference.json` has pictures and a
small volume that are formulas, repeated by the tests; `deep_real.json` has 28 regions of the real cohorts in DATA_FOLDER.
"""
import json
import pathlib
import sys
import tempfile

import numpy as np

import deep_reference as reference
import random_network

PICTURES = {"texture": lambda x, y: (31 * y + 17 * x + (x * y) % 97) % 256, "ramp": lambda x, y: (x + y) // 2,
            "black": lambda x, y: 0 * x}
SPACING = (0.75, 1.25)

PREPARATIONS = [
    ("largest, share, percentiles", dict(slices={"largest": {}}, margin={"share": {"fraction": 0.1}}, padding="black",
        window={"percentiles": {"lower": 1, "upper": 99}}, masksOutside=False), {}),
    ("three, millimetres, edge, minMax", dict(slices={"even": {"count": 3, "pooling": "mean"}},
        margin={"millimetres": {"length": 9}}, padding="edge", window={"minMax": {}}, masksOutside=False),
     dict(choice=3, margin=("millimetres", 9), padding="edge", window=("minMax",))),
    ("all, masked, fixed", dict(slices={"all": {"pooling": "max"}}, margin={"share": {"fraction": 0}}, padding="black",
        window={"fixed": {"lower": 10, "upper": 150}}, masksOutside=True),
     dict(choice="all", pooling="max", margin=("share", 0), window=("fixed", 10, 150), masks_outside=True)),
    ("larger than the slice, black", dict(slices={"largest": {}}, margin={"share": {"fraction": 3}}, padding="black",
        window={"percentiles": {"lower": 0, "upper": 50}}, masksOutside=False),
     dict(margin=("share", 3), window=("percentiles", 0, 50))),
    ("shrunk from a large square, edge", dict(slices={"largest": {}}, margin={"share": {"fraction": 9}}, padding="edge",
        window={"minMax": {}}, masksOutside=False),
     dict(margin=("share", 9), padding="edge", window=("minMax",))),
]


def rounded(values):
    return [float(f"{v:.7g}") for v in np.ravel(values)]


def summary(values):
    """Mean, mean magnitude and 12 values spread over a layer."""
    flat = values.reshape(-1).astype(np.float64)
    places = [(2 * i + 1) * flat.size // 24 for i in range(12)]
    return {"mean": float(f"{flat.mean():.9g}"), "magnitude": float(f"{np.abs(flat).mean():.9g}"),
            "largest": float(f"{np.abs(flat).max():.9g}"), "places": places, "values": rounded(flat[places])}


def volume():
    z, y, x = np.meshgrid(np.arange(6), np.arange(31), np.arange(40), indexing="ij")
    image = (7 * x + 13 * y + 29 * z + x * y) % 200
    mask = 4 * (x - 24) ** 2 + 9 * (y - 14) ** 2 <= 900 - 200 * (z - 2) ** 2
    return image, mask


def real(net, folder):
    """Means of the layers and the features of every real region under the default settings."""
    regions = []
    for path, mask_path, label, mask in reference.cases(folder):
        z = reference.chosen_slices(mask, "largest")[0]
        image, spacing = reference.read(path)
        layers, features = reference.layers(net, reference.picture(image[z], mask[z], spacing=spacing))
        regions.append({
            "image": str(path.relative_to(folder)), "mask": str(mask_path.relative_to(folder)), "label": label,
            "means": [float(f"{layers[n].mean(dtype=np.float64):.7g}") for n in reference.LAYERS],
            "features": [float(f"{v:.6g}") for v in features]})
    return regions


def write(path, value):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file, separators=(",", ":"))
        file.write("\n")


def main():
    data = random_network.safetensors(1)
    with tempfile.NamedTemporaryFile(suffix=".safetensors") as file:
        file.write(data)
        file.flush()
        net = reference.network(file.name)
    y, x = np.meshgrid(np.arange(224), np.arange(224), indexing="ij")
    fixture = {"weights": {"bytes": len(data), "checksum": str(random_network.checksum(data))}, "pictures": [],
               "preparations": []}
    for name, formula in PICTURES.items():
        grey = formula(x, y).astype(np.float32) / np.float32(255)
        layers, features = reference.layers(net, grey)
        fixture["pictures"].append({"name": name, "layers": [{"name": n, **summary(layers[n])} for n in reference.LAYERS],
                                    "features": rounded(features)})
    image, mask = volume()
    for name, settings, arguments in PREPARATIONS:
        slices = reference.chosen_slices(mask, arguments.get("choice", "largest"))
        own = {k: v for k, v in arguments.items() if k not in ("choice", "pooling")}
        picture = reference.picture(image[slices[0]], mask[slices[0]], spacing=SPACING, **own)
        fixture["preparations"].append({
            "name": name, "settings": settings, "slices": slices, "mean": float(f"{picture.mean(dtype=np.float64):.9g}"),
            "grid": rounded(picture[3::24, 5::24]),
            "features": rounded(reference.features(net, image, mask, spacing=SPACING, **arguments))})
    folder, data_folder = map(pathlib.Path, sys.argv[1:3])
    write(folder / "deep_reference.json", fixture)
    write(folder / "deep_real.json", real(net, data_folder))


main()
