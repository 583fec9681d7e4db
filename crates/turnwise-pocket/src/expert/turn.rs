//! A turn of the expert: what it says, what it is answered, what the harness remarks, what it learns.

use super::{
    trajectory::{Segment, Weight},
    work::{Expert, Flow, Halt},
};
use std::ops::ControlFlow;

/// The most turns of a run without a budget.
const TURN_CAP: u32 = 28;
/// From this many turns left on, the expert hurries.
pub(super) const HURRY: u32 = 2;

impl Expert<'_> {
    /// Takes a turn.
    pub(super) fn act(&mut self, thought: &str, command: &str, weight: Weight) -> Flow {
        let asks = self.left().is_some_and(|left| left <= HURRY) && self.turn > 0;
        let more = if asks { "<more>" } else { "" };
        self.segments.push(Segment { role: "assistant", text: format!("{thought}{more}{command}"), weight });
        self.turn += 1;
        let output = match self.shell.run(command, self.oracle) {
            Ok(output) => output,
            Err(error) => return ControlFlow::Break(Halt::Oracle(error)),
        };
        self.learn(command, &output);
        let shown = if output.is_empty() { "(no output)" } else { output.trim_end() };
        let (remark, over) = self.count();
        let text = format!("{shown}{remark}");
        if over {
            return ControlFlow::Break(Halt::Budget);
        }
        self.segments.push(Segment { role: "tool", text, weight: Weight::Observe });
        ControlFlow::Continue(())
    }

    /// What the harness remarks after a turn, and whether the attempt is over.
    fn count(&mut self) -> (String, bool) {
        let Some(limit) = self.limit else { return (String::new(), self.turn >= TURN_CAP) };
        if self.turn < limit {
            return (format!("\n{}", reminder(limit - self.turn)), false);
        }
        match self.extended.take() {
            Some(extended) => {
                self.limit = Some(extended);
                let left = turns(extended - self.turn);
                let notice = format!("Your limit was extended. You have {left} left to complete the task.");
                (format!("\nENVIRONMENT REMINDER: {notice}"), false)
            }
            None => (String::new(), true),
        }
    }

    /// Takes in what a command showed.
    fn learn(&mut self, command: &str, output: &str) {
        for (index, file) in self.program.files.iter().enumerate() {
            if command.contains(&read(&file.path)) {
                self.stale.retain(|place| place.file != index);
            }
        }
        let Some(last) = output.lines().last().and_then(|line| line.strip_suffix(" passed")) else { return };
        let Some((passed, total)) = last.split_once('/') else { return };
        self.passed = passed.parse().unwrap_or(0);
        self.broken = output.lines().rev().nth(1).is_some_and(|line| line.contains(".py: "));
        let mut lines =
            output.lines().rev().skip(1).take_while(|line| line.contains(", want ")).collect::<Vec<_>>();
        lines.reverse();
        let first = lines.first().map(|line| line.split('(').next().unwrap_or_default().to_owned());
        self.failing = if passed == total { None } else { first.or_else(|| self.failing.clone()) };
    }

    /// The turns left, if there is a limit.
    pub(super) fn left(&self) -> Option<u32> {
        self.limit.map(|limit| limit.saturating_sub(self.turn))
    }

    /// Whether the end is near.
    pub(super) fn hurried(&self) -> bool {
        self.left().is_some_and(|left| left <= HURRY)
    }
}

/// The command that reads a file.
pub(super) fn read(path: &str) -> String {
    format!("grep -n \"\" {path}")
}

/// What the harness says of the turns left.
pub(super) fn reminder(left: u32) -> String {
    format!("ENVIRONMENT REMINDER: You have {} left to complete the task.", turns(left))
}

fn turns(n: u32) -> String {
    if n == 1 { "1 turn".to_owned() } else { format!("{n} turns") }
}
