//! Muon for the hidden matrices (Jordan et al. 2024), AdamW for the embedding and the gains
//! (Loshchilov & Hutter 2019).

use super::network::{Kind, Network};
use candle_core::{Error, Result, Tensor};
use std::{collections::BTreeMap, thread};

const MOMENTUM: f64 = 0.95;
const BETAS: (f64, f64) = (0.9, 0.98);
const DECAY: f64 = 0.01;

/// The optimiser's memory, by variable.
#[derive(Default)]
pub(super) struct Optimiser {
    /// Named tensors: `muon.NAME`, `adam.m.NAME`, `adam.v.NAME`.
    pub(super) state: BTreeMap<String, Tensor>,
}

/// What a step does to one variable: by how much it moves, and what is remembered of it.
struct Change {
    update: Tensor,
    memory: Vec<(String, Tensor)>,
}

/// When a step is taken: its number (from 1) and its learning rate.
#[derive(Clone, Copy)]
pub(super) struct Moment {
    pub(super) step: u64,
    pub(super) rate: f64,
}

impl Optimiser {
    /// Takes a step: the learning rate is Muon's, AdamW has a share of it. The work is split among `workers`.
    pub(super) fn step(
        &mut self,
        network: &Network,
        gradients: &BTreeMap<String, Tensor>,
        moment: Moment,
        workers: usize,
    ) -> Result<()> {
        let names: Vec<&String> = network.vars.keys().collect();
        let one = |name: &str| match &network.kinds[name] {
            Kind::Matrix(parts) => self.muon(name, &gradients[name], parts),
            Kind::Other(_) => self.adam(name, &gradients[name], moment.step),
        };
        let changes: Vec<Result<Vec<Change>>> = thread::scope(|scope| {
            let threads: Vec<_> = (0..workers)
                .map(|worker| {
                    let mine: Vec<&String> = names.iter().copied().skip(worker).step_by(workers).collect();
                    let one = &one;
                    scope.spawn(move || mine.into_iter().map(|name| one(name)).collect())
                })
                .collect();
            let panicked = || Error::msg("an optimiser thread panicked");
            threads.into_iter().map(|thread| thread.join().unwrap_or_else(|_| Err(panicked()))).collect()
        });
        for (worker, changes) in changes.into_iter().enumerate() {
            for (name, change) in names.iter().skip(worker).step_by(workers).zip(changes?) {
                self.apply(network, name, change, moment.rate)?;
            }
        }
        Ok(())
    }

    fn apply(&mut self, network: &Network, name: &str, change: Change, rate: f64) -> Result<()> {
        let var = &network.vars[name];
        let (rate, kept) = match network.kinds[name] {
            Kind::Matrix(_) => (rate, 1.0 - rate * DECAY),
            Kind::Other(share) => (rate * share, 1.0),
        };
        var.set(&((var.as_tensor() * kept)? - (change.update * rate)?)?)?;
        self.state.extend(change.memory);
        Ok(())
    }

    fn muon(&self, name: &str, gradient: &Tensor, parts: &[(String, usize)]) -> Result<Change> {
        let key = format!("muon.{name}");
        let momentum = self.mean(&key, gradient, MOMENTUM)?;
        let ahead = ((gradient * (1.0 - MOMENTUM))? + (&momentum * MOMENTUM)?)?;
        let mut start = 0;
        let mut updates = Vec::new();
        for (_, rows) in parts {
            let part = ahead.narrow(0, start, *rows)?.contiguous()?;
            let columns = part.dim(1)?;
            let scale = (*rows as f64 / columns as f64).max(1.0).sqrt();
            updates.push((orthogonal(&part)? * scale)?);
            start += rows;
        }
        Ok(Change { update: Tensor::cat(&updates, 0)?.detach(), memory: vec![(key, momentum)] })
    }

    fn adam(&self, name: &str, gradient: &Tensor, step: u64) -> Result<Change> {
        let (b1, b2) = BETAS;
        let (m_key, v_key) = (format!("adam.m.{name}"), format!("adam.v.{name}"));
        let m = self.mean(&m_key, gradient, b1)?;
        let v = self.mean(&v_key, &gradient.sqr()?, b2)?;
        let t = i32::try_from(step).unwrap_or(i32::MAX);
        let unbiased = (&v / (1.0 - b2.powi(t)))?;
        let update = ((&m / (1.0 - b1.powi(t)))? / (unbiased.sqrt()? + 1e-9)?)?.detach();
        Ok(Change { update, memory: vec![(m_key, m), (v_key, v)] })
    }

    /// The running mean of what is remembered under `key`.
    fn mean(&self, key: &str, value: &Tensor, beta: f64) -> Result<Tensor> {
        let new = (value * (1.0 - beta))?;
        Ok(match self.state.get(key) {
            Some(old) => ((old * beta)? + new)?,
            None => new,
        }
        .detach())
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
