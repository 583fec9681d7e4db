//! `turnwise model list | show | check | bench | profiles`: looks at models and how they are spoken to.

mod facts;

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::json;
use turnwise_core::{ModelInfo, Price};
use turnwise_report::Align;

use turnwise_agent::{Profile, shipped_profiles};

use crate::{
    commands::bench::engine::{self, EngineArgs},
    error::Failure,
    model,
    options::ModelOptions,
    printer::{Printer, plural},
    profiles,
};

/// What to do with models.
#[derive(Args, Debug)]
pub(crate) struct ModelArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the kinds of models that can be named
    List,
    /// Load a model and show what it is, what it takes and what is recorded of it
    Show(ModelOptions),
    /// Load models and say whether they can be used
    Check(ModelOptions),
    /// Measure how fast a model reads and writes on this machine, and what share of its limit that is
    Bench(EngineArgs),
    /// List the shipped profiles, or check some with their examples
    Profiles {
        /// Names, or files ending in .toml
        profiles: Vec<String>,
        /// Print their files, which are commented
        #[arg(long, requires = "profiles")]
        source: bool,
    },
}

/// What can be given to `--model`.
const SPECS: [(&str, &str); 9] = [
    (model::SHIPPED, "the model that comes with turnwise; repairs small Python programs"),
    ("DIRECTORY", "a checkpoint in Hugging Face layout: Llama, Mistral, Qwen2, Qwen3, Mamba"),
    ("FILE.gguf", "a GGUF file of Llama, Mistral, Qwen2 or Qwen3, quantised or not"),
    ("hf:ORG/NAME[@REV]", "such a checkpoint from the Hugging Face hub, downloaded once"),
    ("hf:ORG/NAME/FILE.gguf[@REV]", "a GGUF file from there"),
    ("openai:BASE_URL#MODEL", "a model behind an OpenAI-style endpoint; key from OPENAI_API_KEY"),
    ("scripted:FILE", "recorded replies, one JSON object per task and line"),
    ("gold", "applies the suite's own solution"),
    ("nop", "hands in at once, without any change"),
];

/// Lists, shows or checks.
pub(crate) fn model(args: ModelArgs, printer: &Printer) -> Result<ExitCode, Failure> {
    match args.action {
        Action::List if printer.json() => {
            let specs: Vec<_> =
                SPECS.iter().map(|(spec, about)| json!({ "spec": spec, "about": about })).collect();
            printer.json_data(&specs)?;
        }
        Action::List => {
            let rows =
                SPECS.iter().map(|(spec, about)| vec![(*spec).to_owned(), (*about).to_owned()]).collect();
            printer.table(&[("model", Align::Left), ("what it is", Align::Left)], rows);
        }
        Action::Show(options) => show(&options, printer)?,
        Action::Check(options) => {
            let loaded = model::load(&options, printer)?;
            let profile = profiles::of_model(&options, &*loaded)?;
            printer.say("ok", &checked(loaded.info(), &profile.name));
        }
        Action::Bench(args) => engine::bench(args, printer)?,
        Action::Profiles { profiles, .. } if profiles.is_empty() => list_profiles(printer)?,
        Action::Profiles { profiles, source } => {
            for name in profiles {
                let found = profiles::find(&name)?;
                let profile = Profile::load(&found)?;
                match source {
                    true => printer.data(&found.text),
                    false => printer.say(
                        "ok",
                        &format!("{} ({})", found.file, plural(profile.example_count(), "example")),
                    ),
                }
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn list_profiles(printer: &Printer) -> Result<(), Failure> {
    let profiles = shipped_profiles().iter().map(Profile::load).collect::<Result<Vec<_>, _>>()?;
    if printer.json() {
        let list: Vec<_> = profiles
            .iter()
            .map(|profile| json!({ "name": profile.name, "about": profile.summary, "hash": profile.hash }))
            .collect();
        return printer.json_data(&list);
    }
    let rows = profiles.into_iter().map(|profile| vec![profile.name, profile.summary]).collect();
    printer.table(&[("profile", Align::Left), ("what it is for", Align::Left)], rows);
    Ok(())
}

/// What was checked: of a model on this machine that it can be loaded, of another that it can be asked for.
fn checked(info: &ModelInfo, profile: &str) -> String {
    let context = info.context.map_or("no limit known".to_owned(), |tokens| format!("{tokens} tokens"));
    match &*info.device {
        "remote" => {
            format!("{}: the endpoint answers; context {context}, profile {profile}", info.spec)
        }
        _ => info.spec.clone(),
    }
}

fn show(options: &ModelOptions, printer: &Printer) -> Result<(), Failure> {
    let loaded = model::load(options, printer)?;
    let info = loaded.info();
    let profile = profiles::of_model(options, &*loaded)?;
    let price = model::price(&info.name)?;
    let facts = model::facts(options)?;
    if printer.json() {
        return printer.json_data(&json!({
            "name": info.name, "spec": info.spec, "hash": info.hash, "device": info.device,
            "context": info.context, "profile": profile.name, "price": price.as_ref().map(price_json),
            "facts": facts.as_ref().map(facts::json),
        }));
    }
    let context = info.context.map_or("no limit".to_owned(), |tokens| format!("{tokens} tokens"));
    let rows = [
        ("name", info.name.clone()),
        ("spec", info.spec.clone()),
        ("hash", info.hash.clone()),
        ("device", info.device.clone()),
        ("context", context),
        ("profile", profile.name.clone()),
    ];
    let price = price.map(|price| ("price", price_in_words(&price)));
    let facts = facts.iter().flat_map(facts::rows);
    let rows = rows
        .into_iter()
        .chain(price)
        .chain(facts)
        .map(|(what, value)| vec![what.to_owned(), value])
        .collect();
    printer.table(&[("what", Align::Left), ("value", Align::Left)], rows);
    Ok(())
}

fn price_json(price: &Price) -> serde_json::Value {
    json!({ "input": price.input, "cached_input": price.cached_input, "output": price.output })
}

fn price_in_words(price: &Price) -> String {
    let cached = price.cached_input.map_or(String::new(), |cached| format!(", {cached} cached"));
    format!("{} in{cached}, {} out, per million tokens", price.input, price.output)
}
