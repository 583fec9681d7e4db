//! Decoders whose weights nobody trained: for measurements of a shape that no file is needed for.

use candle_core::{DType, Device, Result, Tensor};

use super::{
    Decoder,
    layer::{Layer, Linear},
    transformer::Transformer,
};
use crate::{
    DecoderConfig,
    backend::{Backend, HeadNorms, Stored},
};

impl<B: Backend> Decoder<B> {
    /// A transformer of this shape. `matrix` makes a matrix of so many outputs and inputs; norms are ones and biases,
    /// where the shape has them, noughts.
    ///
    /// # Errors
    /// When the device fails.
    pub fn filled(
        config: &DecoderConfig,
        backend: B,
        matrix: impl Fn(&B, usize, usize) -> Result<B::Matrix>,
    ) -> Result<Self> {
        let (hidden, wide) = (config.hidden_size, config.intermediate_size);
        let (q, k) = (config.query_width(), config.key_width());
        let vector = |value: f32, width: usize| {
            let numbers = Tensor::full(value, width, &Device::Cpu)?.to_dtype(DType::F32)?;
            backend.vector(&[Stored::Plain(numbers)])
        };
        let linear = |outputs, inputs, has_bias: bool| {
            let bias = has_bias.then(|| vector(0.0, outputs)).transpose()?;
            Result::Ok(Linear { weight: matrix(&backend, outputs, inputs)?, bias })
        };
        let head_norms = || {
            let norm = || vector(1.0, config.head_dim);
            Result::Ok(HeadNorms { query: norm()?, key: norm()? })
        };
        let layer = |_| {
            let transformer = Transformer {
                attention_norm: vector(1.0, hidden)?,
                qkv: linear(q + 2 * k, hidden, config.qkv_bias())?,
                head_norms: config.has_head_norms().then(head_norms).transpose()?,
                attention_output: linear(hidden, q, config.attention_bias)?,
                mlp_norm: vector(1.0, hidden)?,
                gate_up: linear(2 * wide, hidden, config.mlp_bias)?,
                down: linear(hidden, wide, config.mlp_bias)?,
            };
            Ok(Layer::Transformer(transformer))
        };
        let layers = (0..config.num_hidden_layers).map(layer).collect::<Result<_>>()?;
        let embedding = matrix(&backend, config.vocab_size, hidden)?;
        let untied = !config.tie_word_embeddings;
        let output = untied.then(|| matrix(&backend, config.vocab_size, hidden)).transpose()?;
        let norm = vector(1.0, hidden)?;
        Ok(Self { config: config.clone(), backend, embedding, layers, norm, output })
    }
}

#[cfg(test)]
mod tests {
    use candle_core::{Device, Tensor};

    use crate::{
        Decoder, Family, NoTap, Workspace,
        backend::{Backend, Cpu, Span, Stored, Want},
        fixture::config,
    };

    #[test]
    fn a_filled_decoder_computes() {
        for family in [Family::Llama, Family::Qwen2, Family::Qwen3] {
            let shape = config(family);
            let matrix = |cpu: &Cpu, outputs, inputs| {
                let numbers = Tensor::full(0.01_f32, (outputs, inputs), &Device::Cpu)?;
                cpu.matrix(vec![Stored::Plain(numbers)])
            };
            let decoder = Decoder::filled(&shape, Cpu::new(&shape).unwrap(), matrix).unwrap();
            let mut cache = decoder.cache();
            let span = Span { tokens: &[1, 2], cache: &mut cache, want: Want::Last };
            let mut workspace = Workspace::default();
            let logits = decoder.step(&mut [span], &mut workspace, &mut NoTap).unwrap();
            // Equal rows in, equal logits out.
            assert!(logits.len() == shape.vocab_size && logits[0] != 0.0);
            assert!(logits.iter().all(|x| (x - logits[0]).abs() < 1e-5));
        }
    }
}
