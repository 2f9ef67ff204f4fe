//! Addresses of the pod CIDR: one file per address in use, named by it and holding the sandbox's id, as the
//! host-local CNI plug-in keeps them. Creating the file is the claim, so no two sandboxes share an address.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::net::IpAddr;
use std::path::PathBuf;

use ipnet::IpNet;
use parking_lot::Mutex;

use super::NetworkError;

/// Most addresses that a search visits: a larger CIDR holds more pods than a node can run.
const SEARCH_LIMIT: u128 = 1 << 16;

/// The addresses of one CIDR.
#[derive(Debug)]
pub struct AddressPool {
    cidr: IpNet,
    folder: PathBuf,
    /// Where the next search starts: an address that was just released rests as long as possible.
    next: Mutex<u128>,
}

impl AddressPool {
    /// The pool of a CIDR, with its state in `folder`. Claims of another CIDR are dropped.
    pub fn open(cidr: IpNet, folder: PathBuf) -> Result<Self, NetworkError> {
        let cidr = cidr.trunc();
        fs::create_dir_all(&folder)
            .map_err(|error| NetworkError::io("create ipam folder", error))?;
        let pool = Self {
            cidr,
            folder,
            next: Mutex::new(0),
        };
        if pool.size() < 1 {
            return Err(NetworkError::InvalidCidr(cidr.to_string()));
        }
        let mut last = 0;
        for (address, _) in pool.claims() {
            match pool.offset_of(address) {
                Some(offset) => last = last.max(offset + 1),
                None => {
                    let _ = fs::remove_file(pool.folder.join(address.to_string()));
                }
            }
        }
        *pool.next.lock() = last;
        Ok(pool)
    }

    /// The CIDR.
    pub fn cidr(&self) -> IpNet {
        self.cidr
    }

    /// The node's own address: the first of the CIDR.
    pub fn gateway(&self) -> IpAddr {
        self.address(1)
    }

    /// Claims an address.
    pub fn allocate(&self, sandbox: &str) -> Result<IpAddr, NetworkError> {
        let size = self.size();
        let mut next = self.next.lock();
        for step in 0..size.min(SEARCH_LIMIT) {
            let offset = (*next + step) % size;
            let address = self.address(offset + 2);
            let path = self.folder.join(address.to_string());
            match OpenOptions::new().write(true).create_new(true).open(&path) {
                Ok(mut file) => {
                    file.write_all(sandbox.as_bytes())
                        .map_err(|error| NetworkError::io("write address claim", error))?;
                    *next = offset + 1;
                    return Ok(address);
                }
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => return Err(NetworkError::io("claim address", error)),
            }
        }
        Err(NetworkError::Exhausted(self.cidr))
    }

    /// Releases what a sandbox claimed.
    pub fn release(&self, sandbox: &str) {
        self.retain(|owner| owner != sandbox);
    }

    /// Releases the claims of all sandboxes that `keep` does not want.
    pub fn retain(&self, keep: impl Fn(&str) -> bool) {
        for (address, owner) in self.claims() {
            if !keep(&owner) {
                let _ = fs::remove_file(self.folder.join(address.to_string()));
            }
        }
    }

    fn claims(&self) -> Vec<(IpAddr, String)> {
        let entries = fs::read_dir(&self.folder).into_iter().flatten().flatten();
        let claims = entries.filter_map(|entry| {
            let address = entry.file_name().to_str()?.parse().ok()?;
            Some((address, fs::read_to_string(entry.path()).ok()?))
        });
        claims.collect()
    }

    /// How many pods fit: all but the network's own address, the gateway and the broadcast address.
    fn size(&self) -> u128 {
        let bits = u32::from(self.cidr.max_prefix_len() - self.cidr.prefix_len());
        (1u128 << bits.min(64)).saturating_sub(3)
    }

    fn address(&self, offset: u128) -> IpAddr {
        match self.cidr.network() {
            IpAddr::V4(base) => {
                let offset = u32::try_from(offset).unwrap_or(0);
                IpAddr::V4((u32::from(base) + offset).into())
            }
            IpAddr::V6(base) => IpAddr::V6((u128::from(base) + offset).into()),
        }
    }

    fn offset_of(&self, address: IpAddr) -> Option<u128> {
        if !self.cidr.contains(&address) {
            return None;
        }
        let offset = match (address, self.cidr.network()) {
            (IpAddr::V4(address), IpAddr::V4(base)) => {
                u128::from(u32::from(address) - u32::from(base))
            }
            (IpAddr::V6(address), IpAddr::V6(base)) => u128::from(address) - u128::from(base),
            _ => return None,
        };
        offset.checked_sub(2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(cidr: &str, folder: &tempfile::TempDir) -> AddressPool {
        AddressPool::open(cidr.parse().unwrap(), folder.path().to_owned()).unwrap()
    }

    #[test]
    fn addresses_are_unique_and_run_out() {
        let folder = tempfile::tempdir().unwrap();
        let pool = pool("10.1.2.0/29", &folder);
        assert_eq!(pool.gateway().to_string(), "10.1.2.1");
        let taken: Vec<String> = (0..5)
            .map(|n| pool.allocate(&n.to_string()).unwrap().to_string())
            .collect();
        assert_eq!(
            taken,
            ["10.1.2.2", "10.1.2.3", "10.1.2.4", "10.1.2.5", "10.1.2.6"]
        );
        let error = pool.allocate("x").unwrap_err();
        assert!(
            error.to_string().contains("no IP addresses available"),
            "{error}"
        );
        pool.release("3");
        assert_eq!(pool.allocate("x").unwrap().to_string(), "10.1.2.5");
    }

    #[test]
    fn claims_survive_a_restart_and_rest_after_release() {
        let folder = tempfile::tempdir().unwrap();
        let first = pool("10.1.2.0/24", &folder);
        first.allocate("a").unwrap();
        first.allocate("b").unwrap();
        first.release("a");
        drop(first);
        let second = pool("10.1.2.0/24", &folder);
        assert_eq!(second.allocate("c").unwrap().to_string(), "10.1.2.4");
        drop(second);
        let other = pool("10.9.0.0/24", &folder);
        assert_eq!(other.allocate("d").unwrap().to_string(), "10.9.0.2");
    }
}
