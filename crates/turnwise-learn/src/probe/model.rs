//! A probe's network in the tensor library, where it learns. Of that library's operations only those are used
//! that hand gradients on.

use candle_core::{Device, Result, Tensor, Var};
use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;

use super::{Layer, Net, ProbeKind, batch::Batch, loss};

/// How many steps of a run gradients go back through: truncated backpropagation through time, so that a run
/// of any length fits the memory and the stack.
const BACK: usize = 64;

/// Weights that learn.
pub(super) struct Model {
    kind: ProbeKind,
    /// Weight, `[inputs, outputs]`, and bias, `[outputs]`.
    layers: Vec<(Var, Var)>,
}

impl Model {
    /// A new one. Weights and biases are drawn evenly from ±1/√inputs.
    pub(super) fn new(kind: ProbeKind, width: usize, rng: &mut ChaCha8Rng) -> Result<Self> {
        let mut layers = Vec::new();
        for shape in kind.layers(width) {
            #[expect(clippy::cast_possible_truncation, reason = "a bound that need not be exact")]
            let bound = (1.0 / (shape.inputs as f64).sqrt()) as f32;
            let mut draw = |count| (0..count).map(|_| rng.random_range(-bound..bound)).collect::<Vec<f32>>();
            let weight = draw(shape.inputs * shape.outputs);
            let weight = Var::from_vec(weight, (shape.inputs, shape.outputs), &Device::Cpu)?;
            layers.push((weight, Var::from_vec(draw(shape.outputs), shape.outputs, &Device::Cpu)?));
        }
        Ok(Self { kind, layers })
    }

    /// All that learns.
    pub(super) fn vars(&self) -> Vec<Var> {
        self.layers.iter().flat_map(|(weight, bias)| [weight.clone(), bias.clone()]).collect()
    }

    /// How many numbers learn.
    pub(super) fn weights(&self) -> usize {
        self.layers.iter().map(|(weight, bias)| weight.elem_count() + bias.elem_count()).sum()
    }

    /// The summed loss of a batch, a scalar.
    pub(super) fn loss(&self, batch: &Batch) -> Result<Tensor> {
        let logits = self.logits(&batch.rows)?;
        match self.kind {
            ProbeKind::Gate => loss::exit_cost(&logits, &batch.targets, &batch.weights, &batch.last),
            ProbeKind::Logistic | ProbeKind::Mlp | ProbeKind::Recurrent => {
                loss::cross_entropy(&logits, &batch.targets, &batch.weights)
            }
        }
    }

    /// Logits, `[steps, runs]`, of standardised features, `[steps, runs, width]`.
    pub(super) fn logits(&self, rows: &Tensor) -> Result<Tensor> {
        let (steps, runs, width) = rows.dims3()?;
        let hidden = match self.kind {
            ProbeKind::Recurrent => self.hidden(rows)?,
            ProbeKind::Logistic | ProbeKind::Mlp | ProbeKind::Gate => {
                let mut hidden = rows.reshape((steps * runs, width))?;
                for layer in 0..self.layers.len() - 1 {
                    hidden = self.affine(layer, &hidden)?.relu()?;
                }
                hidden
            }
        };
        self.affine(self.layers.len() - 1, &hidden)?.reshape((steps, runs))
    }

    /// The recurrent states, `[steps · runs, state]`.
    fn hidden(&self, rows: &Tensor) -> Result<Tensor> {
        let (steps, runs, _) = rows.dims3()?;
        let width = self.kind.state();
        let mut hidden = Tensor::zeros((runs, width), rows.dtype(), rows.device())?;
        let mut all = Vec::with_capacity(steps);
        for start in (0..steps).step_by(BACK) {
            hidden = hidden.detach();
            // What comes in needs no state, and one large product takes less than many small ones.
            let window = rows.narrow(0, start, BACK.min(steps - start))?;
            let length = window.dim(0)?;
            let inputs = self.affine(0, &window.flatten(0, 1)?)?.reshape((length, runs, 3 * width))?;
            for step in 0..length {
                let input = inputs.get(step)?.chunk(3, 1)?;
                let recurrence = self.affine(1, &hidden)?.chunk(3, 1)?;
                let reset = sigmoid(&(&input[0] + &recurrence[0])?)?;
                let update = sigmoid(&(&input[1] + &recurrence[1])?)?;
                let new = (&input[2] + (reset * &recurrence[2])?)?.tanh()?;
                // (1 − z) n + z h
                hidden = (&new + (update * (hidden - &new)?)?)?;
                all.push(hidden.clone());
            }
        }
        Tensor::cat(&all, 0)
    }

    fn affine(&self, layer: usize, x: &Tensor) -> Result<Tensor> {
        let (weight, bias) = &self.layers[layer];
        x.matmul(weight)?.broadcast_add(bias)
    }

    /// A copy of the weights as they are now.
    pub(super) fn net(&self) -> Result<Net> {
        let layer = |(weight, bias): &(Var, Var)| {
            Ok(Layer { weight: weight.flatten_all()?.to_vec1()?, bias: bias.to_vec1()? })
        };
        Ok(Net::new(self.kind, self.layers.iter().map(layer).collect::<Result<_>>()?))
    }
}

/// σ(x) = (1 + tanh(x/2)) / 2, which overflows nowhere.
fn sigmoid(x: &Tensor) -> Result<Tensor> {
    ((x / 2.0)?.tanh()? + 1.0)? / 2.0
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng as _;

    use super::*;
    use crate::{
        Standardiser,
        probe::{batch::Recipe, synthetic},
    };

    fn model(kind: ProbeKind, width: usize) -> Model {
        Model::new(kind, width, &mut ChaCha8Rng::seed_from_u64(5)).unwrap()
    }

    #[test]
    fn every_variable_gets_a_gradient() {
        let data = synthetic::dataset(3, 4, 5);
        let samples = data.runs.iter().flat_map(|run| &run.samples).map(|sample| sample.features.as_slice());
        let standardiser = Standardiser::fit(&data.layout, samples).unwrap();
        let width = standardiser.width();
        for kind in ProbeKind::ALL {
            let model = model(kind, width);
            let recipe = Recipe { kind, standardiser: &standardiser, balance: [1.0; 2], cost: 0.1 };
            let sequences = recipe.sequences(&data.runs.iter().collect::<Vec<_>>());
            let batch = Batch::new(kind, &sequences.iter().collect::<Vec<_>>(), width).unwrap();
            let gradients = model.loss(&batch).unwrap().backward().unwrap();
            let moved = |var: &&Var| {
                let gradient = gradients.get(var).expect("a gradient").abs().unwrap();
                let sum: f32 = gradient.sum_all().unwrap().to_scalar().unwrap();
                sum.is_finite() && sum > 0.0
            };
            let vars = model.vars();
            assert_eq!(vars.len(), 2 * kind.layers(width).len());
            assert_eq!(vars.iter().filter(moved).count(), vars.len(), "{kind:?}");
        }
    }

    #[test]
    fn without_the_library_the_logits_are_the_same() {
        // More steps than gradients go back through.
        let (steps, runs, width) = (BACK + 3, 3, 37);
        let mut rng = ChaCha8Rng::seed_from_u64(8);
        let values: Vec<f32> = (0..steps * runs * width).map(|_| rng.random_range(-3.0..3.0)).collect();
        let rows = Tensor::from_vec(values.clone(), (steps, runs, width), &Device::Cpu).unwrap();
        for kind in ProbeKind::ALL {
            let model = model(kind, width);
            let logits: Vec<Vec<f32>> = model.logits(&rows).unwrap().to_vec2().unwrap();
            let net = model.net().unwrap();
            for run in 0..runs {
                let mut state = net.begin();
                for (step, logits) in logits.iter().enumerate() {
                    let row = &values[(step * runs + run) * width..][..width];
                    let found = net.logit(row, &mut state);
                    assert!(
                        (found - logits[run]).abs() < 1e-5,
                        "{kind:?} {run} {step}: {found} {}",
                        logits[run]
                    );
                }
            }
        }
    }

    #[test]
    fn weights_ten_times_as_large_give_finite_losses_and_gradients() {
        let (steps, runs, width) = (12, 4, 9);
        let mut rng = ChaCha8Rng::seed_from_u64(8);
        let mut tensor = |count: usize| (0..count).map(|_| rng.random_range(-9.0..9.0)).collect::<Vec<f32>>();
        let rows =
            Tensor::from_vec(tensor(steps * runs * width), (steps, runs, width), &Device::Cpu).unwrap();
        let ones = Tensor::ones((steps, runs), candle_core::DType::F32, &Device::Cpu).unwrap();
        let zeros = ones.zeros_like().unwrap();
        let batch = Batch { rows, targets: zeros.clone(), weights: ones.clone(), last: zeros, count: 48.0 };
        for kind in ProbeKind::ALL {
            let model = model(kind, width);
            for var in model.vars() {
                var.set(&(var.as_tensor() * 10.0).unwrap()).unwrap();
            }
            let loss = model.loss(&batch).unwrap();
            assert!(loss.to_scalar::<f32>().unwrap().is_finite());
            let gradients = loss.backward().unwrap();
            for var in model.vars() {
                let gradient: Vec<f32> =
                    gradients.get(&var).unwrap().flatten_all().unwrap().to_vec1().unwrap();
                assert!(gradient.iter().all(|value| value.is_finite()), "{kind:?}");
            }
        }
    }
}
