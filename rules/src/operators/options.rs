//! The options of an operator as a pack gives them.

use crate::canonical::Canonical;
use crate::keys::{EntityKey, Keys};
use crate::pack::diagnostics::{At, Errors, Site, suggest};
use crate::pack::table::Plain;

/// Typed reading of `mask = { ... }`; what nobody asks for is reported.
pub(crate) struct Options<'p> {
    pub(crate) given: &'p [(At<String>, At<Plain>)],
    /// The operator's own place, for what is missing.
    pub(crate) site: &'p Site,
    pub(crate) errors: &'p Errors,
    pub(crate) entity: &'p str,
    pub(crate) keys: &'p Keys,
    pub(crate) asked: Vec<&'static str>,
    /// The id of the key that the operator took.
    pub(crate) key_id: Option<Box<str>>,
}

impl<'p> Options<'p> {
    fn find(&mut self, key: &'static str) -> Option<&'p At<Plain>> {
        self.asked.push(key);
        self.given
            .iter()
            .find(|(name, _)| name.value == key)
            .map(|(_, value)| value)
    }

    fn wrong(&self, value: &At<Plain>, message: String) {
        self.errors.add(&value.site, message, None);
    }

    /// Reports a missing option.
    pub(crate) fn missing(&self, key: &str, help: &str) {
        self.errors.add(
            self.site,
            format!("`{key}` is missing"),
            Some(help.to_owned()),
        );
    }

    /// Any plain value.
    pub(crate) fn plain(&mut self, key: &'static str) -> Option<Plain> {
        self.find(key).map(|value| value.value.clone())
    }

    /// A whole number between `min` and `max`, or `default`.
    pub(crate) fn integer(&mut self, key: &'static str, default: i64, min: i64, max: i64) -> i64 {
        let Some(value) = self.find(key) else {
            return default;
        };
        match value.value {
            Plain::Integer(number) if (min..=max).contains(&number) => return number,
            Plain::Integer(number) => {
                self.wrong(
                    value,
                    format!("`{key}` of {number} is not between {min} and {max}"),
                );
            }
            _ => self.wrong(value, format!("`{key}` is not a whole number")),
        }
        default
    }

    /// A truth value, or `default`.
    pub(crate) fn bool(&mut self, key: &'static str, default: bool) -> bool {
        let Some(value) = self.find(key) else {
            return default;
        };
        if let Plain::Bool(flag) = value.value {
            return flag;
        }
        self.wrong(value, format!("`{key}` is neither `true` nor `false`"));
        default
    }

    /// A number between `min` and `max`, or `default`.
    pub(crate) fn number(&mut self, key: &'static str, default: f64, min: f64, max: f64) -> f64 {
        let Some(value) = self.find(key) else {
            return default;
        };
        let number = match value.value {
            Plain::Float(number) => number,
            #[allow(clippy::cast_precision_loss)]
            Plain::Integer(number) => number as f64,
            _ => {
                self.wrong(value, format!("`{key}` is not a number"));
                return default;
            }
        };
        if (min..=max).contains(&number) {
            return number;
        }
        self.wrong(
            value,
            format!("`{key}` of {number} is not between {min} and {max}"),
        );
        default
    }

    /// A string, if it is there.
    pub(crate) fn text(&mut self, key: &'static str) -> Option<&'p str> {
        let value = self.find(key)?;
        if let Plain::String(text) = &value.value {
            return Some(text);
        }
        self.wrong(value, format!("`{key}` is not a string"));
        None
    }

    /// The key of the entity, from the current key or the one that `key` names.
    pub(crate) fn key(&mut self) -> EntityKey {
        let keys = self.keys;
        let current = keys.entity(self.entity);
        let Some(id) = self.text("key") else {
            self.key_id = Some(keys.id().into());
            return current;
        };
        let Some(key) = keys.entity_of(id, self.entity) else {
            let known: Vec<&str> = keys.ids().collect();
            if let Some(value) = self.find("key") {
                self.errors.add(
                    &value.site,
                    format!("no key has the id `{id}`"),
                    Some(suggest(id, &known)),
                );
            }
            return current;
        };
        self.key_id = Some(id.into());
        key
    }

    /// The canonical form that `canonical` names, or that of the entity.
    pub(crate) fn canonical(&mut self) -> Canonical {
        let forms = [
            ("trim", Canonical::Trim),
            ("fold", Canonical::Fold),
            ("alnum", Canonical::Alnum),
        ];
        self.word("canonical", &forms)
            .unwrap_or_else(|| Canonical::of_entity(self.entity))
    }

    /// Reports that an option does not fit the others.
    pub(crate) fn refuse(&mut self, key: &'static str, message: &str) {
        let site = self.find(key).map_or(self.site, |value| &value.site);
        self.errors.add(site, message.to_owned(), None);
    }

    /// One visible ASCII character, or `*`.
    pub(crate) fn character(&mut self) -> u8 {
        let Some(value) = self.find("char") else {
            return b'*';
        };
        if let Plain::String(text) = &value.value
            && let [byte] = text.as_bytes()
            && byte.is_ascii_graphic()
            && !matches!(byte, b'"' | b'\\')
        {
            return *byte;
        }
        self.wrong(
            value,
            "`char` is not one visible ASCII character".to_owned(),
        );
        b'*'
    }

    /// One of several words.
    pub(crate) fn word<T: Copy>(
        &mut self,
        key: &'static str,
        words: &[(&'static str, T)],
    ) -> Option<T> {
        let value = self.find(key)?;
        let known: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
        let Plain::String(given) = &value.value else {
            self.wrong(value, format!("`{key}` is not a string"));
            return None;
        };
        let found = words
            .iter()
            .find(|(word, _)| word == given)
            .map(|(_, meaning)| *meaning);
        if found.is_none() {
            let message = format!("unknown {key} `{given}`");
            self.errors
                .add(&value.site, message, Some(suggest(given, &known)));
        }
        found
    }

    /// Reports every option that nobody asked for; the id of the key that was taken.
    pub(crate) fn finish(self) -> Option<Box<str>> {
        for (name, _) in self.given {
            if !self.asked.contains(&name.value.as_str()) {
                let message = format!("this operator has no option `{}`", name.value);
                let help = match self.asked.as_slice() {
                    [] => "it has none at all".to_owned(),
                    known => suggest(&name.value, known),
                };
                self.errors.add(&name.site, message, Some(help));
            }
        }
        self.key_id
    }
}
