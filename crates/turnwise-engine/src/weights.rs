//! The tensors of a checkpoint by name, each checked against the type and shape it must have.

use candle_core::{Device, Tensor, safetensors::SliceSafetensors};

use crate::{ArtifactBytes, LoadError};

/// The types that tensors may be stored in, and the bytes that an element takes once it is packed. Half
/// precision is widened when it is loaded: half of its values are no bfloat16.
const TYPES: [(&str, u64); 3] = [("F32", 4), ("BF16", 2), ("F16", 4)];

/// The tensors of a checkpoint.
pub(crate) struct Weights<'a> {
    files: Vec<SafetensorsFile<'a>>,
}

struct SafetensorsFile<'a> {
    name: &'a str,
    tensors: SliceSafetensors<'a>,
}

impl<'a> Weights<'a> {
    /// Reads the headers.
    pub(crate) fn open(artifacts: &'a ArtifactBytes) -> Result<Self, LoadError> {
        let mut files = Vec::new();
        for (name, bytes) in &artifacts.weights {
            let tensors = SliceSafetensors::new(bytes)
                .map_err(|source| LoadError::Weights { file: name.clone(), source })?;
            files.push(SafetensorsFile { name, tensors });
        }
        Ok(Self { files })
    }

    /// The most bytes that the weights take while and after they are loaded. Conversations take more.
    pub(crate) fn memory(&self) -> u64 {
        let (mut total, mut largest) = (0, 0);
        for (_, view) in self.files.iter().flat_map(|file| file.tensors.tensors()) {
            let elements = view.shape().iter().product::<usize>() as u64;
            total += elements * packed_size(&format!("{:?}", view.dtype())).unwrap_or(0);
            largest = largest.max(elements);
        }
        // A tensor is widened before it is packed.
        total + 2 * 4 * largest
    }

    /// A tensor in the type it is stored in, on the processor.
    pub(crate) fn get(&self, name: &str, shape: &[usize]) -> Result<Tensor, LoadError> {
        let missing = || LoadError::MissingTensor { tensor: name.to_owned() };
        let mut found = self.files.iter().filter_map(|file| Some((file, file.tensors.get(name).ok()?)));
        let (file, view) = found.next().ok_or_else(missing)?;
        let found = format!("{:?}", view.dtype());
        if packed_size(&found).is_none() {
            return Err(LoadError::TensorType { tensor: name.to_owned(), found });
        }
        if view.shape() != shape {
            let (expected, found) = (shape.to_vec(), view.shape().to_vec());
            return Err(LoadError::TensorShape { tensor: name.to_owned(), expected, found });
        }
        let broken = |source| LoadError::Weights { file: file.name.to_owned(), source };
        file.tensors.load(name, &Device::Cpu).map_err(broken)
    }
}

fn packed_size(dtype: &str) -> Option<u64> {
    TYPES.iter().find(|(known, _)| *known == dtype).map(|(_, size)| *size)
}
