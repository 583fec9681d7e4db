//! `turnwise bench engine`, also `turnwise model bench`: how fast a model reads and writes on this machine.

use clap::Args;
use serde_json::{Value, json};
use turnwise_engine::{SpeedError, SpeedReport, SpeedTest, measure_speed};
use turnwise_report::Align;

use crate::{error::Failure, model, options::ModelOptions, printer::Printer};

/// What to measure.
#[derive(Args, Debug)]
pub(crate) struct EngineArgs {
    #[command(flatten)]
    model: ModelOptions,
    /// How many conversations at once; each number is measured
    #[arg(long, default_value = "1,8", value_delimiter = ',', value_name = "N,N", value_parser = count)]
    batch: Vec<usize>,
    /// How long the prompts are, in tokens
    #[arg(long, default_value = "512", value_name = "N", value_parser = count)]
    prompt: usize,
    /// How many tokens each conversation writes
    #[arg(long, default_value = "64", value_name = "N", value_parser = count)]
    steps: usize,
    /// How often everything is done; the best counts
    #[arg(long, default_value = "3", value_name = "N", value_parser = count)]
    rounds: usize,
}

/// Measures and says so.
pub(crate) fn bench(args: EngineArgs, printer: &Printer) -> Result<(), Failure> {
    let EngineArgs { model, batch: batches, prompt, steps, rounds } = args;
    let artifacts = model::artifacts(&model)?.ok_or_else(|| Failure::Usage {
        message: format!(
            "`{}` is no checkpoint on this machine, and only such can be measured; name a directory, a .gguf file or \
             `pocket`",
            model.model
        ),
    })?;
    let test = SpeedTest { batches, prompt, steps, rounds };
    let options = model.engine(model::device(&model, printer)?);
    let report = measure_speed(&artifacts, &options, &test).map_err(failure)?;
    if printer.json() {
        return printer.json_data(&in_json(&model.model, &test, &report));
    }
    let columns = [
        ("conversations", Align::Right),
        ("reads tokens/s", Align::Right),
        ("of the limit", Align::Right),
        ("writes tokens/s", Align::Right),
        ("of the limit", Align::Right),
    ];
    let share = |value: f64, limit: Option<f64>| {
        limit.map_or("–".to_owned(), |limit| format!("{:.0} %", 100.0 * value / limit))
    };
    let rows = report.speeds.iter().map(|speed| {
        vec![
            speed.batch.to_string(),
            format!("{:.0}", speed.prefill),
            share(speed.operations, report.limits.map(|limits| limits.operations)),
            format!("{:.0}", speed.decode),
            share(speed.bytes, report.limits.map(|limits| limits.bytes)),
        ]
    });
    printer.table(&columns, rows.collect());
    printer.data(&about(&test, &report));
    Ok(())
}

/// What was measured, and what the limits are.
fn about(test: &SpeedTest, report: &SpeedReport) -> String {
    let threads = if report.threads == 1 { "thread" } else { "threads" };
    let limits = report.limits.map_or(String::new(), |limits| {
        format!(
            "; at most {:.0} GFLOP/s, and {:.1} GB/s where {:.0} MB lie",
            limits.operations / 1e9,
            limits.bytes / 1e9,
            report.weight_bytes as f64 / 1e6
        )
    });
    format!(
        "\n{}, {} {threads}, {} tokens behind prompts of {}{limits}",
        report.device, report.threads, test.steps, test.prompt
    )
}

fn in_json(model: &str, test: &SpeedTest, report: &SpeedReport) -> Value {
    let limits = report.limits.map(|limits| {
        json!({
            "flops": limits.operations, "bytes_per_second": limits.bytes
        })
    });
    let speeds: Vec<_> = report
        .speeds
        .iter()
        .map(|speed| {
            json!({
                "batch": speed.batch, "prefill_tokens_per_second": speed.prefill,
                "decode_tokens_per_second": speed.decode, "prefill_flops": speed.operations,
                "decode_bytes_per_second": speed.bytes,
            })
        })
        .collect();
    json!({
        "model": model, "device": report.device, "threads": report.threads, "prompt": test.prompt,
        "steps": test.steps, "weight_bytes": report.weight_bytes, "limits": limits, "speeds": speeds,
    })
}

fn failure(error: SpeedError) -> Failure {
    match error {
        SpeedError::Load(error) => Failure::Model(error),
        SpeedError::Decode(error) => Failure::Usage { message: error.to_string() },
    }
}

fn count(text: &str) -> Result<usize, String> {
    text.trim()
        .parse()
        .ok()
        .filter(|count| *count > 0)
        .ok_or_else(|| "write a whole number from 1".to_owned())
}
