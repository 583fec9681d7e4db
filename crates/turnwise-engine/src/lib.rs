//! Models: the decoder of the families in [`Family`] with its cache, batch and sampler, the models that
//! only recite (`gold`, `nop`, `scripted`), and models behind an OpenAI-style endpoint.
//!
//! [`load`] turns a model specification into a [`turnwise_core::Model`]. [`LocalModel`] runs a checkpoint in
//! Hugging Face layout inside the process; [`Decoder`] is the same network without conversations, for
//! whoever needs logits.
//!
//! This crate knows no agents, tasks' meaning or policies. It downloads what `hf:ORG/NAME` names and nothing else.

mod artifacts;
pub mod backend;
mod cache;
mod chat;
mod decoder;
mod decoder_config;
mod device;
mod facts;
mod gguf;
mod http;
mod hub;
mod kernels;
mod load;
mod load_error;
mod local;
mod memory;
mod recited;
mod remote;
mod reply_cache;
mod sampler;
mod speed;
mod tap;
mod tokenizer;
mod tool_calls;
mod transcript;
mod wait;
mod weight_file;
mod weights;
mod worker;

#[cfg(test)]
mod agreement;
#[cfg(test)]
mod fixture;

pub use artifacts::ArtifactBytes;
pub use cache::CacheCounters;
pub use chat::{ChatError, ChatTemplate};
pub use decoder::{DecodeError, Decoder, Workspace};
pub use decoder_config::{DecoderConfig, Family, LayerType, MambaShape, RopeScaling};
pub use facts::ModelFacts;
pub use hub::{Hub, HubError, HubSpec, Unwatched, Watch};
pub use load::{Away, DeviceChoice, EngineOptions, KV_MEMORY, Named, PLAIN_PROFILE, load, load_from};
pub use load_error::LoadError;
pub use local::LocalModel;
pub use recited::{GoldModel, NopModel, ScriptedModel};
pub use remote::{ApiKey, Prices, PricesError, Refusal, RemoteError, RemoteModel, RemoteOptions};
pub use reply_cache::ReplyCache;
pub use speed::{Speed, SpeedError, SpeedReport, SpeedTest, measure_speed};
pub use tap::{NoTap, Tap};
pub use tokenizer::{TokenizeError, Tokenizer};
pub use tool_calls::{certainly_beside_calls, text_beside_calls};
pub use weight_file::WeightFile;
