//! GGUF files: the metadata as the files of a Hugging Face checkpoint, and the tensors by the names they have
//! there.
//!
//! candle reads the header; that everything the header promises is in the file is checked here, before
//! anything is computed.

mod config;
mod tensors;
mod tokenizer;
pub(crate) mod unpack;

use std::{collections::BTreeMap, fmt, io::Cursor};

use candle_core::quantized::gguf_file::{Content, TensorInfo, Value};

pub(crate) use self::tensors::GgufTensors;
use crate::{ArtifactBytes, LoadError, WeightFile};

/// The first bytes of a GGUF file.
const MAGIC: &[u8] = b"GGUF";

/// Whether these bytes are meant to be a GGUF file.
pub(crate) fn is_gguf(bytes: &[u8]) -> bool {
    bytes.starts_with(MAGIC)
}

/// The header of a GGUF file.
pub(crate) struct Header {
    file: String,
    metadata: BTreeMap<String, Value>,
    tensors: BTreeMap<String, TensorInfo>,
    /// Where tensors begin.
    start: u64,
}

impl Header {
    /// Reads the header and checks that each tensor lies inside the file.
    pub(crate) fn read(file: &str, bytes: &[u8]) -> Result<Self, LoadError> {
        let broken = |source| LoadError::Gguf { file: file.to_owned(), source };
        let content = Content::read(&mut Cursor::new(bytes)).map_err(broken)?;
        let tensors: BTreeMap<_, _> = content.tensor_infos.into_iter().collect();
        for (name, info) in &tensors {
            let end = tensor_bytes(info)
                .and_then(|size| content.tensor_data_offset.checked_add(info.offset)?.checked_add(size));
            if end.is_none_or(|end| end > bytes.len() as u64) {
                let length = bytes.len();
                let message = format!("tensor {name} ends beyond the {length} bytes of the file");
                return Err(broken(candle_core::Error::Msg(message)));
            }
        }
        let metadata = content.metadata.into_iter().collect();
        Ok(Self { file: file.to_owned(), metadata, tensors, start: content.tensor_data_offset })
    }

    fn text(&self, key: &str) -> Option<&str> {
        self.metadata.get(key)?.to_string().ok().map(String::as_str)
    }

    fn count(&self, key: &str) -> Option<u64> {
        let value = self.metadata.get(key)?;
        value.to_u64().ok().or_else(|| value.to_i32().ok()?.try_into().ok())
    }

    fn number(&self, key: &str) -> Option<f64> {
        let value = self.metadata.get(key)?;
        value.to_f32().ok().map(f64::from).or_else(|| value.to_f64().ok())
    }

    fn flag(&self, key: &str) -> Option<bool> {
        self.metadata.get(key)?.to_bool().ok()
    }

    fn list(&self, key: &str) -> Option<&[Value]> {
        self.metadata.get(key)?.to_vec().ok().map(Vec::as_slice)
    }

    fn required<T>(&self, key: impl fmt::Display, value: Option<T>) -> Result<T, LoadError> {
        value.ok_or_else(|| LoadError::GgufKey { file: self.file.clone(), key: key.to_string() })
    }
}

/// The bytes that a tensor takes in the file, where that is a number.
fn tensor_bytes(info: &TensorInfo) -> Option<u64> {
    let elements = info.shape.dims().iter().try_fold(1_usize, |all, dim| all.checked_mul(*dim))?;
    let blocks = elements.checked_div(info.ggml_dtype.block_size())?;
    u64::try_from(blocks.checked_mul(info.ggml_dtype.type_size())?).ok()
}

/// What a GGUF file holds besides weights, as the files of a checkpoint. What lies beside it as a file of its
/// own goes before what is inside.
pub(crate) fn artifacts(
    file: &str,
    weights: WeightFile,
    beside: impl Fn(&str) -> Result<Option<Vec<u8>>, LoadError>,
) -> Result<ArtifactBytes, LoadError> {
    let header = Header::read(file, &weights)?;
    let tokenizer = match beside("tokenizer.json")? {
        Some(bytes) => bytes,
        None => tokenizer::tokenizer(&header)?.to_string().into_bytes(),
    };
    let tokenizer_config = match beside("tokenizer_config.json")? {
        Some(bytes) => bytes,
        None => tokenizer::config(&header)?.to_string().into_bytes(),
    };
    let ends = tokenizer::ends(&header).to_string().into_bytes();
    Ok(ArtifactBytes {
        config: config::config(&header, &weights)?.to_string().into_bytes().into(),
        tokenizer: tokenizer.into(),
        tokenizer_config: tokenizer_config.into(),
        chat_template: beside("chat_template.jinja")?.map(Into::into),
        generation_config: Some(ends.into()),
        turnwise: beside("turnwise.json")?.map(Into::into),
        profile: beside("profile.toml")?.map(Into::into),
        weights: vec![(file.to_owned(), weights)],
    })
}

#[cfg(test)]
mod tests;
