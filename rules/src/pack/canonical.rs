//! A hash of what a pack says.
//!
//! Comments, white space, the order of keys and the way in which strings and numbers are written do
//! not count; the order of lists does, because later entries win over earlier ones.

use toml::de::{DeTable, DeValue};

/// The hash of a whole file.
pub(crate) fn digest(root: &DeTable<'_>) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    table(root, &mut hasher);
    *hasher.finalize().as_bytes()
}

fn table(table: &DeTable<'_>, hasher: &mut blake3::Hasher) {
    let mut pairs: Vec<_> = table.iter().collect();
    pairs.sort_by_key(|(key, _)| key.get_ref().to_string());
    begin(b't', pairs.len(), hasher);
    for (key, inner) in pairs {
        text(b'k', key.get_ref(), hasher);
        value(inner.get_ref(), hasher);
    }
}

fn value(of: &DeValue<'_>, hasher: &mut blake3::Hasher) {
    match of {
        DeValue::String(string) => text(b's', string, hasher),
        DeValue::Boolean(flag) => begin(b'b', usize::from(*flag), hasher),
        DeValue::Datetime(date) => text(b'd', &date.to_string(), hasher),
        DeValue::Integer(integer) => {
            match i128::from_str_radix(integer.as_str(), integer.radix()) {
                Ok(number) => text(b'i', &number.to_string(), hasher),
                Err(_) => text(b'j', integer.as_str(), hasher),
            }
        }
        DeValue::Float(float) => match float.as_str().parse::<f64>() {
            Ok(number) => text(b'f', &number.to_string(), hasher),
            Err(_) => text(b'g', float.as_str(), hasher),
        },
        DeValue::Array(items) => {
            begin(b'a', items.len(), hasher);
            items.iter().for_each(|item| value(item.get_ref(), hasher));
        }
        DeValue::Table(inner) => table(inner, hasher),
    }
}

fn text(kind: u8, text: &str, hasher: &mut blake3::Hasher) {
    begin(kind, text.len(), hasher);
    hasher.update(text.as_bytes());
}

fn begin(kind: u8, len: usize, hasher: &mut blake3::Hasher) {
    hasher.update(&[kind]);
    hasher.update(&u64::try_from(len).unwrap_or(u64::MAX).to_be_bytes());
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn of(text: &str) -> [u8; 32] {
        digest(DeTable::parse(text).unwrap().get_ref())
    }

    #[test]
    fn the_way_of_writing_does_not_count_and_the_content_does() {
        let base = of("[pack]\nname = \"a\"\nn = 255\nf = 0.50\nl = [\"x\", \"y\"]\n");
        let same = of("# c\n[pack]\nl=['x',\n 'y']\nn = 0xff\nf = 5e-1\nname = '''a'''\n");
        assert_eq!(base, same);
        for other in [
            "[pack]\nname = \"a\"\nn = 255\nf = 0.50\nl = [\"y\", \"x\"]\n",
            "[pack]\nname = \"b\"\nn = 255\nf = 0.50\nl = [\"x\", \"y\"]\n",
            "[pack]\nname = \"a\"\nn = \"255\"\nf = 0.50\nl = [\"x\", \"y\"]\n",
            "[pack]\nname = \"a\"\nn = 255\nf = 0.50\nl = [[\"x\"], \"y\"]\n",
        ] {
            assert_ne!(base, of(other), "{other}");
        }
    }
}
