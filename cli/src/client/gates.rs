//! client-go's feature gates, which are set by the environment. None of them changes what ours does; what is said of them
//! when the first connection is made is the same.

use super::log::{line_of, text_of};
use crate::{flags::parse_bool, session::error_line, verbosity::Verbosity};
use knarr_api::quote::quote;

/// A gate, whether it is open, and whether it must stay so.
struct Gate {
    name: &'static str,
    open: bool,
    locked: bool,
}

const fn gate(name: &'static str, open: bool) -> Gate {
    Gate {
        name,
        open,
        locked: false,
    }
}

/// The gates of client-go 1.36 in the order of their names; upstream's own order is random.
const GATES: &[Gate] = &[
    gate("AtomicFIFO", true),
    gate("ClientsAllowCARotation", true),
    gate("ClientsAllowCBOR", false),
    gate("ClientsAllowTLSCacheGC", true),
    gate("ClientsPreferCBOR", false),
    Gate {
        name: "InOrderInformers",
        open: true,
        locked: true,
    },
    gate("InOrderInformersBatchProcess", true),
    gate("InformerResourceVersion", true),
    gate("UnlockWhileProcessingFIFO", true),
    gate("WatchListClient", true),
];

/// Tells what the environment does to the gates, and with `-v=1` how all of them stand.
pub(super) fn tell(logged: &Verbosity) {
    let states: Vec<_> = GATES.iter().map(|gate| (gate, state(gate))).collect();
    for (gate, state) in &states {
        if let State::Refused(place, text) = state {
            let text = format!("{text} feature={}", quote(gate.name));
            let text = text_of('E', place, &with_wish(gate, text));
            error_line(&text);
        }
    }
    if logged.in_file("envvar") < 1 {
        return;
    }
    for (gate, state) in &states {
        let (place, what, open) = match state {
            State::Set(open) => ("envvar.go:192", "updated", *open),
            _ => ("envvar.go:195", "default", gate.open),
        };
        let name = quote(gate.name);
        line_of(
            'I',
            place,
            &format!("\"Feature gate {what} state\" feature={name} enabled={open}"),
        );
    }
}

enum State {
    Unset,
    Set(bool),
    /// Where and what upstream says of it.
    Refused(&'static str, String),
}

fn wish(gate: &Gate) -> Option<String> {
    std::env::var(format!("KUBE_FEATURE_{}", gate.name)).ok()
}

fn state(gate: &Gate) -> State {
    wish(gate).map_or(State::Unset, |wish| judged(gate, &wish))
}

fn judged(gate: &Gate, wish: &str) -> State {
    match parse_bool(wish) {
        Err(_) => {
            let why = format!("strconv.ParseBool: parsing {}: invalid syntax", quote(wish));
            let text = format!("\"Could not set feature gate\" err={}", quote(&why));
            State::Refused("envvar.go:176", text)
        }
        Ok(open) if gate.locked && open != gate.open => {
            let text = "\"Could not set feature gate, feature is locked\"";
            State::Refused("envvar.go:179", text.to_owned())
        }
        Ok(open) => State::Set(open),
    }
}

fn with_wish(gate: &Gate, text: String) -> String {
    let wish = wish(gate).unwrap_or_default();
    let locked = match parse_bool(&wish) {
        Ok(_) => format!(" lockedState={}", gate.open),
        Err(_) => String::new(),
    };
    format!("{text} desiredState={}{locked}", quote(&wish))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gates_stand_in_the_order_of_their_names() {
        assert!(GATES.is_sorted_by(|a, b| a.name < b.name));
    }

    #[test]
    fn only_what_is_a_truth_value_and_not_locked_is_set() {
        let open = gate("Some", false);
        assert!(matches!(judged(&open, "T"), State::Set(true)));
        assert!(matches!(
            judged(&open, "x"),
            State::Refused("envvar.go:176", text) if text.ends_with(r#"err="strconv.ParseBool: parsing \"x\": invalid syntax""#)
        ));
        let locked = Gate {
            locked: true,
            ..open
        };
        assert!(matches!(
            judged(&locked, "true"),
            State::Refused("envvar.go:179", _)
        ));
        assert!(matches!(judged(&locked, "0"), State::Set(false)));
    }
}
