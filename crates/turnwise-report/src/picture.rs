//! A comparison at a glance, in characters: readable in any width from 40 columns on and without colour.

use turnwise_store::{PolicyRow, TrialRow};

use crate::grid::{Align, pad, width};

/// The least room a chart is given.
const LEAST: usize = 10;
/// Parts of a character cell, from an eighth to the whole.
const EIGHTHS: [char; 8] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];
/// How each ending is filled, in the order of a bar; endings that are none of these are `·`.
const FILLS: [(&str, char); 10] = [
    ("submitted", '█'),
    ("turn_limit", '▓'),
    ("token_limit", '▒'),
    ("time_limit", '░'),
    ("cost_limit", '$'),
    ("context_full", '▚'),
    ("format_errors", '×'),
    ("stopped", '■'),
    ("infra_error", '!'),
    ("interrupted", '/'),
];

/// The solve rate of each policy with its interval, on a scale from 0 to 100 %, in `columns` columns.
pub fn solve_rate_picture(policies: &[PolicyRow], columns: usize) -> String {
    let labels: Vec<String> = policies
        .iter()
        .map(|row| match (row.solve_rate, row.solve_lo, row.solve_hi) {
            (Some(rate), Some(lo), Some(hi)) => {
                format!("{:3.0} %  {:.0} to {:.0}", rate * 100.0, lo * 100.0, hi * 100.0)
            }
            _ => "not graded".to_owned(),
        })
        .collect();
    chart(policies, &labels, columns, |row, room| {
        let cell = |share: f64| cell_of(share, room);
        let (rate, lo, hi) = (row.solve_rate.map(cell), row.solve_lo.map(cell), row.solve_hi.map(cell));
        (0..room)
            .map(|at| match (rate, lo, hi) {
                (Some(rate), ..) if at == rate => '●',
                (_, Some(lo), Some(hi)) if (lo..=hi).contains(&at) => '━',
                _ => '·',
            })
            .collect()
    })
}

/// The tokens per solved task of each policy as a bar, the longest filling the room.
pub fn tokens_picture(policies: &[PolicyRow], columns: usize) -> String {
    let most = policies.iter().filter_map(|row| row.tokens_per_solved).fold(0.0, f64::max);
    let label = |row: &PolicyRow| match (row.tokens_per_solved, row.solved) {
        (Some(tokens), _) => grouped(tokens),
        (None, 0) => "none solved".to_owned(),
        (None, _) => "not known".to_owned(),
    };
    let labels: Vec<String> = policies.iter().map(label).collect();
    chart(policies, &labels, columns, |row, room| {
        let share = row.tokens_per_solved.map_or(0.0, |tokens| if most > 0.0 { tokens / most } else { 0.0 });
        bar(share, room)
    })
}

/// How the trials of each policy ended: a bar of one fill for each ending, and what the fills mean.
pub fn endings_picture(trials: &[TrialRow], columns: usize) -> String {
    let mut policies: Vec<&str> = Vec::new();
    for trial in trials {
        if !policies.contains(&trial.policy.as_str()) {
            policies.push(&trial.policy);
        }
    }
    let names = policies.iter().map(|name| width(name)).max().unwrap_or(0);
    let mut text = String::new();
    for policy in policies {
        let of_policy: Vec<&TrialRow> = trials.iter().filter(|trial| trial.policy == policy).collect();
        let counts: Vec<usize> = FILLS
            .iter()
            .map(|(name, _)| of_policy.iter().filter(|t| t.ending.as_deref() == Some(name)).count())
            .collect();
        let others = of_policy.len() - counts.iter().sum::<usize>();
        let legend = legend(&counts, others);
        let room = columns.saturating_sub(names + 2).max(LEAST);
        let bar = stacked(&counts, others, room);
        text.push_str(&format_line(&pad(policy, names, Align::Left), &bar, ""));
        text.push_str(&format_line(&pad("", names, Align::Left), &legend, ""));
    }
    text
}

fn chart(
    policies: &[PolicyRow],
    labels: &[String],
    columns: usize,
    draw: impl Fn(&PolicyRow, usize) -> String,
) -> String {
    let names = policies.iter().map(|row| width(&row.policy)).max().unwrap_or(0);
    let notes = labels.iter().map(|label| width(label)).max().unwrap_or(0);
    let room = columns.saturating_sub(names + notes + 4).max(LEAST);
    let lines = policies.iter().zip(labels).map(|(row, label)| {
        format_line(&pad(&row.policy, names, Align::Left), &pad(&draw(row, room), room, Align::Left), label)
    });
    lines.collect()
}

fn format_line(name: &str, drawn: &str, label: &str) -> String {
    format!("{}\n", format!("{name}  {drawn}  {label}").trim_end())
}

/// The cell of a share in [0, 1] among `room` cells.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of a terminal's width, clamped to it"
)]
fn cell_of(share: f64, room: usize) -> usize {
    let last = room.saturating_sub(1);
    ((share.clamp(0.0, 1.0) * last as f64).round() as usize).min(last)
}

/// A bar of a share of the room, to an eighth of a cell; anything above nothing is seen.
fn bar(share: f64, room: usize) -> String {
    let eighths = cell_of(share, room * 8 + 1).max(usize::from(share > 0.0));
    let mut text = "█".repeat(eighths / 8);
    if let Some(rest) = (eighths % 8).checked_sub(1) {
        text.push(EIGHTHS[rest]);
    }
    text
}

/// A bar of all the room, shared out by the counts; rounding never drops the sum.
fn stacked(counts: &[usize], others: usize, room: usize) -> String {
    let total = counts.iter().sum::<usize>() + others;
    let fills = FILLS.iter().map(|(_, fill)| *fill).chain(['·']);
    let mut text = String::new();
    let (mut before, mut drawn) = (0, 0);
    for (count, fill) in counts.iter().copied().chain([others]).zip(fills) {
        before += count;
        let until = (before * room).div_ceil(total.max(1));
        text.extend(std::iter::repeat_n(fill, until - drawn));
        drawn = until;
    }
    text
}

fn legend(counts: &[usize], others: usize) -> String {
    let named = FILLS.iter().map(|(name, fill)| (*name, *fill)).zip(counts.iter().copied());
    let all = named.chain([(("other", '·'), others)]);
    let parts =
        all.filter(|(_, count)| *count > 0).map(|((name, fill), count)| format!("{fill} {name} {count}"));
    parts.collect::<Vec<_>>().join("   ")
}

/// A count with blanks between its thousands.
fn grouped(count: f64) -> String {
    let digits = format!("{count:.0}");
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 3 == 0 {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests;
