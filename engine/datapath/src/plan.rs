//! Plans: what happens to each column of a result set, decided once per result set.

use crate::learning::Sightings;
use std::rc::Rc;
use std::sync::Arc;
use wiremask_protocols::postgres::value::Type;
use wiremask_protocols::session::Format;
use wiremask_rules::{DetectorSetId, LeafRules, Masker, RuleId, Ruleset};

/// The plan of a result set, or of a copy.
#[derive(Debug)]
pub struct Plan {
    /// The rules that it was made with; a running result keeps them over a reload.
    pub rules: Arc<Ruleset>,
    /// Number of columns of the result.
    pub columns: usize,
    /// The columns that have to be looked at, in order; the others are relayed.
    pub active: Box<[ColumnPlan]>,
    /// For each column of the result its place in `active`.
    places: Box<[Option<u32>]>,
}

/// What happens to one column.
#[derive(Debug)]
pub struct ColumnPlan {
    /// Its position in the row.
    pub column: usize,
    /// The type of its values.
    pub ty: Type,
    /// How its values travel.
    pub format: Format,
    /// Type modifier, -1 for none.
    pub type_modifier: i32,
    /// Mask or scan.
    pub action: Action,
    /// The rules for places in its JSON documents, if there are any. Such a column is scanned by leaves.
    pub places: Option<Rc<LeafRules>>,
    /// Another column of the row that the mask depends on.
    pub row: Option<RowColumn>,
    /// Where what is seen of a scanned column of a relation is noted.
    pub sightings: Option<Rc<Sightings>>,
}

/// A column whose value in the same row decides how another is masked.
#[derive(Debug)]
pub struct RowColumn {
    /// Its position in the row.
    pub column: usize,
    /// The type of its values.
    pub ty: Type,
    /// How its values travel.
    pub format: Format,
}

/// Mask or scan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Every value is masked whole: by a rule, or by the strictest operator where no rule can be
    /// named.
    Mask(Option<RuleId>),
    /// Values are scanned by these detectors.
    Scan {
        /// The detectors.
        set: DetectorSetId,
        /// How the bytes of a value are read.
        reading: Reading,
    },
}

/// How the bytes of a value are read for scanning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// They are the text: matched spans are replaced in it.
    Text,
    /// They are the text of one typed value: a match masks the value.
    Typed,
    /// The value's leaves have to be decoded first.
    Leaves,
}

impl Reading {
    /// For values of a type in a format.
    #[must_use]
    pub fn of(ty: &Type, format: Format) -> Self {
        match ty {
            Type::Text | Type::Bpchar | Type::Name => Self::Text,
            Type::Int2 | Type::Int4 | Type::Int8 | Type::Numeric | Type::Oid | Type::Opaque
                if format == Format::Text =>
            {
                Self::Typed
            }
            _ => Self::Leaves,
        }
    }
}

impl Plan {
    /// A plan for results of `columns` columns. `active` is in the order of the columns.
    #[must_use]
    pub fn new(rules: Arc<Ruleset>, columns: usize, active: Vec<ColumnPlan>) -> Self {
        let mut places = vec![None; columns];
        for (place, column) in (0..).zip(&active) {
            if let Some(known) = places.get_mut(column.column) {
                *known = Some(place);
            }
        }
        Self {
            rules,
            columns,
            active: active.into(),
            places: places.into(),
        }
    }

    /// The place in `active` of the column that a field of a batch is in, by its index over all rows;
    /// nothing for a column that is relayed.
    #[inline]
    #[must_use]
    pub fn place_of(&self, field: usize) -> Option<u32> {
        *self.places.get(field.checked_rem(self.columns)?)?
    }

    /// The masker of an action that masks.
    #[must_use]
    pub fn masker(&self, rule: Option<RuleId>) -> &Masker {
        rule.map_or_else(|| self.rules.strictest(), |rule| self.rules.masker(rule))
    }
}
