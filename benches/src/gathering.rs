//! What a session gathers for its scanner, without the session: the columns that a detector may look
//! at, and their values as [`Gather`] lays them out.

use crate::data::Column;
use wiremask_protocols::session::RowBatch;
use wiremask_rules::{ColumnContext, DetectorSetId, Gather, Ruleset};

/// The columns of a text result that are scanned, as the data path plans them.
#[derive(Debug)]
pub struct Columns(Vec<Scanned>);

/// One of them.
#[derive(Debug)]
struct Scanned {
    column: usize,
    set: DetectorSetId,
    len_min: usize,
}

impl Columns {
    /// Those of a result that these rules look at.
    #[must_use]
    pub fn of(rules: &Ruleset, columns: &[Column]) -> Self {
        let scanned = columns.iter().enumerate().filter_map(|(column, known)| {
            let type_name = type_name(known.type_oid)?;
            let name = known.name.as_str();
            let set = rules.detector_set(&ColumnContext { name, type_name });
            let len_min = rules.match_len_min(set);
            (set != DetectorSetId::NONE).then_some(Scanned {
                column,
                set,
                len_min,
            })
        });
        Self(scanned.collect())
    }

    /// Gathers the values of a batch, column by column.
    #[expect(clippy::cast_possible_truncation, reason = "at most 1600 columns")]
    pub fn gather(&self, batch: &RowBatch<'_>, values: &mut Gather) {
        for scanned in &self.0 {
            let fields = batch.fields.iter().skip(scanned.column);
            let spans = fields.step_by(batch.columns).map(|f| (f.start, f.len));
            let owners = (scanned.column as u32, batch.columns as u32);
            let set = (scanned.set, scanned.len_min);
            values.add_all(batch.received, spans, set, owners);
        }
    }

    /// The values of a batch that have to be scanned: those of [`Columns::gather`] without the ones
    /// that are too short for any match.
    pub fn values<'b>(&self, batch: &'b RowBatch<'_>) -> impl Iterator<Item = &'b [u8]> {
        self.0.iter().flat_map(move |scanned| {
            let fields = batch.fields.iter().skip(scanned.column);
            let ranges = fields.step_by(batch.columns).filter_map(|f| f.range());
            let long = ranges.filter(|range| range.len() >= scanned.len_min);
            long.map(|range| &batch.received[range])
        })
    }
}

/// The name of a type of invented columns that may hold a match.
fn type_name(oid: u32) -> Option<&'static str> {
    match oid {
        20 => Some("int8"),
        23 => Some("int4"),
        25 => Some("text"),
        1043 => Some("varchar"),
        1700 => Some("numeric"),
        _ => None, // an instant, a truth value
    }
}
