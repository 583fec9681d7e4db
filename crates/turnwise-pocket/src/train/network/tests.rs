//! The fused operations against the composed ones: same values, same gradients, none cut.

use super::{Network, composed, gradients};
use crate::train::{
    encode::Batch,
    ops::{Attention, CrossEntropy, RmsNorm, Rope, SwiGlu},
    shape::Shape,
};
use candle_core::{Device, Result, Tensor, Var};
use std::sync::Arc;

fn tiny() -> Shape {
    Shape {
        hidden: 32,
        layers: 2,
        heads: 4,
        groups: 2,
        width: 16,
        inner: 48,
        vocabulary: 40,
        context: 256,
        theta: 1e4,
        eps: 1e-6,
    }
}

fn random(rows: usize, columns: usize) -> Result<Var> {
    let values: Vec<f32> =
        (0..rows * columns).map(|k| ((k * 7919 + 13) % 1000) as f32 / 500.0 - 1.0).collect();
    Var::from_tensor(&Tensor::from_vec(values, (rows, columns), &Device::Cpu)?)
}

/// Holds two ways to compute the same against each other, gradients included.
fn agree(inputs: &[&Var], fused: &Tensor, composed: &Tensor) -> Result<()> {
    let distance = |a: &Tensor, b: &Tensor| (a - b)?.abs()?.flatten_all()?.max(0)?.to_scalar::<f32>();
    assert!(distance(fused, composed)? < 2e-5);
    let weight = random(fused.elem_count(), 1)?.as_tensor().detach().reshape(fused.shape())?;
    let (a, b) = ((fused * &weight)?.sum_all()?.backward()?, (composed * &weight)?.sum_all()?.backward()?);
    for input in inputs {
        let (a, b) = (a.get(input).unwrap(), b.get(input).unwrap());
        assert!(distance(a, b)? < 2e-4, "gradients differ by {}", distance(a, b)?);
    }
    Ok(())
}

#[test]
fn norm_and_gate_agree() -> Result<()> {
    let (x, w) = (random(5, 32)?, random(1, 32)?);
    let gain = w.as_tensor().flatten_all()?;
    let fused = x.apply_op2(&gain, RmsNorm { eps: 1e-6 })?;
    agree(&[&x, &w], &fused, &composed::rms_norm(x.as_tensor(), &gain, 1e-6)?)?;
    agree(&[&x], &x.apply_op1(SwiGlu)?, &composed::swiglu(x.as_tensor())?)
}

#[test]
fn cross_entropy_agrees() -> Result<()> {
    let x = random(4, 37)?;
    let (targets, weights) = (vec![3, 0, 36, 9], vec![1.0, 0.0, 0.5, 2.0]);
    let composed = composed::cross_entropy(x.as_tensor(), &targets, &weights)?;
    let op = CrossEntropy { targets: Arc::new(targets), weights: Arc::new(weights) };
    agree(&[&x], &x.apply_op1(op)?, &composed)
}

#[test]
fn attention_agrees() -> Result<()> {
    let op = || Attention {
        sequences: Arc::new(vec![0..150, 150..161]),
        rope: Arc::new(Rope::new(256, 16, 1e4)),
        heads: 4,
        groups: 2,
        width: 16,
        eps: 1e-6,
    };
    let x = random(161, 8 * 16)?;
    let (q, k) = (random(1, 16)?, random(1, 16)?);
    let (q_gain, k_gain) = (q.as_tensor().flatten_all()?, k.as_tensor().flatten_all()?);
    let composed = composed::attention(x.as_tensor(), (&q_gain, &k_gain), &op())?;
    agree(&[&x, &q, &k], &x.apply_op3(&q_gain, &k_gain, op())?, &composed)
}

#[test]
fn every_variable_gets_a_gradient() -> Result<()> {
    let network = Network::new(tiny(), 1, &Device::Cpu)?;
    let batch = Batch {
        tokens: (0..20).collect(),
        targets: Arc::new((1..21).collect()),
        weights: Arc::new(vec![1.0; 20]),
        sequences: Arc::new(vec![0..12, 12..20]),
        imitated: vec![true; 20],
    };
    let (loss, all) = gradients(&network, &batch)?;
    assert!((loss / 20.0 - (40f64).ln()).abs() < 0.5, "a fresh network guesses: {loss}");
    for (name, gradient) in &all {
        assert!(gradient.abs()?.sum_all()?.to_scalar::<f32>()? > 0.0, "no gradient for {name}");
    }
    assert_eq!(all.len(), network.vars.len());
    Ok(())
}
