//! The report as tables.

use turnwise_learn::Predicts;
use turnwise_report::{Align, Grid, stats::Estimate};

use super::{Counted, ProbeReport, Report, progress::ProgressReport};

const RIGHT: Align = Align::Right;

/// All of it, as Markdown or for a terminal.
pub(super) fn of(report: &Report, markdown: bool) -> String {
    let Report { learned_on, calibrated_on, tested_on, probes, progress } = report;
    let mut parts = vec![format!(
        "Learned on {}, calibrated on {}, tested on {}.",
        counted(learned_on),
        counted(calibrated_on),
        counted(tested_on)
    )];
    let show = |grid: Grid| {
        let text = if markdown { grid.markdown() } else { grid.render() };
        text.trim_end().to_owned()
    };
    for probe in probes {
        parts.push(heading(probe, markdown));
        parts.push(show(tested(probe)));
        parts.push(show(sets(probe)));
    }
    parts.push(if markdown { "### Progress".to_owned() } else { "progress".to_owned() });
    parts.push(show(kinds(progress)));
    if progress.with_values > 0 {
        parts.push(format!("Values by forking are known of {} runs.", progress.with_values));
    }
    parts.push(show(paid(progress)));
    parts.join("\n\n")
}

fn counted(counted: &Counted) -> String {
    format!("{} runs of {} tasks ({} solved)", counted.runs, counted.tasks, counted.solved)
}

fn heading(probe: &ProbeReport, markdown: bool) -> String {
    let name = match probe.predicts {
        Predicts::Pass => "`lynx-submit`: hand in now",
        Predicts::Hopeless => "`lynx-giveup`: give up now",
        Predicts::Think => "`lynx-think`: leave the thinking",
        Predicts::Exit => "exit hazard",
    };
    let auroc = match (probe.auroc, probe.auroc_lo, probe.auroc_hi) {
        (Some(auroc), Some(lo), Some(hi)) => format!("AUROC {auroc:.3} ({lo:.3} to {hi:.3})"),
        _ => "AUROC unknown".to_owned(),
    };
    let figures = format!(
        "A {} probe; on tasks of its half that it did not learn from: {auroc}, Brier {:.3}, steepest slope {:.2}.",
        probe.kind.name(),
        probe.brier,
        probe.slope
    );
    if markdown {
        format!("### {name}\n\n{figures}")
    } else {
        format!("{}\n{figures}", name.replace('`', ""))
    }
}

fn tested(probe: &ProbeReport) -> Grid {
    let mut grid = Grid::new(&[
        ("method", Align::Left),
        ("delta", RIGHT),
        ("threshold", RIGHT),
        ("acted on", RIGHT),
        ("wrongly", RIGHT),
        ("unseen families", RIGHT),
        ("solved", RIGHT),
        ("tokens saved", RIGHT),
        ("computing saved", RIGHT),
        ("thinking saved", RIGHT),
    ]);
    for row in &probe.tested {
        let outcome = &row.outcome;
        grid.row(vec![
            row.method.to_owned(),
            percent(row.delta),
            threshold(row.threshold),
            outcome.acted.to_string(),
            interval(outcome.wrong),
            interval(row.unseen_wrong),
            format!("{} of {}", outcome.solved, outcome.solved_recorded),
            percent(outcome.saved_tokens),
            percent(outcome.saved_computed),
            percent(outcome.saved_thinking),
        ]);
    }
    grid
}

fn sets(probe: &ProbeReport) -> Grid {
    let mut grid = Grid::new(&[
        ("method", Align::Left),
        ("delta", RIGHT),
        ("wrongly, mean over calibration sets", RIGHT),
        ("sets above delta", RIGHT),
        ("sets that never act", RIGHT),
    ]);
    for row in &probe.resampled {
        let (method, delta) = row.name();
        grid.row(vec![
            method.to_owned(),
            percent(delta),
            percent(row.mean),
            interval(row.exceeding),
            percent(row.never),
        ]);
    }
    grid
}

fn kinds(progress: &ProgressReport) -> Grid {
    let mut grid = Grid::new(&[
        ("kind", Align::Left),
        ("AUROC at 25 %", RIGHT),
        ("at 50 %", RIGHT),
        ("at 75 %", RIGHT),
        ("turn count alone", RIGHT),
        ("MSE", RIGHT),
        ("within 0.1", RIGHT),
        ("sums off by", RIGHT),
        ("with the tests' score", RIGHT),
        ("with leave-one-out", RIGHT),
        ("with values by forking", RIGHT),
    ]);
    for row in &progress.kinds {
        let figures = &row.figures;
        let early = |at: usize| match figures.early.get(at).and_then(|early| early.progress) {
            Some(area) => format!("{:.3} ({:.3} to {:.3})", area.value, area.lo, area.hi),
            None => "–".to_owned(),
        };
        let turns: Vec<String> = figures
            .early
            .iter()
            .map(|early| early.turns.map_or_else(|| "–".to_owned(), |area| format!("{:.3}", area.value)))
            .collect();
        let rank = |rank: Option<f64>| rank.map_or_else(|| "–".to_owned(), |rank| format!("{rank:.2}"));
        grid.row(vec![
            format!("{:?}", row.kind).to_lowercase(),
            early(0),
            early(1),
            early(2),
            turns.join(", "),
            format!("{:.4}", figures.mse.value),
            percent(figures.within.value),
            format!("{:.1e}", figures.gap),
            rank(row.with_score),
            rank(row.with_leave_one_out),
            rank(row.with_values),
        ]);
    }
    grid
}

fn paid(progress: &ProgressReport) -> Grid {
    let mut grid = Grid::new(&[("turn", RIGHT), ("credit", RIGHT), ("action", Align::Left)]);
    for row in &progress.paid {
        grid.row(vec![row.turn.to_string(), format!("{:+.3}", row.credit), row.action.clone()]);
    }
    grid
}

fn threshold(value: Option<f64>) -> String {
    match value {
        None => "never".to_owned(),
        Some(value) if value.abs() > 1e9 => "always".to_owned(),
        Some(value) => format!("{value:.4}"),
    }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", share * 100.0)
}

fn interval(share: Option<Estimate>) -> String {
    match share {
        Some(Estimate { value, lo, hi }) => {
            format!("{:.1} % ({:.1} to {:.1})", value * 100.0, lo * 100.0, hi * 100.0)
        }
        None => "–".to_owned(),
    }
}
