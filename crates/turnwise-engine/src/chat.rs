//! From messages to the text that the model was trained on, by the checkpoint's own chat template.

use minijinja::{Environment, Error, ErrorKind, context, syntax::SyntaxConfig};
use serde_json::Value;
use turnwise_core::Message;

use crate::{ArtifactBytes, LoadError, tokenizer::SpecialTokens};

/// A chat template in Jinja, with the functions that Hugging Face templates expect.
#[derive(Debug)]
pub struct ChatTemplate {
    environment: Environment<'static>,
    special: SpecialTokens,
}

/// The chat template refused the messages.
#[derive(Debug, thiserror::Error)]
#[error("the chat template refused the messages; check the order of roles that the model accepts")]
pub struct ChatError(#[source] Error);

const NAME: &str = "chat";

impl ChatTemplate {
    /// Reads `chat_template.jinja`, or else `chat_template` in `tokenizer_config.json`.
    pub(crate) fn load(artifacts: &ArtifactBytes, special: SpecialTokens) -> Result<Self, LoadError> {
        let source = match &artifacts.chat_template {
            Some(bytes) => String::from_utf8_lossy(bytes).into_owned(),
            None => embedded_template(&artifacts.tokenizer_config)?,
        };
        let mut environment = Environment::new();
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        environment.set_syntax(syntax.map_err(|source| LoadError::Template { source })?);
        environment.set_unknown_method_callback(minijinja_contrib::pycompat::unknown_method_callback);
        environment.add_function("raise_exception", |message: String| -> Result<String, Error> {
            Err(Error::new(ErrorKind::InvalidOperation, message))
        });
        environment.add_template_owned(NAME, source).map_err(|source| LoadError::Template { source })?;
        Ok(Self { environment, special })
    }

    /// The text that asks for the next reply.
    ///
    /// # Errors
    /// When the template refuses the messages.
    pub fn render(&self, messages: &[Message]) -> Result<String, ChatError> {
        let turn = |message: &Message| context! { role => message.role.as_str(), content => message.content.as_str() };
        let turns: Vec<_> = messages.iter().map(turn).collect();
        let template = self.environment.get_template(NAME).map_err(ChatError)?;
        let SpecialTokens { bos, eos } = &self.special;
        template
            .render(context! { messages => turns, add_generation_prompt => true, bos_token => bos, eos_token => eos })
            .map_err(ChatError)
    }
}

fn embedded_template(config: &[u8]) -> Result<String, LoadError> {
    let config: Value = serde_json::from_slice(config)
        .map_err(|source| LoadError::Json { file: "tokenizer_config.json".into(), source })?;
    // Some checkpoints bring several templates as a list of named ones.
    let named = |list: &Vec<Value>| {
        let default = list.iter().find(|entry| entry["name"] == "default").or(list.first());
        default.and_then(|entry| entry["template"].as_str()).map(str::to_owned)
    };
    match &config["chat_template"] {
        Value::String(source) => Ok(source.clone()),
        Value::Array(list) => named(list).ok_or(LoadError::NoTemplate),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => Err(LoadError::NoTemplate),
    }
}
