//! What probes are trained to make small, with nothing that overflows: logits of any size give finite losses.

use candle_core::{Result, Tensor};

/// log(1 + eˣ) as a sum of exponentials of which the largest is e⁰. The maximum is taken as given when
/// differentiating: its parts cancel, and what is left is σ(x), at 0 as well.
fn softplus(x: &Tensor) -> Result<Tensor> {
    let most = x.relu()?.detach();
    let sum = (most.neg()?.exp()? + (x - &most)?.exp()?)?;
    sum.log()? + most
}

/// The sum of the weighted binary cross-entropies, Σ w (softplus(x) − x y); all `[steps, runs]`, a weight 0
/// where nothing is said.
pub(super) fn cross_entropy(logits: &Tensor, labels: &Tensor, weights: &Tensor) -> Result<Tensor> {
    let each = (softplus(logits)? - (logits * labels)?)?;
    (each * weights)?.sum_all()
}

/// The sum over runs of what leaving them costs in expectation, Σ_t P(exit at t) · cost_t with P(exit at t) =
/// p_t Π_{s<t} (1 − p_s) and p = σ(logit) (JEI-DNN, papers.md row 6); all `[steps, runs]`. A run can only be
/// left where `offered` is 1, and is left at the latest where `last` is.
pub(super) fn exit_cost(logits: &Tensor, costs: &Tensor, offered: &Tensor, last: &Tensor) -> Result<Tensor> {
    (exits(logits, offered, last)? * costs)?.sum_all()
}

/// P(exit at t), by logarithms: log p = −softplus(−x), log(1 − p) = −softplus(x).
fn exits(logits: &Tensor, offered: &Tensor, last: &Tensor) -> Result<Tensor> {
    let steps = logits.dim(0)?;
    let stay = (softplus(logits)? * offered)?;
    let before: Vec<f32> =
        (0..steps * steps).map(|at| if at % steps < at / steps { 1.0 } else { 0.0 }).collect();
    let stayed = Tensor::from_vec(before, (steps, steps), logits.device())?.matmul(&stay)?;
    let exit = (softplus(&logits.neg()?)? * (1.0 - last)?)?;
    (stayed + exit)?.neg()?.exp()? * offered
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Var};

    use super::*;

    fn column(values: &[f32]) -> Tensor {
        Tensor::new(values, &Device::Cpu).unwrap().reshape((values.len(), 1)).unwrap()
    }

    fn values(tensor: &Tensor) -> Vec<f32> {
        tensor.flatten_all().unwrap().to_vec1().unwrap()
    }

    #[test]
    fn the_cross_entropy_and_its_gradient_by_hand() {
        let logits = Var::from_tensor(&column(&[0.0, 3.0_f32.ln(), 1.0])).unwrap();
        let (labels, weights) = (column(&[1.0, 0.0, 1.0]), column(&[1.0, 2.0, 0.0]));
        let loss = cross_entropy(&logits, &labels, &weights).unwrap();
        // −ln 0.5 and −2 ln 0.25.
        let wanted = 5.0 * 2.0_f32.ln();
        assert!((loss.to_scalar::<f32>().unwrap() - wanted).abs() < 1e-6);
        // w (σ(x) − y).
        let gradient = values(loss.backward().unwrap().get(&logits).unwrap());
        for (found, wanted) in gradient.iter().zip([-0.5, 1.5, 0.0]) {
            assert!((found - wanted).abs() < 1e-6, "{gradient:?}");
        }
    }

    #[test]
    fn exits_by_hand() {
        let ln3 = 3.0_f32.ln();
        // p = 0.25, (not offered), 0.5, and the rest at the last.
        let logits = column(&[-ln3, 50.0, 0.0, -7.0, 9.0]);
        let (offered, last) = (column(&[1.0, 0.0, 1.0, 1.0, 0.0]), column(&[0.0, 0.0, 0.0, 1.0, 0.0]));
        let exits = values(&exits(&logits, &offered, &last).unwrap());
        for (found, wanted) in exits.iter().zip([0.25, 0.0, 0.375, 0.375, 0.0]) {
            assert!((found - wanted).abs() < 1e-6, "{exits:?}");
        }
        let cost = exit_cost(&logits, &column(&[4.0, 9.0, 0.0, 2.0, 9.0]), &offered, &last).unwrap();
        assert!((cost.to_scalar::<f32>().unwrap() - 1.75).abs() < 1e-6);
    }

    #[test]
    fn logits_ten_times_and_far_beyond_give_finite_losses_and_gradients() {
        let ones = column(&[1.0; 6]);
        let labels = column(&[1.0, 0.0, 1.0, 0.0, 1.0, 0.0]);
        let last = column(&[0.0, 0.0, 0.0, 0.0, 0.0, 1.0]);
        for scale in [1.0, 10.0, 100.0, 1e6, 1e30] {
            let logits = [9.0, -9.0, -12.0, 15.0, 0.0, 3.0].map(|logit: f32| logit * scale);
            let logits = Var::from_tensor(&column(&logits)).unwrap();
            let losses = [
                cross_entropy(&logits, &labels, &ones).unwrap(),
                exit_cost(&logits, &labels, &ones, &last).unwrap(),
            ];
            for loss in losses {
                assert!(loss.to_scalar::<f32>().unwrap().is_finite(), "{scale}");
                let gradient = values(loss.backward().unwrap().get(&logits).unwrap());
                assert!(gradient.iter().all(|value| value.is_finite()), "{scale}: {gradient:?}");
            }
            let total: f32 = values(&exits(&logits, &ones, &last).unwrap()).iter().sum();
            assert!((total - 1.0).abs() < 1e-5, "{scale}: {total}");
        }
    }
}
