//! From messages to the text that the model was trained on, by the checkpoint's own chat template.
//!
//! A template gets `messages`, `add_generation_prompt`, `bos_token` and `eos_token`, and Python's methods
//! of strings. It gets no tools, documents or clock.

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
        let turn = |m: &Message| context! { role => m.role.as_str(), content => m.content.as_str() };
        let messages: Vec<_> = messages.iter().map(turn).collect();
        let template = self.environment.get_template(NAME).map_err(ChatError)?;
        let SpecialTokens { bos, eos } = &self.special;
        template
            .render(context! { messages, add_generation_prompt => true, bos_token => bos, eos_token => eos })
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

#[cfg(test)]
mod tests {
    use turnwise_core::{Message, Role};

    use super::ChatTemplate;
    use crate::{ArtifactBytes, Family, LoadError, fixture, tokenizer::SpecialTokens};

    fn template(source: &str) -> Result<ChatTemplate, LoadError> {
        let artifacts = ArtifactBytes {
            chat_template: Some(source.as_bytes().to_vec().into()),
            ..fixture::checkpoint(&fixture::config(Family::Qwen3))
        };
        ChatTemplate::load(&artifacts, SpecialTokens { bos: "<s>".into(), eos: "</s>".into() })
    }

    #[test]
    fn what_templates_of_checkpoints_use_is_there() {
        let source = "{{- bos_token }}
            {%- set ns = namespace(last=-1) %}
            {%- for message in messages[::-1] %}
                {%- if ns.last < 0 and message.role == 'user' and message['content'] is string %}
                    {%- set ns.last = messages|length - 1 - loop.index0 %}
                {%- endif %}
            {%- endfor %}
            {%- for message in messages %}
                {%- if message.content.startswith('<t>') and loop.index0 < ns.last %}
                    {{- message.content.split('</t>')[-1].lstrip() + eos_token }}
                {%- elif tools is defined %}
                    {{- tools | tojson }}
                {%- else %}
                    {{- message.role ~ ':' ~ message.content | trim ~ eos_token }}
                {%- endif %}
            {%- endfor %}
            {%- if add_generation_prompt %}{{- 'assistant:' }}{% endif %}";
        let said = [(Role::User, " a "), (Role::Assistant, "<t>x</t> ls"), (Role::User, "b")];
        let messages = said.map(|(role, text)| Message::new(role, text));
        let text = template(source).unwrap().render(&messages).unwrap();
        assert_eq!(text, "<s>user:a</s>ls</s>user:b</s>assistant:");
    }

    #[test]
    fn a_template_may_refuse() {
        let refusing = template("{{ raise_exception('no system role') }}").unwrap();
        assert!(refusing.render(&[]).is_err());
    }
}
