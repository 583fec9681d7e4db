//! Where models come from: the one that is compiled in, or what the engine finds by its specification.

use std::{
    env, fs,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use turnwise_core::{Model, Price};
use turnwise_engine::{
    ArtifactBytes, Away, DeviceChoice, LocalModel, ModelFacts, Named, Prices, Watch,
    backend::{choose, nvidia},
};

use crate::{error::Failure, options::ModelOptions, printer::Printer};

/// The specification of the shipped model.
pub(crate) const SHIPPED: &str = "pocket";

/// Loads the model that the options name.
pub(crate) fn load(options: &ModelOptions, printer: &Printer) -> Result<Arc<dyn Model>, Failure> {
    let engine = options.engine(device(options, printer)?);
    if options.model == SHIPPED {
        let named = Named { name: SHIPPED.to_owned(), spec: SHIPPED.to_owned() };
        return Ok(Arc::new(LocalModel::new(named, &turnwise_pocket::shipped(), &engine)?));
    }
    let away = Away { remote: options.remote(), watch: &Bar::new(printer) };
    Ok(turnwise_engine::load_from(&options.model, &engine, &away)?)
}

/// Specifications of models that compute nothing here begin so, or are these.
const ELSEWHERE: [&str; 4] = ["openai:", "scripted:", "gold", "nop"];

/// Decides where the model computes, and says so where it is not what one might expect.
pub(crate) fn device(options: &ModelOptions, printer: &Printer) -> Result<DeviceChoice, Failure> {
    let spec = options.model.as_str();
    // So small a model gains nothing from a GPU, and its figures are those of the processor.
    let is_shipped = spec == SHIPPED && options.device == DeviceChoice::Auto;
    let is_elsewhere = ELSEWHERE.iter().any(|kind| match kind.ends_with(':') {
        true => spec.starts_with(kind),
        false => spec == *kind,
    });
    if is_shipped || is_elsewhere || options.device == DeviceChoice::Cpu {
        return Ok(DeviceChoice::Cpu);
    }
    let chosen = choose(options.device, &nvidia())?;
    if let Some(line) = chosen.line {
        printer.say("Device", &line);
    }
    Ok(chosen.device)
}

/// The checkpoint that the options name; `None` where it is none on this machine.
pub(crate) fn artifacts(options: &ModelOptions) -> Result<Option<ArtifactBytes>, Failure> {
    match options.model.as_str() {
        SHIPPED => Ok(Some(turnwise_pocket::shipped())),
        spec => Ok(ArtifactBytes::at(Path::new(spec))?),
    }
}

/// What the checkpoint is that the options name; `None` where it is none on this machine.
pub(crate) fn facts(options: &ModelOptions) -> Result<Option<ModelFacts>, Failure> {
    Ok(artifacts(options)?.as_ref().map(ModelFacts::of).transpose()?)
}

/// The file of prices, if one is named.
fn prices_file() -> Option<PathBuf> {
    env::var_os("TURNWISE_PRICES").filter(|path| !path.is_empty()).map(PathBuf::from)
}

/// What the model costs: by the file that `TURNWISE_PRICES` names, or else by the shipped one, which names nothing.
pub(crate) fn price(model: &str) -> Result<Option<Price>, Failure> {
    Ok(prices()?.of(model))
}

/// Where a price was looked for, and what to do where there is none.
pub(crate) fn where_prices_are() -> String {
    match prices_file() {
        Some(file) => {
            format!("{} (named by TURNWISE_PRICES) has none; add a [[price]] for it", file.display())
        }
        None => "no file is named; write a [[price]] for it into a file and name that in TURNWISE_PRICES"
            .to_owned(),
    }
}

/// The prices of models: those of the file that `TURNWISE_PRICES` names, or else the shipped ones.
fn prices() -> Result<Prices, Failure> {
    let Some(path) = prices_file() else { return Ok(Prices::shipped()?) };
    let text = fs::read_to_string(&path);
    let file = path.display().to_string();
    let text = text.map_err(|source| Failure::File { path, access: "read", source })?;
    Ok(Prices::parse(&file, &text)?)
}

/// A download on standard error: a bar that moves, or a line for each file.
struct Bar {
    bar: ProgressBar,
    printer: Printer,
}

impl Bar {
    fn new(printer: &Printer) -> Self {
        Self {
            bar: ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()),
            printer: printer.clone(),
        }
    }
}

impl Watch for Bar {
    fn begin(&self, file: &str, total: u64, have: u64) {
        if !self.printer.wants_bar() {
            let megabytes = (total - have) as f64 / 1e6;
            return self.printer.say("Downloading", &format!("{file}, {megabytes:.1} MB"));
        }
        let template = "{msg:>24} {bar:24} {bytes}/{total_bytes}, {bytes_per_sec}, eta {eta}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style.progress_chars("━━─"));
        }
        self.bar.reset();
        self.bar.set_draw_target(ProgressDrawTarget::stderr());
        self.bar.set_length(total);
        self.bar.set_position(have);
        self.bar.set_message(file.to_owned());
        self.bar.enable_steady_tick(Duration::from_millis(200));
    }

    fn advance(&self, bytes: u64) {
        self.bar.inc(bytes);
    }

    fn end(&self) {
        self.bar.finish_and_clear();
    }
}
