//! A policy in a paragraph of English.

use crate::{AtLimit, Budget, Grant, PolicySpec, Reminders, Rule, RuleKind, TurnCount};

impl PolicySpec {
    /// What the policy does, as a paragraph.
    pub fn explain(&self) -> String {
        let mut sentences = vec![self.turns_sentence()];
        sentences.extend(self.extension_sentence());
        sentences.extend(self.reminder_sentence());
        sentences.push(self.end_sentence());
        sentences.extend(self.limit_sentences());
        sentences.extend(self.rules.iter().map(rule_sentence));
        sentences.join(" ")
    }

    fn turns_sentence(&self) -> String {
        match &self.budget {
            Budget::Unlimited => {
                "An attempt has as many turns as it takes, until the model hands in its work or its context is full."
                    .to_owned()
            }
            Budget::Fixed { limit } => format!("An attempt has {}.", turns(*limit)),
            Budget::Dynamic { start, .. } => format!("An attempt starts with {}.", turns(*start)),
        }
    }

    fn extension_sentence(&self) -> Option<String> {
        let Budget::Dynamic { extend_to, grant, .. } = &self.budget else { return None };
        let when = match grant {
            Grant::Always => "When they are used up",
            Grant::NoPatch => "When they are used up and the work holds no change yet",
            Grant::Asked => "When the model has asked for more and two or fewer are left",
        };
        Some(format!("{when}, the limit is raised once, to {}, and the model is told.", turns(*extend_to)))
    }

    fn reminder_sentence(&self) -> Option<String> {
        match (&self.budget, &self.reminders) {
            (Budget::Unlimited, _) => None,
            (_, Reminders::Never) => Some("The model is not told its limit.".to_owned()),
            (_, Reminders::EveryTurn) => Some(
                "The model is told how many turns are left, at the start and after every turn.".to_owned(),
            ),
            (_, Reminders::Ladder(steps)) => {
                let steps: Vec<String> = steps.iter().map(|step| format!("{:.0} %", step * 100.0)).collect();
                Some(format!(
                    "The model is told how many turns are left at the start and when {} of them are used up.",
                    steps.join(", ")
                ))
            }
        }
    }

    fn end_sentence(&self) -> String {
        match self.at_limit {
            AtLimit::Submit => "At a limit the work is graded as it stands.".to_owned(),
            AtLimit::Discard => "At a limit the work is thrown away.".to_owned(),
        }
    }

    fn limit_sentences(&self) -> Vec<String> {
        let tokens =
            self.limits.tokens.map(|n| format!("An attempt also ends after {n} prompt and reply tokens."));
        let time = self.limits.ms.map(|ms| format!("An attempt also ends after {} seconds.", ms / 1000));
        let cost =
            self.limits.cost.map(|most| format!("An attempt also ends when its replies cost {most:.2}."));
        let invalid = self
            .limits
            .max_invalid
            .map(|n| format!("{n} replies without a command, one after another, end it too."));
        [tokens, time, cost, invalid].into_iter().flatten().collect()
    }
}

fn turns(count: TurnCount) -> String {
    match count {
        TurnCount::Turns(1) => "1 turn".to_owned(),
        TurnCount::Turns(turns) => format!("{turns} turns"),
        TurnCount::Percentile(percent) => {
            format!("as many turns as {percent} % of the recorded unlimited trials stayed within")
        }
    }
}

fn rule_sentence(rule: &Rule) -> String {
    let RuleKind::Repeat(repeat) = &rule.kind;
    let among = match repeat.window {
        Some(window) => format!("{} times among the last {window} turns", repeat.times),
        None => format!("{} times in a row", repeat.times),
    };
    let what = format!("the same action gave the same observation {among}");
    match rule.shadow {
        true => format!("Rule `{}` only logs that {what}.", rule.kind.name()),
        false => format!("Rule `{}` stops it when {what}.", rule.kind.name()),
    }
}

#[cfg(test)]
mod tests {
    use crate::{PolicySpec, shipped};

    #[test]
    fn the_paragraph_says_what_the_file_says() {
        let source = shipped().into_iter().find(|source| source.name == "dynamic").unwrap();
        let text =
            PolicySpec::parse(&source, &["repeat.times=3".to_owned(), "repeat.shadow=true".to_owned()])
                .unwrap()
                .explain();
        assert_eq!(
            text,
            "An attempt starts with as many turns as 25 % of the recorded unlimited trials stayed within. When \
             they are used up, the limit is raised once, to as many turns as 75 % of the recorded unlimited \
             trials stayed within, and the model is told. The model is told how many turns are left, at the \
             start and after every turn. At a limit the work is graded as it stands. 3 replies without a \
             command, one after another, end it too. Rule `repeat` only logs that the same action gave the \
             same observation 3 times in a row."
        );
    }
}
