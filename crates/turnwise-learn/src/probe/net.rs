//! A probe's network without a tensor library: what a policy asks at every cue.

use multiversion::multiversion;

use super::{ProbeKind, Shape};

/// The weights of a probe and how to compute with them.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Net {
    kind: ProbeKind,
    layers: Vec<Layer>,
}

/// A layer: `x · weight + bias`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Layer {
    /// `[inputs, outputs]`: what one input adds to all outputs lies together.
    pub(crate) weight: Vec<f32>,
    /// `[outputs]`.
    pub(crate) bias: Vec<f32>,
}

/// What a network remembers between samples, and room to compute in.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    hidden: Vec<f32>,
    from: Vec<f32>,
    to: Vec<f32>,
}

impl Net {
    /// A network of layers that have the shapes of its kind.
    pub(crate) fn new(kind: ProbeKind, layers: Vec<Layer>) -> Self {
        Self { kind, layers }
    }

    /// Its layers, each with its shape.
    pub(crate) fn layers(&self, width: usize) -> impl Iterator<Item = (Shape, &Layer)> {
        self.kind.layers(width).into_iter().zip(&self.layers)
    }

    /// What it begins a run with.
    pub(crate) fn begin(&self) -> State {
        State { hidden: vec![0.0; self.kind.state()], ..State::default() }
    }

    /// The logit at a sample, from its standardised features.
    pub(crate) fn logit(&self, row: &[f32], state: &mut State) -> f32 {
        match self.layers.as_slice() {
            [input, recurrence, head] if self.kind == ProbeKind::Recurrent => {
                input.forward(row, &mut state.from);
                recurrence.forward(&state.hidden, &mut state.to);
                remember(&mut state.hidden, &state.from, &state.to);
                head.forward(&state.hidden, &mut state.to);
            }
            layers => {
                state.to.clear();
                state.to.extend_from_slice(row);
                for (at, layer) in layers.iter().enumerate() {
                    if at > 0 {
                        state.to.iter_mut().for_each(|value| *value = value.max(0.0));
                    }
                    std::mem::swap(&mut state.from, &mut state.to);
                    layer.forward(&state.from, &mut state.to);
                }
            }
        }
        state.to[0]
    }
}

impl Layer {
    fn forward(&self, x: &[f32], out: &mut Vec<f32>) {
        out.clear();
        out.extend_from_slice(&self.bias);
        match out.as_mut_slice() {
            [one] => *one = x.iter().zip(&self.weight).fold(*one, |sum, (x, weight)| sum + x * weight),
            many => add(x, &self.weight, many),
        }
    }
}

/// A gated recurrent unit: h ← (1 − z) n + z h with r = σ(x_r + h_r), z = σ(x_z + h_z), n = tanh(x_n + r
/// h_n), where the parts of what comes in and of what is remembered lie side by side.
fn remember(hidden: &mut [f32], input: &[f32], recurrence: &[f32]) {
    let width = hidden.len();
    for (at, h) in hidden.iter_mut().enumerate() {
        let reset = sigmoid(input[at] + recurrence[at]);
        let update = sigmoid(input[width + at] + recurrence[width + at]);
        let new = (input[2 * width + at] + reset * recurrence[2 * width + at]).tanh();
        *h = (1.0 - update) * new + update * *h;
    }
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// Adds `x · weight`, `[inputs] · [inputs, outputs]`, to `out`. Each output is one chain of additions in the
/// order of the inputs, so that the width of the vector instructions changes no bit. One input after another:
/// the weights of a wide layer are more than a cache near the processor holds, and memory is fastest read
/// from end to end.
#[multiversion(targets("x86_64+avx512f+avx512vl", "x86_64+avx2+fma"))]
fn add(x: &[f32], weight: &[f32], out: &mut [f32]) {
    for (x, row) in x.iter().zip(weight.chunks_exact(out.len())) {
        for (out, weight) in out.iter_mut().zip(row) {
            *out += x * weight;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_by_hand() {
        // 5 inputs to 2 outputs: their sum, and ten times that.
        let weight = (0..5).flat_map(|_| [1.0, 10.0]).collect();
        let layer = Layer { weight, bias: vec![0.5, -1.0] };
        let mut out = vec![7.0; 9];
        layer.forward(&[1.0, 2.0, 3.0, 4.0, 5.0], &mut out);
        assert_eq!(out, [15.5, 149.0]);
    }

    #[test]
    fn wide_layers_are_the_same_chain_of_additions_bit_for_bit() {
        let (inputs, outputs) = (133, 251);
        let number = |at: usize| ((at * 7919 % 1009) as f32 - 504.0) / 97.0;
        let x: Vec<f32> = (0..inputs).map(number).collect();
        let layer = Layer {
            weight: (0..inputs * outputs).map(|at| number(at + 5)).collect(),
            bias: (0..outputs).map(|at| number(at + 3)).collect(),
        };
        let mut out = Vec::new();
        layer.forward(&x, &mut out);
        for (output, found) in out.iter().enumerate() {
            let add = |sum, input: usize| sum + x[input] * layer.weight[input * outputs + output];
            assert_eq!(found.to_bits(), (0..inputs).fold(layer.bias[output], add).to_bits());
        }
    }

    #[test]
    fn a_step_of_the_recurrence_by_hand() {
        let mut hidden = [0.5];
        // r = σ(0) = 0.5, z = σ(ln 3) = 0.75, n = tanh(1 + 0.5 · 2) = tanh 2.
        remember(&mut hidden, &[0.0, 3.0_f32.ln(), 1.0], &[0.0, 0.0, 2.0]);
        assert!((hidden[0] - (0.25 * 2.0_f32.tanh() + 0.75 * 0.5)).abs() < 1e-6);
    }
}
