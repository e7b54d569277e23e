//! The contract between a protocol and everything around it.
//!
//! A [`Session`] is one proxied connection after its startup: bytes in, decisions out. It reads no
//! socket, no clock and no random number. The shell runs one law for every protocol:
//!
//! ```text
//! receive → advance until Need → write everything → release what was consumed → receive
//! ```
//!
//! Nothing more is received on a flow whose last output is not written, so every buffer is bounded
//! and back-pressure needs no code of its own.
//!
//! A [`Sink`] is what looks at the content: it judges statements and masks values. It answers at
//! once, while the bytes are under the cursor; what it cannot answer at once is a state
//! ([`Need::Lookup`]), not a callback.

#![expect(
    clippy::cast_possible_truncation,
    reason = "offsets and lengths stay below message_size_max, which is at most 1 GiB"
)]

use crate::wire::Tx;
use std::fmt;
use std::ops::Range;

/// One direction of a session, named after where its bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// From the client to the upstream.
    ToUpstream,
    /// From the upstream to the client.
    ToClient,
}

/// What a session needs before it can go on with a flow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// At least this many unconsumed bytes, contiguous. Never above the session's
    /// `message_size_max`.
    Bytes(usize),
    /// The other flow must advance first; call `advance` again after it did, even without new bytes.
    Peer,
    /// The sink waits for catalog entries; look them up, then call `advance` with the same bytes.
    Lookup,
    /// Write what is there, then close both sides.
    Close,
}

/// Why the shell itself ends a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Farewell {
    /// The gateway is shutting down.
    Shutdown,
    /// The upstream closed its connection or broke.
    UpstreamGone,
    /// The session was idle for too long.
    IdleTimeout,
    /// The catalog could not be read.
    CatalogFailed,
    /// A tripped assertion inside the gateway.
    Internal,
}

/// A proxied connection in its relay phase.
pub trait Session {
    /// Why this protocol's session failed.
    type Fault: fmt::Display + fmt::Debug;

    /// Reads `received`, which starts at the first unconsumed byte of `flow`, and writes to `tx`.
    /// Returns how many bytes are consumed and what is needed next. `tx` must have been written and
    /// cleared since the last call for this flow.
    ///
    /// # Errors
    /// A fault ends the session: nothing more of it may be relayed.
    fn advance(
        &mut self,
        flow: Flow,
        received: &mut [u8],
        tx: &mut Tx,
    ) -> Result<(usize, Need), Self::Fault>;

    /// The source of `flow` closed its side. `tx` may hold last words.
    fn closed(&mut self, flow: Flow, tx: &mut Tx);

    /// The native fatal error for `fault`, if the client's stream is at a message boundary.
    fn fault_message(&mut self, fault: &Self::Fault, out: &mut Vec<u8>);

    /// Is the session between commands, so that it may be ended without losing an answer?
    fn is_idle(&self) -> bool;

    /// The native fatal message for an end that the shell decided.
    fn farewell(&mut self, reason: Farewell, out: &mut Vec<u8>);
}

/// The answer to a command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Forward it.
    Allow,
    /// Answer it with this error; the upstream never sees it.
    Deny(Denial),
}

/// An error that the gateway answers in place of the upstream. Holds no field value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denial {
    /// Five characters, SQL standard.
    pub sqlstate: [u8; 5],
    /// For people: lower case, no full stop.
    pub message: String,
    /// More of it, for people.
    pub detail: Option<String>,
    /// What may be done instead.
    pub hint: Option<String>,
}

impl Denial {
    /// A denial without a hint.
    #[must_use]
    pub fn new(sqlstate: &[u8; 5], message: impl Into<String>) -> Self {
        Self {
            sqlstate: *sqlstate,
            message: message.into(),
            detail: None,
            hint: None,
        }
    }
}

/// The sink waits for catalog entries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lookup;

/// How the values of a result set travel.
#[derive(Clone, Debug)]
pub enum Treatment<Shape> {
    /// Unread: no rule can apply to any column.
    Relay,
    /// Through the sink, with this plan.
    Inspect(Shape),
    /// Not at all: the client gets this error instead.
    Refuse(Denial),
}

/// One column of a result set as the upstream describes it. Names borrow the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column<'a> {
    /// The name that the client sees (an alias, if there is one).
    pub name: &'a [u8],
    /// OID of the table that the value comes from; 0 for an expression.
    pub table_oid: u32,
    /// Attribute number in that table; 0 for an expression or a whole row.
    pub attribute: i16,
    /// OID of the type.
    pub type_oid: u32,
    /// Type modifier; -1 if there is none.
    pub type_modifier: i32,
    /// Text or binary.
    pub format: Format,
}

/// The two encodings of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// The type's text form.
    Text,
    /// The type's binary form.
    Binary,
}

/// Where one field of a row lies in the receive buffer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldSpan {
    /// Offset of the value's first byte.
    pub start: u32,
    /// Bytes of the value; -1 for NULL.
    pub len: i32,
}

impl FieldSpan {
    /// The range of the value, or `None` for NULL.
    #[must_use]
    pub fn range(self) -> Option<Range<usize>> {
        let len = usize::try_from(self.len).ok()?;
        Some(self.start as usize..self.start as usize + len)
    }
}

/// Whole rows that lie in the receive buffer. A value may be overwritten in place, or replaced
/// through `edits`; what is left alone is relayed as it lies.
#[derive(Debug)]
pub struct RowBatch<'a> {
    /// The receive buffer.
    pub received: &'a mut [u8],
    /// Fields per row, at least 1.
    pub columns: usize,
    /// Row-major: `fields[row * columns + column]`.
    pub fields: &'a [FieldSpan],
    /// Replacements, by index into `fields`.
    pub edits: &'a mut Edits,
}

/// Whole messages of copy data that lie in the receive buffer. A body may be overwritten in place, or
/// replaced through `edits`; what is left alone is relayed as it lies.
#[derive(Debug)]
pub struct CopyBatch<'a> {
    /// The receive buffer.
    pub received: &'a mut [u8],
    /// Where the bodies of the messages lie, ascending.
    pub bodies: &'a [Range<u32>],
    /// Replacements, by index into `bodies`; a body that becomes NULL is not sent at all.
    pub edits: &'a mut Edits,
}

/// The sink refuses a row, or a message of copy data; those in front of it are as it left them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// How many rows or messages of the batch may still be sent.
    pub passed: usize,
    /// What the client gets instead of the others.
    pub denial: Denial,
}

/// Replacements for fields of a batch, in ascending order of the field.
#[derive(Debug, Default)]
pub struct Edits {
    list: Vec<Edit>,
    bytes: Vec<u8>,
}

/// One replacement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Index into the batch's `fields`.
    pub field: u32,
    /// Range of the bytes that [`Edits::sorted`] gives, or `None` for NULL.
    pub value: Option<Range<u32>>,
}

impl Edits {
    /// Makes the field NULL.
    pub fn null(&mut self, field: u32) {
        self.list.push(Edit { field, value: None });
    }

    /// Replaces the field by what `write` appends.
    pub fn replace(&mut self, field: u32, write: impl FnOnce(&mut Vec<u8>)) {
        let start = self.bytes.len() as u32;
        write(&mut self.bytes);
        self.list.push(Edit {
            field,
            value: Some(start..self.bytes.len() as u32),
        });
    }

    /// The edits, sorted by field.
    pub fn sorted(&mut self) -> (&[Edit], &[u8]) {
        if !self.list.is_sorted_by_key(|e| e.field) {
            self.list.sort_by_key(|e| e.field);
        }
        (&self.list, &self.bytes)
    }

    /// Gives the memory back.
    pub fn release(&mut self) {
        *self = Self::default();
    }

    /// Forgets all edits and keeps a bounded capacity.
    pub fn clear(&mut self) {
        self.list.clear();
        self.bytes.clear();
        self.bytes.shrink_to(Tx::CAPACITY_KEPT);
    }
}

/// A piece of a value that is larger than the receive buffer. Its length is already on its way to
/// the client, so it can only be overwritten.
#[derive(Debug)]
pub struct Part<'a> {
    /// The next bytes of the value.
    pub bytes: &'a mut [u8],
    /// Is this the value's first piece? (Held-back bytes are given again in the next piece.)
    pub first: bool,
    /// Does the value end with this piece?
    pub last: bool,
}

/// A field that is not part of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextSite {
    /// A field of an error, by its code.
    Error(u8),
    /// A field of a notice, by its code.
    Notice(u8),
    /// The name of a result column.
    ColumnName,
    /// A parameter's value.
    Parameter,
    /// The channel of a notification.
    NotificationChannel,
    /// The payload of a notification.
    NotificationPayload,
    /// The result of a function call.
    FunctionResult,
    /// The tag that ends a command.
    CommandTag,
}

/// What becomes of a text field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextEdit {
    /// It carries nothing protected.
    Keep,
    /// The new value is in `out`.
    Replace,
    /// It must not be sent at all.
    Drop,
}

/// Looks at content. Implemented by the data path; called synchronously while the bytes lie in the
/// receive buffer.
pub trait Sink {
    /// The plan of a result set, cheap to clone.
    type Shape: Clone;
    /// What is remembered of a statement, cheap to clone.
    type Facts: Clone;
    /// The state of a copy out.
    type Copy;

    /// Is any rule in force? If not, the session relays bodies without reading them.
    fn inspects(&self) -> bool;

    /// The number of the policy in force. The sink may take a new one here: the client is about to
    /// send a command.
    fn generation(&mut self) -> u64;

    /// Facts for a statement whose text was not seen (a cursor declared in SQL, say): the strictest.
    fn unknown(&self) -> Self::Facts;

    /// Does it judge statements? If it neither judges nor inspects, statement texts may be cut.
    fn judges(&self) -> bool;

    /// A statement text that the client sends, before the upstream sees it. If the sink neither judges nor
    /// inspects, `text` may be cut. Called again with the same text after [`Lookup`].
    ///
    /// # Errors
    /// [`Lookup`] when the catalog has to be read first: nothing is forwarded before all is judged.
    fn statement(&mut self, text: &[u8]) -> Result<(Self::Facts, Verdict), Lookup>;

    /// A prepared statement is about to run; it was judged when it was prepared, maybe under another
    /// policy. Asked only of a sink that judges.
    ///
    /// # Errors
    /// [`Lookup`] when the catalog has to be read first.
    fn execution(&mut self, facts: &Self::Facts) -> Result<Verdict, Lookup>;

    /// A call of a function by OID (fast path), before the upstream sees it.
    fn function_call(&mut self, function_oid: u32) -> Verdict;

    /// A described result set. Called again with the same columns after [`Lookup`].
    ///
    /// # Errors
    /// [`Lookup`] when the catalog has to be read first.
    fn columns(
        &mut self,
        facts: &Self::Facts,
        columns: &[Column<'_>],
    ) -> Result<Treatment<Self::Shape>, Lookup>;

    /// The treatment of a result set whose description has the very same bytes (`body`) as one that
    /// [`Sink::described`] was told of, if nothing has changed since that could make it another one; its
    /// names pass as they are. Nothing is always right: then the columns are read.
    fn known(&mut self, facts: &Self::Facts, body: &[u8]) -> Option<Treatment<Self::Shape>>;

    /// A description of a result set, after [`Sink::columns`] gave its treatment and [`Sink::text`] kept
    /// all its names.
    fn described(
        &mut self,
        facts: &Self::Facts,
        body: &[u8],
        columns: &[Column<'_>],
        treatment: &Treatment<Self::Shape>,
    );

    /// A batch of whole rows.
    ///
    /// # Errors
    /// A row is refused, which ends the result.
    fn rows(&mut self, shape: &Self::Shape, batch: &mut RowBatch<'_>) -> Result<(), Refused>;

    /// A piece of a field in a row that is larger than the receive buffer. Returns how many leading
    /// bytes are final; the others are given again with more behind them.
    ///
    /// # Errors
    /// A denial ends the session, because the row is already on its way.
    fn part(&mut self, shape: &Self::Shape, column: usize, part: Part<'_>)
    -> Result<usize, Denial>;

    /// A copy out starts. `nth` counts the copies of this statement text.
    ///
    /// # Errors
    /// [`Lookup`] when the catalog has to be read first.
    fn copy_out(
        &mut self,
        facts: &Self::Facts,
        nth: usize,
        format: Format,
        columns: usize,
    ) -> Result<Treatment<Self::Copy>, Lookup>;

    /// Whole messages of copy data, one or more.
    ///
    /// # Errors
    /// A refusal ends the result: nothing of the message and of those behind it is relayed.
    fn copy_data(
        &mut self,
        copy: &mut Self::Copy,
        batch: &mut CopyBatch<'_>,
    ) -> Result<(), Refused>;

    /// A piece of copy data that is larger than the receive buffer; see [`Sink::part`].
    ///
    /// # Errors
    /// A denial ends the session.
    fn copy_part(&mut self, copy: &mut Self::Copy, part: Part<'_>) -> Result<usize, Denial>;

    /// A field outside rows. `facts` are those of the command that it answers, if there is one.
    fn text(
        &mut self,
        site: TextSite,
        facts: Option<&Self::Facts>,
        value: &[u8],
        out: &mut Vec<u8>,
    ) -> TextEdit;

    /// A parameter that the upstream reports (name and value as sent by the upstream).
    fn parameter(&mut self, name: &[u8], value: &[u8]);

    /// A command ended with this tag.
    fn completed(&mut self, facts: Option<&Self::Facts>, tag: &[u8]);

    /// The upstream is ready for the next command; `status` is `I` outside a transaction, `T` inside
    /// one, `E` inside a failed one.
    fn ready(&mut self, status: u8);

    /// The session refused or cut something for this reason (for counters and events).
    fn refused(&mut self, denial: &Denial);
}
