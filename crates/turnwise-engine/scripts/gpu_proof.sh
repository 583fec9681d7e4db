#!/bin/sh
# Proves the GPU back end on a machine that has a GPU, in under ten minutes, with what was built elsewhere:
#
#     gpu_proof.sh pack FOLDER     puts the programs (built with --features cuda), the fixtures and this into a folder
#     FOLDER/gpu_proof.sh          runs them there; nothing but the driver is needed
#
# What it prints is what docs/gpu.md asks for.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
if [ "${1:-}" = pack ]; then
    folder=${2:?gpu_proof: pack into which folder?}
    target=${CARGO_TARGET_DIR:-$here/../../../target}/release
    mkdir -p "$folder"
    for program in "$target/turnwise" "$target/examples/gpu"; do
        [ -x "$program" ] || { echo "gpu_proof: $program is missing; build it first (docs/gpu.md)" >&2; exit 1; }
        cp "$program" "$folder/"
        strip "$folder/$(basename "$program")"
    done
    cp -r "$here/../tests/fixtures" "$here/gpu_peer.py" "$here/gpu_proof.sh" "$folder/"
    echo "run $folder/gpu_proof.sh where the GPU is"
    exit 0
fi
# Where container engines put the driver.
export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}/usr/local/nvidia/lib64:/usr/local/cuda/compat"
"$here/turnwise" doctor || true
"$here/turnwise" model check --device cuda || echo "gpu_proof: the shipped model does not run on the GPU" >&2
"$here/gpu" --fixtures "$here/fixtures" "$@"
python3 "$here/gpu_peer.py" || true
