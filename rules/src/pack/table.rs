//! Typed reading of one TOML table that knows where everything stands.
//!
//! A reader asks for the keys it knows; [`Table::finish`] then reports every key that nobody asked
//! for. A value of the wrong type is reported and read as absent, so that reading goes on.

use super::diagnostics::{At, Errors, Site, Source, suggest};
use std::cell::RefCell;
use std::ops::Range;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A table being read.
pub(crate) struct Table<'t> {
    table: &'t DeTable<'t>,
    /// The header of the table, for errors about what is missing.
    pub(crate) site: Site,
    errors: &'t Errors,
    asked: RefCell<Vec<&'static str>>,
}

/// A plain value of an operator's option.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Plain {
    String(String),
    Integer(i64),
    Float(f64),
    Bool(bool),
    Datetime(String),
}

impl<'t> Table<'t> {
    pub(crate) fn new(
        table: &'t DeTable<'t>,
        span: Range<usize>,
        source: &Arc<Source>,
        errors: &'t Errors,
    ) -> Table<'t> {
        let site = Site {
            source: Arc::clone(source),
            span,
        };
        Table {
            table,
            site,
            errors,
            asked: RefCell::default(),
        }
    }

    /// Where mistakes go.
    pub(crate) fn errors(&self) -> &'t Errors {
        self.errors
    }

    fn at(&self, span: Range<usize>) -> Site {
        Site {
            source: Arc::clone(&self.site.source),
            span,
        }
    }

    fn find(&self, key: &'static str) -> Option<&'t Spanned<DeValue<'t>>> {
        self.asked.borrow_mut().push(key);
        self.table
            .iter()
            .find(|(k, _)| k.get_ref().as_ref() == key)
            .map(|(_, v)| v)
    }

    fn wrong(&self, key: &str, value: &Spanned<DeValue<'_>>, wanted: &str) {
        let found = value.get_ref().type_str();
        self.errors.add(
            &self.at(value.span()),
            format!("`{key}` is of type {found}"),
            Some(format!("write {wanted}")),
        );
    }

    /// A string, if the key is there.
    pub(crate) fn string(&self, key: &'static str) -> Option<At<String>> {
        let value = self.find(key)?;
        match value.get_ref() {
            DeValue::String(s) => Some(At {
                value: s.to_string(),
                site: self.at(value.span()),
            }),
            _ => {
                self.wrong(key, value, &format!("`{key} = \"...\"`"));
                None
            }
        }
    }

    /// A string that must be there.
    pub(crate) fn required_string(&self, key: &'static str) -> Option<At<String>> {
        if !self.has(key) {
            self.missing(key, &format!("add `{key} = \"...\"`"));
        }
        self.string(key)
    }

    /// Reports that `key` is missing.
    pub(crate) fn missing(&self, key: &str, help: &str) {
        self.errors.add(
            &self.site,
            format!("`{key}` is missing"),
            Some(help.to_owned()),
        );
    }

    /// Is the key there, of whatever type?
    pub(crate) fn has(&self, key: &'static str) -> bool {
        self.find(key).is_some()
    }

    /// A truth value, if the key is there.
    pub(crate) fn bool(&self, key: &'static str) -> Option<At<bool>> {
        let value = self.find(key)?;
        match value.get_ref() {
            DeValue::Boolean(b) => Some(At {
                value: *b,
                site: self.at(value.span()),
            }),
            _ => {
                self.wrong(key, value, "`true` or `false`");
                None
            }
        }
    }

    /// An integer, if the key is there.
    pub(crate) fn integer(&self, key: &'static str) -> Option<At<i64>> {
        let value = self.find(key)?;
        match integer(value.get_ref()) {
            Some(number) => Some(At {
                value: number,
                site: self.at(value.span()),
            }),
            None => {
                self.wrong(key, value, "a whole number");
                None
            }
        }
    }

    /// A number, if the key is there.
    pub(crate) fn number(&self, key: &'static str) -> Option<At<f64>> {
        let value = self.find(key)?;
        match plain(value.get_ref()) {
            Some(Plain::Float(number)) => Some(At {
                value: number,
                site: self.at(value.span()),
            }),
            #[allow(clippy::cast_precision_loss)]
            Some(Plain::Integer(number)) => Some(At {
                value: number as f64,
                site: self.at(value.span()),
            }),
            _ => {
                self.wrong(key, value, "a number");
                None
            }
        }
    }

    /// The strings under a key: one string or an array of strings. Absent is empty.
    pub(crate) fn strings(&self, key: &'static str) -> Vec<At<String>> {
        let Some(value) = self.find(key) else {
            return Vec::new();
        };
        let items: Vec<&Spanned<DeValue<'_>>> = match value.get_ref() {
            DeValue::Array(array) => array.iter().collect(),
            _ => vec![value],
        };
        let mut strings = Vec::new();
        for item in items {
            match item.get_ref() {
                DeValue::String(s) => {
                    strings.push(At {
                        value: s.to_string(),
                        site: self.at(item.span()),
                    });
                }
                _ => self.wrong(key, item, &format!("`{key} = [\"...\"]`")),
            }
        }
        strings
    }

    /// A date or a string in its place, as text.
    pub(crate) fn date(&self, key: &'static str) -> Option<At<String>> {
        let value = self.find(key)?;
        match plain(value.get_ref()) {
            Some(Plain::Datetime(date)) => Some(At {
                value: date,
                site: self.at(value.span()),
            }),
            _ => {
                self.wrong(key, value, &format!("`{key} = 2027-06-30`"));
                None
            }
        }
    }

    /// A nested table, if the key is there.
    pub(crate) fn table(&self, key: &'static str) -> Option<Table<'t>> {
        let value = self.find(key)?;
        match value.get_ref() {
            DeValue::Table(table) => Some(Table::new(
                table,
                value.span(),
                &self.site.source,
                self.errors,
            )),
            _ => {
                self.wrong(key, value, &format!("`[{key}]` or `{key} = {{ ... }}`"));
                None
            }
        }
    }

    /// The tables of an array of tables. Absent is empty.
    pub(crate) fn tables(&self, key: &'static str) -> Vec<Table<'t>> {
        let Some(value) = self.find(key) else {
            return Vec::new();
        };
        let DeValue::Array(array) = value.get_ref() else {
            self.wrong(key, value, &format!("`[[{key}]]`"));
            return Vec::new();
        };
        let mut tables = Vec::new();
        for item in array.iter() {
            match item.get_ref() {
                DeValue::Table(table) => tables.push(Table::new(
                    table,
                    item.span(),
                    &self.site.source,
                    self.errors,
                )),
                _ => self.wrong(key, item, &format!("`[[{key}]]`")),
            }
        }
        tables
    }

    /// The items of an array that are either strings or tables.
    pub(crate) fn strings_or_tables(
        &self,
        key: &'static str,
    ) -> Vec<Result<At<String>, Table<'t>>> {
        let Some(value) = self.find(key) else {
            return Vec::new();
        };
        let DeValue::Array(array) = value.get_ref() else {
            self.wrong(key, value, &format!("`{key} = [\"...\"]`"));
            return Vec::new();
        };
        let mut items = Vec::new();
        for item in array.iter() {
            match item.get_ref() {
                DeValue::String(s) => {
                    items.push(Ok(At {
                        value: s.to_string(),
                        site: self.at(item.span()),
                    }));
                }
                DeValue::Table(table) => items.push(Err(Table::new(
                    table,
                    item.span(),
                    &self.site.source,
                    self.errors,
                ))),
                _ => self.wrong(
                    key,
                    item,
                    "a string or `{ column = \"...\", value = \"...\" }`",
                ),
            }
        }
        items
    }

    /// Every pair of this table as plain values; nested ones are reported.
    pub(crate) fn plains(&self) -> Vec<(At<String>, At<Plain>)> {
        let mut pairs = Vec::new();
        for (key, value) in self.table.iter() {
            let name = At {
                value: key.get_ref().to_string(),
                site: self.at(key.span()),
            };
            match plain(value.get_ref()) {
                Some(plain) => pairs.push((
                    name,
                    At {
                        value: plain,
                        site: self.at(value.span()),
                    },
                )),
                None => self.wrong(&name.value, value, "a string, number, date or truth value"),
            }
        }
        pairs
    }

    /// Reports every key that nobody asked for.
    pub(crate) fn finish(self) {
        let asked = self.asked.borrow();
        for (key, _) in self.table.iter() {
            let name = key.get_ref().as_ref();
            if !asked.contains(&name) {
                let mut known: Vec<&str> = asked.clone();
                known.sort_unstable();
                known.dedup();
                self.errors.add(
                    &self.at(key.span()),
                    format!("unknown key `{name}`"),
                    Some(suggest(name, &known)),
                );
            }
        }
    }
}

fn integer(value: &DeValue<'_>) -> Option<i64> {
    match value {
        DeValue::Integer(i) => i64::from_str_radix(i.as_str(), i.radix()).ok(),
        _ => None,
    }
}

fn plain(value: &DeValue<'_>) -> Option<Plain> {
    match value {
        DeValue::String(s) => Some(Plain::String(s.to_string())),
        DeValue::Integer(_) => integer(value).map(Plain::Integer),
        DeValue::Float(f) => f.as_str().parse().ok().map(Plain::Float),
        DeValue::Boolean(b) => Some(Plain::Bool(*b)),
        DeValue::Datetime(d) => Some(Plain::Datetime(d.to_string())),
        DeValue::Array(_) | DeValue::Table(_) => None,
    }
}
