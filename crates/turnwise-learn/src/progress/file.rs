//! An estimator on disk: `NAME.safetensors`, its parameters, and `NAME.json`, its card.

use std::{path::Path, sync::Arc};

use safetensors::SafeTensors;
use serde::{Deserialize, Serialize};

use super::{
    Estimator, Fit, ProgressKind,
    estimator::Learned,
    matrix::Matrix,
    net::{Net, Plan},
};
use crate::{
    Layout, LearnError, MadeFor, Standardiser,
    card::shortest,
    file::pair::{malformed, parse_format, paths, read, serialise, sha256, tensor, to_json, write},
};

/// The format that this version writes and reads.
const FORMAT: &str = "turnwise progress 1";

/// Everything about an estimator but its parameters.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Card {
    /// [`FORMAT`].
    format: String,
    kind: ProgressKind,
    made_for: MadeFor,
    fit: Fit,
    /// The SHA-256 of the file with the parameters, in hex.
    weights_sha256: String,
    layout: Layout,
    standardiser: Standardiser,
}

impl Estimator {
    /// Writes `STEM.safetensors` and `STEM.json`; files that were there are replaced.
    ///
    /// # Errors
    /// [`LearnError::File`].
    pub fn save(&self, stem: &Path) -> Result<(), LearnError> {
        let [card_path, weights_path] = paths(stem);
        let (card, weights) = self.to_bytes()?;
        write(&weights_path, &weights)?;
        write(&card_path, &card)
    }

    /// Reads an estimator by either of its two files, or by what their names have in common.
    ///
    /// # Errors
    /// [`LearnError::File`] when one is not there, [`LearnError::Malformed`] when one is not what it should
    /// be.
    pub fn load(path: &Path) -> Result<Self, LearnError> {
        let [card, weights] = paths(path);
        parse((&card, &read(&card)?), (&weights, &read(&weights)?))
    }

    /// Reads an estimator from the bytes of its card and of its parameters.
    ///
    /// # Errors
    /// [`LearnError::Malformed`].
    pub fn from_bytes(card: &[u8], weights: &[u8]) -> Result<Self, LearnError> {
        parse((Path::new("the embedded card"), card), (Path::new("the embedded weights"), weights))
    }

    /// What it is known by: the SHA-256 of its card, which holds that of its parameters, in hex.
    pub fn hash(&self) -> String {
        self.to_bytes().map(|(card, _)| sha256(&card)).unwrap_or_default()
    }

    /// The bytes of its card and of its parameters.
    fn to_bytes(&self) -> Result<(Vec<u8>, Vec<u8>), LearnError> {
        let learned = &*self.learned;
        let shape = |matrix: &Matrix| vec![matrix.rows, matrix.columns];
        let named = learned.net.named().into_iter();
        let weights = serialise(named.map(|(name, matrix)| (name, shape(matrix), matrix.values.as_slice())))?;
        let card = Card {
            format: FORMAT.to_owned(),
            kind: learned.kind,
            made_for: learned.made_for.clone(),
            fit: learned.fit,
            weights_sha256: sha256(&weights),
            layout: learned.layout.clone(),
            standardiser: learned.scaler.clone(),
        };
        let card = to_json(&card).map_err(|error| malformed(Path::new("the card"), error))?;
        Ok((card, weights))
    }
}

fn parse(card: (&Path, &[u8]), weights: (&Path, &[u8])) -> Result<Estimator, LearnError> {
    let parsed = parse_card(card.1).map_err(|why| malformed(card.0, why))?;
    let net = parse_weights(&parsed, weights.1).map_err(|why| malformed(weights.0, why))?;
    let Card { kind, made_for, fit, layout, standardiser: scaler, .. } = parsed;
    Ok(Estimator { learned: Arc::new(Learned { kind, layout, made_for, fit, scaler, net }) })
}

fn parse_card(bytes: &[u8]) -> Result<Card, String> {
    let card: Card = parse_format(bytes, FORMAT)?;
    match card.standardiser.wrong(&card.layout) {
        Some(why) => Err(why),
        None => Ok(card),
    }
}

fn parse_weights(card: &Card, bytes: &[u8]) -> Result<Net<Matrix>, String> {
    if let Some((found, wanted)) = shortest(&sha256(bytes), &card.weights_sha256) {
        return Err(format!("its SHA-256 is {found} where its card says {wanted}"));
    }
    let file = SafeTensors::deserialize(bytes).map_err(|error| error.to_string())?;
    let plan = Net::plan(card.kind, card.standardiser.width());
    let wanted = plan.named().len();
    if file.len() != wanted {
        return Err(format!("it holds {} tensors where {wanted} are an estimator's", file.len()));
    }
    plan.map(|name, Plan { rows, columns, .. }| {
        let values = tensor(&file, name, &[*rows, *columns])?;
        Ok(Matrix { rows: *rows, columns: *columns, values })
    })
}

#[cfg(test)]
mod tests;
