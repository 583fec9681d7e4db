#!/usr/bin/env python3
"""Makes a CUDA home on a machine without CUDA and without being root, from NVIDIA's own wheels on PyPI.

    eval "$(python3 crates/turnwise-engine/scripts/cuda_home.py ~/cuda-home)"
    cargo build --release --features cuda

That is the compiler nvcc and its headers (100 MB), all that `turnwise` needs to be built: it finds the driver when it
runs.

With --candle it is everything that candle needs (630 MB), for `turnwise-pocket` with the feature `cuda`, which trains on
a GPU. candle links against CUDA's libraries, which are not there; so stand-ins are built that look each function up when
it is first called, in $CUDA_LIB_DIR and then where the loader looks, and return error 100 ("no device") where there is no
such library. So that program starts anywhere, too.

With --link-only it builds the stand-ins alone, beside an installed CUDA: add the folder to LIBRARY_PATH.

It needs pip, and for the stand-ins gcc, ar and cargo. It prints the environment for the build; everything else goes to
standard error.
"""

import argparse
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

# All of 13.0, so that the driver 580 takes what nvcc writes.
COMPILER = [
    "nvidia-cuda-nvcc==13.0.88",
    "nvidia-cuda-crt==13.0.88",
    "nvidia-nvvm==13.0.88",
    "nvidia-cuda-runtime==13.0.96",
]
CANDLE = [
    "nvidia-cuda-cccl==13.0.85",
    "nvidia-cuda-nvrtc==13.0.88",
    "nvidia-curand==10.4.0.35",
    "nvidia-cublas==13.0.2.14",
]

# What is linked: the module of cudarc that declares its functions, and the names of the real library.
LIBRARIES = {
    "cuda": ("driver", ["libcuda.so.1"]),
    "nvrtc": ("nvrtc", ["libnvrtc.so.13", "libnvrtc.so.12"]),
    "curand": ("curand", ["libcurand.so.10"]),
    "cublas": ("cublas", ["libcublas.so.13", "libcublas.so.12"]),
    "cublasLt": ("cublaslt", ["libcublasLt.so.13", "libcublasLt.so.12"]),
}

# Asks for the real function, whose number the stand-in pushed, and goes on to it with the caller's arguments:
# those in registers are saved around the question, those on the stack stay where they are.
BIND = """
    .text
    .type {library}_bind, @function
{library}_bind:
    pushq %rax
    pushq %rdi
    pushq %rsi
    pushq %rdx
    pushq %rcx
    pushq %r8
    pushq %r9
    subq $136, %rsp
{save}
    movl 192(%rsp), %edi
    call {library}_find
    movq %rax, %r11
{restore}
    addq $136, %rsp
    popq %r9
    popq %r8
    popq %rcx
    popq %rdx
    popq %rsi
    popq %rdi
    popq %rax
    addq $8, %rsp
    jmp *%r11
    .section .note.GNU-stack, "", @progbits
"""

# Each function jumps through its slot, which leads to the question until it has been answered.
FUNCTION = """
    .section .text.{name}, "ax", @progbits
    .globl {name}
    .type {name}, @function
{name}:
    endbr64
    jmp *{library}_slots+{offset}(%rip)
.L{library}{number}:
    pushq ${number}
    jmp {library}_bind
    .size {name}, . - {name}
"""

FIND = """
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>

__attribute__((visibility("hidden"))) extern void *{library}_slots[];
static const char *const functions[] = {{ {functions} }};
static const char *const files[] = {{ {files} }};

static int absent(void) {{ return 100; }}

static void *opened(void) {{
    const char *folder = getenv("CUDA_LIB_DIR");
    char path[4096];
    for (unsigned i = 0; i < sizeof files / sizeof *files; i++) {{
        void *found = NULL;
        if (folder != NULL && *folder != 0 && snprintf(path, sizeof path, "%s/%s", folder, files[i]) < (int)sizeof path)
            found = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
        if (found == NULL) found = dlopen(files[i], RTLD_NOW | RTLD_GLOBAL);
        if (found != NULL) return found;
    }}
    return NULL;
}}

/* Two threads may ask at once: both get the same answer, and dlopen counts. */
__attribute__((visibility("hidden"))) void *{library}_find(unsigned number) {{
    static void *volatile library;
    static volatile int asked;
    if (!asked) {{
        void *found = opened();
        library = found;
        asked = 1;
    }}
    void *function = library != NULL ? dlsym(library, functions[number]) : NULL;
    if (function == NULL) function = (void *)absent;
    {library}_slots[number] = function;
    return function;
}}
"""


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def unpack_wheels(home: Path, wheels: list[str]) -> Path:
    """Downloads what is missing and returns the folder that all of it lands in."""
    toolkit = home / "wheels" / "nvidia" / "cu13"
    unpacked = home / "wheels" / "unpacked.txt"
    there = unpacked.read_text().split() if unpacked.exists() else []
    missing = [wheel for wheel in wheels if wheel not in there]
    if not missing:
        say(f"{toolkit} is complete")
        return toolkit
    with tempfile.TemporaryDirectory(dir=home) as downloads:
        say(f"downloading {', '.join(missing)}")
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
        platforms = [f"--platform=manylinux{tag}_x86_64" for tag in ("_2_27", "_2_17", "2014", "2010")]
        subprocess.run([*pip, *platforms, "--dest", downloads, *missing], check=True, stdout=sys.stderr)
        for wheel in sorted(Path(downloads).glob("*.whl")):
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(home / "wheels")
    for folder in (toolkit / "bin", toolkit / "nvvm" / "bin"):
        for program in folder.iterdir():
            if program.is_file():
                program.chmod(0o755)
    unpacked.write_text("\n".join(there + missing))
    return toolkit


def link(path: Path, target: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to(target)


def arrange(home: Path, toolkit: Path) -> None:
    """Gives the toolkit the shape that nvcc and build scripts look for."""
    for part in ("bin", "nvvm", "include"):
        link(home / part, toolkit / part)
    (home / "lib64").mkdir(exist_ok=True)
    # With the archive alone in sight, `-lcudart` is linked statically.
    link(home / "lib64" / "libcudart.a", toolkit / "lib" / "libcudart_static.a")


def cudarc_sources() -> Path:
    """Where cargo keeps the sources of the cudarc that this workspace uses."""
    manifest = Path(__file__).resolve().parents[3] / "Cargo.toml"
    command = ["cargo", "metadata", "--format-version=1", "--locked", "--filter-platform=x86_64-unknown-linux-gnu", "--manifest-path", str(manifest)]
    metadata = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    for package in metadata["packages"]:
        if package["name"] == "cudarc":
            return Path(package["manifest_path"]).parent / "src"
    sys.exit("cuda_home: cargo metadata names no cudarc; is this the workspace of turnwise?")


def declared(source: Path) -> list[str]:
    """The C functions that a module of cudarc declares."""
    text = source.read_text()
    names = set(re.findall(r"^\s*pub (?:unsafe )?fn (\w+)\(", text, re.MULTILINE))
    return sorted(name for name in names if re.match(r"cu|nvrtc", name) and not name.startswith("culib"))


def stand_in(library: str, names: list[str], files: list[str], folder: Path) -> None:
    """Builds lib{library}.a."""
    save = "\n".join(f"    movups %xmm{i}, {16 * i}(%rsp)" for i in range(8))
    restore = "\n".join(f"    movups {16 * i}(%rsp), %xmm{i}" for i in range(8))
    parts = [FUNCTION.format(library=library, name=name, number=i, offset=8 * i) for i, name in enumerate(names)]
    slots = "".join(f"    .quad .L{library}{i}\n" for i in range(len(names)))
    parts.append(f"    .data\n    .hidden {library}_slots\n    .globl {library}_slots\n    .balign 8\n{library}_slots:\n{slots}")
    parts.append(BIND.format(library=library, save=save, restore=restore))
    quoted = [", ".join(f'"{text}"' for text in texts) for texts in (names, files)]
    with tempfile.TemporaryDirectory() as work:
        assembly, source = Path(work, "functions.S"), Path(work, "find.c")
        assembly.write_text("".join(parts))
        source.write_text(FIND.format(library=library, functions=quoted[0], files=quoted[1]))
        compile_it = ["gcc", "-O2", "-fPIC", "-c", assembly.name, source.name]
        subprocess.run(compile_it, check=True, cwd=work)
        archive = folder / f"lib{library}.a"
        archive.unlink(missing_ok=True)
        subprocess.run(["ar", "rcs", str(archive.resolve()), "functions.o", "find.o"], check=True, cwd=work)
    say(f"{archive}: {len(names)} functions")


def stand_ins(folder: Path) -> None:
    if os.uname().machine != "x86_64":
        sys.exit("cuda_home: the stand-ins are written for x86-64; link against an installed CUDA instead")
    sources = cudarc_sources()
    for library, (module, files) in LIBRARIES.items():
        stand_in(library, declared(sources / module / "sys" / "mod.rs"), files, folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--candle", action="store_true", help="everything that candle's feature `cuda` needs")
    parser.add_argument("--link-only", action="store_true", help="build the stand-ins, nothing else")
    parser.add_argument("--capability", default="90", help="what candle's kernels are compiled for: 90 is H100 and H200")
    arguments = parser.parse_args()
    home = arguments.folder.expanduser().resolve()
    home.mkdir(parents=True, exist_ok=True)
    if arguments.link_only:
        stand_ins(home)
        return
    arrange(home, unpack_wheels(home, COMPILER + CANDLE if arguments.candle else COMPILER))
    environment = {"CUDA_HOME": home, "NVCC": home / "bin" / "nvcc"}
    if arguments.candle:
        stand_ins(home / "lib64")
        environment |= {"CUDA_PATH": home, "CUDA_ROOT": home, "CUDA_COMPUTE_CAP": arguments.capability}
        environment["CUDARC_CUDA_VERSION"] = "13000"
    for name, value in environment.items():
        print(f"export {name}={shlex.quote(str(value))}")
    print(f'export PATH={shlex.quote(str(home / "bin"))}:"$PATH"')


if __name__ == "__main__":
    main()
