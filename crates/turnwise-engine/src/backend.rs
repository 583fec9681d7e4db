//! What a decoder is computed with: the operations its layer loop is made of.
//!
//! Three back ends exist. [`Cpu`] is the engine's own kernels, `Cuda` (with the feature `cuda`) its own kernels for
//! NVIDIA GPUs; [`Tensors`] is candle, for other devices and as the reference that tests compare with. None knows
//! requests, batches of conversations or sampling.

mod cpu;
#[cfg(feature = "cuda")]
mod cuda;
pub(crate) mod found;
mod gauge;
mod limits;
mod matrix;
mod pages;
mod states;
mod team;
mod tensors;

pub use cpu::{Cpu, CpuCache, CpuRows};
#[cfg(feature = "cuda")]
pub use cuda::{Cuda, CudaCache, CudaHost, CudaMatrix, CudaRows, Kept};
pub use found::{Chosen, FoundGpu, NoGpu, choose, nvidia};
#[cfg(test)]
pub(crate) use gauge::Counted;
pub use gauge::Gauge;
pub use limits::Limits;
pub use matrix::CpuMatrix;
pub use pages::Pages;
pub(crate) use states::COPIES;
pub use tensors::{TensorCache, TensorMatrix, TensorRows, Tensors};

use std::{fmt::Debug, iter::Sum, ops::Deref};

use candle_core::{DType, Device, Result, Tensor, quantized::QTensor};

/// What a decoder remembers of one conversation: keys and values, or the states of a recurrence.
///
/// A clone is a fork: it stands for the same positions and goes its own way from there. It shares the memory of
/// what it has in common, so that forking costs next to nothing.
pub trait Cache: Clone + Send + Sync + 'static {
    /// How many positions it holds.
    fn len(&self) -> usize;

    /// Whether it holds none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Forgets every position from `len` on. Keys and values can be cut anywhere. A recurrence can only go back
    /// to a position that it kept a snapshot of, or to none at all: [`Cache::len`] says what is left, which may
    /// be fewer than `len`.
    fn truncate(&mut self, len: usize);
}

/// A tensor as a checkpoint stores it, on the processor.
#[derive(Debug)]
pub enum Stored {
    /// In a floating-point type.
    Plain(Tensor),
    /// In one of GGUF's quantised types.
    Quantised(QTensor),
}

impl Stored {
    /// The tensor in single precision.
    ///
    /// # Errors
    /// When its type cannot be widened.
    pub fn widened(&self) -> Result<Tensor> {
        match self {
            Self::Plain(tensor) => tensor.to_dtype(DType::F32),
            Self::Quantised(tensor) => tensor.dequantize(&Device::Cpu),
        }
    }
}

/// How large a matrix is, or several together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MatrixSize {
    /// The multiplications of its product with one row.
    pub multiplications: u64,
    /// The bytes that it takes as it lies in memory.
    pub bytes: u64,
}

impl Sum for MatrixSize {
    fn sum<I: Iterator<Item = Self>>(sizes: I) -> Self {
        sizes.fold(Self::default(), |total, size| Self {
            multiplications: total.multiplications + size.multiplications,
            bytes: total.bytes + size.bytes,
        })
    }
}

/// Which positions of a span get logits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Want {
    /// None: the span is a piece of a prompt that goes on.
    Nothing,
    /// The last one.
    Last,
    /// Every one.
    All,
}

/// Consecutive tokens of one conversation: a piece of a prompt, or the one token decoded last.
#[derive(Debug)]
pub struct Span<'a, C> {
    /// The tokens. They follow what the cache holds.
    pub tokens: &'a [u32],
    /// The conversation's cache; it grows by the tokens.
    pub cache: &'a mut C,
    /// Which positions get logits.
    pub want: Want,
}

/// The norms of query and key heads in one layer, where the family has them.
#[derive(Debug)]
pub struct HeadNorms<V> {
    /// The weight for queries, `[head_dim]`.
    pub query: V,
    /// The weight for keys, `[head_dim]`.
    pub key: V,
}

/// A short convolution over positions, channel by channel.
#[derive(Debug)]
pub struct Convolution<V> {
    /// `[taps * width]`, the oldest position's tap first.
    pub weight: V,
    /// `[width]`.
    pub bias: V,
}

/// A selective scan.
#[derive(Debug)]
pub struct Recurrence<V> {
    /// How fast each state fades, `[states * width]`, negative.
    pub decay: V,
    /// What of the input is added to the output, `[width]`.
    pub skip: V,
}

/// What a selective scan reads, row by row.
#[derive(Debug)]
pub struct ScanInputs<'a, R> {
    /// The inputs, `[rows, width]`.
    pub x: &'a R,
    /// How far each channel goes, before it is made positive, `[rows, width]`.
    pub steps: &'a mut R,
    /// What goes into the states and what comes out of them, `[rows, 2 * states]`.
    pub in_out: &'a R,
    /// Rows whose second half gates the output, `[rows, 2 * width]`.
    pub gates: &'a R,
}

/// The operations of a decoder. Rows are the positions of all spans, one after another.
pub trait Backend: Debug + Send + Sync + Sized + 'static {
    /// Activations, `[rows, width]`; kept and overwritten from step to step.
    type Rows: Default + Send;
    /// A weight matrix, `[outputs, inputs]`.
    type Matrix: Debug + Send + Sync;
    /// The weight of a norm, or a bias.
    type Vector: Debug + Send + Sync;
    /// The cache of a conversation.
    type Cache: Cache;
    /// Numbers that were copied out of the back end.
    type Host: Default + Send + Deref<Target = [f32]>;

    /// Takes over weight matrices of the same inputs, stacked by their outputs.
    fn matrix(&self, stacked: Vec<Stored>) -> Result<Self::Matrix>;
    /// How large a matrix is.
    fn size(&self, matrix: &Self::Matrix) -> MatrixSize;
    /// Takes over vectors, one after another as one.
    fn vector(&self, joined: &[Stored]) -> Result<Self::Vector>;
    /// The bytes there are for weights, where that is known.
    fn room(&self) -> Option<u64>;
    /// An empty cache.
    fn cache(&self) -> Self::Cache;
    /// The memory that a cache of this many positions takes, in bytes.
    fn cache_bytes(&self, positions: usize) -> usize;
    /// The memory that all caches take together. What forks share is counted once.
    fn gauge(&self) -> &Gauge;

    /// The rows of `table` that the tokens name.
    fn embed(&self, table: &Self::Matrix, tokens: &[u32], out: &mut Self::Rows) -> Result<()>;
    /// The RMS norm of each row.
    fn normalise(&self, x: &Self::Rows, weight: &Self::Vector, out: &mut Self::Rows) -> Result<()>;
    /// `matrix * x` for each row.
    fn project(&self, matrix: &Self::Matrix, x: &Self::Rows, out: &mut Self::Rows) -> Result<()>;
    /// Adds `matrix * x` to each row of `sum`; `room` is for the products where they need any.
    fn project_onto(
        &self,
        matrix: &Self::Matrix,
        x: &Self::Rows,
        sum: &mut Self::Rows,
        room: &mut Self::Rows,
    ) -> Result<()> {
        self.project(matrix, x, room)?;
        self.add(sum, room)
    }
    /// Adds `bias` to each row.
    fn shift(&self, x: &mut Self::Rows, bias: &Self::Vector) -> Result<()>;
    /// Norms and rotates the heads in `qkv`, appends keys and values of this layer to the spans' caches, and
    /// lets each row attend to its conversation up to itself, within the layer's window. The caches' lengths stay as they are.
    fn attend(
        &self,
        site: Site<'_, Self>,
        qkv: &mut Self::Rows,
        spans: &mut [Span<'_, Self::Cache>],
        out: &mut Self::Rows,
    ) -> Result<()>;
    /// `silu` of a layer's convolution over the first halves of the rows in `x`, with what the spans'
    /// conversations had before.
    fn convolve(
        &self,
        layer: (usize, &Convolution<Self::Vector>),
        x: &Self::Rows,
        spans: &mut [Span<'_, Self::Cache>],
        out: &mut Self::Rows,
    ) -> Result<()>;
    /// A layer's selective scan, from the states of the spans' conversations on.
    fn scan(
        &self,
        layer: (usize, &Recurrence<Self::Vector>),
        inputs: ScanInputs<'_, Self::Rows>,
        spans: &mut [Span<'_, Self::Cache>],
        out: &mut Self::Rows,
    ) -> Result<()>;
    /// `silu(gate) * up`, where a row holds gates and then ups.
    fn gate(&self, x: &Self::Rows, out: &mut Self::Rows) -> Result<()>;
    /// Adds `delta` to `x`.
    fn add(&self, x: &mut Self::Rows, delta: &Self::Rows) -> Result<()>;
    /// Some of the rows, in this order.
    fn pick(&self, x: &Self::Rows, rows: &[usize], out: &mut Self::Rows) -> Result<()>;
    /// Copies rows out of the back end, replacing what `out` held.
    fn read(&self, x: &Self::Rows, out: &mut Self::Host) -> Result<()>;
    /// Makes the positions that every layer has appended part of the cache.
    fn commit(&self, cache: &mut Self::Cache, positions: usize);
}

/// Where in the network attention takes place.
#[derive(Debug)]
pub struct Site<'a, B: Backend> {
    /// The layer, from 0.
    pub layer: usize,
    /// Its norms on heads, if it has them.
    pub norms: Option<&'a HeadNorms<B::Vector>>,
}
