//! Compiles the kernels for NVIDIA GPUs, where the feature `cuda` asks for them.
//!
//! They are compiled for compute capability 8.0 and translated by the driver for the GPU it finds, so that one build
//! runs on everything from Ampere on.

use std::{
    env, io,
    path::{Path, PathBuf},
    process::Command,
};

fn main() -> io::Result<()> {
    let kernels = Path::new("src/backend/cuda");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", kernels.display());
    if env::var_os("CARGO_FEATURE_CUDA").is_none() {
        return Ok(());
    }
    for variable in ["NVCC", "CUDA_HOME"] {
        println!("cargo::rerun-if-env-changed={variable}");
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()).join("kernels.ptx");
    let nvcc = nvcc();
    let advice = "install CUDA, or make a CUDA home with crates/turnwise-engine/scripts/cuda_home.py";
    let mut command = Command::new(&nvcc);
    command.args(["-ptx", "-arch=compute_80", "-std=c++17", "-O3", "-o"]).arg(out);
    match command.arg(kernels.join("kernels.cu")).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(io::Error::other(format!("{}: {status}", nvcc.display()))),
        Err(error) => Err(io::Error::other(format!("{}: {error}; {advice}", nvcc.display()))),
    }
}

/// The compiler that `NVCC` names, the one in `CUDA_HOME`, or the one on the path.
fn nvcc() -> PathBuf {
    let home = || Some(PathBuf::from(env::var_os("CUDA_HOME")?).join("bin/nvcc"));
    env::var_os("NVCC").map(PathBuf::from).or_else(home).unwrap_or_else(|| "nvcc".into())
}
