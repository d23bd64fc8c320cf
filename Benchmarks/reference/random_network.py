"""The random ResNet18 of Trabecula from its documentation alone: the same bytes as `ResNet18Weights.randomBytes`."""
import json
import math
import struct

import numpy as np


def philox(counters, key):
    """Philox4x32-10 of an array of (n, 4) counters."""
    c = [counters[:, i].astype(np.uint64) for i in range(4)]
    k0, k1, low = key[0], key[1], np.uint64(0xFFFFFFFF)
    for _ in range(10):
        p0, p1 = c[0] * np.uint64(0xD2511F53), c[2] * np.uint64(0xCD9E8D57)
        c = [(p1 >> np.uint64(32)) ^ c[1] ^ np.uint64(k0), p1 & low, (p0 >> np.uint64(32)) ^ c[3] ^ np.uint64(k1), p0 & low]
        k0, k1 = (k0 + 0x9E3779B9) & 0xFFFFFFFF, (k1 + 0xBB67AE85) & 0xFFFFFFFF
    return np.stack(c, axis=1)


def tensors():
    """Names and shapes in the documented order."""
    def normalised(conv, bn, shape):
        yield f"{conv}.weight", shape
        for part in ("weight", "bias", "running_mean", "running_var"):
            yield f"{bn}.{part}", [shape[0]]

    yield from normalised("conv1", "bn1", [64, 3, 7, 7])
    before = 64
    for stage, channels in enumerate([64, 128, 256, 512]):
        for block in range(2):
            name = f"layer{stage + 1}.{block}"
            inputs = before if block == 0 else channels
            yield from normalised(f"{name}.conv1", f"{name}.bn1", [channels, inputs, 3, 3])
            yield from normalised(f"{name}.conv2", f"{name}.bn2", [channels, channels, 3, 3])
            if block == 0 and stage > 0:
                yield from normalised(f"{name}.downsample.0", f"{name}.downsample.1", [channels, inputs, 1, 1])
        before = channels


def values(index, name, shape, seed):
    count = math.prod(shape)
    counters = np.zeros(((count + 3) // 4, 4), np.uint64)
    counters[:, 0] = np.arange(len(counters))
    counters[:, 1], counters[:, 3] = index, 0x4E455457
    words = philox(counters, (seed & 0xFFFFFFFF, seed >> 32)).reshape(-1)[:count]
    u = (words >> np.uint64(8)).astype(np.float32) * np.float32(2**-24)
    if len(shape) > 1:
        bound = np.float32(math.sqrt(6 / math.prod(shape[1:])))
        low, width = -bound, np.float32(2) * bound
    elif name.endswith("running_mean"):
        low, width = -0.25, 0.5
    elif name.endswith("running_var"):
        low, width = 0.5, 1.5
    else:
        low, width = (0.5, 0.5) if name.endswith("weight") else (-0.5, 1)
    return np.float32(low) + np.float32(width) * u


def safetensors(seed):
    header, data, end = {"__metadata__": {"generator": f"random-seed-{seed}", "trained": "no"}}, [], 0
    for index, (name, shape) in enumerate(tensors()):
        data.append(values(index, name, shape, seed).tobytes())
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [end, end + len(data[-1])]}
        end += len(data[-1])
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + b"".join(data)


def checksum(data):
    """Sum of the 32-bit words, each times its place counted from 1, modulo 2^64."""
    words = np.frombuffer(data, "<u4").astype(np.uint64)
    return int((words * np.arange(1, len(words) + 1, dtype=np.uint64)).sum(dtype=np.uint64))
