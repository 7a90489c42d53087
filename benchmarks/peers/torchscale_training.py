# SPDX-License-Identifier: MIT
"""Trains torchscale's RetNet and ours from equal weights on equal batches, taking turns, and prints a Markdown
table. Clipping and AdamW are included on both sides."""

import argparse
import copy
import os
import statistics
import tempfile
import time

import numpy
import torch
import torch.nn.functional as F
from our_side import OurSide, print_table
from torchscale_model import (
    MATCHED,
    SMALL_WORLD,
    make_decoder,
    peak_memory,
    reset_peak_memory,
    write_file,
)

PRODUCT = 1024
TRAINING = {
    "learning_rate": 1.5e-3,
    "warm_up_steps": 20,
    "beta1": 0.9,
    "beta2": 0.98,
    "epsilon": 1e-8,
    "weight_decay": 0.01,
    "clipping_norm": 1.0,
}


def make_tokens(steps, batch, length, vocabulary):
    """Sequences with something to learn: a token repeats the one 64 before it, or follows the last one in a
    fixed order, or is drawn anew."""
    random = numpy.random.default_rng(5)
    rows = steps * batch
    successor = random.permutation(vocabulary)
    tokens = random.integers(0, vocabulary, (rows, length + 1))
    kind = random.random((rows, length + 1))
    for n in range(1, length + 1):
        tokens[:, n] = numpy.where(kind[:, n] < 0.4, successor[tokens[:, n - 1]], tokens[:, n])
        if n >= 64:
            tokens[:, n] = numpy.where(kind[:, n] > 0.6, tokens[:, n - 64], tokens[:, n])
    return torch.from_numpy(tokens.reshape(steps, batch, length + 1))


class TheirSide:
    def __init__(self, decoder, tokens, bfloat16):
        self.decoder, self.tokens, self.bfloat16, self.done = decoder, tokens, bfloat16, 0
        matrices = [p for p in decoder.parameters() if p.ndim > 1]
        vectors = [p for p in decoder.parameters() if p.ndim == 1]
        self.optimizer = torch.optim.AdamW(
            [
                {"params": matrices, "weight_decay": TRAINING["weight_decay"]},
                {"params": vectors, "weight_decay": 0.0},
            ],
            lr=TRAINING["learning_rate"],
            betas=(TRAINING["beta1"], TRAINING["beta2"]),
            eps=TRAINING["epsilon"],
            fused=True,
        )

    def step(self):
        batch = self.tokens[self.done]
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=self.bfloat16):
            logits, _ = self.decoder(batch[:, :-1])
        loss = F.cross_entropy(logits.float().view(-1, logits.size(-1)), batch[:, 1:].reshape(-1))
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.decoder.parameters(), TRAINING["clipping_norm"])
        share = min(1.0, (self.done + 1) / TRAINING["warm_up_steps"])
        for group in self.optimizer.param_groups:
            group["lr"] = TRAINING["learning_rate"] * share
        self.optimizer.step()
        self.done += 1
        return loss.item()

    def steps(self, count):
        begin = time.perf_counter()
        losses = [self.step() for _ in range(count)]
        return [time.perf_counter() - begin, *losses]


def compiled_side_of(decoder, tokens, bfloat16):
    """torchscale under torch.compile, from the same weights; one step that compiles is made and undone."""
    compiled = torch.compile(decoder)
    side = TheirSide(compiled, tokens, bfloat16)
    before = copy.deepcopy(compiled.state_dict())
    side.step()
    compiled.load_state_dict(before)
    side.optimizer.state.clear()
    side.done = 0
    return side


def product_rate(multiply):
    """GFLOP/s, median of 21."""
    times = []
    for _ in range(21):
        begin = time.perf_counter()
        multiply()
        times.append(time.perf_counter() - begin)
    return 2e-9 * PRODUCT**3 / statistics.median(times)


def their_product_rates(bfloat16):
    random = numpy.random.default_rng(1)
    a = random.random((PRODUCT, PRODUCT), dtype=numpy.float32)
    b = random.random((PRODUCT, PRODUCT), dtype=numpy.float32)
    c = numpy.empty_like(a)
    dtype = torch.bfloat16 if bfloat16 else torch.float32
    ta, tb = torch.from_numpy(a).to(dtype), torch.from_numpy(b).to(dtype)
    tc = torch.empty_like(ta)
    return product_rate(lambda: torch.mm(ta, tb, out=tc)), product_rate(lambda: numpy.matmul(a, b, out=c))


def largest_difference(ours, theirs):
    """Largest relative difference of two lists, and the step it is at."""
    differences = [abs(x / y - 1) for x, y in zip(ours, theirs)]
    worst = max(range(len(differences)), key=differences.__getitem__)
    return differences[worst], worst + 1


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", required=True, help="torchscale's source folder")
    parser.add_argument("--program", required=True, help="train_speed")
    parser.add_argument("--precision", choices=["float32", "bfloat16"], default="float32")
    parser.add_argument("--size", choices=["d192", "d768"], default="d192")
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--length", type=int, default=512)
    parser.add_argument("--steps", type=int, default=100)
    parser.add_argument("--turn", type=int, default=5, help="steps of one side before the next side's turn")
    parser.add_argument("--chunkwise", action="store_true", help="both sides in chunkwise form alone")
    parser.add_argument("--compile", action="store_true", help="torchscale under torch.compile too")
    options = parser.parse_args()
    torch.set_num_threads(2)
    bfloat16 = options.precision == "bfloat16"
    config = dict(SMALL_WORLD if options.size == "d192" else MATCHED)
    if options.chunkwise:
        config |= {"chunkwise_recurrent": True, "recurrent_chunk_size": 512}
    modes = ["chunkwise"] if options.chunkwise else ["parallel", "chunkwise"]

    decoder = make_decoder(options.source, config)
    tokens = make_tokens(options.steps, options.batch, options.length, config["vocab_size"])
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.safetensors")
        write_file(path, decoder, config, tokens, training=TRAINING)
        ours = [OurSide(options.program, path, mode, options.precision) for mode in modes]
        our_product = ours[-1].ask(f"product {PRODUCT}")[0]
    torch_product, numpy_product = their_product_rates(bfloat16)

    reset_peak_memory()
    their_memory = None
    theirs = "torchscale, " + ("chunkwise 512" if options.chunkwise else "parallel")
    sides = {theirs: TheirSide(decoder, tokens, bfloat16).steps}
    if options.compile:
        initial = copy.deepcopy(decoder)
        compiled_side = []

        def compiled_steps(count):
            if not compiled_side:  # after the other's first turn, whose memory is read before
                compiled_side.append(compiled_side_of(initial, tokens, bfloat16))
            return compiled_side[0].steps(count)

        sides[theirs + ", torch.compile"] = compiled_steps
    for mode, process in zip(modes, ours):
        name = "ours, " + mode + (" 64" if mode == "chunkwise" else "")
        sides[name] = lambda count, process=process: process.ask(f"steps {count}")
    rates = {name: [] for name in sides}
    losses = {name: [] for name in sides}
    for begin in range(0, options.steps, options.turn):
        count = min(options.turn, options.steps - begin)
        for name, steps in sides.items():
            seconds, *turn_losses = steps(count)
            if their_memory is None:
                their_memory = peak_memory()
            rates[name].append(count * options.batch * options.length / seconds)
            losses[name] += turn_losses
    speed = {name: statistics.median(values) for name, values in rates.items()}
    memory = [f"{their_memory:,.0f}"] + ["-"] * (len(sides) - 1 - len(ours))
    for process in ours:
        memory.append(f"{process.ask('memory')[0]:,.0f}")
        process.close()

    names = list(sides)
    print(
        f"### Training, {options.precision}, {options.size}, {options.steps} steps of "
        f"{options.batch} x {options.length} tokens\n"
    )
    rows = [
        ["tokens/s"] + [f"{speed[n]:,.0f}" for n in names],
        ["slowest .. fastest turn"] + [f"{min(rates[n]):,.0f} .. {max(rates[n]):,.0f}" for n in names],
        ["times " + theirs] + [f"{speed[n] / speed[theirs]:.2f}" for n in names],
        ["loss of the first, last step"] + [f"{losses[n][0]:.4f}, {losses[n][-1]:.4f}" for n in names],
    ]
    differences, largest = ["-"], 0.0
    for name in names[1:]:
        worst, step = largest_difference(losses[name], losses[theirs])
        differences.append(f"{worst:.1e} (step {step})")
        largest = max(largest, worst)
    rows.append(["largest relative difference of a loss", *differences])
    rows.append(["peak memory, MiB", *memory])
    print_table(["", *names], rows)
    print(
        f"{PRODUCT}^3 matrix product, {options.precision}, GFLOP/s: torch {torch_product:.0f}, "
        f"ours {our_product:.0f}, numpy (float32) {numpy_product:.0f}\n",
        flush=True,
    )
    if options.precision == "float32" and not largest <= 0.01:
        raise SystemExit(f"the losses differ by {100 * largest:.2f} %")


if __name__ == "__main__":
    main()
