//! Priority levels of `flowcontrol.apiserver.k8s.io/v1beta1` to `v1beta3`: the shares had another name until v1beta2, and
//! until v1beta3 a zero meant that nothing is said.

use serde_json::{Map, Value};

use super::ConvertError;
use crate::meta;

const SHARES: &str = "nominalConcurrencyShares";
const ASSURED: &str = "assuredConcurrencyShares";
/// Upstream's mark of a zero that is meant.
const KEEP_ZERO: &str = "flowcontrol.k8s.io/v1beta3-preserve-zero-concurrency-shares";

pub(super) fn assured_to_stored(object: &mut Value) -> Result<(), ConvertError> {
    if let Some(limited) = limited(object)
        && let Some(shares) = limited.shift_remove(ASSURED)
        && shares != 0
    {
        limited.insert(SHARES.to_owned(), shares);
    }
    Ok(())
}

pub(super) fn assured_from_stored(object: &mut Value) {
    if let Some(limited) = limited(object)
        && let Some(shares) = limited.shift_remove(SHARES)
    {
        limited.insert(ASSURED.to_owned(), shares);
    }
}

pub(super) fn v1beta3_to_stored(object: &mut Value) -> Result<(), ConvertError> {
    let meant = meta::annotation(object, KEEP_ZERO).is_some();
    if let Some(annotations) = object
        .pointer_mut("/metadata/annotations")
        .and_then(Value::as_object_mut)
    {
        annotations.shift_remove(KEEP_ZERO);
    }
    if let Some(limited) = limited(object)
        && !meant
        && limited.get(SHARES).is_some_and(|shares| *shares == 0)
    {
        limited.shift_remove(SHARES);
    }
    Ok(())
}

pub(super) fn v1beta3_from_stored(object: &mut Value) {
    let zero = limited(object)
        .is_some_and(|limited| limited.get(SHARES).is_some_and(|shares| *shares == 0));
    if zero {
        meta::set_annotation(object, KEEP_ZERO, "");
    }
}

fn limited(object: &mut Value) -> Option<&mut Map<String, Value>> {
    object.pointer_mut("/spec/limited")?.as_object_mut()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn shares_change_their_name() {
        let old = json!({"spec": {"limited": {"assuredConcurrencyShares": 7}}});
        let mut object = old.clone();
        assured_to_stored(&mut object).unwrap();
        assert_eq!(
            object,
            json!({"spec": {"limited": {"nominalConcurrencyShares": 7}}})
        );
        assured_from_stored(&mut object);
        assert_eq!(object, old);
    }

    #[test]
    fn a_zero_of_v1beta3_is_only_meant_if_it_is_marked() {
        let mut object = json!({"spec": {"limited": {"nominalConcurrencyShares": 0}}});
        v1beta3_to_stored(&mut object).unwrap();
        assert_eq!(object["spec"]["limited"], json!({}));
        let mut stored = json!({"metadata": {"name": "a"}, "spec": {"limited": {"nominalConcurrencyShares": 0}}});
        let before = stored.clone();
        v1beta3_from_stored(&mut stored);
        assert!(meta::annotation(&stored, KEEP_ZERO).is_some());
        v1beta3_to_stored(&mut stored).unwrap();
        assert_eq!(stored["spec"], before["spec"]);
    }
}
