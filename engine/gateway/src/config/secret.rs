//! Reading secrets from where the configuration says they are.
//!
//! Errors name the place and never the content. What was read is wiped once it is dropped.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use wiremask_protocols::postgres::auth::Secret;

/// Longest secret, bytes. A larger file is another file by mistake.
const SECRET_LEN_MAX: usize = 64 * 1024;

/// Why there is no secret.
#[derive(Debug)]
pub enum SecretError {
    /// No such variable, or not UTF-8.
    Env(String),
    /// The file cannot be read.
    File(PathBuf, io::ErrorKind),
    /// There is nothing in it.
    Empty,
    /// Larger than a secret may be.
    TooLong,
}

impl std::fmt::Display for SecretError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Env(name) => write!(f, "the environment variable {name} is not set"),
            Self::File(path, kind) => write!(f, "cannot read {}: {kind}", path.display()),
            Self::Empty => f.write_str("the secret is empty"),
            Self::TooLong => write!(f, "the secret is longer than {SECRET_LEN_MAX} bytes"),
        }
    }
}

/// The value of an environment variable.
pub fn from_env(name: &str) -> Result<Secret, SecretError> {
    let value = std::env::var(name).map_err(|_| SecretError::Env(name.to_owned()))?;
    checked(value.into_bytes())
}

/// The content of a file without one line end at its end.
pub fn from_file(path: &Path) -> Result<Secret, SecretError> {
    let fail = |error: io::Error| SecretError::File(path.to_owned(), error.kind());
    let file = File::open(path).map_err(fail)?;
    from_reader(file).map_err(|error| match error {
        ReadError::Io(error) => fail(error),
        ReadError::Secret(error) => error,
    })
}

/// Why nothing was read.
#[derive(Debug)]
pub enum ReadError {
    /// Reading failed.
    Io(io::Error),
    /// What was read is no secret.
    Secret(SecretError),
}

/// All that comes without one line end at its end.
pub fn from_reader(reader: impl io::Read) -> Result<Secret, ReadError> {
    // Room for all of it at once: a growing buffer would leave copies behind.
    let mut bytes = Vec::with_capacity(SECRET_LEN_MAX + 2);
    reader
        .take(SECRET_LEN_MAX as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(ReadError::Io)?;
    if bytes.ends_with(b"\n") {
        bytes.pop();
        if bytes.ends_with(b"\r") {
            bytes.pop();
        }
    }
    checked(bytes).map_err(ReadError::Secret)
}

fn checked(bytes: Vec<u8>) -> Result<Secret, SecretError> {
    let len = bytes.len();
    let secret = Secret::new(bytes);
    match len {
        0 => Err(SecretError::Empty),
        1..=SECRET_LEN_MAX => Ok(secret),
        _ => Err(SecretError::TooLong),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn one_line_end_is_not_part_of_the_secret() {
        for (content, expect) in [
            ("a b", "a b"),
            ("a\n", "a"),
            ("a\r\n", "a"),
            ("a\n\n", "a\n"),
            (" a ", " a "),
        ] {
            let secret = from_reader(content.as_bytes()).unwrap();
            assert_eq!(secret.expose(), expect.as_bytes(), "{content:?}");
        }
    }

    #[test]
    fn nothing_and_too_much_are_no_secrets() {
        for (content, expect) in [
            (vec![], "the secret is empty"),
            (b"\n".to_vec(), "the secret is empty"),
            (
                vec![b'x'; SECRET_LEN_MAX + 1],
                "the secret is longer than 65536 bytes",
            ),
        ] {
            match from_reader(content.as_slice()) {
                Err(ReadError::Secret(error)) => assert_eq!(error.to_string(), expect),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn the_place_is_named() {
        assert_eq!(
            from_env("WIREMASK_NO_SUCH_VARIABLE")
                .unwrap_err()
                .to_string(),
            "the environment variable WIREMASK_NO_SUCH_VARIABLE is not set"
        );
        assert_eq!(
            from_file(Path::new("/nonexistent/secret"))
                .unwrap_err()
                .to_string(),
            "cannot read /nonexistent/secret: entity not found"
        );
    }
}
