# SPDX-License-Identifier: MIT
"""llama_model.py FILE: writes a llama of d 768, ffn 2048, 12 layers, 12 heads, vocabulary 8192 with random
weights as GGUF (version 3), float32: 97.5 M parameters, as many as our matched model has.

GGUF: "GGUF", version, number of tensors, number of keys; the keys (name, type, value); of each tensor its
name, shape (the contiguous dimension first), type and offset; then from the next multiple of 32 on the
tensors, each from a multiple of 32 on. Numbers are little-endian, texts are a length and bytes."""

import array
import random
import struct
import sys

D, FFN, LAYERS, HEADS, VOCABULARY, CONTEXT = 768, 2048, 12, 12, 8192, 8192
ALIGNMENT = 32
UINT32, INT32, FLOAT32, TEXT, ARRAY = 4, 5, 6, 8, 9  # types of values
NORMAL, UNKNOWN, CONTROL, BYTE = 1, 2, 3, 6  # kinds of tokens


def shapes():
    """(name, shape) of every tensor, as llama names them."""
    yield "token_embd.weight", (D, VOCABULARY)
    for i in range(LAYERS):
        yield f"blk.{i}.attn_norm.weight", (D,)
        for name in "qkv":
            yield f"blk.{i}.attn_{name}.weight", (D, D)
        yield f"blk.{i}.attn_output.weight", (D, D)
        yield f"blk.{i}.ffn_norm.weight", (D,)
        yield f"blk.{i}.ffn_gate.weight", (D, FFN)
        yield f"blk.{i}.ffn_up.weight", (D, FFN)
        yield f"blk.{i}.ffn_down.weight", (FFN, D)
    yield "output_norm.weight", (D,)
    yield "output.weight", (D, VOCABULARY)


def parameters():
    """Weights of all tensors, and those that a token reads: all but the embedding's."""
    total = sum(shape[0] * (shape[1] if len(shape) == 2 else 1) for _, shape in shapes())
    return total, total - D * VOCABULARY


def text(words):
    data = words.encode()
    return struct.pack("<Q", len(data)) + data


def value(kind, content):
    if kind == TEXT:
        return text(content)
    return struct.pack({UINT32: "<I", INT32: "<i", FLOAT32: "<f"}[kind], content)


def pair(name, kind, content):
    return text(name) + struct.pack("<I", kind) + value(kind, content)


def list_pair(name, kind, contents):
    head = struct.pack("<IIQ", ARRAY, kind, len(contents))
    return text(name) + head + b"".join(value(kind, content) for content in contents)


def keys():
    """Sizes, and words that nothing reads: the benchmarks speak in token numbers."""
    tokens = ["<unk>", "<s>", "</s>"] + [f"<0x{byte:02X}>" for byte in range(256)]
    kinds = [UNKNOWN, CONTROL, CONTROL] + [BYTE] * 256 + [NORMAL] * (VOCABULARY - len(tokens))
    tokens += [f"word{number}" for number in range(len(tokens), VOCABULARY)]
    return [
        pair("general.architecture", TEXT, "llama"),
        pair("general.name", TEXT, "matched, random weights"),
        pair("general.alignment", UINT32, ALIGNMENT),
        pair("general.file_type", UINT32, 0),
        pair("llama.vocab_size", UINT32, VOCABULARY),
        pair("llama.context_length", UINT32, CONTEXT),
        pair("llama.embedding_length", UINT32, D),
        pair("llama.block_count", UINT32, LAYERS),
        pair("llama.feed_forward_length", UINT32, FFN),
        pair("llama.attention.head_count", UINT32, HEADS),
        pair("llama.attention.head_count_kv", UINT32, HEADS),
        pair("llama.attention.layer_norm_rms_epsilon", FLOAT32, 1e-6),
        pair("llama.rope.dimension_count", UINT32, D // HEADS),
        pair("tokenizer.ggml.model", TEXT, "llama"),
        list_pair("tokenizer.ggml.tokens", TEXT, tokens),
        list_pair("tokenizer.ggml.scores", FLOAT32, [-float(number) for number in range(VOCABULARY)]),
        list_pair("tokenizer.ggml.token_type", INT32, kinds),
        pair("tokenizer.ggml.bos_token_id", UINT32, 1),
        pair("tokenizer.ggml.eos_token_id", UINT32, 2),
        pair("tokenizer.ggml.unknown_token_id", UINT32, 0),
    ]


class Numbers:
    """Random weights of deviation 1/36, about 768^(-1/2): a million of them, read round and round."""

    PERIOD = 1_000_003

    def __init__(self):
        source = random.Random(1)
        ring = array.array("f", (source.uniform(-0.048, 0.048) for _ in range(self.PERIOD)))
        self.ring, self.at = ring.tobytes(), 0

    def take(self, count):
        left = 4 * count
        while left > 0:
            part = self.ring[self.at : self.at + left]
            self.at = (self.at + len(part)) % len(self.ring)
            left -= len(part)
            yield part


def write(path):
    all_keys, tensors = keys(), list(shapes())
    head = b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(all_keys)) + b"".join(all_keys)
    offset = 0
    for name, shape in tensors:
        head += text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, 0, offset)
        size = 4 * shape[0] * (shape[1] if len(shape) == 2 else 1)
        assert size % ALIGNMENT == 0
        offset += size
    numbers = Numbers()
    with open(path, "wb") as file:
        file.write(head + bytes(-len(head) % ALIGNMENT))
        for _, shape in tensors:
            if len(shape) == 1:
                file.write(array.array("f", [1.0] * shape[0]).tobytes())
            else:
                for part in numbers.take(shape[0] * shape[1]):
                    file.write(part)


if __name__ == "__main__":
    write(sys.argv[1])
    print(f"{sys.argv[1]}: {parameters()[0] / 1e6:.1f} M parameters", file=sys.stderr)
