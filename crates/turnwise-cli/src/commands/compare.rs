//! `turnwise compare`: the main job. Runs each policy on the same tasks and seeds and prints the paired comparison.

use std::process::ExitCode;

use clap::Args;
use turnwise_report::{
    Align, Comparison, Grid, Pair, compare as compare_run, endings_picture, solve_rate_picture,
    stats::Estimate, tokens_picture,
};
use turnwise_store::{PolicyRow, Reader, ReplyTotals};

use crate::{
    commands::run::{dry_run, exit_code},
    error::Failure,
    options::RunOptions,
    printer::{Printer, money, plural, short, short_if},
    run::{RunRequest, execute},
};

/// What to compare.
#[derive(Args, Debug)]
pub(crate) struct CompareArgs {
    /// Suites: names below tasks/, folders, or files with a task on each line
    #[arg(default_value = "pocket", value_name = "SUITE")]
    suites: Vec<String>,
    /// Policies by name or file, or `all`; each is compared with the first
    #[arg(
        long,
        alias = "policy",
        default_value = "unlimited,fixed,dynamic",
        value_delimiter = ',',
        value_name = "A,B,C"
    )]
    policies: Vec<String>,
    /// Print the comparison as a Markdown table
    #[arg(long)]
    markdown: bool,
    #[command(flatten)]
    options: RunOptions,
}

/// Compares. An interrupted run prints no comparison: half of it would mislead.
pub(crate) async fn compare(args: CompareArgs, printer: &Printer) -> Result<ExitCode, Failure> {
    let request = RunRequest::load(&args.suites, &args.policies, args.options, printer)?;
    if request.again.dry_run {
        return dry_run(&request, printer);
    }
    let done = execute(&request, printer).await?;
    if done.interrupted {
        return Ok(exit_code(&done));
    }
    let reader = Reader::open(&request.db).await?;
    let order: Vec<String> = request.policies.named.iter().map(|spec| spec.name.clone()).collect();
    let comparison = compare_run(&reader, &done.run, &order).await?;
    if printer.json() {
        printer.json_data(&comparison)?;
    } else if args.markdown {
        printer.data(&whole_grid(&comparison).markdown());
    } else {
        print(&comparison, printer);
        let mut trials = reader.trials(&done.run).await?;
        trials.sort_by_key(|trial| order.iter().position(|name| *name == trial.policy));
        printer.data("\nhow attempts ended");
        printer.data(&endings_picture(&trials, printer.columns()));
        printer.note(&format!(
            "hint: `turnwise show {}` lists its trials, `turnwise query --list` what can be asked",
            done.run
        ));
    }
    reader.close().await;
    Ok(exit_code(&done))
}

/// What each policy came to and how that compares, in one table.
fn whole_grid(comparison: &Comparison) -> Grid {
    let mut grid = Grid::new(&[
        ("policy", Align::Left),
        ("solved", Align::Right),
        ("solve rate, points", Align::Right),
        ("turns, times", Align::Right),
        ("tokens, times", Align::Right),
        ("computed, times", Align::Right),
        ("tokens per solved", Align::Right),
        ("p", Align::Right),
    ]);
    for row in &comparison.policies {
        let solved = format!("{} of {}", row.solved, row.trials);
        let per_solved = row.tokens_per_solved.map_or("–".to_owned(), |tokens| format!("{tokens:.0}"));
        let pair = comparison.pairs.iter().find(|pair| pair.policy == row.policy);
        let ratio = |of: fn(&Pair) -> Option<Estimate>| pair.map_or("1".to_owned(), |pair| times(of(pair)));
        grid.row([
            format!("`{}`", row.policy),
            solved,
            pair.map_or("0".to_owned(), |pair| points(pair.solve_rate_difference)),
            ratio(|pair| pair.turn_ratio),
            ratio(|pair| pair.token_ratio),
            ratio(|pair| pair.compute_token_ratio),
            per_solved,
            pair.map_or(String::new(), |pair| format!("{:.3}", pair.p_value)),
        ]);
    }
    grid
}

/// A difference of rates in percentage points with its interval.
fn points(estimate: Option<Estimate>) -> String {
    estimate.map_or("–".to_owned(), |Estimate { value, lo, hi }| {
        format!("{:+.1} ({:+.1} to {:+.1})", value * 100.0, lo * 100.0, hi * 100.0)
    })
}

/// A ratio with its interval.
fn times(estimate: Option<Estimate>) -> String {
    estimate.map_or("–".to_owned(), |Estimate { value, lo, hi }| format!("{value:.2} ({lo:.2} to {hi:.2})"))
}

fn print(comparison: &Comparison, printer: &Printer) {
    printer.data(&format!(
        "run {}: suite {}, {} × {}, model {}",
        comparison.run_id,
        comparison.suite,
        plural(comparison.tasks, "task"),
        plural(comparison.seeds, "seed"),
        comparison.model
    ));
    printer.data("");
    policy_table(&comparison.policies, printer);
    if !comparison.pairs.is_empty() {
        printer.data("");
        pair_table(&comparison.pairs, printer);
    }
    printer.data(&format!("\n{}", replies_line(&comparison.replies)));
    printer.data("\nsolve rate with its 95 % interval");
    printer.data(&solve_rate_picture(&comparison.policies, printer.columns()));
    printer.data("\nprompt and reply tokens per solved task");
    printer.data(&tokens_picture(&comparison.policies, printer.columns()));
}

/// What was computed for a comparison and what was not.
fn replies_line(totals: &ReplyTotals) -> String {
    let some = |tokens: i64, turns: i64| {
        let turns = plural(usize::try_from(turns).unwrap_or(0), "turn");
        format!("{} tokens in {turns}", short(tokens.unsigned_abs()))
    };
    format!(
        "computed: {}; reused: {}",
        some(totals.computed_tokens, totals.computed),
        some(totals.reused_tokens, totals.reused)
    )
}

/// What policies came to, one a line; what they cost, where that is known of any.
pub(crate) fn policy_table(policies: &[PolicyRow], printer: &Printer) {
    let mut columns = vec![
        ("suite", Align::Left),
        ("policy", Align::Left),
        ("trials", Align::Right),
        ("solved", Align::Right),
        ("rate", Align::Right),
        ("95 %", Align::Right),
        ("turns", Align::Right),
        ("tokens", Align::Right),
        ("per solved", Align::Right),
        ("computed", Align::Right),
    ];
    let priced = policies.iter().any(|row| row.cost.is_some());
    columns.extend(priced.then_some(("cost", Align::Right)));
    let percent =
        |share: Option<f64>| share.map_or("–".to_owned(), |share| format!("{:.0}", share * 100.0));
    let rows = policies.iter().map(|row| {
        let mut cells = vec![
            row.suite.clone(),
            row.policy.clone(),
            row.trials.to_string(),
            row.solved.to_string(),
            format!("{} %", percent(row.solve_rate)),
            format!("{} to {}", percent(row.solve_lo), percent(row.solve_hi)),
            row.turns_mean.map_or("–".to_owned(), |turns| format!("{turns:.1}")),
            short_if(row.prompt_tokens.zip(row.decode_tokens).map(|(shown, written)| shown + written)),
            row.tokens_per_solved.map_or("–".to_owned(), |tokens| format!("{tokens:.0}")),
            short_if(row.compute_tokens()),
        ];
        cells.extend(priced.then(|| row.cost.map_or("–".to_owned(), money)));
        cells
    });
    printer.table(&columns, rows.collect());
}

fn pair_table(pairs: &[Pair], printer: &Printer) {
    let against = format!("against {}", pairs.first().map_or("", |pair| &pair.baseline));
    let columns = [
        (against.as_str(), Align::Left),
        ("pairs", Align::Right),
        ("solve rate, points", Align::Right),
        ("turns, times", Align::Right),
        ("tokens, times", Align::Right),
        ("computed, times", Align::Right),
        ("only it", Align::Right),
        ("only other", Align::Right),
        ("p", Align::Right),
    ];
    let rows = pairs.iter().map(|pair| {
        vec![
            pair.policy.clone(),
            pair.n.to_string(),
            points(pair.solve_rate_difference),
            times(pair.turn_ratio),
            times(pair.token_ratio),
            times(pair.compute_token_ratio),
            pair.only_policy.to_string(),
            pair.only_baseline.to_string(),
            format!("{:.3}", pair.p_value),
        ]
    });
    printer.table(&columns, rows.collect());
}
