//! Leases and their candidates.

use super::cells::Cells;
use super::columns::{AGE, Column, NAME, text};
use crate::raw::Node;
use crate::walk::Walk;

pub(super) static LEASE: [Column; 3] = [
    NAME,
    text(
        "Holder",
        "holderIdentity contains the identity of the holder of a current lease. If Coordinated Leader Election is used, the holder identity must be equal to the elected LeaseCandidate.metadata.name field.",
    ),
    AGE,
];

pub(super) fn lease(object: &Node<'_>, row: &mut Cells) {
    row.name(object)
        .push(object["spec"].text("holderIdentity"))
        .age(object);
}

pub(super) static LEASE_CANDIDATE: [Column; 5] = [
    NAME,
    text(
        "LeaseName",
        "LeaseName is the name of the lease for which this candidate is contending. The limits on this field are the same as on Lease.name. Multiple lease candidates may reference the same Lease.name. This field is immutable.",
    ),
    text("BinaryVersion", ""),
    text("EmulationVersion", ""),
    AGE,
];

pub(super) fn lease_candidate(object: &Node<'_>, row: &mut Cells) {
    let spec = &object["spec"];
    row.name(object)
        .push(spec.text("leaseName"))
        .push(spec.text("binaryVersion"))
        .push(spec.text("emulationVersion"))
        .age(object);
}
