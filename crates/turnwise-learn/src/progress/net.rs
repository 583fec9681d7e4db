//! The parameters of the estimators, whatever holds them: shapes, variables of a training graph, numbers.

use std::convert::Infallible;

use rand_chacha::ChaCha8Rng;

use super::{ProgressKind, matrix::Matrix, random::normal};

/// The width of the transformer's states.
pub(super) const WIDTH: usize = 64;
/// Its layers.
pub(super) const LAYERS: usize = 2;
/// Its heads of attention.
pub(super) const HEADS: usize = 4;
/// Its positions: later turns share the last one.
pub(super) const POSITIONS: usize = 64;
/// Its inner width, between the two matrices of a layer that follow attention.
const INNER: usize = 128;
/// The widths of the MLP's hidden layers.
const HIDDEN: [usize; 2] = [64, 32];

/// `W x + b`, the weight stored `[out, in]`, the bias `[1, out]`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Linear<M> {
    pub(super) weight: M,
    pub(super) bias: M,
}

/// A layer of the transformer: attention, then two matrices with a ReLU between, each behind a norm with this
/// gain.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Layer<M> {
    pub(super) attention_gain: M,
    /// Queries, keys and values, one below the other.
    pub(super) qkv: Linear<M>,
    pub(super) out: Linear<M>,
    pub(super) inner_gain: M,
    pub(super) up: Linear<M>,
    pub(super) down: Linear<M>,
}

/// What makes a state of the turns up to now.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Trunk<M> {
    /// The standardised features themselves.
    Ridge,
    /// Hidden layers, one behind the other, each with a ReLU.
    Mlp(Vec<Linear<M>>),
    /// A causal transformer over the turns.
    Transformer { input: Linear<M>, positions: M, layers: Vec<Layer<M>>, gain: M },
}

/// An estimator's parameters: the trunk, and the linear function of its state that is the turn's credit.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Net<M> {
    pub(super) trunk: Trunk<M>,
    pub(super) credit: Linear<M>,
}

/// A parameter before it has values: `[rows, columns]`, and how it starts.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub(super) rows: usize,
    pub(super) columns: usize,
    start: Start,
}

/// How a parameter starts.
#[derive(Clone, Copy, Debug)]
enum Start {
    /// Normal, with this variance.
    Variance(f32),
    /// All the same.
    Constant(f32),
}

impl Net<Plan> {
    /// What an estimator of this kind consists of, over standardised rows of this width. Weights start with
    /// variance 2 / in before a ReLU (He et al. 2015), else 1 / in; what a layer adds to the state, and the
    /// credit, start small.
    pub(super) fn plan(kind: ProgressKind, width: usize) -> Self {
        let (trunk, state) = match kind {
            ProgressKind::Ridge => (Trunk::Ridge, width),
            ProgressKind::Mlp => {
                let widths = [width, HIDDEN[0], HIDDEN[1]];
                (Trunk::Mlp(widths.windows(2).map(|pair| linear(pair[1], pair[0], 2.0)).collect()), HIDDEN[1])
            }
            ProgressKind::Transformer => {
                let layer = || Layer {
                    attention_gain: constant(WIDTH, 1.0),
                    qkv: linear(3 * WIDTH, WIDTH, 1.0),
                    out: linear(WIDTH, WIDTH, 0.25),
                    inner_gain: constant(WIDTH, 1.0),
                    up: linear(INNER, WIDTH, 2.0),
                    down: linear(WIDTH, INNER, 0.25),
                };
                let trunk = Trunk::Transformer {
                    input: linear(WIDTH, width, 1.0),
                    positions: Plan { rows: POSITIONS, columns: WIDTH, start: Start::Variance(0.01) },
                    layers: (0..LAYERS).map(|_| layer()).collect(),
                    gain: constant(WIDTH, 1.0),
                };
                (trunk, WIDTH)
            }
        };
        Self { trunk, credit: linear(1, state, 1e-4) }
    }
}

impl Plan {
    /// Its first values.
    pub(super) fn draw(&self, rng: &mut ChaCha8Rng) -> Matrix {
        let count = self.rows * self.columns;
        let values = match self.start {
            Start::Variance(variance) => (0..count).map(|_| normal(rng) * variance.sqrt()).collect(),
            Start::Constant(value) => vec![value; count],
        };
        Matrix { rows: self.rows, columns: self.columns, values }
    }
}

fn linear(rows: usize, columns: usize, gain: f32) -> Linear<Plan> {
    let variance = gain / columns as f32;
    Linear { weight: Plan { rows, columns, start: Start::Variance(variance) }, bias: constant(rows, 0.0) }
}

fn constant(columns: usize, value: f32) -> Plan {
    Plan { rows: 1, columns, start: Start::Constant(value) }
}

impl<M> Linear<M> {
    fn map<'a, N, E>(
        &'a self,
        name: &str,
        f: &mut impl FnMut(&str, &'a M) -> Result<N, E>,
    ) -> Result<Linear<N>, E> {
        let weight = f(&format!("{name}.weight"), &self.weight)?;
        Ok(Linear { weight, bias: f(&format!("{name}.bias"), &self.bias)? })
    }
}

impl<M> Layer<M> {
    fn map<'a, N, E>(
        &'a self,
        name: &str,
        f: &mut impl FnMut(&str, &'a M) -> Result<N, E>,
    ) -> Result<Layer<N>, E> {
        Ok(Layer {
            attention_gain: f(&format!("{name}.attention_gain"), &self.attention_gain)?,
            qkv: self.qkv.map(&format!("{name}.qkv"), f)?,
            out: self.out.map(&format!("{name}.out"), f)?,
            inner_gain: f(&format!("{name}.inner_gain"), &self.inner_gain)?,
            up: self.up.map(&format!("{name}.up"), f)?,
            down: self.down.map(&format!("{name}.down"), f)?,
        })
    }
}

impl<M> Trunk<M> {
    fn map<'a, N, E>(&'a self, f: &mut impl FnMut(&str, &'a M) -> Result<N, E>) -> Result<Trunk<N>, E> {
        Ok(match self {
            Self::Ridge => Trunk::Ridge,
            Self::Mlp(layers) => {
                let named = layers.iter().enumerate();
                Trunk::Mlp(
                    named.map(|(nth, layer)| layer.map(&nth.to_string(), f)).collect::<Result<_, _>>()?,
                )
            }
            Self::Transformer { input, positions, layers, gain } => Trunk::Transformer {
                input: input.map("input", f)?,
                positions: f("positions", positions)?,
                layers: {
                    let named = layers.iter().enumerate();
                    named.map(|(nth, layer)| layer.map(&nth.to_string(), f)).collect::<Result<_, _>>()?
                },
                gain: f("gain", gain)?,
            },
        })
    }
}

impl<M> Net<M> {
    /// The same with what `f` makes of each parameter, given its name in files; always in the same order.
    pub(super) fn map<'a, N, E>(
        &'a self,
        mut f: impl FnMut(&str, &'a M) -> Result<N, E>,
    ) -> Result<Net<N>, E> {
        Ok(Net { trunk: self.trunk.map(&mut f)?, credit: self.credit.map("credit", &mut f)? })
    }

    /// All parameters with their names in files.
    pub(super) fn named(&self) -> Vec<(String, &M)> {
        let mut all = Vec::new();
        let Ok(_) = self.map(|name, parameter| {
            all.push((name.to_owned(), parameter));
            Ok::<_, Infallible>(())
        });
        all
    }
}
