//! The tensors of a GGUF file by the names that they have in a Hugging Face checkpoint.

use std::borrow::Cow;

use candle_core::{
    Device,
    quantized::{QStorage, QTensor, gguf_file::TensorInfo},
};

use super::{Header, tensor_bytes, unpack};
use crate::{LoadError, backend::Stored, kernels::Digits};

/// The tensor that holds what `llama3` scaling comes to.
pub(super) const ROPE_FACTORS: &str = "rope_freqs.weight";

/// What parts of a layer are called.
const PARTS: [(&str, &str); 11] = [
    ("input_layernorm", "attn_norm"),
    ("self_attn.q_proj", "attn_q"),
    ("self_attn.k_proj", "attn_k"),
    ("self_attn.v_proj", "attn_v"),
    ("self_attn.o_proj", "attn_output"),
    ("self_attn.q_norm", "attn_q_norm"),
    ("self_attn.k_norm", "attn_k_norm"),
    ("post_attention_layernorm", "ffn_norm"),
    ("mlp.gate_proj", "ffn_gate"),
    ("mlp.up_proj", "ffn_up"),
    ("mlp.down_proj", "ffn_down"),
];

/// The tensors of a GGUF file.
pub(crate) struct GgufTensors<'a> {
    header: Header,
    bytes: &'a [u8],
}

impl<'a> GgufTensors<'a> {
    /// Reads the header.
    pub(crate) fn open(file: &str, bytes: &'a [u8]) -> Result<Self, LoadError> {
        Ok(Self { header: Header::read(file, bytes)?, bytes })
    }

    /// The type and the number of elements of each tensor.
    pub(crate) fn kinds(&self) -> Vec<(String, u64)> {
        let kind = |info: &TensorInfo| (format!("{:?}", info.ggml_dtype), info.shape.elem_count() as u64);
        self.header.tensors.values().map(kind).collect()
    }

    /// The most bytes that the weights take while and after they are loaded.
    pub(crate) fn memory(&self) -> u64 {
        let (mut total, mut largest) = (0, 0);
        for info in self.header.tensors.values() {
            let elements = info.shape.elem_count() as u64;
            total += match unpack::format(info.ggml_dtype) {
                Some(format) => {
                    let digits = if format.digits == Digits::Bytes { elements } else { elements / 2 };
                    digits + 8 * elements / format.group as u64
                }
                None => 4 * elements,
            };
            largest = largest.max(elements);
        }
        total + 2 * 4 * largest
    }

    /// A tensor, or `None` where the file has none of this name.
    pub(crate) fn get(&self, name: &str, shape: &[usize]) -> Result<Option<Stored>, LoadError> {
        let Some(info) = stored_name(name).and_then(|name| self.header.tensors.get_key_value(&name)) else {
            return Ok(None);
        };
        let (stored_name, info) = info;
        if info.shape.dims() != shape {
            let (expected, found) = (shape.to_vec(), info.shape.dims().to_vec());
            return Err(LoadError::TensorShape { tensor: stored_name.clone(), expected, found });
        }
        let heads = self.turned_heads(name);
        let tensor = self.header.tensor(self.bytes, stored_name, heads)?;
        let broken = |source| LoadError::Gguf { file: self.header.file.clone(), source };
        if unpack::format(info.ggml_dtype).is_some() {
            return Ok(Some(Stored::Quantised(tensor)));
        }
        tensor.dequantize(&Device::Cpu).map(|tensor| Some(Stored::Plain(tensor))).map_err(broken)
    }

    /// How many heads the rows of a tensor belong to, where they are stored for a rotation of neighbours: those
    /// of queries and keys in the architecture `llama`.
    fn turned_heads(&self, name: &str) -> Option<usize> {
        let key = match name {
            _ if self.header.text("general.architecture") != Some("llama") => return None,
            _ if name.contains("self_attn.q_proj") => "llama.attention.head_count",
            _ if name.contains("self_attn.k_proj") => "llama.attention.head_count_kv",
            _ => return None,
        };
        let all = || self.header.count("llama.attention.head_count");
        usize::try_from(self.header.count(key).or_else(all)?).ok()
    }
}

impl Header {
    /// A tensor as it is stored, but for the order of its rows where `heads` are given.
    pub(super) fn tensor(
        &self,
        bytes: &[u8],
        name: &str,
        heads: Option<usize>,
    ) -> Result<QTensor, LoadError> {
        let info = self.required(name, self.tensors.get(name))?;
        let broken = |source| LoadError::Gguf { file: self.file.clone(), source };
        let range = || {
            let start = usize::try_from(self.start.checked_add(info.offset)?).ok()?;
            bytes.get(start..start.checked_add(usize::try_from(tensor_bytes(info)?).ok()?)?)
        };
        let data =
            range().ok_or_else(|| broken(candle_core::Error::Msg(format!("tensor {name} is cut off"))))?;
        let rows = info.shape.dims().first().copied().unwrap_or(1);
        let data = match heads {
            Some(heads) => Cow::Owned(halves_apart(data, rows, heads)),
            None => Cow::Borrowed(data),
        };
        QStorage::from_data(data, &Device::Cpu, info.ggml_dtype)
            .and_then(|storage| QTensor::new(storage, info.shape.clone()))
            .map_err(broken)
    }
}

/// Within each head, the even rows and then the odd ones: from rotating neighbours to rotating halves.
fn halves_apart(data: &[u8], rows: usize, heads: usize) -> Vec<u8> {
    let width = data.len() / rows.max(1);
    let head = rows / heads.max(1) * width;
    let mut ordered = Vec::with_capacity(data.len());
    for head in data.chunks_exact(head.max(1)) {
        for half in 0..2 {
            head.chunks_exact(width).skip(half).step_by(2).for_each(|row| ordered.extend_from_slice(row));
        }
    }
    ordered
}

/// What GGUF calls a tensor.
fn stored_name(name: &str) -> Option<String> {
    let fixed = match name {
        "model.embed_tokens.weight" => Some("token_embd.weight"),
        "model.norm.weight" => Some("output_norm.weight"),
        "lm_head.weight" => Some("output.weight"),
        _ => None,
    };
    if let Some(fixed) = fixed {
        return Some(fixed.to_owned());
    }
    let (layer, rest) = name.strip_prefix("model.layers.")?.split_once('.')?;
    let (part, kind) = rest.rsplit_once('.')?;
    let (_, stored) = PARTS.iter().find(|(known, _)| *known == part)?;
    Some(format!("blk.{layer}.{stored}.{kind}"))
}
