//! Muon for the hidden matrices (Jordan et al. 2024), AdamW for the embedding and the gains
//! (Loshchilov & Hutter 2019).

use super::network::{Kind, Network};
use candle_core::{Result, Tensor};
use std::collections::BTreeMap;

const MOMENTUM: f64 = 0.95;
const BETAS: (f64, f64) = (0.9, 0.98);
const DECAY: f64 = 0.01;

/// The optimiser's memory, by variable.
#[derive(Default)]
pub(super) struct Optimiser {
    /// Named tensors: `muon.NAME`, `adam.m.NAME`, `adam.v.NAME`.
    pub(super) state: BTreeMap<String, Tensor>,
}

impl Optimiser {
    /// Takes step `step` (from 1) with learning rate `rate` for Muon and a tenth of it for AdamW.
    pub(super) fn step(
        &mut self,
        network: &Network,
        gradients: &BTreeMap<String, Tensor>,
        step: u64,
        rate: f64,
    ) -> Result<()> {
        for (name, var) in &network.vars {
            let gradient = &gradients[name];
            match &network.kinds[name] {
                Kind::Matrix(parts) => {
                    let update = self.muon(name, gradient, parts)?;
                    let kept = (var.as_tensor() * (1.0 - rate * DECAY))?;
                    var.set(&(kept - (update * rate)?)?)?;
                }
                Kind::Other => {
                    let update = self.adam(name, gradient, step)?;
                    var.set(&(var.as_tensor() - (update * (rate / 10.0))?)?)?;
                }
            }
        }
        Ok(())
    }

    fn muon(&mut self, name: &str, gradient: &Tensor, parts: &[(String, usize)]) -> Result<Tensor> {
        let key = format!("muon.{name}");
        let momentum = match self.state.get(&key) {
            Some(old) => ((old * MOMENTUM)? + (gradient * (1.0 - MOMENTUM))?)?,
            None => (gradient * (1.0 - MOMENTUM))?,
        };
        let ahead = ((gradient * (1.0 - MOMENTUM))? + (&momentum * MOMENTUM)?)?;
        self.state.insert(key, momentum.detach());
        let mut start = 0;
        let mut updates = Vec::new();
        for (_, rows) in parts {
            let part = ahead.narrow(0, start, *rows)?.contiguous()?;
            let columns = part.dim(1)?;
            let scale = (*rows as f64 / columns as f64).max(1.0).sqrt();
            updates.push((orthogonal(&part)? * scale)?);
            start += rows;
        }
        Ok(Tensor::cat(&updates, 0)?.detach())
    }

    fn adam(&mut self, name: &str, gradient: &Tensor, step: u64) -> Result<Tensor> {
        let (b1, b2) = BETAS;
        let mut mean = |key: String, value: Tensor, beta: f64| -> Result<Tensor> {
            let new = match self.state.get(&key) {
                Some(old) => ((old * beta)? + (value * (1.0 - beta))?)?,
                None => (value * (1.0 - beta))?,
            }
            .detach();
            self.state.insert(key, new.clone());
            Ok(new)
        };
        let m = mean(format!("adam.m.{name}"), gradient.clone(), b1)?;
        let v = mean(format!("adam.v.{name}"), gradient.sqr()?, b2)?;
        let t = i32::try_from(step).unwrap_or(i32::MAX);
        let m = (m / (1.0 - b1.powi(t)))?;
        let v = (v / (1.0 - b2.powi(t)))?;
        Ok((m / (v.sqrt()? + 1e-9)?)?.detach())
    }
}

/// The nearest matrix with singular values about 1, by five Newton–Schulz steps.
fn orthogonal(gradient: &Tensor) -> Result<Tensor> {
    let (rows, columns) = gradient.dims2()?;
    let tall = rows > columns;
    let x = if tall { gradient.t()?.contiguous()? } else { gradient.clone() };
    let norm = x.sqr()?.sum_all()?.sqrt()?;
    let mut x = x.broadcast_div(&(norm + 1e-7)?)?;
    for _ in 0..5 {
        let a = x.matmul(&x.t()?)?;
        let b = ((&a * -4.7750)? + (a.matmul(&a)? * 2.0315)?)?;
        x = ((&x * 3.4445)? + b.matmul(&x)?)?;
    }
    if tall { x.t()?.contiguous() } else { Ok(x) }
}

/// Scales gradients down so that their norm over all variables is at most `limit`; gives the norm before.
pub(super) fn clip(gradients: &mut BTreeMap<String, Tensor>, limit: f64) -> Result<f64> {
    let mut total = 0.0;
    for gradient in gradients.values() {
        total += f64::from(gradient.sqr()?.sum_all()?.to_scalar::<f32>()?);
    }
    let norm = total.sqrt();
    if norm > limit {
        for gradient in gradients.values_mut() {
            *gradient = (&*gradient * (limit / norm))?;
        }
    }
    Ok(norm)
}

#[cfg(test)]
mod tests {
    use super::orthogonal;
    use candle_core::{Device, Result, Tensor};

    #[test]
    fn an_update_has_singular_values_near_one() -> Result<()> {
        let values: Vec<f32> = (0..12 * 5).map(|k| ((k * 31 + 7) % 17) as f32 - 8.0).collect();
        let x = orthogonal(&Tensor::from_vec(values, (12, 5), &Device::Cpu)?)?;
        let gram = x.t()?.matmul(&x)?.to_vec2::<f32>()?;
        for (i, row) in gram.iter().enumerate() {
            assert!((0.4..1.6).contains(&row[i]), "{row:?}");
        }
        Ok(())
    }
}
