//! What was learned lies in two files, `NAME.safetensors` with the weights and `NAME.json` with the card:
//! what both kinds of such pairs are read and written with.

use std::{
    ffi::{OsStr, OsString},
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use safetensors::{Dtype, SafeTensors, tensor::TensorView};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};
use sha2::{Digest as _, Sha256};

use crate::LearnError;

/// The two files, the card's and the weights', by either of them or by what they have in common.
pub(crate) fn paths(path: &Path) -> [PathBuf; 2] {
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

/// Reads a file of a pair.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, LearnError> {
    fs::read(path).map_err(|source| LearnError::File { path: path.to_owned(), access: "read", source })
}

/// Writes a file of a pair.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), LearnError> {
    fs::write(path, bytes).map_err(|source| LearnError::File {
        path: path.to_owned(),
        access: "write",
        source,
    })
}

/// What a file that is not what it should be is refused with.
pub(crate) fn malformed(path: &Path, why: impl ToString) -> LearnError {
    LearnError::Malformed { path: path.to_owned(), why: why.to_string() }
}

/// A card of this format.
pub(crate) fn parse_format<C: DeserializeOwned>(bytes: &[u8], format: &str) -> Result<C, String> {
    /// What every version has: a card of another format may have other keys, and is to be told by its name.
    #[derive(Deserialize)]
    struct Any {
        format: String,
    }
    let any: Any = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if any.format != format {
        return Err(format!("its format is `{}` where `{format}` is wanted", any.format));
    }
    serde_json::from_slice(bytes).map_err(|error| error.to_string())
}

/// The values of a tensor of this name and shape, all of them finite.
pub(crate) fn tensor(file: &SafeTensors<'_>, name: &str, shape: &[usize]) -> Result<Vec<f32>, String> {
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

/// A file of tensors: names, shapes and values.
pub(crate) fn serialise<'a>(
    tensors: impl IntoIterator<Item = (String, Vec<usize>, &'a [f32])>,
) -> Result<Vec<u8>, LearnError> {
    let tensors = tensors.into_iter().map(|(name, shape, values)| (name, shape, bytes(values)));
    let tensors: Vec<_> = tensors.collect();
    let mut views = Vec::new();
    for (name, shape, bytes) in &tensors {
        let view = TensorView::new(Dtype::F32, shape.clone(), bytes).map_err(candle_core::Error::from)?;
        views.push((name, view));
    }
    Ok(safetensors::serialize(views, None).map_err(candle_core::Error::from)?)
}

fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// A hash in hex.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A card's file.
pub(crate) fn to_json(card: &impl Serialize) -> serde_json::Result<Vec<u8>> {
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
