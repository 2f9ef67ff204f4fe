//! How the seats are shared out among the priority levels, and lent (KEP-1040, "Dispatching" and "Borrowing").

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

/// What a priority level may have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Its share of all seats.
    pub nominal: u32,
    /// What it never lends.
    pub min: u32,
    /// What it has when it borrows all it may.
    pub max: u32,
}

/// What a priority level wants.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Demand {
    pub limits: Limits,
    /// The most seats that were asked for at the same time since the last adjustment.
    pub high: u32,
    /// The same over a longer time: it rises at once and falls slowly.
    pub smooth: f64,
}

/// The part of the object that says how much a level has: `limited`, or `exempt`.
fn shares(level: &Value) -> &Value {
    match level["spec"]["type"].as_str() {
        Some("Exempt") => &level["spec"]["exempt"],
        _ => &level["spec"]["limited"],
    }
}

/// The limits of all levels, by their shares of `total`.
pub fn nominal(levels: &BTreeMap<String, Value>, total: u32) -> HashMap<&str, Limits> {
    let number = |level: &Value, field: &str| {
        let value = shares(level)[field].as_u64()?;
        Some(u32::try_from(value).unwrap_or(u32::MAX))
    };
    let own = |level: &Value| number(level, "nominalConcurrencyShares").unwrap_or(0);
    let sum: f64 = levels.values().map(|level| f64::from(own(level))).sum();
    let part = |level: &Value| {
        let seats = f64::from(total) * f64::from(own(level)) / sum.max(1.0);
        let nominal = whole(seats.ceil());
        let percent = |share: u32| whole((f64::from(nominal) * f64::from(share) / 100.0).round());
        let lendable = percent(number(level, "lendablePercent").unwrap_or(0).min(100));
        let max = match number(level, "borrowingLimitPercent") {
            Some(limit) => nominal.saturating_add(percent(limit)),
            None => nominal.saturating_add(total),
        };
        Limits {
            nominal,
            min: nominal - lendable,
            max,
        }
    };
    levels
        .iter()
        .map(|(name, level)| (name.as_str(), part(level)))
        .collect()
}

/// Shares out `total` anew: each level gets at least what it asked for of its own seats, and the rest goes to all in
/// proportion to what they want, up to what they may borrow.
pub fn adjust(demands: &[Demand], total: u32) -> Vec<u32> {
    let floor = |demand: &Demand| {
        let own = demand.limits.nominal.min(demand.high);
        f64::from(demand.limits.min.max(own))
    };
    let total = f64::from(total);
    let given: f64 = demands.iter().map(floor).sum();
    if given >= total {
        return demands.iter().map(|demand| whole(floor(demand))).collect();
    }
    let target = |demand: &Demand| floor(demand).max(demand.smooth).max(1.0);
    let at = |proportion: f64, demand: &Demand| {
        let most = f64::from(demand.limits.max).max(floor(demand));
        (target(demand) * proportion).clamp(floor(demand), most)
    };
    let sum =
        |proportion: f64| -> f64 { demands.iter().map(|demand| at(proportion, demand)).sum() };
    // The proportion at which nothing is left over: the sum only grows with it.
    let (mut low, mut high) = (0.0, total);
    for _ in 0..64 {
        let middle = (low + high) / 2.0;
        match sum(middle) > total {
            true => high = middle,
            false => low = middle,
        }
    }
    demands
        .iter()
        .map(|demand| whole(at(low, demand).round()).max(1))
        .collect()
}

/// A number of seats; what is no such number is the nearest one.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn whole(seats: f64) -> u32 {
    // A cast of a float ends at the limits of the integer.
    seats as u32
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::bootstrap::flow_control as objects;

    #[test]
    fn the_default_levels_have_upstreams_seats() {
        let levels: BTreeMap<String, Value> = objects::levels()
            .into_iter()
            .map(|level| (knarr_api::meta::name(&level).to_owned(), level))
            .collect();
        let limits = nominal(&levels, 600);
        let of = |name: &str| (limits[name].nominal, limits[name].min);
        // 245 shares in all.
        assert_eq!(of("exempt"), (0, 0));
        assert_eq!(of("catch-all"), (13, 13));
        assert_eq!(of("global-default"), (49, 24));
        assert_eq!(of("leader-election"), (25, 25));
        assert_eq!(of("node-high"), (98, 73));
        assert_eq!(of("system"), (74, 50));
        assert_eq!(of("workload-high"), (98, 49));
        assert_eq!(of("workload-low"), (245, 24));
    }

    #[test]
    fn borrowing_has_a_limit() {
        let level = json!({"spec": {"type": "Limited", "limited":
            {"nominalConcurrencyShares": 10, "borrowingLimitPercent": 50}}});
        let levels = BTreeMap::from([("a".to_owned(), level)]);
        let limits = nominal(&levels, 100)["a"];
        assert_eq!((limits.nominal, limits.min, limits.max), (100, 100, 150));
    }

    fn demand(nominal: u32, min: u32, high: u32) -> Demand {
        Demand {
            limits: Limits {
                nominal,
                min,
                max: 1000,
            },
            high,
            smooth: f64::from(high),
        }
    }

    #[test]
    fn the_idle_lend_to_the_busy() {
        let limits = adjust(&[demand(50, 10, 0), demand(50, 25, 300)], 100);
        assert_eq!(limits, [10, 90]);
        // Who wants its own seats back gets them.
        let limits = adjust(&[demand(50, 10, 50), demand(50, 25, 300)], 100);
        assert_eq!(limits, [50, 50]);
    }

    #[test]
    fn nobody_gets_more_than_they_may_borrow() {
        let mut busy = demand(50, 25, 300);
        busy.limits.max = 60;
        assert_eq!(adjust(&[demand(50, 10, 0), busy], 100)[1], 60);
    }
}
