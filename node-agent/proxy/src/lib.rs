//! Services on a node: packet rules and cluster DNS.
