//! The second round of the plugins that change objects: it comes when one of them has changed what others had seen, and
//! asks again those that want it (`reinvocationPolicy: IfNeeded`).

use std::collections::BTreeSet;

use serde_json::Value;

/// The rounds of one write.
#[derive(Clone, Debug, Default)]
pub struct Reinvocation {
    /// Somebody changed the object after others had looked at it.
    pub wanted: bool,
    /// This is the second round.
    pub second: bool,
    /// Which webhooks are to be asked again.
    pub webhooks: Round,
    /// Which policies are to be asked again.
    pub policies: Round,
}

/// Which webhooks or policies a second round asks again.
#[derive(Clone, Debug, Default)]
pub struct Round {
    /// The object as the last of them left it.
    last: Option<Value>,
    asked: BTreeSet<String>,
    again: BTreeSet<String>,
}

impl Round {
    /// Starts a round: the second asks those again that have not seen the object as it is by now.
    pub fn begin(&mut self, second: bool, object: &Value) {
        if second && self.last.as_ref().is_some_and(|last| last != object) {
            self.changed();
        }
    }

    /// The object has changed: those that were asked before are asked again.
    pub fn changed(&mut self) {
        self.again.append(&mut self.asked);
    }

    /// One that wants to be asked again has been asked.
    pub fn asked(&mut self, id: String) {
        self.asked.insert(id);
    }

    /// Whether the second round asks it.
    pub fn is_again(&self, id: &str) -> bool {
        self.again.contains(id)
    }

    /// Ends a round.
    pub fn end(&mut self, object: &Value) {
        self.last = Some(object.clone());
    }
}
