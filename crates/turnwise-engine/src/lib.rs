//! Models: the decoder of the Qwen3 and Llama families with its cache, batch and sampler, and the models that
//! only recite (`gold`, `nop`, `scripted`).
//!
//! [`load`] turns a model specification into a [`turnwise_core::Model`]. [`LocalModel`] runs a checkpoint in
//! Hugging Face layout inside the process; [`Decoder`] is the same network without conversations, for
//! whoever needs logits.
//!
//! This crate knows no agents, tasks' meaning or policies, and it never downloads anything.

mod artifacts;
mod decoder_config;
mod load;
mod load_error;
mod recited;

pub use artifacts::ArtifactBytes;
pub use decoder_config::{DecoderConfig, Family};
pub use load::{DeviceChoice, EngineOptions, load};
pub use load_error::LoadError;
pub use recited::{GoldModel, NopModel, RECITED_PROFILE, ScriptedModel};
