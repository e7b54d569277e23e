//! Packs in the order of their layers: what a pack extends comes before it.
//!
//! Given packs keep their order as far as `extends` permits. Built-in packs are pulled in where they are
//! named. The same pack, named or given more than once, counts once.

use crate::pack::diagnostics::{At, Errors, suggest};
use crate::pack::{self, Pack, PackSource};
use std::collections::HashMap;

/// Reads packs and orders them; mistakes go to `errors`.
pub(crate) fn order(sources: &[PackSource], errors: &Errors) -> Vec<Pack> {
    let mut layers = Layers {
        errors,
        known: Vec::new(),
        by_name: HashMap::new(),
        order: Vec::new(),
    };
    for source in sources {
        layers.add(source);
    }
    for given in 0..layers.known.len() {
        layers.visit(given, &mut Vec::new());
    }
    let Layers {
        mut known, order, ..
    } = layers;
    let packs = order.iter().map(|index| known[*index].take());
    packs.flatten().collect()
}

struct Layers<'e> {
    errors: &'e Errors,
    known: Vec<Option<Pack>>,
    by_name: HashMap<String, usize>,
    order: Vec<usize>,
}

impl Layers<'_> {
    /// Reads a pack that is not known yet.
    fn add(&mut self, source: &PackSource) -> Option<usize> {
        let pack = pack::read(source, self.errors)?;
        let Some(other) = self.by_name.get(&pack.name.value) else {
            let index = self.known.len();
            self.by_name.insert(pack.name.value.clone(), index);
            self.known.push(Some(pack));
            return Some(index);
        };
        let other = self.known[*other].as_ref()?;
        if other.digest != pack.digest {
            let message = format!("pack `{}` is there twice, and differs", pack.name.value);
            let help = format!(
                "the other one is {} in {}; give one of them another name",
                version(other),
                other.name.site.place()
            );
            self.errors.add(&pack.name.site, message, Some(help));
        }
        None
    }

    /// Puts a pack into the order, behind what it extends. `open` are the packs that wait for it.
    fn visit(&mut self, index: usize, open: &mut Vec<usize>) {
        if self.order.contains(&index) {
            return;
        }
        open.push(index);
        let bases = self.known[index].as_ref().map(|pack| pack.extends.clone());
        for base in bases.unwrap_or_default() {
            let Some(found) = self.base(&base) else {
                continue;
            };
            if open.contains(&found) {
                self.cycle(&base, found, open);
            } else {
                self.visit(found, open);
            }
        }
        open.pop();
        self.order.push(index);
    }

    /// The pack that `extends` names, with the version that it names.
    fn base(&mut self, base: &At<String>) -> Option<usize> {
        let (name, wanted) = match base.value.split_once('@') {
            Some((name, version)) => (name, Some(version)),
            None => (base.value.as_str(), None),
        };
        let known = self.by_name.get(name).copied();
        let found = known.or_else(|| {
            let text = pack::builtin(name)?.to_owned();
            let name = name.to_owned();
            self.add(&PackSource { name, text })
        });
        let Some(found) = found else {
            self.missing(base, name);
            return None;
        };
        let pack = self.known[found].as_ref()?;
        match wanted {
            Some(wanted) if wanted != pack.version => {
                let message = format!("pack `{name}` has version {}", pack.version);
                let help = format!("write `{name}@{}` after reading its changes", pack.version);
                self.errors.add(&base.site, message, Some(help));
            }
            Some(_) => {}
            None => {
                let message = format!("`{name}` is extended in whatever version it has");
                let help = format!("pin it: `{name}@{}`", pack.version);
                self.errors.warn(&base.site, message, Some(help));
            }
        }
        Some(found)
    }

    fn missing(&self, base: &At<String>, name: &str) {
        let mut there: Vec<&str> = pack::builtin_names().collect();
        there.extend(self.by_name.keys().map(String::as_str));
        there.sort_unstable();
        there.dedup();
        let help = format!("{}, or give its file as well", suggest(name, &there));
        self.errors
            .add(&base.site, format!("there is no pack `{name}`"), Some(help));
    }

    fn cycle(&self, base: &At<String>, found: usize, open: &[usize]) {
        let name = |index: &usize| {
            let pack = self.known[*index].as_ref();
            pack.map_or("", |pack| pack.name.value.as_str())
        };
        let ring = open.iter().skip_while(|index| **index != found);
        let ring: Vec<&str> = ring.chain([&found]).map(name).collect();
        let message = format!("packs extend each other in a circle: {}", ring.join(" -> "));
        let help = "move what both need into a pack that both extend";
        self.errors.add(&base.site, message, Some(help.to_owned()));
    }
}

fn version(pack: &Pack) -> String {
    format!("version {}", pack.version)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pack(name: &str, version: &str, extends: &str, more: &str) -> PackSource {
        PackSource {
            name: format!("{name}.toml"),
            text: format!(
                "[pack]\nname = \"{name}\"\nversion = \"{version}\"\nextends = [{extends}]\n{more}"
            ),
        }
    }

    /// Names in order, or the messages of the errors.
    fn order_of(packs: &[PackSource]) -> Result<Vec<String>, Vec<String>> {
        let errors = Errors::default();
        let order = order(packs, &errors);
        match errors.into_result() {
            Err(all) => Err(all
                .iter()
                .map(|d| format!("{}: {}", d.file, d.message))
                .collect()),
            Ok(_) => Ok(order.into_iter().map(|pack| pack.name.value).collect()),
        }
    }

    #[test]
    fn what_a_pack_extends_comes_first_however_packs_are_given() {
        let [a, b, c] = [
            pack("a", "1", "\"b@1\", \"c@2\"", ""),
            pack("b", "1", "\"c\", \"starter@1\"", ""),
            pack("c", "2", "", ""),
        ];
        for given in [
            [a.clone(), b.clone(), c.clone()],
            [c.clone(), a.clone(), b.clone()],
            [b.clone(), c.clone(), a.clone()],
        ] {
            let order = order_of(&given).expect("they fit");
            assert_eq!(order, ["c", "starter", "b", "a"]);
        }
    }

    #[test]
    fn the_same_pack_twice_is_one_and_another_of_its_name_is_an_error() {
        let [a, other] = [pack("a", "1", "", ""), pack("a", "2", "", "")];
        let again = PackSource {
            name: "copy.toml".to_owned(),
            text: format!("# a comment\n{}", a.text.replace(" = ", "=")),
        };
        assert_eq!(order_of(&[a.clone(), again]), Ok(vec!["a".to_owned()]));
        assert_eq!(
            order_of(&[a, other]),
            Err(vec![
                "a.toml: pack `a` is there twice, and differs".to_owned()
            ])
        );
    }

    #[test]
    fn a_missing_base_another_version_and_a_circle_are_errors() {
        for (packs, message) in [
            (
                vec![pack("a", "1", "\"startr@1\"", "")],
                "a.toml: there is no pack `startr`",
            ),
            (
                vec![pack("a", "1", "\"starter@7\"", "")],
                "a.toml: pack `starter` has version 1",
            ),
            (
                vec![pack("a", "1", "\"b@1\"", ""), pack("b", "1", "\"a@1\"", "")],
                "b.toml: packs extend each other in a circle: a -> b -> a",
            ),
            (
                vec![pack("a", "1", "\"a@1\"", "")],
                "a.toml: packs extend each other in a circle: a -> a",
            ),
        ] {
            assert_eq!(order_of(&packs), Err(vec![message.to_owned()]));
        }
    }
}
