//! A probe on disk: `NAME.safetensors`, its weights, and `NAME.json`, its card.

use std::{
    ffi::{OsStr, OsString},
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::Serialize as _;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};
use sha2::{Digest as _, Sha256};

use crate::{
    Card, LearnError, Probe,
    card::shortest,
    probe::{Layer, Net},
};

/// The format that this version writes and reads.
pub(crate) const FORMAT: &str = "turnwise probe 1";

impl Probe {
    /// Writes `STEM.safetensors` and `STEM.json`; files that were there are replaced.
    ///
    /// # Errors
    /// [`LearnError::File`].
    pub fn save(&self, stem: &Path) -> Result<(), LearnError> {
        let [card, weights] = paths(stem);
        let write = |path: &Path, bytes: &[u8]| {
            fs::write(path, bytes).map_err(|source| LearnError::File {
                path: path.to_owned(),
                access: "write",
                source,
            })
        };
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
        let read = |path: &Path| {
            fs::read(path).map_err(|source| LearnError::File {
                path: path.to_owned(),
                access: "read",
                source,
            })
        };
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

/// The two files, the card's and the weights', by either of them or by what they have in common.
fn paths(path: &Path) -> [PathBuf; 2] {
    // A stem may have dots of its own, as in `lynx-0.05`.
    let known = [OsStr::new("json"), OsStr::new("safetensors")];
    let stem = match path.extension() {
        Some(extension) if known.contains(&extension) => path.with_extension(""),
        _ => path.to_owned(),
    };
    ["json", "safetensors"].map(|extension| {
        let mut name = OsString::from(&stem);
        name.push(".");
        name.push(extension);
        PathBuf::from(name)
    })
}

fn parse(card: (&Path, &[u8]), weights: (&Path, &[u8])) -> Result<Probe, LearnError> {
    let parsed = parse_card(card.1).map_err(|why| malformed(card.0, why))?;
    let net = parse_weights(&parsed, weights.1).map_err(|why| malformed(weights.0, why))?;
    Ok(Probe::new(parsed, net))
}

fn malformed(path: &Path, why: impl ToString) -> LearnError {
    LearnError::Malformed { path: path.to_owned(), why: why.to_string() }
}

fn parse_card(bytes: &[u8]) -> Result<Card, String> {
    /// What every version has: a card of another format may have other keys, and is to be told by its name.
    #[derive(serde::Deserialize)]
    struct Any {
        format: String,
    }
    let any: Any = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if any.format != FORMAT {
        return Err(format!("its format is `{}` where this version reads `{FORMAT}`", any.format));
    }
    let card: Card = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
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

fn tensor(file: &SafeTensors<'_>, name: &str, shape: &[usize]) -> Result<Vec<f32>, String> {
    let view = file.tensor(name).map_err(|_| format!("it has no tensor `{name}`"))?;
    if (view.dtype(), view.shape()) != (Dtype::F32, shape) {
        return Err(format!(
            "`{name}` is {:?} {:?} where F32 {shape:?} is wanted",
            view.dtype(),
            view.shape()
        ));
    }
    let (values, _) = view.data().as_chunks::<4>();
    let values: Vec<f32> = values.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    match values.iter().position(|value| !value.is_finite()) {
        Some(at) => Err(format!("`{name}` holds {} at {at}", values[at])),
        None => Ok(values),
    }
}

/// The weights' file.
pub(crate) fn to_safetensors(net: &Net, width: usize) -> Result<Vec<u8>, LearnError> {
    let mut tensors = Vec::new();
    for (shape, layer) in net.layers(width) {
        tensors.push((
            format!("{}.weight", shape.name),
            vec![shape.inputs, shape.outputs],
            bytes(&layer.weight),
        ));
        tensors.push((format!("{}.bias", shape.name), vec![shape.outputs], bytes(&layer.bias)));
    }
    let view = |(name, shape, bytes)| Ok((name, TensorView::new(Dtype::F32, shape, bytes)?));
    let views = tensors.iter().map(|(name, shape, bytes)| view((name, shape.clone(), bytes)));
    let views: Vec<_> =
        views.collect::<Result<_, safetensors::SafeTensorError>>().map_err(candle_core::Error::from)?;
    Ok(safetensors::serialize(views, None).map_err(candle_core::Error::from)?)
}

fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// A hash in hex.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn to_json(card: &Card) -> serde_json::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    card.serialize(&mut Serializer::with_formatter(&mut bytes, Layered::default()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// One line a key, but an array in one line: a standardiser holds thousands of numbers.
#[derive(Default)]
struct Layered(PrettyFormatter<'static>);

impl Formatter for Layered {
    fn begin_array_value<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        if first { Ok(()) } else { writer.write_all(b", ") }
    }

    fn begin_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object(writer)
    }

    fn end_object<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object(writer)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, writer: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(writer, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.begin_object_value(writer)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, writer: &mut W) -> io::Result<()> {
        self.0.end_object_value(writer)
    }
}

#[cfg(test)]
mod tests;
