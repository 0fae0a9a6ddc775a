//! Who runs the program, as the journal names people: the system's name of the user.

/// The name of the user, from the system's list of users, else from the environment, else its number.
pub(crate) fn name() -> String {
    let uid = uid();
    uid.and_then(|uid| listed(&std::fs::read_to_string("/etc/passwd").ok()?, uid))
        .or_else(|| std::env::var("USER").ok())
        .or_else(|| std::env::var("USERNAME").ok())
        .filter(|name| !name.trim().is_empty())
        .unwrap_or_else(|| match uid {
            Some(uid) => format!("user {uid}"),
            None => "an operator".to_owned(),
        })
}

/// Whose this process is.
#[cfg(unix)]
fn uid() -> Option<u32> {
    let process = std::fs::metadata("/proc/self").ok()?;
    Some(std::os::unix::fs::MetadataExt::uid(&process))
}

#[cfg(not(unix))]
fn uid() -> Option<u32> {
    None
}

/// The name of a user number in a list such as `/etc/passwd`.
fn listed(list: &str, uid: u32) -> Option<String> {
    let uid = uid.to_string();
    list.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1) == Some(&uid)).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_found_by_number() {
        let list = "root:x:0:0:root:/root:/bin/bash\nann:x:1000:1000:Ann,,,:/nowhere:/bin/sh\n";
        assert_eq!(listed(list, 1000).as_deref(), Some("ann"));
        assert_eq!(listed(list, 100), None);
        assert!(!name().is_empty());
    }
}
