//! The policies that come with the gateway, by name.

/// A built-in file of policies, its text and the examples beside it.
pub(crate) struct Builtin {
    pub(crate) name: &'static str,
    pub(crate) text: &'static str,
    pub(crate) examples: &'static str,
}

macro_rules! builtin {
    ($($name:literal),* $(,)?) => {
        [$(Builtin {
            name: $name,
            text: include_str!(concat!("../../policies/", $name, ".cedar")),
            examples: include_str!(concat!("../../policies/", $name, ".examples.toml")),
        }),*]
    };
}

/// All of them: first those that permit, then guard packs, which only forbid.
pub(crate) const BUILTIN: [Builtin; 9] = builtin![
    "allow-all",
    "analyst",
    "sample-shop",
    "read-only",
    "no-destructive-ddl",
    "no-unbounded-write",
    "no-server-escape",
    "no-identity-change",
    "one-statement",
];

/// What is always loaded before everything else.
pub(crate) const BASE: &str = include_str!("../../policies/base.cedar");

/// What policies may speak about.
pub(crate) const SCHEMA: &str = include_str!("../../policies/schema.cedarschema");

/// The names of the built-in policy files.
pub fn builtin_names() -> impl Iterator<Item = &'static str> {
    BUILTIN.iter().map(|file| file.name)
}

/// The text of a built-in policy file.
#[must_use]
pub fn builtin(name: &str) -> Option<&'static str> {
    find(name).map(|file| file.text)
}

/// The examples of a built-in policy file, as TOML.
#[must_use]
pub fn builtin_examples(name: &str) -> Option<&'static str> {
    find(name).map(|file| file.examples)
}

/// The schema that every policy is checked against, as Cedar writes it.
#[must_use]
pub fn schema() -> &'static str {
    SCHEMA
}

fn find(name: &str) -> Option<&'static Builtin> {
    BUILTIN.iter().find(|file| file.name == name)
}
