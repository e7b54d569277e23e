//! Where else the values of a column are seen: the table that a partition is a part of, what a view shows, what
//! an expression is computed from.
//!
//! An entry about detectors that strengthens them holds for its columns and for what shows their values. One
//! that weakens them holds for its columns only. An entry of the column itself goes before those of its kin,
//! unless it selects the kin too and is less exact there.

use crate::column::{ColumnName, TableName};
use crate::info::Mode;
use crate::ruleset::Ruleset;
use crate::scope::{ScopeRule, Settings};
use std::ptr;

/// Where else the values of a column lie.
#[derive(Clone, Copy, Debug, Default)]
pub struct Kin<'a> {
    /// Columns that surely hold them, or have their name in a table that a view reads.
    pub columns: &'a [ColumnName<'a>],
    /// Tables in any column of which they may lie.
    pub tables: &'a [TableName<'a>],
    /// They may lie anywhere.
    pub anywhere: bool,
}

/// The entries that select one of them, the most exact first.
#[derive(Debug)]
pub(crate) struct Related<'r> {
    entries: Vec<&'r ScopeRule>,
    /// Of a column that is known; else each entry may be about another one.
    one_column: bool,
}

impl<'r> Related<'r> {
    /// Settings that are at least as strong as these: `own` are those of the column itself.
    pub(crate) fn widen(
        &self,
        mut wide: Settings<'r>,
        own: &Settings<'r>,
        detector: u16,
    ) -> Settings<'r> {
        let says = |what: fn(&ScopeRule) -> bool| {
            let entries = (0..).zip(self.entries.iter().copied());
            let about = entries.filter(move |(_, entry)| entry.names(detector) && what(entry));
            about.take(if self.one_column { 1 } else { usize::MAX })
        };
        for (at, entry) in says(|entry| entry.mode.is_some()) {
            if let Some(mode) = entry.mode
                && strength(mode) > strength(wide.mode.0)
                && self.goes_before(at, own.mode.1)
            {
                wide.mode = (mode, Some(entry));
            }
        }
        for (at, entry) in says(|entry| entry.threshold.is_some()) {
            if let Some(threshold) = entry.threshold
                && threshold < wide.threshold.0
                && self.goes_before(at, own.threshold.1)
            {
                wide.threshold = (threshold, Some(entry));
            }
        }
        // Another mask is neither stronger nor weaker, but a value that is masked in two ways tells more.
        let masks = says(|entry| entry.mask.is_some()).filter(|_| self.one_column);
        for (at, entry) in masks {
            if self.goes_before(at, own.mask.1) {
                wide.mask = (entry.mask, Some(entry));
            }
        }
        wide
    }

    /// Does the entry at this place go before one of the column itself?
    fn goes_before(&self, at: usize, own: Option<&ScopeRule>) -> bool {
        own.is_none_or(|own| {
            let place = self.entries.iter().position(|entry| ptr::eq(*entry, own));
            place.is_some_and(|place| at < place)
        })
    }
}

fn strength(mode: Mode) -> u8 {
    match mode {
        Mode::Off => 0,
        Mode::Shadow => 1,
        Mode::Enforce => 2,
    }
}

impl Ruleset {
    /// Is there an entry that could strengthen a detector in some columns? Where there is none, a [`Kin`]
    /// changes nothing.
    pub fn widens(&self) -> bool {
        self.scopes.iter().any(ScopeRule::widens)
    }

    /// Must it be known what a statement reads? Yes for rules of columns, and where detectors are strengthened.
    pub fn reads_statements(&self) -> bool {
        self.has_column_rules() || self.widens()
    }

    /// Does an entry that could strengthen a detector select some of this?
    pub(crate) fn is_widened(&self, kin: &Kin<'_>) -> bool {
        self.related(kin)
            .iter()
            .any(|related| related.entries.iter().any(|entry| entry.widens()))
    }

    pub(crate) fn related(&self, kin: &Kin<'_>) -> Vec<Related<'_>> {
        let entries = |selects: &dyn Fn(&ScopeRule) -> bool| -> Vec<&ScopeRule> {
            self.scopes.iter().filter(|entry| selects(entry)).collect()
        };
        let columns = kin.columns.iter().map(|column| Related {
            entries: entries(&|entry| entry.matches(column)),
            one_column: true,
        });
        let tables = kin.tables.iter().map(|table| Related {
            entries: entries(&|entry| entry.selector.matches_table(table, true)),
            one_column: false,
        });
        let anywhere = kin.anywhere.then(|| Related {
            entries: entries(&|_| true),
            one_column: false,
        });
        columns.chain(tables).chain(anywhere).collect()
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{Backend, Keys, PackSource};

    /// A detector that only counts, one that masks, and entries about them.
    fn ruleset(entries: &str) -> Ruleset {
        let detector = |name: &str, mode: &str| {
            format!(
                "[[detector]]\nname = \"{name}\"\nentity = \"LOT\"\nclass = \"checksum\"\nmatch = ['{name}-[0-9]+']\n\
                 validate = [\"luhn\"]\nchance = 0.1\nmode = \"{mode}\"\nmask = {{ operator = \"redact\" }}\n\
                 [detector.examples]\nmask = [\"{name}-12345674\"]\npass = [\"x\"]\n"
            )
        };
        let text = format!(
            "[pack]\nname = \"t\"\nversion = \"1\"\n{}{}{entries}",
            detector("lot", "shadow"),
            detector("other", "enforce")
        );
        let packs = [PackSource {
            name: "t".to_owned(),
            text,
        }];
        Ruleset::compile(&packs, &Keys::from_secret("k", b"s"), Backend::Portable)
            .unwrap_or_else(|found| panic!("{found}"))
    }

    fn entry(select: &str, rest: &str) -> String {
        format!("[[dataset]]\nselect = {{ {select} }}\n{rest}\n")
    }

    fn column<'a>(table: &'a str, column: &'a str) -> ColumnName<'a> {
        ColumnName {
            table,
            column,
            type_name: "text",
            ..ColumnName::default()
        }
    }

    /// Mode, threshold and mask of a detector in `part.c`, which is kin to `whole.c`.
    fn in_part(entries: &str, detector: u16) -> (Mode, f64, bool) {
        let rules = ruleset(entries);
        let kin = [column("whole", "c")];
        let kin = Kin {
            columns: &kin,
            ..Kin::default()
        };
        settings(&rules, &column("part", "c"), &kin, detector)
    }

    fn settings(
        rules: &Ruleset,
        column: &ColumnName<'_>,
        kin: &Kin<'_>,
        detector: u16,
    ) -> (Mode, f64, bool) {
        let here = rules.here_with(column, kin);
        let settings = here.settings(detector, &rules.detectors[usize::from(detector)]);
        let (mode, threshold) = (settings.mode.0, settings.threshold.0);
        (mode, threshold, settings.mask.0.is_some())
    }

    #[test]
    fn what_strengthens_is_followed_and_what_weakens_is_not() {
        let enforce = entry(
            "table = \"whole\", detectors = \"lot\"",
            "mode = \"enforce\"",
        );
        assert_eq!(in_part(&enforce, 0).0, Mode::Enforce);
        let off = entry(
            "table = \"whole\", detectors = \"other\"",
            "mode = \"off\"\nreason = \"r\"",
        );
        assert_eq!(in_part(&off, 1).0, Mode::Enforce);
        assert!(!ruleset(&off).widens() && ruleset(&enforce).widens());
        let lower = entry(
            "table = \"whole\", detectors = \"other\"",
            "set = { threshold = 0.5 }",
        );
        let raise = entry("detectors = \"other\"", "set = { threshold = 0.9 }");
        assert_eq!(
            in_part(&(raise.clone() + &lower), 1).1.to_bits(),
            0.5_f64.to_bits()
        );
        let higher = entry(
            "table = \"whole\", detectors = \"other\"",
            "set = { threshold = 0.95 }",
        );
        assert_eq!(
            in_part(&(raise + &higher), 1).1.to_bits(),
            0.9_f64.to_bits()
        );
        let mask = entry(
            "table = \"whole\", detectors = \"other\"",
            "set = { mask = { operator = \"label\" } }",
        );
        assert!(in_part(&mask, 1).2);
    }

    #[test]
    fn an_entry_of_the_part_itself_goes_first_and_one_of_both_does_not() {
        let enforce = entry(
            "table = \"whole\", detectors = \"lot\"",
            "mode = \"enforce\"",
        );
        let own = entry("table = \"part\", detectors = \"lot\"", "mode = \"shadow\"");
        for entries in [enforce.clone() + &own, own + &enforce] {
            assert_eq!(in_part(&entries, 0).0, Mode::Shadow);
        }
        let both = entry("type = \"text\", detectors = \"lot\"", "mode = \"shadow\"");
        for entries in [enforce.clone() + &both, both + &enforce] {
            assert_eq!(in_part(&entries, 0).0, Mode::Enforce);
        }
    }

    #[test]
    fn a_table_of_unknown_columns_and_anywhere_count_every_entry() {
        let rules = ruleset(
            &(entry(
                "table = \"whole\", column = \"d\", detectors = \"lot\"",
                "mode = \"enforce\"",
            ) + &entry(
                "table = \"whole\", column = \"d\", detectors = \"other\"",
                "set = { mask = { operator = \"label\" } }",
            )),
        );
        let of = |kin: &Kin<'_>, detector| settings(&rules, &column("", "x"), kin, detector);
        let table = |table| TableName {
            table,
            ..TableName::default()
        };
        let (whole, far) = ([table("whole")], [table("far")]);
        let with = |tables| Kin {
            tables,
            ..Kin::default()
        };
        assert_eq!(of(&with(&whole), 0).0, Mode::Enforce);
        assert_eq!(of(&with(&far), 0).0, Mode::Shadow);
        let anywhere = Kin {
            anywhere: true,
            ..Kin::default()
        };
        assert_eq!(of(&anywhere, 0).0, Mode::Enforce);
        // The mask may be meant for another column.
        assert!(!of(&with(&whole), 1).2);
    }
}
