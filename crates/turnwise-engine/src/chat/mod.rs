//! From messages to the text that the model was trained on, by the checkpoint's own chat template.
//!
//! A template gets what `apply_chat_template` of Hugging Face transformers gives it: `messages`, `tools`,
//! `documents` (none), `add_generation_prompt`, `bos_token`, `eos_token`, `enable_thinking` where the style sets it,
//! `raise_exception`, `strftime_now` (a fixed date), Python's methods, and `tojson` as Python writes it.

mod date;
mod json;
mod message;

use minijinja::{
    Environment, Error, ErrorKind, Value as Variable, context,
    syntax::SyntaxConfig,
    value::{Kwargs, Serde},
};
use serde_json::Value;
use turnwise_core::{Message, Style};

use self::message::Arguments;
pub(crate) use self::message::tools;
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
        environment.add_function("strftime_now", |format: &str| date::strftime_now(format));
        environment.add_filter("tojson", json::tojson);
        environment.add_filter("indent", indent);
        environment.add_function("raise_exception", |message: String| -> Result<String, Error> {
            Err(Error::new(ErrorKind::InvalidOperation, message))
        });
        environment
            .add_template_owned(NAME, without_generation(&source))
            .map_err(|source| LoadError::Template { source })?;
        Ok(Self { environment, special })
    }

    /// The text that asks for the next reply.
    ///
    /// # Errors
    /// When the template refuses the messages.
    pub fn render(&self, messages: &[Message], style: &Style) -> Result<String, ChatError> {
        match self.render_with(messages, style, Arguments::Value) {
            Err(error) if messages.iter().any(|message| !message.tool_calls.is_empty()) => {
                // The first refusal says more where both forms are refused.
                self.render_with(messages, style, Arguments::Text).map_err(|_| error)
            }
            rendered => rendered,
        }
        .map_err(ChatError)
    }

    fn render_with(&self, messages: &[Message], style: &Style, form: Arguments) -> Result<String, Error> {
        let SpecialTokens { bos, eos } = &self.special;
        self.environment.get_template(NAME)?.render(context! {
            messages => Serde(message::messages(messages, form)),
            tools => Serde(message::tools(&style.tools)),
            documents => (),
            add_generation_prompt => true,
            bos_token => bos,
            eos_token => eos,
            enable_thinking => style.enable_thinking.map_or(Variable::UNDEFINED, Variable::from),
        })
    }

    /// Whether the template writes tools into the prompt.
    pub(crate) fn knows_tools(&self) -> bool {
        let template = self.environment.get_template(NAME);
        template.is_ok_and(|template| template.undeclared_variables(false).contains("tools"))
    }
}

/// Jinja's `indent`, which keeps the line break at a text's end.
fn indent(text: &str, width: Option<usize>, args: Kwargs) -> Result<String, Error> {
    let width = width.or(args.get("width")?).unwrap_or(4);
    let [first, blank] = ["first", "blank"].map(|name| args.get::<Option<bool>>(name));
    let (first, blank) = (first?.unwrap_or(false), blank?.unwrap_or(false));
    args.assert_all_used()?;
    let lines = text.split('\n').enumerate().map(|(at, line)| {
        let indented = if at == 0 { first } else { blank || !line.is_empty() };
        " ".repeat(if indented { width } else { 0 }) + line
    });
    Ok(lines.collect::<Vec<_>>().join("\n"))
}

/// The template without `{% generation %}`, which marks what a trainer learns from and writes nothing: a condition
/// that always holds takes its place, so that the white space around it is treated as before.
fn without_generation(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some((before, tag)) = rest.split_once("{%") {
        out.extend([before, "{%"]);
        let word = tag.trim_start_matches(['-', '+']).trim_start();
        out.push_str(&tag[..tag.len() - word.len()]);
        let instead =
            [("generation", "if true"), ("endgeneration", "endif")].into_iter().find_map(|(old, new)| {
                let behind = word.strip_prefix(old)?;
                behind.trim_start_matches([' ', '-', '+']).starts_with("%}").then_some((new, behind))
            });
        match instead {
            Some((new, behind)) => {
                out.push_str(new);
                rest = behind;
            }
            None => rest = word,
        }
    }
    out + rest
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
mod tests;
