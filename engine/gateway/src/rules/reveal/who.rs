//! Who runs the command, as the operating system knows it. The environment is not asked: anybody can
//! set it.

use std::fs;

/// An account.
pub struct Who {
    /// Its name; its number where it has none in `/etc/passwd`.
    pub name: String,
    /// Its number.
    pub uid: u32,
    /// Number of the account that logged in, which `sudo` and `su` do not change
    /// (<https://man7.org/linux/man-pages/man5/proc_pid_loginuid.5.html>).
    pub login_uid: Option<u32>,
}

/// Who runs this process.
pub fn who() -> Who {
    let uid = rustix::process::getuid().as_raw();
    let accounts = fs::read("/etc/passwd").unwrap_or_default();
    let login = fs::read_to_string("/proc/self/loginuid").unwrap_or_default();
    Who {
        name: name(&String::from_utf8_lossy(&accounts), uid).unwrap_or_else(|| uid.to_string()),
        uid,
        // The largest number stands for none.
        login_uid: login.trim().parse().ok().filter(|uid| *uid != u32::MAX),
    }
}

fn name(accounts: &str, uid: u32) -> Option<String> {
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, number) = (fields.next()?, fields.nth(1)?);
        (number.parse() == Ok(uid)).then(|| name.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accounts_are_found_by_number() {
        let accounts =
            "root:x:0:0:root:/root:/bin/sh\nbroken\nann:x:1000:1000::/home/ann:/bin/sh\n";
        assert_eq!(name(accounts, 1000).as_deref(), Some("ann"));
        assert_eq!(name(accounts, 1), None);
        assert!(!who().name.is_empty());
    }
}
