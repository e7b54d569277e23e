//! Telephone numbers by their values alone, as a column: no single value needs to be certain.
//!
//! A column of telephone numbers is written in several ways, of which some show what they are (a country
//! behind `+`, an area in parentheses, a trunk zero before groups) and others have the form of order
//! numbers. So a column is one where nearly all values can be numbers and enough of them show it.
//! Numbering plans: ITU-T E.164, and the North American Numbering Plan.

use crate::sample::Column;

/// The distinct values of a column, as telephone numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Telephones {
    /// Distinct values.
    pub values: u64,
    /// Can be numbers, as they are written.
    pub formed: u64,
    /// Name a country, an area or an extension, and can be nothing else.
    pub sure: u64,
    /// Have the groups of North America (`ddd-ddd-dddd`) and one of its areas.
    pub area: u64,
    /// Begin with a trunk zero before groups.
    pub trunk: u64,
    /// Have the groups of North America, but none of its areas.
    pub refused: u64,
}

/// What one value shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shows {
    Nothing,
    Form,
    Refused,
    Area,
    Trunk,
    Sure,
}

impl Telephones {
    /// Looks at every kept value of a column.
    pub fn of(column: &Column) -> Self {
        let mut telephones = Self::default();
        for (value, _) in column.values() {
            let shows =
                std::str::from_utf8(value).map_or(Shows::Nothing, |text| shows(text.trim()));
            telephones.values += 1;
            telephones.formed += u64::from(shows != Shows::Nothing);
            match shows {
                Shows::Sure => telephones.sure += 1,
                Shows::Area => telephones.area += 1,
                Shows::Trunk => telephones.trunk += 1,
                Shows::Refused => telephones.refused += 1,
                Shows::Nothing | Shows::Form => {}
            }
        }
        telephones
    }

    /// How many values show that the column is one of telephone numbers; nothing where it is none.
    ///
    /// One in twelve is enough of those that can be nothing else. Of codes with a random first digit 9 % seem to
    /// begin with a trunk zero, so that a few of these say nothing.
    pub fn decided(&self) -> Option<u64> {
        // Where groups of that form have no area, the others have theirs by chance.
        let by_chance = self.refused * 20 > self.area + self.refused;
        let sure = self.sure + if by_chance { 0 } else { self.area };
        let shown = sure + self.trunk;
        let formed = self.formed * 100 >= self.values * 95;
        let enough = sure * 12 >= self.values || shown * 100 >= self.values * 60;
        (formed && enough).then_some(shown)
    }
}

/// Digits of a number, without an extension (ITU-T E.164 has at most 15).
const DIGITS: std::ops::RangeInclusive<usize> = 7..=15;

fn shows(text: &str) -> Shows {
    let value = without_extension(text);
    let allowed = |c: char| c.is_ascii_digit() || " +-./()\u{a0}".contains(c);
    let digits = value.bytes().filter(u8::is_ascii_digit).count();
    if !DIGITS.contains(&digits) || !value.chars().all(allowed) || value.chars().count() > 32 {
        return Shows::Nothing;
    }
    let groups: Vec<&str> = value
        .split(|c: char| !c.is_ascii_digit())
        .filter(|group| !group.is_empty())
        .collect();
    let first = groups.first().copied().unwrap_or_default();
    let year =
        |group: &&str| group.len() == 4 && (group.starts_with("19") || group.starts_with("20"));
    if first.len() <= 2 && groups.iter().any(year) {
        return Shows::Form;
    }
    if let Some(country) = value.strip_prefix('+') {
        let real = digits >= 8 && country.starts_with(|c: char| ('1'..='9').contains(&c));
        return if real { Shows::Sure } else { Shows::Nothing };
    }
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    let national = (9..=12).contains(&digits);
    // `(415) 555…`, or a country before it as in `1 (11) 500…`.
    if let Some(before) = value.find('(') {
        let country = first.len() <= 3 && before <= 4 && (10..=15).contains(&digits);
        let area = (2..=5).contains(&first.len()) && national;
        let sure = if before == 0 { area } else { country };
        return if sure { Shows::Sure } else { Shows::Form };
    }
    if north_american(&groups, value) {
        let real = |group: &&str| group.as_bytes()[0] >= b'2';
        return match groups.iter().rev().skip(1).take(2).all(real) {
            _ if value.len() < text.len() => Shows::Sure,
            true => Shows::Area,
            false => Shows::Refused,
        };
    }
    let zeros = first.len() - first.trim_start_matches('0').len();
    match zeros {
        // Social security numbers and their like have groups of their own.
        1 if national && groups.len() > 1 && first.len() > 1 && lengths != [3, 2, 4] => {
            Shows::Trunk
        }
        2 if digits >= 10 && groups.len() > 1 && first.len() > 3 => Shows::Sure,
        _ => Shows::Form,
    }
}

/// `ddd-ddd-dddd` or `ddd.ddd.dddd`, perhaps behind `1`.
fn north_american(groups: &[&str], value: &str) -> bool {
    let own = match groups {
        ["1" | "001", own @ ..] => own,
        own => own,
    };
    let grouped =
        matches!(own, [area, office, line] if (area.len(), office.len(), line.len()) == (3, 3, 4));
    grouped && !value.contains([' ', '/']) && !own[0].starts_with('0')
}

/// A number without `x12` or `ext. 12` behind it.
fn without_extension(value: &str) -> &str {
    let digits = value.trim_end_matches(|c: char| c.is_ascii_digit());
    if digits.len() == value.len() {
        return value;
    }
    let before = digits.trim_end_matches(['.', ' ', ':']);
    let marks = ["ext", "Ext", "EXT", "x", "X", "#"];
    let mark = marks.iter().find_map(|mark| before.strip_suffix(mark));
    mark.map_or(value, str::trim_end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::ColumnFacts;

    #[test]
    fn values_show_what_they_are() {
        for (value, expected) in [
            ("+49 30 1234567", Shows::Sure),
            ("+1-415-555-0132x123", Shows::Sure),
            ("(415) 555-0132", Shows::Sure),
            ("1 (11) 500 555-0132", Shows::Sure),
            ("415-555-0132", Shows::Area),
            ("415.155.0132 ext. 4", Shows::Sure),
            ("00420 606 123 456", Shows::Sure),
            ("115-055-0132", Shows::Refused),
            ("01 23 45 67 89", Shows::Trunk),
            ("06-12345678", Shows::Trunk),
            ("07123 456789", Shows::Trunk),
            ("0171/1234567", Shows::Trunk),
            ("4155550132", Shows::Form),
            ("612 345 678", Shows::Form),
            ("012-34-5678", Shows::Form),
            ("05/2024-1234", Shows::Form),
            ("0000-123-456", Shows::Form),
            ("01.02.24", Shows::Nothing),
            ("12:30:4567", Shows::Nothing),
            ("SKU-0123456789", Shows::Nothing),
        ] {
            assert_eq!(shows(value), expected, "{value}");
        }
    }

    fn decided(value: impl Fn(u64) -> String) -> Option<u64> {
        let mut column = Column::new(ColumnFacts::default(), 400);
        (0..200).for_each(|at| column.push(Some(value(at).as_bytes())));
        Telephones::of(&column).decided()
    }

    #[test]
    fn a_column_is_one_where_enough_values_show_it() {
        let number = |at: u64| 10_000_000 + at * 374_521 % 89_999_999;
        let mixed = |at: u64| match at % 5 {
            0 => format!("+47 {}", number(at)),
            _ => number(at).to_string(),
        };
        assert_eq!(decided(mixed), Some(40));
        assert_eq!(decided(|at| format!("06-{}", number(at))), Some(200));
        assert_eq!(decided(|at| number(at).to_string()), None);
        let codes = |at: u64| format!("{}{:02}-{}", at % 10, at % 90, number(at));
        assert_eq!(decided(codes), None);
        let parts = |at: u64| format!("{}-{:03}-{:04}", 115 + at % 400, at * 7 % 1000, at);
        assert_eq!(decided(parts), None);
    }
}
