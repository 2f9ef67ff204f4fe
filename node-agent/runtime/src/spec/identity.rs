//! Who a container's process is: names and groups resolved from the image's `/etc/passwd` and `/etc/group`.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use nix::fcntl::{OFlag, OpenHow, ResolveFlag, openat2};
use serde::{Deserialize, Serialize};

use crate::{ContainerUser, LinuxContainerSecurityContext, SupplementalGroupsPolicy};

/// Largest `passwd` or `group` file that is read: an image must not fill the agent's memory.
const FILE_LIMIT: u64 = 4 << 20;

/// Who the process shall be.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UserRequest {
    /// `user`, `uid`, `user:group` or `uid:gid`; empty means root.
    pub user: String,
    /// Group, over that of `user`.
    pub group: Option<i64>,
    /// More groups.
    pub supplemental_groups: Vec<i64>,
    /// Whether the image's group file adds groups.
    pub policy: SupplementalGroupsPolicy,
}

impl UserRequest {
    /// The request of a security context over an image's `User`.
    pub fn new(security: &LinuxContainerSecurityContext, image_user: &str) -> Self {
        let user = match (security.run_as_user, security.run_as_username.as_str()) {
            (Some(uid), _) => uid.to_string(),
            (None, "") => image_user.to_owned(),
            (None, name) => name.to_owned(),
        };
        Self {
            user,
            group: security.run_as_group,
            supplemental_groups: security.supplemental_groups.clone(),
            policy: security.supplemental_groups_policy,
        }
    }
}

/// Who the process is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// User and groups.
    pub user: ContainerUser,
    /// Home folder.
    pub home: String,
}

/// Resolves a request in the root file system at `root`. The error is text for the user.
pub fn resolve(root: &Path, request: &UserRequest) -> Result<Identity, String> {
    let passwd = read_in_root(root, "etc/passwd");
    let group = read_in_root(root, "etc/group");
    resolve_in(&passwd, &group, request)
}

fn resolve_in(passwd: &str, group: &str, request: &UserRequest) -> Result<Identity, String> {
    let (user, own_group) = match request.user.split_once(':') {
        Some((user, group)) => (user, Some(group)),
        None => (request.user.as_str(), None),
    };
    let user = if user.is_empty() { "0" } else { user };
    let entry = passwd_entry(passwd, user);
    let uid = match (&entry, user.parse::<u32>()) {
        (_, Ok(uid)) => uid,
        (Some(entry), _) => entry.uid,
        (None, Err(_)) => {
            return Err(format!(
                "unable to find user {user}: no matching entries in passwd file"
            ));
        }
    };
    let gid = match (request.group, own_group) {
        (Some(gid), _) => u32::try_from(gid).map_err(|_| format!("invalid group id {gid}"))?,
        (None, Some(name)) => group_id(group, name).ok_or_else(|| {
            format!("unable to find group {name}: no matching entries in group file")
        })?,
        (None, None) => entry.as_ref().map_or(0, |entry| entry.gid),
    };
    let mut groups = BTreeSet::from([gid]);
    if request.policy == SupplementalGroupsPolicy::Merge
        && let Some(entry) = &entry
    {
        groups.extend(groups_of(group, &entry.name));
    }
    for id in &request.supplemental_groups {
        groups.insert(u32::try_from(*id).map_err(|_| format!("invalid group id {id}"))?);
    }
    Ok(Identity {
        user: ContainerUser {
            uid,
            gid,
            supplemental_groups: groups.into_iter().collect(),
        },
        home: entry.map_or_else(|| "/".to_owned(), |entry| entry.home),
    })
}

struct PasswdEntry {
    name: String,
    uid: u32,
    gid: u32,
    home: String,
}

/// The entry of a user by name, or by number. `name:password:uid:gid:comment:home:shell`.
fn passwd_entry(passwd: &str, user: &str) -> Option<PasswdEntry> {
    let entries = passwd.lines().filter_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?.to_owned();
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        let home = fields.nth(1).filter(|home| !home.is_empty()).unwrap_or("/");
        let home = home.to_owned();
        Some(PasswdEntry {
            name,
            uid,
            gid,
            home,
        })
    });
    let number: Option<u32> = user.parse().ok();
    let mut matching = entries.filter(|entry| match number {
        Some(uid) => entry.uid == uid,
        None => entry.name == user,
    });
    matching.next()
}

/// Lines of a group file: name, number, members. `name:password:gid:member,member`.
fn group_lines(group: &str) -> impl Iterator<Item = (&str, u32, &str)> {
    group.lines().filter_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        let gid = fields.nth(1)?.parse().ok()?;
        Some((name, gid, fields.next().unwrap_or("")))
    })
}

fn group_id(group: &str, name: &str) -> Option<u32> {
    let by_number = name.parse().ok();
    by_number.or_else(|| Some(group_lines(group).find(|line| line.0 == name)?.1))
}

fn groups_of<'a>(group: &'a str, user: &'a str) -> impl Iterator<Item = u32> + 'a {
    group_lines(group)
        .filter(move |line| line.2.split(',').any(|member| member.trim() == user))
        .map(|line| line.1)
}

/// A file of the image; empty when it is not there. No symbolic link leads out of `root`.
fn read_in_root(root: &Path, path: &str) -> String {
    let mut text = String::new();
    if let Some(file) = open_in_root(root, path) {
        let _ = file.take(FILE_LIMIT).read_to_string(&mut text);
    }
    text
}

fn open_in_root(root: &Path, path: &str) -> Option<File> {
    let root = File::open(root).ok()?;
    let how = OpenHow::new()
        .flags(OFlag::O_RDONLY | OFlag::O_CLOEXEC | OFlag::O_NONBLOCK)
        .resolve(ResolveFlag::RESOLVE_IN_ROOT);
    Some(File::from(openat2(&root, path, how).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWD: &str = "root:x:0:0::/root:/bin/sh\nweb:x:33:34::/var/www:/bin/false\n";
    const GROUP: &str = "root:x:0:\nweb:x:34:\naudio:x:29:web,other\n";

    fn check(user: &str, expected: &str) {
        let request = UserRequest {
            user: user.into(),
            supplemental_groups: vec![1000],
            ..Default::default()
        };
        let shown = match resolve_in(PASSWD, GROUP, &request) {
            Ok(found) => {
                let ContainerUser {
                    uid,
                    gid,
                    supplemental_groups,
                } = found.user;
                format!("{uid} {gid} {supplemental_groups:?} {}", found.home)
            }
            Err(message) => message,
        };
        assert_eq!(shown, expected, "for {user:?}");
    }

    #[test]
    fn users_are_found_by_name_and_number() {
        check("", "0 0 [0, 1000] /root");
        check("web", "33 34 [29, 34, 1000] /var/www");
        check("33", "33 34 [29, 34, 1000] /var/www");
        check("web:audio", "33 29 [29, 1000] /var/www");
        check("5000", "5000 0 [0, 1000] /");
        check("5000:7", "5000 7 [7, 1000] /");
        check(
            "nobody",
            "unable to find user nobody: no matching entries in passwd file",
        );
    }

    #[test]
    fn strict_policy_ignores_the_group_file() {
        let request = UserRequest {
            user: "web".into(),
            policy: SupplementalGroupsPolicy::Strict,
            ..Default::default()
        };
        let found = resolve_in(PASSWD, GROUP, &request).unwrap();
        assert_eq!(found.user.supplemental_groups, [34]);
    }

    #[test]
    fn links_do_not_lead_out_of_the_image() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("etc")).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", root.path().join("etc/passwd")).unwrap();
        assert_eq!(read_in_root(root.path(), "etc/passwd"), "");
    }
}
