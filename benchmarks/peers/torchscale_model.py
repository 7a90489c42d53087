# SPDX-License-Identifier: MIT
"""What both comparisons with torchscale share: its RetNetDecoder, and the file that our side reads."""

import importlib.machinery
import json
import sys
import types

import torch
from safetensors.torch import save_file


def import_torchscale(source):
    """torchscale's RetNet from its source folder. fairscale and timm, which a dense RetNet imports and never
    calls, are replaced by empty modules."""
    for name, members in {
        "fairscale": [],
        "fairscale.nn": ["checkpoint_wrapper", "wrap"],
        "timm": [],
        "timm.models": [],
        "timm.models.layers": ["drop_path"],
    }.items():
        module = types.ModuleType(name)
        module.__spec__ = importlib.machinery.ModuleSpec(name, None)
        for member in members:
            setattr(module, member, None)
        sys.modules[name] = module
    sys.path.insert(0, source)
    from torchscale.architecture.config import RetNetConfig
    from torchscale.architecture.retnet import RetNetDecoder

    return RetNetConfig, RetNetDecoder


def sizes(d_model, d_value, layers, heads, vocabulary):
    return {
        "vocab_size": vocabulary,
        "decoder_embed_dim": d_model,
        "decoder_value_embed_dim": d_value,
        "decoder_ffn_embed_dim": d_value,
        "decoder_layers": layers,
        "decoder_retention_heads": heads,
        "activation_fn": "swish",
        "no_scale_embedding": False,
        "layernorm_eps": 1e-6,
    }


SMALL_WORLD = sizes(192, 384, 6, 3, 768)
MATCHED = sizes(768, 1280, 12, 4, 8192)  # the weights of a llama of d 768, ffn 2048, 12 layers: 97.5 M


def make_decoder(source, config):
    """Seeded initial weights; the embedding as fairseq makes it."""
    RetNetConfig, RetNetDecoder = import_torchscale(source)
    torch.manual_seed(1)
    embedding = torch.nn.Embedding(config["vocab_size"], config["decoder_embed_dim"])
    torch.nn.init.normal_(embedding.weight, std=config["decoder_embed_dim"] ** -0.5)
    return RetNetDecoder(RetNetConfig(**config), embed_tokens=embedding)


def write_file(path, decoder, config, tokens, **metadata):
    """The decoder under torchscale's own names, and tokens of any shape."""
    tensors = {"weight." + name: tensor.contiguous() for name, tensor in decoder.state_dict().items()}
    tensors["tokens"] = tokens.to(torch.int64).contiguous()
    texts = {key: json.dumps(value) for key, value in metadata.items()}
    save_file(tensors, path, metadata={"config": json.dumps(config), **texts})


def reset_peak_memory():
    """Makes the peak of this process count from now on."""
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")


def peak_memory():
    """Largest resident size, MiB."""
    with open("/proc/self/status") as file:
        for line in file:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return float("nan")
