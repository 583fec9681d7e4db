//! The tensors of a checkpoint by name, each checked against the type and shape it must have.

use std::collections::BTreeMap;

use candle_core::{Device, safetensors::SliceSafetensors};

use crate::{
    ArtifactBytes, LoadError, WeightFile,
    backend::Stored,
    gguf::{self, GgufTensors},
};

/// The types that tensors may be stored in, and the bytes that an element takes once it is packed. Half
/// precision is widened when it is loaded: half of its values are no bfloat16.
const TYPES: [(&str, u64); 3] = [("F32", 4), ("BF16", 2), ("F16", 4)];

/// The tensors of a checkpoint.
pub(crate) struct Weights<'a> {
    files: Vec<Tensors<'a>>,
}

enum Tensors<'a> {
    Safetensors { file: &'a str, tensors: SliceSafetensors<'a> },
    Gguf(GgufTensors<'a>),
}

impl<'a> Weights<'a> {
    /// Reads the headers.
    pub(crate) fn open(artifacts: &'a ArtifactBytes) -> Result<Self, LoadError> {
        let open = |(file, bytes): &'a (String, WeightFile)| {
            if gguf::is_gguf(bytes) {
                return GgufTensors::open(file, bytes).map(Tensors::Gguf);
            }
            let tensors = SliceSafetensors::new(bytes)
                .map_err(|source| LoadError::Weights { file: file.clone(), source })?;
            Ok(Tensors::Safetensors { file, tensors })
        };
        Ok(Self { files: artifacts.weights.iter().map(open).collect::<Result<_, _>>()? })
    }

    /// The most bytes that the weights take while and after they are loaded. Conversations take more.
    pub(crate) fn memory(&self) -> u64 {
        self.files.iter().map(Tensors::memory).sum()
    }

    /// How many numbers are stored in which type.
    pub(crate) fn stored(&self) -> BTreeMap<String, u64> {
        let mut stored = BTreeMap::new();
        for (dtype, elements) in self.files.iter().flat_map(Tensors::kinds) {
            *stored.entry(dtype).or_default() += elements;
        }
        stored
    }

    /// A tensor in the type it is stored in, on the processor.
    pub(crate) fn get(&self, name: &str, shape: &[usize]) -> Result<Stored, LoadError> {
        for file in &self.files {
            if let Some(tensor) = file.get(name, shape)? {
                return Ok(tensor);
            }
        }
        Err(LoadError::MissingTensor { tensor: name.to_owned() })
    }
}

impl Tensors<'_> {
    /// The type and the number of elements of each tensor.
    fn kinds(&self) -> Vec<(String, u64)> {
        match self {
            Self::Gguf(tensors) => tensors.kinds(),
            Self::Safetensors { tensors, .. } => {
                let views = tensors.tensors().into_iter().map(|(_, view)| view);
                let elements = |shape: &[usize]| shape.iter().product::<usize>() as u64;
                views.map(|view| (format!("{:?}", view.dtype()), elements(view.shape()))).collect()
            }
        }
    }

    fn memory(&self) -> u64 {
        if let Self::Gguf(tensors) = self {
            return tensors.memory();
        }
        let kinds = self.kinds();
        let packed = kinds.iter().map(|(dtype, elements)| elements * packed_size(dtype).unwrap_or(0));
        // A tensor is widened before it is packed.
        let largest = kinds.iter().map(|(_, elements)| *elements).max().unwrap_or(0);
        packed.sum::<u64>() + 2 * 4 * largest
    }

    fn get(&self, name: &str, shape: &[usize]) -> Result<Option<Stored>, LoadError> {
        let (file, tensors) = match self {
            Self::Gguf(tensors) => return tensors.get(name, shape),
            Self::Safetensors { file, tensors } => (file, tensors),
        };
        let Ok(view) = tensors.get(name) else { return Ok(None) };
        let found = format!("{:?}", view.dtype());
        if packed_size(&found).is_none() {
            return Err(LoadError::TensorType { tensor: name.to_owned(), found });
        }
        if view.shape() != shape {
            let (expected, found) = (shape.to_vec(), view.shape().to_vec());
            return Err(LoadError::TensorShape { tensor: name.to_owned(), expected, found });
        }
        let broken = |source| LoadError::Weights { file: (*file).to_owned(), source };
        tensors.load(name, &Device::Cpu).map(|tensor| Some(Stored::Plain(tensor))).map_err(broken)
    }
}

fn packed_size(dtype: &str) -> Option<u64> {
    TYPES.iter().find(|(known, _)| *known == dtype).map(|(_, size)| *size)
}
