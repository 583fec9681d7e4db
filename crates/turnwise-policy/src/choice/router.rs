//! A choice made once for each task, at its start: listed routes, then a learned one, then what is left.

use serde::Serialize;
use turnwise_core::Task;

use super::{Chosen, learned::Learned, route::Route};

/// Listed routes, a learned one, and where all else goes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Router {
    /// In order; the first that takes a task decides.
    pub(super) routes: Vec<Route>,
    /// Decides where no route does and it is sure.
    pub(super) learned: Option<Learned>,
    /// The arm of all other tasks, by its place.
    pub(super) otherwise: usize,
}

impl Router {
    pub(super) fn route(&self, task: &Task) -> Chosen {
        let listed = self.routes.iter().zip(1..).find(|(route, _)| route.takes(task));
        let listed = listed.map(|(route, number)| Chosen { arm: route.arm, by: format!("route {number}") });
        let learned = || {
            let arm = self.learned.as_ref()?.arm(task)?;
            Some(Chosen { arm, by: "learned".to_owned() })
        };
        listed.or_else(learned).unwrap_or_else(|| Chosen { arm: self.otherwise, by: "otherwise".to_owned() })
    }

    pub(super) fn explain(&self, arms: &[String]) -> Vec<String> {
        let name = |arm: usize| arms.get(arm).map_or("", String::as_str);
        let mut sentences: Vec<String> = self
            .routes
            .iter()
            .map(|route| format!("It is `{}` where {}.", name(route.arm), route.explain()))
            .collect();
        if let Some(learned) = &self.learned {
            sentences.push(format!(
                "Else a learned router decides by {} where it is sure ({} or more).",
                learned.features.join(", "),
                learned.sure
            ));
        }
        sentences.push(format!("Otherwise it is `{}`.", name(self.otherwise)));
        sentences
    }
}
