//! A policy in a paragraph of English.

use crate::{AtLimit, Experience, PolicySpec, Reminders, Rule, budgets::Budget, signals::Origin};

impl PolicySpec {
    /// What the policy does, as a paragraph.
    pub fn explain(&self) -> String {
        if let Some(choice) = &self.choice {
            return choice.explain().join(" ");
        }
        let free = "An attempt has as many turns as it takes, until the model hands in its work or its context is full.";
        let mut sentences =
            self.budget.limited().map_or_else(|| vec![free.to_owned()], |budget| budget.explain());
        sentences.extend(self.reminder_sentence());
        sentences.push(self.end_sentence());
        sentences.extend(self.limit_sentences());
        sentences.extend(self.context.explain());
        sentences.extend(self.rules.iter().map(rule_sentence));
        sentences.extend(self.gate.iter().map(|gate| gate.explain(&self.attempts)));
        sentences.extend(self.attempts.explain());
        sentences.extend(self.experience.iter().map(Experience::explain));
        sentences.extend(self.think.iter().map(|think| format!("It {}.", think.explain())));
        sentences.extend(self.signal_sentence());
        sentences.join(" ")
    }

    fn signal_sentence(&self) -> Option<String> {
        let needs = self.needs();
        if needs.is_empty() {
            return None;
        }
        let names = |origin: Origin| {
            let of = needs.iter().filter(|signal| signal.origin == origin);
            of.map(|signal| format!("`{}`", signal.name)).collect::<Vec<_>>().join(", ")
        };
        let (facts, model) = (names(Origin::Facts), names(Origin::Model));
        let mut sentence = "It looks at the signals".to_owned();
        if !facts.is_empty() {
            sentence = format!("{sentence} {facts}");
        }
        if !model.is_empty() {
            let and = if facts.is_empty() { "" } else { " and" };
            sentence = format!("{sentence}{and} {model} (only there where who runs the model records them)");
        }
        Some(format!("{sentence}."))
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

fn rule_sentence(rule: &Rule) -> String {
    let (name, does) = (rule.name(), rule.kind.settings().explain());
    match rule.is_shadow() {
        true => format!("Rule `{name}` is in shadow: when it {does}, that is only logged."),
        false => format!("Rule `{name}` {does}."),
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
             command, one after another, end it too. Rule `repeat` is in shadow: when it stops an attempt \
             after the same action gave the same observation 3 times in a row, that is only logged."
        );
    }
}
