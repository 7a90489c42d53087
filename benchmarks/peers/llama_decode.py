# SPDX-License-Identifier: MIT
"""Decodes and absorbs known tokens with llama.cpp, ik_llama.cpp and ours, taking turns, and prints Markdown
tables; llama.sh calls it. Each run is a process of its own on every side: it loads the model, warms up, and
is timed.

First every build is tried once with every choice of flags, and the two fastest ways of a peer go on (for each
storage and task apart). Then the sides take turns; a figure is the median of a way's turns, and a peer's
figure that of its fastest way.

  decode   N tokens from an empty context; all logits computed (ours draws from them as well)
  prefill  N known tokens in one piece, logits of the last
  context  decode after N known tokens, half precision
  loaded   decode while another program computes on one of the two cores"""

import argparse
import datetime
import itertools
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field, replace

from llama_model import D, LAYERS, VOCABULARY, parameters
from our_side import OurSide, print_table

HEAD_WEIGHTS = D * VOCABULARY
READ_WEIGHTS = parameters()[1]
HUGE_PAGES = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}  # ours asks for them, a peer gets them this way
WAYS_KEPT = 2

# bits of a weight, of the head's
BITS = {"F32": (32, 32), "F16": (16, 16), "BF16": (16, 16), "Q8_0": (8.5, 8.5), "Q4_0": (4.5, 6.5625),
        "Q4_0-pure": (4.5, 4.5)}  # fmt: skip


@dataclass(frozen=True)
class Storage:
    title: str
    ours: str
    theirs: tuple  # files that count as the same storage


STORAGES = [
    Storage("f32", "float32", ("F32",)),
    Storage("bf16/f16", "bfloat16", ("F16", "BF16")),
    Storage("int8", "int8", ("Q8_0",)),
    Storage("int4", "int4", ("Q4_0", "Q4_0-pure")),
]
GOALS = {  # ours / best peer, at least; of context: ours / llama.cpp
    "decode": {"float32": 1.05, "bfloat16": 1.3, "int8": 1.2, "int4": 1.1},
    "prefill": {"float32": 1.0, "bfloat16": 1.0, "int8": 1.1},
    "context": {"bfloat16": 2.5},
    "loaded": {},
}


class Build:
    """A folder in which a peer was built. "LABEL=FOLDER", or the folder alone."""

    def __init__(self, words):
        label, _, folder = words.rpartition("=")
        self.folder = folder = os.path.abspath(folder)
        with open(os.path.join(folder, "CMakeCache.txt")) as file:
            entries = re.findall(r"^(\w+):\w+=(.*)$", file.read(), re.M)
        self.cache = dict(entries)
        for name, wanted in {"CMAKE_BUILD_TYPE": "Release", "GGML_NATIVE": "ON"}.items():
            if self.cache.get(name) != wanted:
                raise SystemExit(f"{folder}: built with {name}={self.cache.get(name)}, expected {wanted}")
        words = self.help("llama-bench"), self.help("llama-batched-bench")
        self.is_ik = "-rtr" in words[0]
        self.names_load_mode = "--load-mode" in words[0]
        self.attention_takes_word = "on|off" in words[1]
        self.peer = "ik_llama.cpp" if self.is_ik else "llama.cpp"
        self.openmp = self.cache.get("GGML_OPENMP", "OFF") == "ON"
        self.label = (label or f"{self.peer} {self.revision()}") + (", OpenMP" if self.openmp else "")

    def program(self, name):
        return os.path.join(self.folder, "bin", name)

    def help(self, name):
        command = [self.program(name), "--help"]
        answer = subprocess.run(command, capture_output=True, text=True, cwd=tempfile.gettempdir())
        return answer.stdout + answer.stderr

    def revision(self):
        source = self.cache.get("CMAKE_HOME_DIRECTORY", self.folder)
        return git_revision(source) or "no git checkout"


@dataclass(frozen=True)
class Way:
    """How a peer is run."""

    build: Build = field(repr=False)
    file: str
    flash_attention: bool
    repack: bool = False
    merge: bool = False  # q, k, v as one matrix
    huge_pages: bool = False

    def __str__(self):
        flags = [self.build.label, self.file, f"-fa {int(self.flash_attention)}"]
        if self.build.is_ik:
            flags.append(f"-rtr {int(self.repack)} -mqkv {int(self.merge)}")
        if self.huge_pages:
            flags.append("huge pages")
        return ", ".join(flags)

    def bytes(self):
        weight, head = BITS[self.file]
        return ((READ_WEIGHTS - HEAD_WEIGHTS) * weight + HEAD_WEIGHTS * head) / 8


def git_revision(folder):
    command = ["git", "-C", folder, "rev-parse", "--short", "HEAD"]
    return subprocess.run(command, capture_output=True, text=True).stdout.strip()


def has_changes(folder):
    command = ["git", "-C", folder, "status", "--porcelain"]
    return subprocess.run(command, capture_output=True, text=True).stdout != ""


class Sides:
    """Tokens per second of one run of one side."""

    def __init__(self, options):
        self.options = options

    def wait_until_quiet(self):
        """Until others leave the machine alone, for a minute at most."""

        def busy():
            with open("/proc/stat") as file:
                times = [int(word) for word in file.readline().split()[1:9]]
            return sum(times) - times[3] - times[4], sum(times)

        for _ in range(0 if self.options.no_wait else 300):
            before, all_before = busy()
            time.sleep(0.2)
            after, all_after = busy()
            if after - before < 0.12 * (all_after - all_before):
                return
        if not self.options.no_wait:
            print("the machine is not quiet", file=sys.stderr)

    def ours(self, storage, task):
        self.wait_until_quiet()
        o = self.options
        side = OurSide(o.program, "matched", storage, str(o.threads))
        if task == "prefill":
            warm_up, count, timed = f"prefill {o.prompt}", o.prompt, f"prefill {o.prompt}"
        else:
            count = o.after if task == "context" else o.loaded_tokens if task == "loaded" else o.tokens
            warm_up, timed = "decode 4", f"decode {count}"
        side.ask(warm_up)
        side.ask("new 0")
        if task == "context":
            side.ask(f"absorb {o.context}")
        rate = count / side.ask(timed)[0]
        side.close()
        return rate

    def theirs(self, way, task):
        return self.batched_bench(way) if task == "context" else self.bench(way, (task,))[task]

    def bench(self, way, tasks):
        """llama-bench: {task: tokens per second}."""
        o = self.options
        tokens = o.loaded_tokens if "loaded" in tasks else o.tokens
        words = ["llama-bench", "-p", str(o.prompt if "prefill" in tasks else 0)]
        words += ["-n", str(0 if tasks == ("prefill",) else tokens), "-r", "1", "-o", "json"]
        words += ["-lm", "none"] if way.build.names_load_mode else ["-mmp", "0"]
        words += ["-fa", str(int(way.flash_attention))]
        if way.build.is_ik:
            words += ["-rtr", str(int(way.repack)), "-mqkv", str(int(way.merge))]
        text = self.run(way, words)
        results = json.loads(text[text.index("[\n") : text.rindex("]") + 1])
        rates = {}
        for task in tasks:
            (run,) = [run for run in results if (int(run["n_prompt"]) > 0) == (task == "prefill")]
            # merged matrices are counted twice
            expected = parameters()[0] + way.merge * LAYERS * 3 * D * D
            if int(run["n_threads"]) != o.threads or int(run["model_n_params"]) != expected:
                raise SystemExit(f"{way}: another number of threads or parameters: {run}")
            rates[task] = float(run["avg_ts"])
        return rates

    def batched_bench(self, way):
        """llama-batched-bench: tokens per second after the context."""
        o = self.options
        words = ["llama-batched-bench", "-c", str(o.context + o.after + 64), "-b", "2048", "-ub", "512"]
        words += ["-npp", str(o.context), "-ntg", str(o.after), "-npl", "1"]
        words += ["-lm", "none"] if way.build.names_load_mode else ["--no-mmap"]
        if way.build.attention_takes_word:
            words += ["-fa", "on" if way.flash_attention else "off"]
        elif way.flash_attention:
            words += ["-fa"]
        words += ["-rtr"] * way.repack + ["-mqkv"] * way.merge
        text = self.run(way, words)
        # | PP | TG | B | N_KV | T_PP s | S_PP t/s | T_TG s | S_TG t/s | ..
        row = re.search(rf"^\| *{o.context} \| *{o.after} \|(.*)$", text, re.M)
        return float(row[1].split("|")[5])

    def run(self, way, words):
        self.wait_until_quiet()
        command = [way.build.program(words[0]), "-m", self.options.model.format(way.file)]
        command += ["-t", str(self.options.threads), *words[1:]]
        environment = os.environ | (HUGE_PAGES if way.huge_pages else {})
        folder = os.path.dirname(self.options.model)  # ik_llama.cpp leaves a log where it is run
        answer = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=folder)
        if answer.returncode != 0:
            raise SystemExit(f"{' '.join(command)}:\n{answer.stderr}")
        return answer.stdout + answer.stderr if words[0] == "llama-batched-bench" else answer.stdout


def best_ways(sides, builds, storage, tasks):
    """The fastest ways of each peer: {task: {peer: [way ..]}}, from a run of each, and then of the fastest
    with huge pages and with merged matrices."""
    rates = {task: {} for task in tasks}

    def fastest(peer, task):
        ways = [way for way in rates[task] if way.build.peer == peer]
        return sorted(ways, key=rates[task].get, reverse=True)[:WAYS_KEPT]

    def time(way, tasks):
        for task, rate in (
            {"context": sides.batched_bench(way)} if "context" in tasks else sides.bench(way, tasks)
        ).items():
            rates[task][way] = rate
            print(f"try: {task}, {way}: {rate:.1f}", file=sys.stderr)

    files = ("F16",) if "context" in tasks else storage.theirs
    for build, file, attention in itertools.product(builds, files, (False, True)):
        for repack in (False, True) if build.is_ik else (False,):
            time(Way(build, file, attention, repack), tasks)
    peers = list(dict.fromkeys(build.peer for build in builds))
    for peer, task in itertools.product(peers, tasks):
        for way in fastest(peer, task):
            time(replace(way, huge_pages=True), (task,))
            if way.build.is_ik:
                time(replace(way, merge=True), (task,))
                time(replace(way, merge=True, huge_pages=True), (task,))
    return {task: {peer: fastest(peer, task) for peer in peers} for task in tasks}


@dataclass
class Cell:
    """One task with one storage: the rates of every way of every side."""

    task: str
    storage: Storage
    runs: dict  # side -> {way or None: [rate ..]}

    def turn(self, sides, number):
        turns = [(side, way) for side, ways in self.runs.items() for way in ways]
        for side, way in turns[number % len(turns) :] + turns[: number % len(turns)]:
            rate = sides.ours(self.storage.ours, self.task) if way is None else sides.theirs(way, self.task)
            self.runs[side][way].append(rate)
            print(f"{self.task}, {way or 'ours, ' + self.storage.ours}: {rate:.1f}", file=sys.stderr)

    def way(self, side):
        """The fastest one."""
        return max(self.runs[side], key=lambda way: statistics.median(self.runs[side][way]))

    def rates(self, side):
        return self.runs[side][self.way(side)]

    def speed(self, side):
        return statistics.median(self.rates(side))

    def ratio(self):
        """Ours to the best peer; of context, to llama.cpp where it takes part."""
        peers = [side for side in self.runs if side != "ours"]
        if self.task == "context" and "llama.cpp" in peers:
            peers = ["llama.cpp"]
        return self.speed("ours") / max(self.speed(peer) for peer in peers)

    def goal(self):
        return GOALS[self.task].get(self.storage.ours)


def measure(sides, builds, options):
    storages = [storage for storage in STORAGES if storage.ours in options.storages]
    cells = []
    for storage in storages:
        tasks = ("decode", "prefill")
        kept = best_ways(sides, builds, storage, tasks)
        if storage.ours == "bfloat16":
            kept |= best_ways(sides, builds, storage, ("context",))
        for task, peers in kept.items():
            runs = {"ours": {None: []}} | {peer: {way: [] for way in ways} for peer, ways in peers.items()}
            cells.append(Cell(task, storage, runs))
    for number in range(options.repetitions):
        for cell in cells:
            cell.turn(sides, number)
    return cells


def measure_loaded(sides, cells, options):
    """The fastest ways once more, beside a loop that keeps the last core busy."""
    loaded = []
    for cell in cells:
        if cell.task == "decode":
            loaded.append(Cell("loaded", cell.storage, {side: {cell.way(side): []} for side in cell.runs}))
    core = max(os.sched_getaffinity(0))
    loop = subprocess.Popen(
        [sys.executable, "-c", "while True: pass"], preexec_fn=lambda: os.sched_setaffinity(0, {core})
    )
    try:
        options.no_wait = True
        for number in range(options.repetitions):
            for cell in loaded:
                cell.turn(sides, number)
    finally:
        loop.kill()
        loop.wait()
    return loaded


def our_figures(options):
    """Bytes per token of each storage, and the highest bandwidth of four passes."""
    sizes, bandwidth = {}, 0.0
    for storage in options.storages:
        side = OurSide(options.program, "matched", storage, str(options.threads))
        sizes[storage] = side.ask("bytes")[0]
        bandwidth = max(bandwidth, side.ask("bandwidth")[0])
        side.close()
    return sizes, bandwidth


def bytes_of(cell, side, sizes):
    way = cell.way(side)
    return sizes[cell.storage.ours] if way is None else way.bytes()


def print_cells(title, cells, options, sizes, limit):
    named = {"decode": "", "prefill": "prefill, ", "context": f"context {options.context:,}, ", "loaded": ""}
    head = [title, *(named[cell.task] + cell.storage.title for cell in cells)]
    rows = [[side, *(f"{cell.speed(side):.1f}" for cell in cells)] for side in cells[0].runs]
    rows.append(["ours / best peer", *(f"**{cell.ratio():.2f}**" for cell in cells)])
    if any(cell.goal() for cell in cells):
        rows.append(["at least", *(f"{cell.goal():.2f}" if cell.goal() else "-" for cell in cells)])
    if cells[0].task == "decode":
        for side in cells[0].runs:
            shares = [f"{cell.speed(side) * bytes_of(cell, side, sizes) / limit:.0%}" for cell in cells]
            rows.append([f"share of the limit, {side}", *shares])
    print_table(head, rows)


def print_ways(cells):
    print("The flags that were fastest, and each side's slowest and fastest turn:\n")
    rows = []
    for cell in cells:
        for side in cell.runs:
            way, rates = cell.way(side), cell.rates(side)
            turns = f"{min(rates):.1f} .. {max(rates):.1f}"
            what = f"{cell.task}, {cell.storage.title}"
            rows.append([what, str(way or f"ours, {cell.storage.ours}"), turns])
    print_table(["what", "side", "tokens/s"], rows)


def machine_of(builds, options):
    with open("/proc/cpuinfo") as file:
        model = re.search(r"^model name\s*: (.*)$", file.read(), re.M)[1]
    compiler = subprocess.run(["c++", "--version"], capture_output=True, text=True).stdout.splitlines()[0]
    root = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    return {
        "machine": f"{model} - {os.cpu_count()} cores, {options.threads} threads used",
        "load": f"{os.getloadavg()[0]:.2f}",
        "compiler": f"{compiler} - Release",
        "peers": "; ".join(build.label for build in builds),
        "commit": (git_revision(root) or "unknown") + (" with changes" if has_changes(root) else ""),
        "date": datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds"),
        "command": options.command,
    }


def write_json(path, machine, cells, sizes, limit):
    """As Google Benchmark does, for benchmarks/report."""
    entries = []
    for cell in cells:
        for side in cell.runs:
            rates, speed = cell.rates(side), cell.speed(side)
            entry = {
                "name": f"llama/{cell.task}/{cell.storage.ours}/{side}",
                "run_type": "iteration",
                "real_time": 1e6 / speed,
                "time_unit": "us",
                "tokens/s": speed,
                "slowest/s": min(rates),
                "fastest/s": max(rates),
            }
            if cell.task in ("decode", "context"):
                entry["limit_share"] = speed * bytes_of(cell, side, sizes) / limit
            if side == "ours":
                entry["x best peer"] = cell.ratio()
                if cell.goal():
                    entry["goal"] = cell.goal()
            entries.append(entry)
    with open(path, "w") as file:
        context = machine | {"source": "benchmarks/peers/llama.sh", "limit": f"{limit / 1e9:.1f} GB/s"}
        json.dump({"context": context, "benchmarks": entries}, file, indent=1)


def main():
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=form)
    parser.add_argument("builds", nargs="+", help="[LABEL=]FOLDER of a built peer")
    parser.add_argument("--program", required=True, help="decode_speed")
    parser.add_argument("--model", required=True, help="the llama's files, {} for the storage")
    parser.add_argument("--json", required=True, help="the results' file")
    parser.add_argument("--command", default="benchmarks/peers/llama.sh", help="what the page says was run")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--tokens", type=int, default=128, help="decoded")
    parser.add_argument("--prompt", type=int, default=256, help="known tokens absorbed")
    parser.add_argument("--context", type=int, default=4096)
    parser.add_argument("--after", type=int, default=64, help="decoded after the context")
    parser.add_argument("--loaded", action="store_true", help="measure beside a busy core as well")
    parser.add_argument("--loaded-tokens", type=int, default=32)
    parser.add_argument("--storages", nargs="+", default=[storage.ours for storage in STORAGES])
    parser.add_argument("--no-wait", action="store_true", help="run though others compute")
    options = parser.parse_args()
    begin = time.perf_counter()
    builds = [Build(words) for words in options.builds]
    machine = machine_of(builds, options)
    print_table(["what", ""], [[key, words] for key, words in machine.items()])

    sides = Sides(options)
    sizes, bandwidth = our_figures(options)
    cells = measure(sides, builds, options)
    loaded = measure_loaded(sides, cells, options) if options.loaded else []
    bandwidth = max(bandwidth, our_figures(options)[1])
    rates = [c.speed(side) * bytes_of(c, side, sizes) for c in cells if c.task == "decode" for side in c.runs]
    limit = max(bandwidth, *rates)

    decode = [cell for cell in cells if cell.task == "decode"]
    others = [cell for task in ("prefill", "context") for cell in cells if cell.task == task]
    print_cells(f"decode {options.tokens}, tokens/s", decode, options, sizes, limit)
    print_cells(f"known tokens ({options.prompt}) and long context, tokens/s", others, options, sizes, limit)
    if loaded:
        print_cells("decode, one core busy, tokens/s", loaded, options, sizes, limit)
    print(f"Limit: {limit / 1e9:.1f} GB/s, the most that any program read; {bandwidth / 1e9:.1f} by a sum.")
    print("Bytes of a token: weights, and for ours two passes over the states.\n")
    print_ways(cells + loaded)
    write_json(options.json, machine, cells + loaded, sizes, limit)
    print(f"Measured in {time.perf_counter() - begin:.0f} s.")


if __name__ == "__main__":
    main()
