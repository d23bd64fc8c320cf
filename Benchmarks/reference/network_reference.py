"""Residual networks of every depth as ONNX graphs, written here from the architecture's description, run by ONNX Runtime.

    python network_reference.py NEURAL_BENCHMARK [NETWORK...]

Compares every layer and the features of random networks with Trabecula's: prints the worst difference relative to the largest
value of a layer and of the features. `medicalnet18-A` has shortcuts without weights. Exit status 1 above 1e-4. Needs: pip install numpy onnx onnxruntime safetensors
"""
import subprocess
import sys
import tempfile

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file, save_file

BLOCKS = {"resnet18": (2, 2, 2, 2), "resnet34": (3, 4, 6, 3), "resnet50": (3, 4, 6, 3), "resnet101": (3, 4, 23, 3),
          "resnet152": (3, 8, 36, 3), "medicalnet10": (1, 1, 1, 1), "medicalnet18": (2, 2, 2, 2),
          "medicalnet34": (3, 4, 6, 3), "medicalnet50": (3, 4, 6, 3)}
MEAN, DEVIATION = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
TOLERANCE = 1e-4


class Graph:
    """Nodes by the names that torchvision gives the modules; batch normalisation stays a step of its own."""

    def __init__(self, weights):
        self.weights, self.nodes, self.count = weights, [], 0

    def add(self, kind, *inputs, name=None, **attributes):
        self.count += 1
        result = name or f"t{self.count}"
        self.nodes.append(helper.make_node(kind, list(inputs), [result], **attributes))
        return result

    def convolution(self, x, name, norm, stride=1, dilation=1, relu=True):
        sides = self.weights[f"{name}.weight"].shape[2:]
        axes, pads = len(sides), [dilation * (side // 2) for side in sides]
        x = self.add("Conv", x, f"{name}.weight", kernel_shape=list(sides), strides=[stride] * axes,
                     dilations=[dilation] * axes, pads=pads + pads)
        x = self.add("BatchNormalization", x, *(f"{norm}.{p}" for p in ("weight", "bias", "running_mean", "running_var")),
                     epsilon=1e-5)
        return self.add("Relu", x) if relu else x

    def padded(self, x, channels, stride, more):
        """MedicalNet's shortcut of type A: every second voxel, and zeros for the channels that are not there."""
        for key, values in (("starts", [0] * 3), ("ends", [2**31 - 1] * 3), ("axes", [2, 3, 4]), ("steps", [stride] * 3),
                            ("pads", [0] * 6 + [more] + [0] * 3)):
            self.weights[f"{key}{stride}x{channels}"] = np.array(values, np.int64)
        x = self.add("Slice", x, *(f"{k}{stride}x{channels}" for k in ("starts", "ends", "axes", "steps")))
        return self.add("Pad", x, f"pads{stride}x{channels}")

    def block(self, x, name, bottleneck, stride, dilation=1, changes=False):
        shortcut = x
        if f"{name}.downsample.0.weight" in self.weights:
            shortcut = self.convolution(x, f"{name}.downsample.0", f"{name}.downsample.1", stride, relu=False)
        elif changes:
            channels, inputs = self.weights[f"{name}.conv1.weight"].shape[:2]
            shortcut = self.padded(x, channels, stride, channels - inputs)
        steps = [1, stride, 1] if bottleneck else [stride, 1]
        for number, step in enumerate(steps, 1):
            x = self.convolution(x, f"{name}.conv{number}", f"{name}.bn{number}", step, dilation, relu=number < len(steps))
        return self.add("Relu", self.add("Add", x, shortcut), name=name)

    def model(self, batch, outputs, shape):
        shapes = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs]
        graph = helper.make_graph(
            self.nodes, "network", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [batch, *shape])], shapes,
            [numpy_helper.from_array(v, k) for k, v in self.weights.items()])
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


def flat(weights, name, layers=True, batch=1):
    """A network of pictures, with the names of its outputs."""
    graph = Graph(weights)
    x = graph.convolution("x", "conv1", "bn1", 2)
    x = graph.add("MaxPool", x, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1], name="maxpool")
    names = ["maxpool"]
    bottleneck = "layer1.0.conv3.weight" in weights
    for stage, count in enumerate(BLOCKS[name], 1):
        for block in range(count):
            x = graph.block(x, f"layer{stage}.{block}", bottleneck, 2 if stage > 1 and block == 0 else 1)
            names.append(x)
    graph.add("GlobalAveragePool", x, name="features")
    names = (names if layers else []) + ["features"]
    return graph.model(batch, names, [3, 224, 224]), names


def deep(weights, name, size):
    """MedicalNet's network of volumes: stages 3 and 4 keep the size, and dilate kernels by 2 and 4."""
    graph = Graph(weights)
    x = graph.convolution("x", "conv1", "bn1", 2)
    x = graph.add("MaxPool", x, kernel_shape=[3] * 3, strides=[2] * 3, pads=[1] * 6, name="maxpool")
    names, bottleneck = ["maxpool"], "layer1.0.conv3.weight" in weights
    for stage, count in enumerate(BLOCKS[name], 1):
        for block in range(count):
            first = block == 0
            x = graph.block(x, f"layer{stage}.{block}", bottleneck, 2 if stage == 2 and first else 1, (1, 1, 2, 4)[stage - 1],
                            changes=first and stage > 1)
            names.append(x)
    graph.add("GlobalAveragePool", x, name="features")
    return graph.model(1, names + ["features"], [1, *size[::-1]]), names + ["features"]


def session(model, threads=None):
    options = onnxruntime.SessionOptions()
    if threads:
        options.intra_op_num_threads = options.inter_op_num_threads = threads
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def pictures():
    y, x = np.meshgrid(np.arange(224), np.arange(224), indexing="ij")
    return [p.astype(np.float32) / np.float32(255) for p in ((31 * y + 17 * x + (x * y) % 97) % 256, (x + y) // 2)]


def planes(name):
    """Three planes: of a picture, one three times; of `2.5D`, three that differ."""
    texture, ramp = pictures()
    return {"texture": [texture] * 3, "ramp": [ramp] * 3, "2.5D": [texture[::-1, ::-1], texture, ramp]}[name]


def normalised(planes):
    return ((planes - MEAN[:, None, None]) / DEVIATION[:, None, None]).astype(np.float32)


def relative(ours, theirs):
    return float(np.abs(ours - theirs).max() / np.abs(theirs).max())


def without_shortcuts(path):
    """The same weights as a network of type A has them: no tensors of shortcuts."""
    save_file({k: v for k, v in load_file(path).items() if ".downsample." not in k}, path)


def compare_volumes(binary, name, folder, type_a):
    path = f"{folder}/{name}.safetensors"
    subprocess.run([binary, "weights", "1", path, name], check=True)
    if type_a:
        without_shortcuts(path)
    worst = {}
    for size in ((32, 24, 16), (21, 19, 13)):
        model, names = deep(load_file(path), name, size)
        z, y, x = np.meshgrid(*(np.arange(n) for n in size[::-1]), indexing="ij")
        volume = (((7 * x + 13 * y + 29 * z + x * y) % 200) / 60 - 1.5).astype(np.float32)
        volume.tofile(f"{folder}/volume")
        raw = subprocess.run([binary, "volume", path, f"{folder}/volume", *map(str, size)], check=True, stdout=subprocess.PIPE,
                             stderr=subprocess.DEVNULL).stdout
        ours, at = np.frombuffer(raw, np.float32), 0
        for layer, values in zip(names, session(model).run(names, {"x": volume[None, None]})):
            values = values[0].transpose(1, 2, 3, 0)
            worst[layer] = max(worst.get(layer, 0), relative(ours[at:at + values.size].reshape(values.shape), values))
            at += values.size
        assert at == ours.size
    return worst


def compare(binary, name, folder):
    path = f"{folder}/{name}.safetensors"
    subprocess.run([binary, "weights", "1", path, name], check=True)
    model, names = flat(load_file(path), name)
    run, worst = session(model), {}
    for picture in ("texture", "ramp", "2.5D"):
        shown = np.stack(planes(picture)).astype(np.float32)
        with tempfile.NamedTemporaryFile() as file:
            file.write((shown if picture == "2.5D" else shown[0]).tobytes())
            file.flush()
            channels = ["neighbours"] if picture == "2.5D" else []
            raw = subprocess.run([binary, "layers", path, file.name, *channels], check=True, stdout=subprocess.PIPE).stdout
        ours, at = np.frombuffer(raw, np.float32), 0
        for layer, values in zip(names, run.run(names, {"x": normalised(shown)[None]})):
            values = values[0].transpose(1, 2, 0)
            part = ours[at:at + values.size].reshape(values.shape)
            worst[layer] = max(worst.get(layer, 0), relative(part, values))
            at += values.size
        assert at == ours.size
    return worst


def main():
    worst = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in sys.argv[2:] or [*BLOCKS, "medicalnet18-A", "medicalnet34-A"]:
            depth = name.removesuffix("-A")
            found = (compare_volumes(sys.argv[1], depth, folder, name.endswith("-A")) if name.startswith("medicalnet")
                     else compare(sys.argv[1], name, folder))
            layer = max((n for n in found if n != "features"), key=found.get)
            print(f"{name:14} {len(found) - 1} layers, worst {found[layer]:.1e} ({layer}); "
                  f"features {found['features']:.1e}", flush=True)
            worst = max(worst, *found.values())
    sys.exit(worst > TOLERANCE)


if __name__ == "__main__":
    main()
