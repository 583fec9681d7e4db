#!/bin/sh
# Runs a command, or else the tests of the GPU back end, on an emulated CUDA device:
#
#     crates/turnwise-engine/scripts/emulated_gpu.sh [COMMAND…]
#
# The device's kernels and the code around them run as they are; only the device under them is a C++ program
# (tests/emulator). So it says what is right and nothing about speed. Needs g++, and nvcc for the build.
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
folder=${CARGO_TARGET_DIR:-$here/../../target}/emulator
mkdir -p "$folder"
if ! command -v g++ >/dev/null; then
    echo "emulated_gpu: there is no g++; install it, or run the tests where there is a GPU" >&2
    exit 1
fi
g++ -std=c++17 -O2 -shared -fPIC -pthread -Wno-unknown-pragmas -I"$here/tests/emulator" -I"$here/src/backend/cuda" \
    -o "$folder/libcuda.so.1" "$here/tests/emulator/device.cpp"
if [ $# -eq 0 ]; then
    set -- cargo test --manifest-path "$here/Cargo.toml" --features cuda --lib -- gpu
fi
LD_LIBRARY_PATH=$folder${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} exec "$@"
