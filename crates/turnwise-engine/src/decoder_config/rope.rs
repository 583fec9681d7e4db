//! The rotation of positions (Su et al. 2021), and the ways of stretching it to longer contexts.
//!
//! Every way that does not look at the length of the conversation is here; `dynamic` and `longrope` do, and
//! would make cached keys wrong as a conversation grows.

use std::{f64::consts::TAU, ops::Range, sync::OnceLock};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{DecoderConfig, read::number};
use crate::LoadError;

/// How the rotation is stretched to contexts longer than those of training.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "rope_type", rename_all = "lowercase")]
pub enum RopeScaling {
    /// Not at all.
    #[default]
    Default,
    /// Every frequency divided by one factor (Chen et al. 2023).
    Linear {
        /// The factor.
        factor: f64,
    },
    /// Low frequencies divided, high ones kept, those between blended (Llama 3.1).
    Llama3 {
        /// What low frequencies are divided by.
        factor: f64,
        /// Frequencies of fewer turns than this in the original context are low.
        low_freq_factor: f64,
        /// Frequencies of more turns than this in the original context are high.
        high_freq_factor: f64,
        /// The context of training.
        original_max_position_embeddings: f64,
    },
    /// The same with a linear ramp over dimensions, and sharper attention (Peng et al. 2023).
    Yarn {
        /// What low frequencies are divided by.
        factor: f64,
        /// The context of training, where it is not `max_position_embeddings`.
        original_max_position_embeddings: Option<f64>,
        /// What rotated queries and keys are multiplied by, where it does not follow from the factor.
        attention_factor: Option<f64>,
        /// Dimensions of more turns than this are kept; 32 if not given.
        beta_fast: Option<f64>,
        /// Dimensions of fewer turns than this are divided; 1 if not given.
        beta_slow: Option<f64>,
        /// Numerator of the attention factor's strength.
        mscale: Option<f64>,
        /// Denominator of the attention factor's strength.
        mscale_all_dim: Option<f64>,
        /// Whether the ramp's ends are rounded outwards; yes if not given.
        truncate: Option<bool>,
    },
    /// Each frequency divided by its own factor, as GGUF files store what `llama3` comes to.
    Factors {
        /// A factor for each pair of dimensions.
        factors: Vec<f64>,
    },
}

/// The rope settings, under either of the names they have had.
fn settings(fields: &Map<String, Value>) -> Option<(&'static str, &Map<String, Value>)> {
    let named = |key: &'static str| Some((key, fields.get(key)?.as_object()?));
    named("rope_scaling").or_else(|| named("rope_parameters"))
}

pub(super) fn theta(fields: &Map<String, Value>) -> f64 {
    let nested = || number(settings(fields)?.1, "rope_theta");
    number(fields, "rope_theta").or_else(nested).unwrap_or(10_000.0)
}

pub(super) fn scaling(fields: &Map<String, Value>) -> Result<RopeScaling, LoadError> {
    let Some((key, given)) = settings(fields) else { return Ok(RopeScaling::Default) };
    let kind = given.get("rope_type").or(given.get("type")).cloned().unwrap_or("default".into());
    let mut given = given.clone();
    given.insert("rope_type".into(), kind);
    let refused = |_| LoadError::setting(key, Value::Object(given.clone()));
    serde_json::from_value(Value::Object(given.clone())).map_err(refused)
}

/// Positions whose cosines and sines are made together, when the first of them is needed.
const CHUNK: usize = 1024;

/// Cosines, and sines.
type Table = (Vec<f32>, Vec<f32>);

/// The cosines and sines of a decoder's rotation. A long context costs nothing until a conversation is long.
#[derive(Debug)]
pub(crate) struct Rotation {
    frequencies: Vec<f64>,
    scale: f64,
    chunks: Vec<OnceLock<Box<Table>>>,
}

impl Rotation {
    /// The rotation of decoders of this shape.
    pub(crate) fn new(config: &DecoderConfig) -> Self {
        let chunks = config.max_position_embeddings.div_ceil(CHUNK);
        Self {
            frequencies: config.frequencies(),
            scale: config.attention_factor(),
            chunks: (0..chunks).map(|_| OnceLock::new()).collect(),
        }
    }

    /// Cosines and sines of one position, `[head_dim / 2]` each.
    pub(crate) fn at(&self, position: usize) -> (&[f32], &[f32]) {
        let (chunk, width) = (position / CHUNK, self.frequencies.len());
        let make = || Box::new(self.table(chunk * CHUNK..(chunk + 1) * CHUNK));
        let (cos, sin) = &**self.chunks[chunk].get_or_init(make);
        let start = position % CHUNK * width;
        (&cos[start..][..width], &sin[start..][..width])
    }

    /// Cosines and sines of some positions, `[positions, head_dim / 2]` each.
    #[expect(clippy::cast_possible_truncation, reason = "the tables are single precision")]
    pub(crate) fn table(&self, positions: Range<usize>) -> Table {
        let table = |f: fn(f64) -> f64| {
            let row = |position: usize| {
                self.frequencies.iter().map(move |x| (f(position as f64 * x) * self.scale) as f32)
            };
            positions.clone().flat_map(row).collect()
        };
        (table(f64::cos), table(f64::sin))
    }
}

impl DecoderConfig {
    /// The angle that one position adds, for each pair of dimensions.
    fn frequencies(&self) -> Vec<f64> {
        let plain = |i: usize| self.rope_theta.powf(-2.0 * i as f64 / self.head_dim as f64);
        let mut frequencies: Vec<f64> = (0..self.head_dim / 2).map(plain).collect();
        match &self.rope_scaling {
            RopeScaling::Default => {}
            RopeScaling::Linear { factor } => frequencies.iter_mut().for_each(|x| *x /= factor),
            RopeScaling::Factors { factors } => {
                frequencies.iter_mut().zip(factors).for_each(|(x, factor)| *x /= factor);
            }
            &RopeScaling::Llama3 {
                factor,
                low_freq_factor: low,
                high_freq_factor: high,
                original_max_position_embeddings: original,
            } => {
                for x in &mut frequencies {
                    let turns = original * *x / TAU;
                    let kept = ((turns - low) / (high - low)).clamp(0.0, 1.0);
                    *x = (1.0 - kept) * *x / factor + kept * *x;
                }
            }
            RopeScaling::Yarn { factor, .. } => {
                let (low, high) = self.yarn_ramp();
                for (i, x) in frequencies.iter_mut().enumerate() {
                    let divided = ((i as f64 - low) / (high - low)).clamp(0.0, 1.0);
                    *x = divided * *x / factor + (1.0 - divided) * *x;
                }
            }
        }
        frequencies
    }

    /// The pairs of dimensions between which YaRN goes over from keeping frequencies to dividing them.
    fn yarn_ramp(&self) -> (f64, f64) {
        let RopeScaling::Yarn {
            original_max_position_embeddings: original,
            beta_fast,
            beta_slow,
            truncate,
            ..
        } = &self.rope_scaling
        else {
            return (0.0, 1.0);
        };
        let original = original.unwrap_or(self.max_position_embeddings as f64);
        let width = self.head_dim as f64;
        let with_turns = |turns: f64| width * (original / (turns * TAU)).ln() / (2.0 * self.rope_theta.ln());
        let (mut low, mut high) =
            (with_turns(beta_fast.unwrap_or(32.0)), with_turns(beta_slow.unwrap_or(1.0)));
        if truncate.unwrap_or(true) {
            (low, high) = (low.floor(), high.ceil());
        }
        let (low, high) = (low.max(0.0), high.min(width - 1.0));
        (low, if low == high { high + 0.001 } else { high })
    }

    fn attention_factor(&self) -> f64 {
        let RopeScaling::Yarn { factor, attention_factor, mscale, mscale_all_dim, .. } = &self.rope_scaling
        else {
            return 1.0;
        };
        let sharper = |strength: f64| if *factor <= 1.0 { 1.0 } else { 0.1 * strength * factor.ln() + 1.0 };
        attention_factor.unwrap_or(match (mscale, mscale_all_dim) {
            (Some(over), Some(under)) if *over != 0.0 && *under != 0.0 => sharper(*over) / sharper(*under),
            _ => sharper(1.0),
        })
    }
}
