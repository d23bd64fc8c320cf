"""The deep features of Trabecula, computed independently with PyTorch and torchvision.

`network(weights)` loads a safetensors file into torchvision's ResNet18; `picture(...)` is the preprocessing of one
slice from NumPy and torchvision alone. Needs: pip install torch torchvision safetensors numpy pillow nibabel
"""
import csv
import math

import nibabel
import numpy as np
import torch
import torchvision
from PIL import Image
from safetensors.torch import load_file
from torchvision.transforms.functional import normalize, resize

MEAN, DEVIATION = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
LAYERS = ["maxpool"] + [f"layer{s}.{b}" for s in range(1, 5) for b in range(2)]


def network(weights):
    """torchvision's ResNet18 without its classifier."""
    net = torchvision.models.resnet18(weights=None)
    net.fc = torch.nn.Identity()
    state = {k: v.float() if v.is_floating_point() else v for k, v in load_file(weights).items() if not k.startswith("fc.")}
    missing, extra = net.load_state_dict(state, strict=False)
    assert not extra and all(k.endswith("num_batches_tracked") for k in missing), (missing, extra)
    return net.eval()


def layers(net, grey):
    """Activations by name for a 224 x 224 grey picture, pixels of channels, and the features."""
    seen = {}
    modules = dict(net.named_modules())
    hooks = [
        modules[name].register_forward_hook(lambda _, __, out, name=name: seen.__setitem__(name, out[0]))
        for name in LAYERS
    ]
    with torch.no_grad():
        features = net(normalize(torch.from_numpy(grey)[None, None].repeat(1, 3, 1, 1), MEAN, DEVIATION))
    for hook in hooks:
        hook.remove()
    return {n: t.permute(1, 2, 0).numpy() for n, t in seen.items()}, features[0].numpy()


def chosen_slices(mask, choice):
    """Slices of a (z, y, x) mask: `largest`, `all`, or a number of them spread evenly."""
    areas = mask.sum(axis=(1, 2))
    touched = np.flatnonzero(areas)
    if choice == "largest":
        return [int(areas.argmax())]
    if choice == "all" or choice >= len(touched):
        return touched.tolist()
    return [int(touched[math.floor((i + 0.5) * len(touched) / choice)]) for i in range(choice)]


def picture(image, mask, spacing=(1.0, 1.0), margin=("share", 0.1), padding="black", window=("percentiles", 1, 99),
            masks_outside=False):
    """One (y, x) slice as 224 x 224 floats from 0 to 1. `spacing` is (x, y) in mm."""
    image = image.astype(np.float64)
    ys, xs = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    x0, x1, y0, y1 = xs[0], xs[-1] + 1, ys[0], ys[-1] + 1
    box = image[y0:y1, x0:x1]
    amounts = [margin[1] / s if margin[0] == "millimetres" else margin[1] * max(x1 - x0, y1 - y0) for s in spacing]
    amounts = [math.floor(a + 0.5) for a in amounts]
    side = max(x1 - x0 + 2 * amounts[0], y1 - y0 + 2 * amounts[1])
    left, top = (x0 + x1 - side) // 2, (y0 + y1 - side) // 2
    low, high = {
        "percentiles": lambda: np.percentile(box, window[1:]),
        "minMax": lambda: (box.min(), box.max()),
        "fixed": lambda: window[1:],
    }[window[0]]()
    levels = np.clip((image - low) / (high - low), 0, 1) if high > low else (image > low).astype(float)
    if masks_outside:
        levels = levels * (mask > 0)
    reach = side + max(image.shape)
    mode = "edge" if padding == "edge" and not masks_outside else "constant"
    padded = np.pad(levels, reach, mode=mode)
    square = padded[top + reach:top + reach + side, left + reach:left + reach + side].astype(np.float32)
    return resize(torch.from_numpy(square)[None, None], [224, 224], antialias=True)[0, 0].numpy()


def features(net, image, mask, choice="largest", pooling="mean", **settings):
    """The 512 features of a (z, y, x) image."""
    rows = [layers(net, picture(image[z], mask[z], **settings))[1].astype(np.float64) for z in chosen_slices(mask, choice)]
    return np.mean(rows, axis=0) if pooling == "mean" else np.max(rows, axis=0)


def read(path):
    """An image as (z, y, x) with its (x, y) spacing."""
    if path.suffix == ".png":
        return np.asarray(Image.open(path).convert("L"))[None], (1.0, 1.0)
    image = nibabel.load(path)
    return np.asarray(image.dataobj).transpose(2, 1, 0), image.header.get_zooms()[:2]


def cases(folder):
    """28 regions of both real cohorts: paths of image and mask, label, mask as (z, y, x)."""
    for cohort, count in (("busbra_png", 16), ("sts_mr", 12)):
        with open(folder / cohort / "manifest.csv", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
        for row in rows[:: max(1, len(rows) // count)][:count]:
            mask_path = folder / cohort / row["Mask"]
            mask = read(mask_path)[0]
            label = int(mask.max())
            yield folder / cohort / row["Image"], mask_path, label, mask == label
