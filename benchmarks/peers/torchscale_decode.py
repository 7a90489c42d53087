# SPDX-License-Identifier: MIT
"""Decodes with torchscale's recurrent form and with ours, taking turns, and prints a Markdown table. Both
sides compute the logits of every token and draw from them; the next token is the same on both, so that the
logits can be compared."""

import argparse
import os
import statistics
import tempfile
import time

import torch
from our_side import OurSide, print_table
from torchscale_model import (
    MATCHED,
    SMALL_WORLD,
    make_decoder,
    peak_memory,
    reset_peak_memory,
    write_file,
)

SIZES = {"d192": SMALL_WORLD, "d768": MATCHED}


class TheirSide:
    """The recurrent form takes one token a call; it cannot start from the parallel form's state."""

    def __init__(self, decoder, tokens):
        self.decoder, self.tokens, self.state, self.done = decoder.eval(), tokens, {}, 0
        self.logits = None

    @torch.inference_mode()
    def absorb(self, count):
        begin = time.perf_counter()
        for _ in range(count):
            self.done += 1
            self.decoder(self.tokens[:, : self.done], incremental_state=self.state, features_only=True)
        return time.perf_counter() - begin

    @torch.inference_mode()
    def decode(self, count):
        begin = time.perf_counter()
        for _ in range(count):
            self.done += 1
            logits, _ = self.decoder(self.tokens[:, : self.done], incremental_state=self.state)
            self.logits = logits[0, 0]
            torch.multinomial(torch.softmax(self.logits, -1), 1).item()
        return time.perf_counter() - begin


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", required=True, help="torchscale's source folder")
    parser.add_argument("--program", required=True, help="decode_speed")
    parser.add_argument("--size", choices=list(SIZES), default="d192")
    parser.add_argument("--contexts", type=int, nargs="+", default=[128, 1024])
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--turn", type=int, default=16, help="tokens of one side before the other's turn")
    options = parser.parse_args()
    torch.set_num_threads(2)
    config = SIZES[options.size]

    decoder = make_decoder(options.source, config)
    parameters = sum(p.numel() for p in decoder.parameters())
    length = max(options.contexts) + options.turns * options.turn
    tokens = torch.randint(config["vocab_size"], (1, length), generator=torch.Generator().manual_seed(2))
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.safetensors")
        write_file(path, decoder, config, tokens)
        ours = OurSide(options.program, path)
        ours.ask("memory")  # the file is read
    reset_peak_memory()
    theirs = TheirSide(decoder, tokens)
    rows = []
    prompt = {"tokens": 0, "theirs": 0.0, "ours": 0.0}
    for context in options.contexts:
        known = context - theirs.done
        prompt["tokens"] += known
        prompt["theirs"] += theirs.absorb(known)
        prompt["ours"] += ours.ask(f"absorb {known}")[0]
        rates = {"theirs": [], "ours": []}
        for _ in range(options.turns):
            rates["theirs"].append(options.turn / theirs.decode(options.turn))
            rates["ours"].append(options.turn / ours.ask(f"decode {options.turn}")[0])
        their_logits, our_logits = theirs.logits, torch.tensor(ours.ask("logits"))
        difference = (their_logits - our_logits).abs().max() / their_logits.abs().max()
        speed = {side: statistics.median(values) for side, values in rates.items()}
        rows.append(
            [
                f"decode after {context} tokens",
                f"{speed['theirs']:.1f}",
                f"{speed['ours']:.1f}",
                f"{speed['ours'] / speed['theirs']:.2f}",
                f"{difference:.1e}",
            ]
        )
        if not difference < 1e-3:
            raise SystemExit(f"the logits differ by {difference} after {theirs.done} tokens")
    rows.append(
        [
            f"{prompt['tokens']} known tokens absorbed",
            f"{prompt['tokens'] / prompt['theirs']:.1f}",
            f"{prompt['tokens'] / prompt['ours']:.1f}",
            f"{prompt['theirs'] / prompt['ours']:.2f}",
            "-",
        ]
    )
    rows.append(["peak memory, MiB", f"{peak_memory():,.0f}", f"{ours.ask('memory')[0]:,.0f}", "-", "-"])
    ours.close()
    print(f"### Decoding, float32, batch 1, {options.size}: {parameters / 1e6:.1f} M parameters\n")
    print_table(["tokens/s", "torchscale, recurrent", "ours", "times", "difference of logits"], rows)


if __name__ == "__main__":
    main()
