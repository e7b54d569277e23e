//! Values larger than `message_size_max`, piece by piece. Their length is already on its way to the
//! client, so they are only overwritten; a finding that a piece cuts off waits for what follows.

#![expect(
    clippy::cast_possible_truncation,
    reason = "a batch stays below message_size_max, which is at most 1 GiB"
)]

use super::rows::encoding;
use super::{Inspector, Owner, ShardScratch};
use crate::plan::{Action, ColumnPlan, Plan, Reading};
use std::rc::Rc;
use wiremask_protocols::postgres::value::{JsonWindow, PlainWindow, Type, Window};
use wiremask_protocols::session::{Denial, Format, Part};
use wiremask_rules::{DetectorSetId, FieldRef, Resume};

/// The open part of one large value.
pub(super) struct LargeValue {
    window: OpenWindow,
    /// Bytes of the piece that the window has seen already: they were not final last time.
    given: usize,
    /// A match longer than what is held back was cut off: nobody knows where it would have ended, so
    /// what follows of its leaf is overwritten.
    runs_on: bool,
    /// How far the detectors of each set have come.
    resumes: Vec<Resume>,
}

enum OpenWindow {
    Plain(PlainWindow),
    Json(JsonWindow),
}

impl OpenWindow {
    fn get(&mut self) -> &mut dyn Window {
        match self {
            Self::Plain(window) => window,
            Self::Json(window) => window,
        }
    }
}

impl LargeValue {
    /// `context` bytes in front of what is open are shown to the scanner.
    fn new(ty: &Type, context: usize) -> Self {
        let window = match ty {
            Type::Json | Type::Jsonb => OpenWindow::Json(JsonWindow::new(context)),
            _ => OpenWindow::Plain(PlainWindow::new(context)),
        };
        Self {
            window,
            given: 0,
            runs_on: false,
            resumes: Vec::new(),
        }
    }
}

fn undecodable() -> Denial {
    Denial::new(b"22000", "a value above message_size_max cannot be decoded")
}

impl ShardScratch {
    /// Gathers the leaves that a window shows.
    fn gather_window(&mut self, decoded: &[u8], set: DetectorSetId) {
        self.clear_gathered();
        self.gather.extend_from_slice(decoded);
        self.gather.push(0);
        let mut start = 0;
        for end in memchr::memchr_iter(0, &self.gather) {
            if end > start {
                self.refs.push(FieldRef {
                    start: start as u32,
                    end: end as u32,
                    set,
                });
                self.owners.push(Owner {
                    field: 0,
                    active: 0,
                    leaf: 0,
                });
            }
            start = end + 1;
        }
    }
}

impl Inspector {
    /// A piece of a field; see `Sink::part`.
    pub(super) fn mask_part(
        &mut self,
        plan: &Plan,
        column: usize,
        part: Part<'_>,
    ) -> Result<usize, Denial> {
        let Some(column) = plan.active.iter().find(|c| c.column == column) else {
            return Ok(part.bytes.len());
        };
        match column.action {
            Action::Mask(rule) => {
                if part.first {
                    self.count_cell(rule);
                }
                overwrite(&column.ty, column.format, part)
            }
            // Where in the document a piece lies is not followed.
            Action::Scan { .. } if column.places.is_some() => {
                if part.first {
                    self.count_cell(None);
                }
                overwrite(&column.ty, column.format, part)
            }
            Action::Scan { set, reading } => match (reading, &column.ty) {
                (Reading::Text, _) | (Reading::Leaves, Type::Json | Type::Jsonb) => {
                    self.overwrite_findings(plan, column, &[set], part)
                }
                (Reading::Typed | Reading::Leaves, _) => {
                    self.pass_without_findings(plan, column, (set, reading), part)
                }
            },
        }
    }

    /// Passes a value that has to be decoded before it is looked at, if it came whole and nothing is
    /// found in it. There is no overwriting what was found: it does not lie there as it is.
    fn pass_without_findings(
        &mut self,
        plan: &Plan,
        column: &ColumnPlan,
        (set, reading): (DetectorSetId, Reading),
        part: Part<'_>,
    ) -> Result<usize, Denial> {
        let too_large = || {
            Denial::new(
                b"42501",
                "a row above message_size_max has a value that cannot be masked as a stream",
            )
        };
        if !(part.first && part.last) {
            return Err(too_large());
        }
        let (shared, catalog) = (Rc::clone(&self.scratch), Rc::clone(&self.catalog));
        let (scratch, catalog) = (&mut *shared.borrow_mut(), catalog.borrow());
        let encoding = encoding(column.format, &self.settings, &*catalog);
        scratch.clear_values();
        if reading == Reading::Typed {
            scratch.values.add(part.bytes, set, 0);
        } else {
            let set = (set, plan.rules.match_len_min(set));
            let owner = Owner {
                field: 0,
                active: 0,
                leaf: 0,
            };
            let gathered = scratch.gather_leaves(column, set, owner, part.bytes, encoding);
            gathered.map_err(|_| undecodable())?;
        }
        scratch.scan_values(&plan.rules);
        let mut rules = scratch.matches.iter().map(|found| found.rule);
        match rules.any(|rule| Self::is_enforced(&plan.rules, rule)) {
            true => Err(too_large()),
            false => Ok(part.bytes.len()),
        }
    }

    /// Overwrites what detectors find and says how many bytes of the piece are final.
    pub(super) fn overwrite_findings(
        &mut self,
        plan: &Plan,
        column: &ColumnPlan,
        sets: &[DetectorSetId],
        part: Part<'_>,
    ) -> Result<usize, Denial> {
        let context = plan.rules.look_back();
        let is_versioned = column.ty == Type::Jsonb && column.format == Format::Binary;
        if is_versioned && part.first && self.large.is_none() && !part.last {
            self.large = Some(LargeValue::new(&column.ty, context));
            return Ok(1);
        }
        let mut large = self
            .large
            .take()
            .unwrap_or_else(|| LargeValue::new(&column.ty, context));
        let window = large.window.get();
        window
            .push(&part.bytes[large.given..])
            .map_err(|_| undecodable())?;
        let shared = Rc::clone(&self.scratch);
        let scratch = &mut *shared.borrow_mut();
        if large.runs_on {
            let rest = memchr::memchr(0, &window.decoded()[window.open()..]);
            let end = rest.map_or(window.decoded().len(), |len| window.open() + len);
            window.mask(window.open()..end);
            large.runs_on = rest.is_none();
        }
        let decoded = window.decoded().len();
        let safe = decoded
            .saturating_sub(plan.rules.hold_back())
            .max(window.settled());
        let until = safe.max(window.open()).min(decoded);
        large.resumes.resize_with(sets.len(), Resume::default);
        for (set, resume) in sets.iter().zip(&mut large.resumes) {
            scratch.gather_window(window.decoded(), *set);
            resume.decide(until as u32);
            scratch.scan_on(&plan.rules, resume);
            for found in &scratch.matches {
                let leaf = scratch.refs[found.field as usize].start as usize;
                let span = leaf + found.start as usize..leaf + found.end as usize;
                let comes_again = !part.last && span.start >= until;
                if comes_again {
                    continue; // to be looked at with what follows
                }
                self.count(found.rule, 1);
                if Self::is_enforced(&plan.rules, found.rule) {
                    large.runs_on |= span.end == decoded && window.settled() < decoded;
                    window.mask(span);
                }
            }
        }
        scratch.out.clear();
        if part.last {
            window.finish(&mut scratch.out).map_err(|_| undecodable())?;
        } else {
            window.release(until, &mut scratch.out);
            let forgotten = decoded - window.decoded().len();
            for resume in &mut large.resumes {
                resume.forget(forgotten as u32);
            }
            large.given = part.bytes.len() - scratch.out.len();
            self.large = Some(large);
        }
        part.bytes[..scratch.out.len()].copy_from_slice(&scratch.out);
        Ok(scratch.out.len())
    }
}

/// Overwrites a whole value piece by piece with something of its type that is as long.
fn overwrite(ty: &Type, format: Format, part: Part<'_>) -> Result<usize, Denial> {
    let len = part.bytes.len();
    match (ty, format) {
        (Type::Text | Type::Bpchar | Type::Xml, _) => part.bytes.fill(b'*'),
        (Type::Bytea, Format::Binary) => part.bytes.fill(0),
        (Type::Bytea, Format::Text) => {
            // Hex form: \x and two digits a byte. The escape form may have any number of zeros too.
            let skip = if part.first && part.bytes.starts_with(b"\\x") {
                2
            } else {
                0
            };
            part.bytes[skip..].fill(b'0');
        }
        (Type::Json | Type::Jsonb, _) => {
            // One JSON string of stars, behind the version byte of binary jsonb.
            let version = usize::from(*ty == Type::Jsonb && format == Format::Binary && part.first);
            part.bytes[version..].fill(b'*');
            if part.first && version < len {
                part.bytes[version] = b'"';
            }
            if part.last
                && let Some(end) = part.bytes.last_mut()
            {
                *end = b'"';
            }
        }
        _ => {
            return Err(Denial::new(
                b"42501",
                "a value above message_size_max is of a type that cannot be masked as a stream",
            ));
        }
    }
    Ok(len)
}
