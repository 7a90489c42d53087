# SPDX-License-Identifier: MIT
"""metrics_torch.py WEIGHTS [THREADS]: PyTorch's side of benchmarks/metrics/metrics_speed.cpp, the same lines in and out.

The networks are written with PyTorch's own functions; the weights are the files of examples/measure/get-weights.sh."""
import json
import struct
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

torch.set_num_threads(int(sys.argv[2]) if len(sys.argv) > 2 else 2)


def load(path):
    data = open(path, "rb").read()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        tensors[name] = torch.from_numpy(np.frombuffer(data[begin:end], dtype="f4").reshape(entry["shape"]).copy())
    return tensors


def same(x, kernel, stride):
    pads = []
    for size, k, s in zip(x.shape[2:], kernel, stride):
        total = max(k - s, 0) if size % s == 0 else max(k - size % s, 0)
        pads = [total // 2, total - total // 2] + pads
    return F.pad(x, pads)


class I3d:
    def __init__(self, path):
        self.w = load(path)

    def unit(self, x, name, kernel, stride=1):
        x = F.conv3d(same(x, (kernel,) * 3, (stride,) * 3), self.w[name + ".conv3d.weight"], stride=stride)
        bn = name + ".bn."
        x = F.batch_norm(x, self.w[bn + "running_mean"], self.w[bn + "running_var"], None, self.w[bn + "bias"], eps=1e-5)
        return F.relu(x)

    def pool(self, x, kernel, stride):
        return F.max_pool3d(same(x, kernel, stride), kernel, stride)

    def mixed(self, x, name):
        b0 = self.unit(x, name + ".b0", 1)
        b1 = self.unit(self.unit(x, name + ".b1a", 1), name + ".b1b", 3)
        b2 = self.unit(self.unit(x, name + ".b2a", 1), name + ".b2b", 3)
        b3 = self.unit(self.pool(x, (3, 3, 3), (1, 1, 1)), name + ".b3b", 1)
        return torch.cat([b0, b1, b2, b3], 1)

    def __call__(self, x):
        x = self.pool(self.unit(x, "Conv3d_1a_7x7", 7, 2), (1, 3, 3), (1, 2, 2))
        x = self.unit(self.unit(x, "Conv3d_2b_1x1", 1), "Conv3d_2c_3x3", 3)
        x = self.pool(x, (1, 3, 3), (1, 2, 2))
        for name in ("3b", "3c"):
            x = self.mixed(x, "Mixed_" + name)
        x = self.pool(x, (3, 3, 3), (2, 2, 2))
        for name in ("4b", "4c", "4d", "4e", "4f"):
            x = self.mixed(x, "Mixed_" + name)
        x = self.pool(x, (2, 2, 2), (2, 2, 2))
        for name in ("5b", "5c"):
            x = self.mixed(x, "Mixed_" + name)
        x = F.avg_pool3d(x, (2, 7, 7), (1, 1, 1))
        return F.conv3d(x, self.w["logits.conv3d.weight"], self.w["logits.conv3d.bias"]).mean(2).flatten(1)


class Lpips:
    def __init__(self, path, alexnet):
        self.w, self.alexnet = load(path), alexnet
        self.shift = torch.tensor([-0.030, -0.088, -0.188])[None, :, None, None]
        self.scale = torch.tensor([0.458, 0.448, 0.450])[None, :, None, None]

    def convolved(self, x, i, stride=1, padding=1):
        return F.relu(F.conv2d(x, self.w[f"features.{i}.weight"], self.w[f"features.{i}.bias"], stride=stride, padding=padding))

    def trunk(self, x):
        layers = []
        if self.alexnet:
            x = self.convolved(x, 0, 4, 2)
            layers.append(x)
            x = self.convolved(F.max_pool2d(x, 3, 2), 3, 1, 2)
            layers.append(x)
            x = F.max_pool2d(x, 3, 2)
            for i in (6, 8, 10):
                x = self.convolved(x, i)
                layers.append(x)
            return layers
        for stage, group in enumerate(((0, 2), (5, 7), (10, 12, 14), (17, 19, 21), (24, 26, 28))):
            if stage:
                x = F.max_pool2d(x, 2, 2)
            for i in group:
                x = self.convolved(x, i)
            layers.append(x)
        return layers

    def __call__(self, pair):
        distance = 0
        for k, features in enumerate(self.trunk((pair - self.shift) / self.scale)):
            unit = features / (torch.sqrt((features**2).sum(1, keepdim=True)) + 1e-10)
            distance += F.conv2d((unit[:1] - unit[1:]) ** 2, self.w[f"lin{k}.model.1.weight"]).mean()
        return distance


def pixels(count):
    return ((np.arange(count, dtype=np.uint64) * np.uint64(2654435761)) >> np.uint64(13)) % np.uint64(251)


networks = {}
with torch.no_grad():
    for line in sys.stdin:
        what, *side = line.split()
        if what not in networks:
            file = {"i3d": "i3d", "alexnet": "lpips_alexnet", "vgg": "lpips_vgg16"}[what]
            path = f"{sys.argv[1]}/{file}.safetensors"
            networks[what] = I3d(path) if what == "i3d" else Lpips(path, what == "alexnet")
        if what == "i3d":
            video = pixels(16 * 224 * 224 * 3).astype("f4").reshape(16, 224, 224, 3) * np.float32(2 / 255) - 1
            x = torch.from_numpy(video).permute(3, 0, 1, 2)[None].contiguous()
        else:
            size = int(side[0])
            pair = pixels(2 * size * size * 3).astype("f4").reshape(2, size, size, 3) / 255 * 2 - 1
            x = torch.from_numpy(pair.astype("f4")).permute(0, 3, 1, 2).contiguous()
        begin = time.perf_counter()
        value = networks[what](x).max().item()
        print(f"{time.perf_counter() - begin:.6f} {value:.9g}", flush=True)
