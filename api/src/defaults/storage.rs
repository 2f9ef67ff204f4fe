//! The `storage.k8s.io` group.

use serde_json::{Value, json};

use super::set::{absent, always, each, quantity, unset};

pub(super) fn storage_class(object: &mut Value) {
    absent(object, "reclaimPolicy", "Delete");
    absent(object, "volumeBindingMode", "Immediate");
}

pub(super) fn csi_driver(object: &mut Value) {
    let spec = always(object, "spec");
    absent(spec, "attachRequired", true);
    absent(spec, "podInfoOnMount", false);
    absent(spec, "storageCapacity", false);
    absent(spec, "fsGroupPolicy", "ReadWriteOnceWithFSType");
    unset(spec, "volumeLifecycleModes", json!(["Persistent"]));
    absent(spec, "requiresRepublish", false);
    absent(spec, "seLinuxMount", false);
    for request in each(spec, "tokenRequests") {
        absent(request, "audience", "");
    }
}

pub(super) fn volume_attachment(object: &mut Value) {
    absent(always(object, "status"), "attached", false);
}

pub(super) fn csi_storage_capacity(object: &mut Value) {
    quantity(object, "capacity");
    quantity(object, "maximumVolumeSize");
}
