//! A probe on disk: `NAME.safetensors`, its weights, and `NAME.json`, its card.

pub(crate) mod pair;

use std::path::Path;

use safetensors::SafeTensors;

use crate::{
    Card, LearnError, Probe,
    card::shortest,
    probe::{Layer, Net},
};
use pair::{malformed, parse_format, paths, read, serialise, sha256, tensor, to_json, write};

/// The format that this version writes and reads.
pub(crate) const FORMAT: &str = "turnwise probe 1";

impl Probe {
    /// Writes `STEM.safetensors` and `STEM.json`; files that were there are replaced.
    ///
    /// # Errors
    /// [`LearnError::File`].
    pub fn save(&self, stem: &Path) -> Result<(), LearnError> {
        let [card, weights] = paths(stem);
        write(&weights, &to_safetensors(self.net(), self.card().standardiser.width())?)?;
        write(&card, &to_json(self.card()).map_err(|error| malformed(&card, error))?)
    }

    /// Reads a probe by either of its two files, or by what their names have in common.
    ///
    /// # Errors
    /// [`LearnError::File`] when one is not there, [`LearnError::Malformed`] when one is not what it should
    /// be.
    pub fn load(path: &Path) -> Result<Self, LearnError> {
        let [card, weights] = paths(path);
        parse((&card, &read(&card)?), (&weights, &read(&weights)?))
    }

    /// Reads a probe from the bytes of its card and of its weights.
    ///
    /// # Errors
    /// [`LearnError::Malformed`].
    pub fn from_bytes(card: &[u8], weights: &[u8]) -> Result<Self, LearnError> {
        parse((Path::new("the embedded card"), card), (Path::new("the embedded weights"), weights))
    }
}

fn parse(card: (&Path, &[u8]), weights: (&Path, &[u8])) -> Result<Probe, LearnError> {
    let parsed = parse_card(card.1).map_err(|why| malformed(card.0, why))?;
    let net = parse_weights(&parsed, weights.1).map_err(|why| malformed(weights.0, why))?;
    Ok(Probe::new(parsed, net))
}

fn parse_card(bytes: &[u8]) -> Result<Card, String> {
    let card: Card = parse_format(bytes, FORMAT)?;
    match card.standardiser.wrong(&card.layout) {
        Some(why) => Err(why),
        None => Ok(card),
    }
}

fn parse_weights(card: &Card, bytes: &[u8]) -> Result<Net, String> {
    if let Some((found, wanted)) = shortest(&sha256(bytes), &card.weights_sha256) {
        return Err(format!("its SHA-256 is {found} where its card says {wanted}"));
    }
    let file = SafeTensors::deserialize(bytes).map_err(|error| error.to_string())?;
    let shapes = card.kind.layers(card.standardiser.width());
    if file.len() != 2 * shapes.len() {
        return Err(format!("it holds {} tensors where {} are a probe's", file.len(), 2 * shapes.len()));
    }
    let layer = |shape: &crate::probe::Shape| {
        let weight = tensor(&file, &format!("{}.weight", shape.name), &[shape.inputs, shape.outputs])?;
        Ok(Layer { weight, bias: tensor(&file, &format!("{}.bias", shape.name), &[shape.outputs])? })
    };
    Ok(Net::new(card.kind, shapes.iter().map(layer).collect::<Result<_, String>>()?))
}

/// The weights' file.
pub(crate) fn to_safetensors(net: &Net, width: usize) -> Result<Vec<u8>, LearnError> {
    let mut tensors = Vec::new();
    for (shape, layer) in net.layers(width) {
        let weight = (format!("{}.weight", shape.name), vec![shape.inputs, shape.outputs], &*layer.weight);
        tensors.extend([weight, (format!("{}.bias", shape.name), vec![shape.outputs], &*layer.bias)]);
    }
    serialise(tensors)
}

#[cfg(test)]
mod tests;
