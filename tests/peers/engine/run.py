#!/usr/bin/env python3
"""How fast three engines read and write on the same random weights: Turnwise, llama.cpp and transformers, in one run.

For every size and format each engine reads prompts of 512 tokens and then writes, one conversation alone and eight
together, on the same number of threads; nobody samples. The engines take turns, round after round, and the median
counts. A development script: no test runs it, as it needs the peers.

    python3 -m venv /tmp/peers && /tmp/peers/bin/pip install torch transformers gguf numpy
    cargo build --release
    /tmp/peers/bin/python tests/peers/engine/run.py --turnwise target/release/turnwise --folder /tmp/engines

llama.cpp comes prebuilt from the npm package `@node-llama-cpp/linux-x64`, its headers from `node-llama-cpp`; `npm`,
`git` and `g++` have to be there.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

import checkpoints

VERSION = "3.22.1"
HERE = Path(__file__).parent


def llama(folder):
    """Fetches llama.cpp and compiles what measures it; gives the program and where its libraries are."""
    folder = folder / "llama"
    program, bins = folder / "llama", folder / "package/bins/linux-x64"
    if program.exists():
        return program, bins
    folder.mkdir(parents=True, exist_ok=True)

    def run(*command):
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)

    for package in (f"@node-llama-cpp/linux-x64@{VERSION}", f"node-llama-cpp@{VERSION}"):
        run("npm", "pack", "--silent", package)
    run("tar", "xzf", f"node-llama-cpp-linux-x64-{VERSION}.tgz")
    run("tar", "xzf", f"node-llama-cpp-{VERSION}.tgz", "--transform", "s/^package/all/")
    run("git", "clone", "--quiet", "all/llama/gitRelease.bundle", "source")
    libraries = [str(next(bins.glob(f"lib{name}.*"))) for name in ("llama", "ggml.v0", "ggml-base")]
    headers = ["-Isource/include", "-Isource/ggml/include"]
    run("g++", "-O2", "-std=c++17", str(HERE / "llama.cpp"), *headers, *libraries, f"-Wl,-rpath,{bins}", "-o", "llama")
    return program, bins


def measure_llama(options, file, prompt, steps):
    program, bins = options.llama
    command = [program, file, options.threads, prompt, steps, *options.batches]
    environment = {**os.environ, "LLAMA_BINS": str(bins)}
    out = subprocess.run([str(part) for part in command], env=environment, check=True, capture_output=True, text=True)
    rows = (line.split() for line in out.stdout.splitlines())
    return {int(batch): (float(prefill), float(decode)) for batch, prefill, decode in rows}


def measure_turnwise(options, path, prompt, steps):
    command = [options.turnwise, "bench", "engine", "--json", "--model", path, "--threads", options.threads]
    command += ["--prompt", prompt, "--steps", steps, "--rounds", 3]
    command += ["--batch", ",".join(str(batch) for batch in options.batches)]
    out = subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True)
    rows = json.loads(out.stdout)["speeds"]
    return {row["batch"]: (row["prefill_tokens_per_second"], row["decode_tokens_per_second"]) for row in rows}


def measure_transformers(options, path, prompt, steps):
    """In a process of its own, as threads and memory of torch stay otherwise."""
    command = [sys.executable, __file__, "--transformers", path, "--threads", options.threads]
    command += ["--prompt", prompt, "--steps", steps, "--batches", *options.batches]
    out = subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True)
    return {int(batch): tuple(speeds) for batch, speeds in json.loads(out.stdout.splitlines()[-1]).items()}


def transformers_alone(options):
    import time

    import torch
    from transformers import AutoModelForCausalLM, DynamicCache

    torch.set_num_threads(options.threads)
    model = AutoModelForCausalLM.from_pretrained(options.transformers, dtype="auto").eval()
    vocabulary, found = model.config.vocab_size, {}
    for batch in options.batches:
        best = [0.0, 0.0]
        for _ in range(3):
            one = torch.tensor([[i * 7919 % vocabulary for i in range(options.prompt)]])
            with torch.inference_mode():
                start = time.perf_counter()
                cache = DynamicCache()
                model(one.repeat(batch, 1), past_key_values=cache, logits_to_keep=1)
                best[0] = max(best[0], batch * options.prompt / (time.perf_counter() - start))
                start = time.perf_counter()
                for step in range(options.steps):
                    token = torch.full((batch, 1), step * 7919 % vocabulary)
                    model(token, past_key_values=cache, logits_to_keep=1)
                best[1] = max(best[1], batch * options.steps / (time.perf_counter() - start))
        found[batch] = best
    print(json.dumps(found))


def compare(options, size, kind):
    prompt, steps = (128, 8) if size == "500m" else (512, 64)
    file, directory = checkpoints.make(options.folder / "models", size, kind)
    engines = {
        "turnwise": lambda: measure_turnwise(options, directory or file, prompt, steps),
        "llama.cpp": lambda: measure_llama(options, file, prompt, steps),
    }
    if directory and not options.no_transformers:
        engines["transformers"] = lambda: measure_transformers(options, directory, prompt, steps)
    found = {name: [] for name in engines}
    for _ in range(options.rounds):
        for name, measure in engines.items():
            found[name].append(measure())
    for batch in options.batches:
        for at, what in enumerate(("reads", "writes")):
            middle = {name: statistics.median(run[batch][at] for run in runs) for name, runs in found.items()}
            ours = middle.pop("turnwise")
            others = " | ".join(f"{name} {speed:.0f} ({ours / speed:.2f} x)" for name, speed in middle.items())
            print(f"| {size} {kind} | {batch} | {what} | {ours:.0f} | {others} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turnwise", type=Path, default=Path("target/release/turnwise"))
    parser.add_argument("--folder", type=Path, default=Path("/tmp/engines"), help="where peers and weights are kept")
    parser.add_argument("--sizes", nargs="+", default=list(checkpoints.SHAPES), choices=checkpoints.SHAPES)
    parser.add_argument("--formats", nargs="+", default=list(checkpoints.FORMATS), choices=checkpoints.FORMATS)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batches", nargs="+", type=int, default=[1, 8])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--no-transformers", action="store_true")
    parser.add_argument("--transformers", help=argparse.SUPPRESS)
    parser.add_argument("--prompt", type=int, default=512, help=argparse.SUPPRESS)
    parser.add_argument("--steps", type=int, default=64, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.transformers:
        return transformers_alone(options)
    options.folder = options.folder.resolve()
    options.llama = llama(options.folder)
    print("| weights | conversations | | turnwise tokens/s | others tokens/s (turnwise is so many times as fast) |")
    print("| --- | --- | --- | --- | --- |")
    for size in options.sizes:
        for kind in options.formats:
            if (size, kind) != ("500m", "f32"):
                compare(options, size, kind)


if __name__ == "__main__":
    main()
