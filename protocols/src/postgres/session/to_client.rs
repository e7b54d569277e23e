//! From the upstream to the client: every answer is matched with what was asked, and everything that
//! can carry data passes the sink.

#![expect(
    clippy::cast_possible_truncation,
    reason = "offsets and lengths stay below message_size_max, which is at most 1 GiB"
)]

use super::describe;
use super::fault::{Fault, upstream};
use super::pending::Pending;
use super::rows;
use super::{CopyOut, Portal, PostgresSession, Shape, UpstreamState};
use crate::postgres::error::{Fields, Severity, write_error, write_field};
use crate::session::{
    CopyBatch, Denial, Format, Need, Part, RowBatch, Sink, TextEdit, TextSite, Treatment,
};
use crate::wire::{Cursor, Tx, message};

/// Bytes of a message's tag and length.
const HEADER: usize = 5;
/// A piece of a large value is handed on when it has at least this many bytes, or is the last.
const PART_MIN: usize = 16 * 1024;
/// Fields whose index is kept between batches of an idle session.
const FIELDS_KEPT: usize = 512;

/// A row larger than `message_size_max`, of which only the current piece is received.
#[derive(Clone, Copy, Debug)]
pub(super) struct LargeRow {
    /// Bytes of the message that are not consumed yet.
    remaining: usize,
    columns: usize,
    column: usize,
    /// Bytes of the current value that are not consumed yet; `None` between values.
    value: Option<usize>,
    first: bool,
}

/// What the loop does after one step.
enum Step {
    /// So many bytes are consumed; go on.
    Consumed(usize),
    /// Nothing is consumed until this is met.
    Wait(Need),
}

impl<S: Sink> PostgresSession<S> {
    pub(super) fn advance_to_client(
        &mut self,
        received: &mut [u8],
        tx: &mut Tx,
    ) -> Result<(usize, Need), Fault> {
        let mut at = 0;
        loop {
            let step = match self.upstream {
                UpstreamState::Boundary => self.message(received, at, tx)?,
                UpstreamState::Passing(remaining) => {
                    let now = remaining.min(received.len() - at);
                    tx.onward.relay(received, at..at + now);
                    self.upstream = match remaining - now {
                        0 => UpstreamState::Boundary,
                        left => UpstreamState::Passing(left),
                    };
                    passed(now)
                }
                UpstreamState::Dropping(remaining) => {
                    let now = remaining.min(received.len() - at);
                    self.upstream = match remaining - now {
                        0 => UpstreamState::Boundary,
                        left => UpstreamState::Dropping(left),
                    };
                    passed(now)
                }
                UpstreamState::Row(row) => self.large_row(row, received, at, tx)?,
                UpstreamState::Copy { remaining, first } => {
                    self.large_copy(remaining, first, received, at, tx)?
                }
            };
            match step {
                Step::Consumed(bytes) => at += bytes,
                Step::Wait(need) => return Ok((at, need)),
            }
        }
    }

    /// The message that starts at `at`, or a batch of rows.
    fn message(&mut self, received: &mut [u8], at: usize, tx: &mut Tx) -> Result<Step, Fault> {
        let Some(&[tag, a, b, c, d]) = received[at..].first_chunk::<HEADER>() else {
            return Ok(Step::Wait(Need::Bytes(HEADER)));
        };
        let len = u32::from_be_bytes([a, b, c, d]) as usize;
        if len < 4 || len > i32::MAX as usize {
            return Err(Fault::UpstreamMalformed(tag));
        }
        let size = len + 1;
        match tag {
            b'D' => return self.rows(size, received, at, tx),
            b'd' => return self.copy_data(size, received, at, tx),
            b'E' | b'N' if size > self.limits.message_size_max => {
                return Ok(self.oversized_error(tag, size, received, tx));
            }
            _ => {}
        }
        if size > self.limits.message_size_max {
            return Err(Fault::UpstreamTooLarge {
                tag,
                size,
                limit: self.limits.message_size_max,
            });
        }
        if received.len() - at < size {
            return Ok(Step::Wait(Need::Bytes(size)));
        }
        let body = &received[at + HEADER..at + size];
        let keep = match tag {
            b'1' | b'2' | b'3' => self.confirmed(tag, body)?,
            b't' => self.parameter_description(body)?,
            b'T' => match self.row_description(body, received, tx)? {
                Some(keep) => keep,
                None => return Ok(Step::Wait(Need::Lookup)),
            },
            b'n' => self.no_data(body)?,
            b'C' | b'I' | b's' => self.completed(tag, body, received, tx)?,
            b'G' => self.copy_in(body)?,
            b'H' => match self.copy_out_response(body, received, tx)? {
                Some(keep) => keep,
                None => return Ok(Step::Wait(Need::Lookup)),
            },
            b'c' => self.copy_done(body)?,
            b'V' => self.function_result(body, received, tx)?,
            b'Z' => self.ready(body)?,
            b'E' => self.error(body, received, tx)?,
            b'N' | b'A' | b'S' => self.asynchronous(tag, body, received, tx)?,
            _ => return Err(Fault::UpstreamMessage(tag)),
        };
        if keep {
            tx.onward.relay(received, at..at + size);
        }
        if matches!(self.pending.front(), Some(Pending::Refused { .. })) && !self.swallowing {
            self.write_refusals(tx.onward.write(received));
        }
        Ok(Step::Consumed(size))
    }

    /// ParseComplete, BindComplete, CloseComplete: only now does the name mean something else.
    fn confirmed(&mut self, tag: u8, body: &[u8]) -> Result<bool, Fault> {
        if !body.is_empty() {
            return Err(Fault::UpstreamMalformed(tag));
        }
        match (tag, self.pending.front()) {
            (b'1', Some(Pending::Parse { .. }))
            | (b'2', Some(Pending::Bind { .. }))
            | (b'3', Some(Pending::Close { .. })) => {}
            _ => return Err(Fault::UpstreamMessage(tag)),
        }
        match self.pending.pop() {
            Some(Pending::Parse { name, facts }) => {
                self.statements.insert(name, facts);
            }
            Some(Pending::Bind { portal, statement }) => {
                let known = self.statements.get(&statement).cloned();
                let facts = known.unwrap_or_else(|| self.sink.unknown());
                self.portals.insert(portal, Portal { facts, shape: None });
            }
            Some(Pending::Close { kind: b'S', name }) => {
                self.statements.remove(&name);
            }
            Some(Pending::Close { name, .. }) => {
                self.portals.remove(&name);
            }
            _ => return Err(Fault::UpstreamMessage(tag)),
        }
        Ok(!self.swallowing)
    }

    fn parameter_description(&mut self, body: &[u8]) -> Result<bool, Fault> {
        let Some(Pending::DescribeStatement { .. }) = self.pending.front() else {
            return Err(Fault::UpstreamMessage(b't'));
        };
        let mut cursor = Cursor::new(body);
        let count = cursor.u16().map_err(upstream(b't'))?;
        if cursor.rest().len() != usize::from(count) * 4 {
            return Err(Fault::UpstreamMalformed(b't'));
        }
        Ok(!self.swallowing)
    }

    fn no_data(&mut self, body: &[u8]) -> Result<bool, Fault> {
        if !body.is_empty() {
            return Err(Fault::UpstreamMalformed(b'n'));
        }
        let visible = match self.pending.front() {
            Some(
                Pending::DescribeStatement { .. }
                | Pending::DescribePortal {
                    injected: false, ..
                },
            ) => true,
            Some(Pending::DescribePortal { injected: true, .. }) => false,
            _ => return Err(Fault::UpstreamMessage(b'n')),
        };
        self.pending.pop();
        Ok(visible && !self.swallowing)
    }

    /// RowDescription. `None`: the sink needs the catalog first.
    fn row_description(
        &mut self,
        body: &[u8],
        received: &[u8],
        tx: &mut Tx,
    ) -> Result<Option<bool>, Fault> {
        let Some(facts) = self.current_facts() else {
            return Err(Fault::UpstreamMessage(b'T'));
        };
        let wants_shape = match self.pending.front() {
            Some(Pending::DescribeStatement { .. }) => false,
            Some(Pending::DescribePortal { .. } | Pending::Query { .. }) => true,
            _ => return Err(Fault::UpstreamMessage(b'T')),
        };
        let wants_shape = wants_shape && !self.swallowing && self.sink.inspects();
        let known = wants_shape.then(|| self.sink.known(&facts, body)).flatten();
        let is_known = known.is_some();
        let mut columns = Vec::new();
        let (count, treatment) = match known {
            Some(treatment) => (describe::count(body).map_err(upstream(b'T'))?, treatment),
            None => {
                describe::parse(body, &mut columns).map_err(upstream(b'T'))?;
                let treatment = if wants_shape {
                    match self.sink.columns(&facts, &columns) {
                        Ok(treatment) => treatment,
                        Err(_lookup) => return Ok(None),
                    }
                } else {
                    Treatment::Relay
                };
                (columns.len(), treatment)
            }
        };
        let refusal = match &treatment {
            Treatment::Refuse(denial) => Some(denial.clone()),
            Treatment::Relay | Treatment::Inspect(_) => None,
        };
        let planned = (wants_shape && !is_known).then(|| treatment.clone());
        let shape = Shape {
            columns: count,
            treatment,
        };
        let mut visible = true;
        match self.pending.front() {
            Some(Pending::Query { .. }) => self.shape = Some(shape),
            Some(Pending::DescribeStatement { .. }) => {
                self.pending.pop();
            }
            Some(Pending::DescribePortal { .. }) => {
                if let Some(Pending::DescribePortal { portal, injected }) = self.pending.pop() {
                    visible = !injected;
                    self.portals.insert(
                        portal,
                        Portal {
                            facts: facts.clone(),
                            shape: Some(shape),
                        },
                    );
                }
            }
            _ => return Err(Fault::UpstreamMessage(b'T')),
        }
        if self.swallowing {
            return Ok(Some(false));
        }
        if let Some(denial) = refusal {
            self.refuse_result(&denial, received, tx);
            return Ok(Some(false));
        }
        if is_known || !self.sink.inspects() {
            return Ok(Some(visible));
        }
        let sink = &mut self.sink;
        let mut rename = |name: &[u8], out: &mut Vec<u8>| match sink.text(
            TextSite::ColumnName,
            Some(&facts),
            name,
            out,
        ) {
            TextEdit::Keep => false,
            TextEdit::Replace => true,
            TextEdit::Drop => {
                out.extend_from_slice(b"?column?");
                true
            }
        };
        self.text.clear();
        let renames = columns
            .iter()
            .any(|column| rename(column.name, &mut self.text));
        if !renames && let Some(treatment) = planned {
            self.sink.described(&facts, body, &columns, &treatment);
        } else if renames && visible {
            describe::write_renamed(body, &columns, rename, tx.onward.write(received));
        }
        Ok(Some(visible && !renames))
    }

    /// Answers the current result with an error of ours and drops the rest of the upstream's answer.
    fn refuse_result(&mut self, denial: &Denial, received: &[u8], tx: &mut Tx) {
        self.sink.refused(denial);
        write_error(tx.onward.write(received), Severity::Error, denial);
        self.swallowing = true;
        let extended = self
            .pending
            .front()
            .is_none_or(|entry| entry.skips_to_sync());
        if extended && !self.pending.has_sync() {
            self.refused_to_sync = true; // what the client still sends before its Sync is not run
        }
    }

    /// CommandComplete, EmptyQueryResponse, PortalSuspended.
    fn completed(
        &mut self,
        tag: u8,
        body: &[u8],
        received: &[u8],
        tx: &mut Tx,
    ) -> Result<bool, Fault> {
        let facts = self.current_facts();
        let ends = match (tag, self.pending.front()) {
            (b'C' | b'I' | b's', Some(Pending::Execute { .. })) => true,
            (b'C' | b'I', Some(Pending::Query { .. })) => false,
            _ => return Err(Fault::UpstreamMessage(tag)),
        };
        if ends {
            self.pending.pop();
        }
        self.shape = None;
        self.copying_in = false;
        self.copy_out = None;
        if tag != b'C' {
            if !body.is_empty() {
                return Err(Fault::UpstreamMalformed(tag));
            }
            return Ok(!self.swallowing);
        }
        let mut cursor = Cursor::new(body);
        let text = cursor.c_str().map_err(upstream(tag))?;
        if !cursor.is_empty() {
            return Err(Fault::UpstreamMalformed(tag));
        }
        self.sink.completed(facts.as_ref(), text);
        if self.swallowing || !self.sink.inspects() {
            return Ok(!self.swallowing);
        }
        self.text.clear();
        match self
            .sink
            .text(TextSite::CommandTag, facts.as_ref(), text, &mut self.text)
        {
            TextEdit::Keep => Ok(true),
            TextEdit::Replace | TextEdit::Drop => {
                let text = &self.text;
                message(tx.onward.write(received), b'C', |out| {
                    out.extend_from_slice(text);
                    out.push(0);
                });
                Ok(false)
            }
        }
    }

    fn copy_in(&mut self, body: &[u8]) -> Result<bool, Fault> {
        copy_response(b'G', body)?;
        if !matches!(
            self.pending.front(),
            Some(Pending::Execute { .. } | Pending::Query { .. })
        ) {
            return Err(Fault::UpstreamMessage(b'G'));
        }
        // What the client sent behind the copy's own command before it could know: the upstream
        // ignores Syncs there and takes everything else for an error.
        let ended = self
            .pending
            .begin_copy_in()
            .map_err(|()| Fault::ClientCopy(b'?'))?;
        self.copying_in = !ended;
        if self.swallowing {
            // The client got an error and will not send data: end the copy for the upstream.
            return Err(Fault::UpstreamMessage(b'G'));
        }
        Ok(true)
    }

    /// CopyOutResponse. `None`: the sink needs the catalog first.
    fn copy_out_response(
        &mut self,
        body: &[u8],
        received: &[u8],
        tx: &mut Tx,
    ) -> Result<Option<bool>, Fault> {
        let (format, columns) = copy_response(b'H', body)?;
        let facts = self.current_facts();
        let nth = match self.pending.front() {
            Some(Pending::Query { copies, .. }) => *copies,
            Some(Pending::Execute { .. }) => 0,
            _ => return Err(Fault::UpstreamMessage(b'H')),
        };
        let Some(facts) = facts else {
            return Err(Fault::UpstreamMessage(b'H'));
        };
        let treatment = if self.swallowing {
            self.copy_out = Some(CopyOut::Swallow);
            return Ok(Some(false));
        } else if self.sink.inspects() {
            match self.sink.copy_out(&facts, nth, format, columns) {
                Ok(treatment) => treatment,
                Err(_lookup) => return Ok(None),
            }
        } else {
            Treatment::Relay
        };
        if let Some(Pending::Query { copies, .. }) = self.pending.front() {
            *copies += 1;
        }
        self.copy_out = Some(match treatment {
            Treatment::Relay => CopyOut::Relay,
            Treatment::Inspect(copy) => CopyOut::Inspect(copy),
            Treatment::Refuse(denial) => {
                self.refuse_result(&denial, received, tx);
                CopyOut::Swallow
            }
        });
        Ok(Some(!self.swallowing))
    }

    fn copy_done(&mut self, body: &[u8]) -> Result<bool, Fault> {
        if !body.is_empty() {
            return Err(Fault::UpstreamMalformed(b'c'));
        }
        match self.copy_out.take() {
            Some(CopyOut::Relay | CopyOut::Inspect(_)) => Ok(true),
            Some(CopyOut::Swallow) => Ok(false),
            None => Err(Fault::UpstreamMessage(b'c')),
        }
    }

    fn copy_data(
        &mut self,
        size: usize,
        received: &mut [u8],
        at: usize,
        tx: &mut Tx,
    ) -> Result<Step, Fault> {
        match &mut self.copy_out {
            None => return Err(Fault::UpstreamMessage(b'd')),
            Some(CopyOut::Relay) => {
                self.upstream = UpstreamState::Passing(size);
                return Ok(Step::Consumed(0));
            }
            Some(CopyOut::Swallow) => {
                self.upstream = UpstreamState::Dropping(size);
                return Ok(Step::Consumed(0));
            }
            Some(CopyOut::Inspect(_)) => {}
        }
        if size > self.limits.message_size_max {
            tx.onward.relay(received, at..at + HEADER);
            self.upstream = UpstreamState::Copy {
                remaining: size - HEADER,
                first: true,
            };
            return Ok(Step::Consumed(HEADER));
        }
        if received.len() - at < size {
            return Ok(Step::Wait(Need::Bytes(size)));
        }
        let Some(CopyOut::Inspect(copy)) = &mut self.copy_out else {
            return Err(Fault::UpstreamMessage(b'd'));
        };
        self.bodies.clear();
        self.edits.clear();
        let end = rows::bodies(received, at, self.limits.message_size_max, &mut self.bodies);
        let mut batch = CopyBatch {
            received,
            bodies: &self.bodies,
            edits: &mut self.edits,
        };
        let refused = self.sink.copy_data(copy, &mut batch).err();
        let passed = refused.as_ref().map_or(self.bodies.len(), |r| r.passed);
        let (edits, bytes) = self.edits.sorted();
        let bodies = &self.bodies[..passed];
        rows::emit_copy(received, bodies, edits, bytes, &mut tx.onward);
        if let Some(refused) = refused {
            self.copy_out = Some(CopyOut::Swallow);
            self.refuse_result(&refused.denial, received, tx);
        }
        Ok(Step::Consumed(end - at))
    }

    fn large_copy(
        &mut self,
        remaining: usize,
        first: bool,
        received: &mut [u8],
        at: usize,
        tx: &mut Tx,
    ) -> Result<Step, Fault> {
        let available = remaining.min(received.len() - at);
        let last = available == remaining;
        if !last && available < PART_MIN {
            return Ok(Step::Wait(Need::Bytes(PART_MIN.min(remaining))));
        }
        let Some(CopyOut::Inspect(copy)) = &mut self.copy_out else {
            return Err(Fault::UpstreamMessage(b'd'));
        };
        let part = Part {
            bytes: &mut received[at..at + available],
            first,
            last,
        };
        let done = self
            .sink
            .copy_part(copy, part)
            .map_err(|_| Fault::Unmaskable)?;
        if last && done != available {
            return Err(Fault::Unmaskable);
        }
        tx.onward.relay(received, at..at + done);
        self.upstream = if last {
            UpstreamState::Boundary
        } else {
            UpstreamState::Copy {
                remaining: remaining - done,
                first: first && done == 0,
            }
        };
        if done == 0 && !last {
            return self.more_of_a_value(available, remaining, b'd');
        }
        Ok(Step::Consumed(done))
    }

    /// The sink could not finish a single byte of what there is of a large value.
    fn more_of_a_value(&self, available: usize, remaining: usize, tag: u8) -> Result<Step, Fault> {
        let wanted = (available * 2).min(remaining);
        let limit = self.limits.message_size_max;
        if wanted > limit {
            return Err(Fault::UpstreamTooLarge {
                tag,
                size: wanted,
                limit,
            });
        }
        Ok(Step::Wait(Need::Bytes(wanted)))
    }

    /// A batch of rows, or the start of a large one.
    fn rows(
        &mut self,
        size: usize,
        received: &mut [u8],
        at: usize,
        tx: &mut Tx,
    ) -> Result<Step, Fault> {
        let shape = self.shape_in_use()?;
        if self.swallowing {
            self.upstream = UpstreamState::Dropping(size);
            return Ok(Step::Consumed(0));
        }
        // A running result keeps its shape, also when a new policy has no rules.
        let Shape { columns, treatment } = match shape {
            None
            | Some(Shape {
                treatment: Treatment::Relay,
                ..
            }) if !self.sink.inspects() => {
                return Ok(self.relay_rows(None, size, received, at, tx));
            }
            Some(shape) => shape,
            None => return Err(Fault::RowWithoutShape),
        };
        let shape = match treatment {
            Treatment::Inspect(shape) => Some(shape),
            Treatment::Relay => None,
            Treatment::Refuse(denial) => {
                self.refuse_result(&denial, received, tx);
                return Ok(Step::Consumed(0));
            }
        };
        if received.len() - at < size {
            if size <= self.limits.message_size_max && shape.is_some() {
                return Ok(Step::Wait(Need::Bytes(size)));
            }
            if received.len() - at < HEADER + 2 {
                return Ok(Step::Wait(Need::Bytes(HEADER + 2)));
            }
        }
        if fields_of(&received[at..], size)? != columns {
            return Err(Fault::FieldCount);
        }
        let Some(shape) = shape else {
            return Ok(self.relay_rows(Some(columns), size, received, at, tx));
        };
        if size > self.limits.message_size_max {
            tx.onward.relay(received, at..at + HEADER + 2);
            let remaining = size - HEADER - 2;
            self.upstream = UpstreamState::Row(LargeRow {
                remaining,
                columns,
                column: 0,
                value: None,
                first: true,
            });
            return Ok(Step::Consumed(HEADER + 2));
        }
        self.fields.clear();
        self.rows.clear();
        self.edits.clear();
        let end = rows::index(received, at, columns, &mut self.fields, &mut self.rows)?;
        if columns == 0 {
            tx.onward.relay(received, at..end);
            return Ok(Step::Consumed(end - at));
        }
        let mut batch = RowBatch {
            received,
            columns,
            fields: &self.fields,
            edits: &mut self.edits,
        };
        let refused = self.sink.rows(&shape, &mut batch).err();
        if let Some(refused) = &refused {
            self.rows.truncate(refused.passed);
        }
        let (edits, bytes) = self.edits.sorted();
        rows::emit(
            received,
            columns,
            (&self.fields, &self.rows),
            (edits, bytes),
            &mut tx.onward,
        );
        if let Some(refused) = refused {
            self.refuse_result(&refused.denial, received, tx);
        }
        Ok(Step::Consumed(end - at))
    }

    /// Rows that are not looked into: only their lengths are read, and their number of fields if it is
    /// known.
    fn relay_rows(
        &mut self,
        columns: Option<usize>,
        size: usize,
        received: &[u8],
        at: usize,
        tx: &mut Tx,
    ) -> Step {
        let mut end = at;
        while let Some(&[b'D', a, b, c, d, e, f]) = received[end..].first_chunk() {
            let len = u32::from_be_bytes([a, b, c, d]) as usize;
            let fields = usize::from(u16::from_be_bytes([e, f]));
            let is_right = columns.is_none_or(|columns| columns == fields);
            if len < 6 || !is_right || received.len() - end <= len {
                break; // incomplete, or left to be refused when its turn comes
            }
            end += len + 1;
        }
        if end == at {
            self.upstream = UpstreamState::Passing(size);
            return Step::Consumed(0);
        }
        tx.onward.relay(received, at..end);
        Step::Consumed(end - at)
    }

    /// The shape of the rows that come now, if it is known.
    fn shape_in_use(&mut self) -> Result<Option<Shape<S::Shape>>, Fault> {
        match self.pending.front() {
            Some(Pending::Query { .. }) => Ok(self.shape.clone()),
            Some(Pending::Execute { portal }) => {
                let portal = self.portals.get(portal);
                Ok(portal.and_then(|portal| portal.shape.clone()))
            }
            _ => Err(Fault::UpstreamMessage(b'D')),
        }
    }

    /// The next piece of a row that is larger than `message_size_max`. Its length is on its way, so
    /// values are only overwritten.
    fn large_row(
        &mut self,
        mut row: LargeRow,
        received: &mut [u8],
        at: usize,
        tx: &mut Tx,
    ) -> Result<Step, Fault> {
        let Some(value) = row.value else {
            return self.next_large_value(row, received, at, tx);
        };
        let available = value.min(received.len() - at);
        let last = available == value;
        if !last && available < PART_MIN {
            return Ok(Step::Wait(Need::Bytes(PART_MIN.min(value))));
        }
        let Some(Shape {
            columns: _,
            treatment: Treatment::Inspect(shape),
        }) = self.shape_in_use()?
        else {
            return Err(Fault::RowWithoutShape);
        };
        let part = Part {
            bytes: &mut received[at..at + available],
            first: row.first,
            last,
        };
        let done = self
            .sink
            .part(&shape, row.column, part)
            .map_err(|_| Fault::Unmaskable)?;
        if last && done != available {
            return Err(Fault::Unmaskable);
        }
        tx.onward.relay(received, at..at + done);
        row.remaining -= done;
        row.first = row.first && done == 0;
        row.value = Some(value - done);
        if last {
            row.value = None;
            row.column += 1;
        }
        self.upstream = UpstreamState::Row(row);
        if done == 0 && !last {
            return self.more_of_a_value(available, value, b'D');
        }
        Ok(Step::Consumed(done))
    }

    fn next_large_value(
        &mut self,
        mut row: LargeRow,
        received: &mut [u8],
        at: usize,
        tx: &mut Tx,
    ) -> Result<Step, Fault> {
        if row.column == row.columns {
            if row.remaining != 0 {
                return Err(Fault::UpstreamMalformed(b'D'));
            }
            self.upstream = UpstreamState::Boundary;
            return Ok(Step::Consumed(0));
        }
        if row.remaining < 4 {
            return Err(Fault::UpstreamMalformed(b'D'));
        }
        let Some(&head) = received[at..].first_chunk::<4>() else {
            return Ok(Step::Wait(Need::Bytes(4)));
        };
        tx.onward.relay(received, at..at + 4);
        row.remaining -= 4;
        match i32::from_be_bytes(head) {
            -1 => row.column += 1,
            len => {
                let len = usize::try_from(len).map_err(|_| Fault::UpstreamMalformed(b'D'))?;
                if len > row.remaining {
                    return Err(Fault::UpstreamMalformed(b'D'));
                }
                row.value = Some(len);
                row.first = true;
            }
        }
        self.upstream = UpstreamState::Row(row);
        Ok(Step::Consumed(4))
    }

    fn function_result(
        &mut self,
        body: &[u8],
        received: &[u8],
        tx: &mut Tx,
    ) -> Result<bool, Fault> {
        let Some(Pending::FunctionCall) = self.pending.front() else {
            return Err(Fault::UpstreamMessage(b'V'));
        };
        let mut cursor = Cursor::new(body);
        let len = cursor.i32().map_err(upstream(b'V'))?;
        if len != cursor.rest().len() as i32 && !(len == -1 && cursor.is_empty()) {
            return Err(Fault::UpstreamMalformed(b'V'));
        }
        if !self.sink.inspects() || len == -1 {
            return Ok(true);
        }
        self.text.clear();
        let edit = self.sink.text(
            TextSite::FunctionResult,
            None,
            cursor.rest(),
            &mut self.text,
        );
        let value = match edit {
            TextEdit::Keep => return Ok(true),
            TextEdit::Replace => Some(&self.text),
            TextEdit::Drop => None,
        };
        message(tx.onward.write(received), b'V', |out| match value {
            Some(value) => {
                out.extend_from_slice(&(value.len() as u32).to_be_bytes());
                out.extend_from_slice(value);
            }
            None => out.extend_from_slice(&(-1i32).to_be_bytes()),
        });
        Ok(false)
    }

    fn ready(&mut self, body: &[u8]) -> Result<bool, Fault> {
        let [status @ (b'I' | b'T' | b'E')] = *body else {
            return Err(Fault::UpstreamMalformed(b'Z'));
        };
        match self.pending.front() {
            Some(Pending::Sync | Pending::Query { .. } | Pending::FunctionCall) => {
                self.pending.pop()
            }
            _ => return Err(Fault::UpstreamMessage(b'Z')),
        };
        self.transaction = status;
        self.sink.ready(status);
        self.swallowing = false;
        self.shape = None;
        self.copy_out = None;
        self.copying_in = false;
        if status == b'I' {
            self.portals.clear(); // portals end with their transaction
        }
        if self.pending.is_empty() {
            self.fields.clear();
            self.fields.shrink_to(FIELDS_KEPT);
            self.rows.clear();
            self.rows.shrink_to(FIELDS_KEPT);
            self.bodies.clear();
            self.bodies.shrink_to(FIELDS_KEPT);
            self.text.clear();
            self.text.shrink_to(FIELDS_KEPT);
            self.edits.release();
        }
        Ok(true)
    }

    fn error(&mut self, body: &[u8], received: &[u8], tx: &mut Tx) -> Result<bool, Fault> {
        if self.sink.inspects() && !self.swallowing {
            let mut out = std::mem::take(&mut self.text);
            out.clear();
            let written = self.write_notice(b'E', body, &mut out);
            tx.onward.write(received).extend_from_slice(&out);
            self.text = out;
            written?;
        } else if Fields::new(body).find(b'V').is_some_and(is_fatal) {
            self.last_words_said = true;
        }
        let relayed = !self.sink.inspects() && !self.swallowing;
        self.after_error();
        Ok(relayed)
    }

    /// The upstream skips to Sync if the command was part of the extended protocol.
    fn after_error(&mut self) {
        self.shape = None;
        self.copy_out = None;
        self.copying_in = false;
        if self
            .pending
            .front()
            .is_some_and(|entry| entry.skips_to_sync())
            && !self.pending.skip_to_sync()
        {
            self.upstream_skips = true;
        }
    }

    fn oversized_error(&mut self, tag: u8, size: usize, received: &[u8], tx: &mut Tx) -> Step {
        if !self.sink.inspects() && !self.swallowing {
            self.upstream = UpstreamState::Passing(size);
        } else {
            self.upstream = UpstreamState::Dropping(size);
            if tag == b'E' && !self.swallowing {
                let limit = self.limits.message_size_max;
                let text =
                    format!("an error of {size} bytes exceeds message_size_max ({limit} bytes)");
                let denial = Denial::new(b"54000", text);
                self.sink.refused(&denial);
                write_error(tx.onward.write(received), Severity::Error, &denial);
            }
        }
        if tag == b'E' {
            self.after_error();
        }
        Step::Consumed(0)
    }

    /// Notices, notifications and parameters come at any time.
    fn asynchronous(
        &mut self,
        tag: u8,
        body: &[u8],
        received: &[u8],
        tx: &mut Tx,
    ) -> Result<bool, Fault> {
        let mut cursor = Cursor::new(body);
        match tag {
            b'S' => {
                let name = cursor.c_str().map_err(upstream(tag))?;
                let value = cursor.c_str().map_err(upstream(tag))?;
                if !cursor.is_empty() {
                    return Err(Fault::UpstreamMalformed(tag));
                }
                self.write_parameter(name, value, tx.onward.write(received));
                Ok(false)
            }
            _ if !self.sink.inspects() => Ok(true),
            b'N' => {
                let mut out = std::mem::take(&mut self.text);
                out.clear();
                let written = self.write_notice(tag, body, &mut out);
                tx.onward.write(received).extend_from_slice(&out);
                self.text = out;
                written.map(|()| false)
            }
            _ => {
                let pid = cursor.u32().map_err(upstream(tag))?;
                let channel = cursor.c_str().map_err(upstream(tag))?;
                let payload = cursor.c_str().map_err(upstream(tag))?;
                if !cursor.is_empty() {
                    return Err(Fault::UpstreamMalformed(tag));
                }
                let sink = &mut self.sink;
                message(tx.onward.write(received), tag, |out| {
                    out.extend_from_slice(&pid.to_be_bytes());
                    let sites = [TextSite::NotificationChannel, TextSite::NotificationPayload];
                    for (site, value) in sites.into_iter().zip([channel, payload]) {
                        if let TextEdit::Keep = sink.text(site, None, value, out) {
                            out.extend_from_slice(value);
                        }
                        out.push(0);
                    }
                });
                Ok(false)
            }
        }
    }

    /// Appends an error or notice with what the sink leaves of each field.
    pub(super) fn write_notice(
        &mut self,
        tag: u8,
        body: &[u8],
        out: &mut Vec<u8>,
    ) -> Result<(), Fault> {
        let facts = self.current_facts();
        let inspects = self.sink.inspects();
        let mut value = Vec::new();
        let mut fields = Fields::new(body);
        let mut result = Ok(());
        let sink = &mut self.sink;
        let mut fatal = false;
        message(out, tag, |out| {
            loop {
                match fields.next_field() {
                    Ok(None) => break,
                    Err(_) => {
                        result = Err(Fault::UpstreamMalformed(tag));
                        break;
                    }
                    Ok(Some((code, text))) => {
                        fatal |= code == b'V' && is_fatal(text);
                        value.clear();
                        let site = if tag == b'E' {
                            TextSite::Error(code)
                        } else {
                            TextSite::Notice(code)
                        };
                        let edit = if inspects {
                            sink.text(site, facts.as_ref(), text, &mut value)
                        } else {
                            TextEdit::Keep
                        };
                        match edit {
                            TextEdit::Keep => write_field(out, code, text),
                            TextEdit::Replace => write_field(out, code, &value),
                            TextEdit::Drop => {}
                        }
                    }
                }
            }
            out.push(0);
        });
        self.last_words_said |= tag == b'E' && fatal;
        result
    }
}

fn is_fatal(severity: &[u8]) -> bool {
    matches!(severity, b"FATAL" | b"PANIC")
}

fn passed(bytes: usize) -> Step {
    if bytes == 0 {
        Step::Wait(Need::Bytes(1))
    } else {
        Step::Consumed(bytes)
    }
}

/// Format and number of columns of a CopyInResponse or CopyOutResponse.
fn copy_response(tag: u8, body: &[u8]) -> Result<(Format, usize), Fault> {
    let mut cursor = Cursor::new(body);
    let format = match cursor.u8().map_err(upstream(tag))? {
        0 => Format::Text,
        1 => Format::Binary,
        _ => return Err(Fault::UpstreamMalformed(tag)),
    };
    let columns = usize::from(cursor.u16().map_err(upstream(tag))?);
    if cursor.rest().len() != columns * 2 {
        return Err(Fault::UpstreamMalformed(tag));
    }
    Ok((format, columns))
}

/// Number of fields of the row of `size` bytes that `received` begins with.
fn fields_of(received: &[u8], size: usize) -> Result<usize, Fault> {
    received
        .get(HEADER..HEADER + 2)
        .filter(|_| size >= HEADER + 2)
        .map(|b| usize::from(u16::from_be_bytes([b[0], b[1]])))
        .ok_or(Fault::UpstreamMalformed(b'D'))
}
