//! The kernels against plain arithmetic on the processor, and what a result must not depend on. Skipped, with a line,
//! where there is no device; `scripts/emulated_gpu.sh` runs them without one.

use candle_core::{DType, Device, Tensor};

use super::{Cuda, CudaRows, Kept, gpu};
use crate::{
    DecoderConfig, Family,
    backend::{Backend, Stored, found},
    fixture::config,
};

/// The back end, where there is a device.
fn back_end(config: &DecoderConfig) -> Option<Cuda> {
    match found::nvidia() {
        Ok(_) => Some(Cuda::keeping(Kept::F32, 0, config).unwrap()),
        Err(why) => {
            println!("skipped: {why}");
            None
        }
    }
}

fn numbers(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as f32 / (1 << 24) as f32 - 0.5
    };
    (0..count).map(|_| next()).collect()
}

fn rows(cuda: &Cuda, numbers: &[f32], width: usize) -> CudaRows {
    let mut rows = CudaRows::default();
    rows.shape(&cuda.gpu, numbers.len() / width, width).unwrap();
    rows.numbers.fill(&cuda.gpu, numbers).unwrap();
    rows
}

fn read(cuda: &Cuda, rows: &CudaRows) -> Vec<f32> {
    let mut host = super::CudaHost::default();
    cuda.read(rows, &mut host).unwrap();
    host.to_vec()
}

fn matrix(cuda: &Cuda, numbers: &[f32], inputs: usize, dtype: DType) -> super::CudaMatrix {
    let shape = (numbers.len() / inputs, inputs);
    let tensor = Tensor::from_slice(numbers, shape, &Device::Cpu).unwrap().to_dtype(dtype).unwrap();
    cuda.matrix(vec![Stored::Plain(tensor)]).unwrap()
}

fn largest_difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}

#[test]
fn gpu_products_are_products_and_no_row_sees_another() {
    let Some(cuda) = back_end(&config(Family::Qwen3)) else { return };
    for (outputs, inputs) in [(21, 3), (16, 32), (70, 272), (8300, 64)] {
        let weights = numbers(outputs * inputs, 1);
        let x = numbers(70 * inputs, 2);
        for dtype in [DType::BF16, DType::F32] {
            let held = Tensor::from_slice(&weights, weights.len(), &Device::Cpu).unwrap();
            let held = held.to_dtype(dtype).unwrap().to_dtype(DType::F32).unwrap().to_vec1::<f32>().unwrap();
            let matrix = matrix(&cuda, &weights, inputs, dtype);
            let mut out = CudaRows::default();
            cuda.project(&matrix, &rows(&cuda, &x, inputs), &mut out).unwrap();
            let all = read(&cuda, &out);
            let expected: Vec<f32> = x
                .chunks(inputs)
                .flat_map(|x| held.chunks(inputs).map(|w| x.iter().zip(w).map(|(a, b)| a * b).sum::<f32>()))
                .collect();
            let difference = largest_difference(&all, &expected);
            assert!(difference < 2e-4, "{outputs} by {inputs}, {dtype:?}: {difference}");
            for count in [1, 8, 9, 16, 17, 32, 33] {
                cuda.project(&matrix, &rows(&cuda, &x[..count * inputs], inputs), &mut out).unwrap();
                assert_eq!(read(&cuda, &out), all[..count * outputs], "{count} rows");
            }
            let mut sum = rows(&cuda, &numbers(3 * outputs, 3), outputs);
            let before = read(&cuda, &sum);
            let x = rows(&cuda, &x[..3 * inputs], inputs);
            cuda.project_onto(&matrix, &x, &mut sum, &mut out).unwrap();
            let expected: Vec<f32> = before.iter().zip(&all).map(|(a, b)| a + b).collect();
            assert_eq!(read(&cuda, &sum), expected);
        }
    }
}

#[test]
fn gpu_rows_are_what_the_processor_makes_of_them() {
    let shape = config(Family::Qwen3);
    let Some(cuda) = back_end(&shape) else { return };
    let reference = crate::backend::Tensors::new(Device::Cpu, &shape).unwrap();
    let (width, count) = (80, 5);
    let (x, other) = (numbers(count * width, 1), numbers(count * width, 2));
    let table = numbers(40 * width, 3);
    fn check<B: Backend>(b: &B, x: &[f32], other: &[f32], table: &[f32], width: usize) -> Vec<Vec<f32>> {
        let vector = |numbers: &[f32]| {
            b.vector(&[Stored::Plain(Tensor::from_slice(numbers, numbers.len(), &Device::Cpu).unwrap())])
                .unwrap()
        };
        let tensor = |numbers: &[f32]| {
            Tensor::from_slice(numbers, (numbers.len() / width, width), &Device::Cpu).unwrap()
        };
        let matrix = |numbers: &[f32]| b.matrix(vec![Stored::Plain(tensor(numbers))]).unwrap();
        let tokens: Vec<u32> = (0..u32::try_from(x.len() / width).unwrap()).collect();
        let rows = |numbers: &[f32]| {
            let mut rows = B::Rows::default();
            b.embed(&matrix(numbers), &tokens, &mut rows).unwrap();
            rows
        };
        let mut results = Vec::new();
        let mut keep = |rows: &B::Rows| {
            let mut host = B::Host::default();
            b.read(rows, &mut host).unwrap();
            results.push(host.to_vec());
        };
        let (mut x, other, mut out) = (rows(x), rows(other), B::Rows::default());
        keep(&x);
        b.embed(&matrix(table), &[39, 0, 17], &mut out).unwrap();
        keep(&out);
        b.normalise(&x, &vector(&table[..width]), &mut out).unwrap();
        keep(&out);
        b.gate(&x, &mut out).unwrap();
        keep(&out);
        b.pick(&x, &[4, 0, 4], &mut out).unwrap();
        keep(&out);
        b.add(&mut x, &other).unwrap();
        b.shift(&mut x, &vector(&table[..width])).unwrap();
        keep(&x);
        results
    }
    let got = check(&cuda, &x, &other, &table, width);
    let expected = check(&reference, &x, &other, &table, width);
    for (i, (got, expected)) in got.iter().zip(&expected).enumerate() {
        // Tables of single precision keep sixteen bits.
        assert!(largest_difference(got, expected) < 1e-4, "{i}");
    }
}

#[test]
fn gpu_memory_that_cannot_be_had_is_an_error() {
    let Some(cuda) = back_end(&config(Family::Llama)) else { return };
    assert!(cuda.room().is_some_and(|bytes| bytes > 0));
    assert!(cuda.gpu.zeros::<u8>(1 << 50).is_err());
    let empty = CudaRows::default();
    assert!(cuda.add(&mut CudaRows::default(), &empty).is_err());
    assert!(gpu::int(usize::MAX).is_err());
    assert!(Cuda::new(99, &config(Family::Llama)).is_err());
    let wide = DecoderConfig { head_dim: 272, ..config(Family::Llama) };
    assert!(Cuda::new(0, &wide).unwrap_err().to_string().contains("272"));
}
