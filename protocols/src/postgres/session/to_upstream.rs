//! From the client to the upstream: statements are judged before they are forwarded, and everything
//! that will be answered is noted.

use super::fault::{Fault, client};
use super::pending::{Name, Pending};
use super::{ClientState, PostgresSession};
use crate::session::{Denial, Lookup, Need, Sink, Verdict};
use crate::wire::{Cursor, Tx, message};

/// Bytes of a message's tag and length.
const HEADER: usize = 5;
/// Bytes of a message that is relayed unread which are looked at: two names of at most 63 bytes, in
/// any encoding, with room to spare. PostgreSQL truncates longer names, so they are refused.
const NAMES_MAX: usize = 1024;

/// What becomes of a message of the client.
enum Step {
    Forward,
    Drop,
    /// It cannot be judged before the catalog is read: it is looked at again then.
    Wait,
}

impl<S: Sink> PostgresSession<S> {
    pub(super) fn advance_to_upstream(
        &mut self,
        received: &mut [u8],
        tx: &mut Tx,
    ) -> Result<(usize, Need), Fault> {
        let received = &*received;
        let mut at = 0;
        loop {
            let rest = &received[at..];
            match self.client {
                ClientState::Passing(remaining) | ClientState::Dropping(remaining) => {
                    let now = remaining.min(rest.len());
                    if let ClientState::Passing(_) = self.client {
                        tx.onward.relay(received, at..at + now);
                    }
                    at += now;
                    if now < remaining {
                        let left = remaining - now;
                        self.client = match self.client {
                            ClientState::Passing(_) => ClientState::Passing(left),
                            _ => ClientState::Dropping(left),
                        };
                        return Ok((at, Need::Bytes(1)));
                    }
                    self.client = ClientState::Boundary;
                    continue;
                }
                ClientState::Boundary => {}
            }
            if self.terminated {
                return Ok((received.len(), Need::Close));
            }
            if self.pending.len() >= self.limits.pipeline_max {
                return Ok((at, Need::Peer));
            }
            let Some(&[tag, a, b, c, d]) = rest.first_chunk::<HEADER>() else {
                return Ok((at, Need::Bytes(HEADER)));
            };
            self.take_policy();
            let len = u32::from_be_bytes([a, b, c, d]) as usize;
            if len < 4 || len > i32::MAX as usize {
                return Err(Fault::ClientMalformed(tag));
            }
            let size = len + 1;
            let looked_at = self.looked_at(tag, size)?;
            let Some(head) = rest.get(..looked_at) else {
                return Ok((at, Need::Bytes(looked_at)));
            };
            self.client = match self.client_message(tag, size, &head[HEADER..], received, tx)? {
                Step::Forward => ClientState::Passing(size),
                Step::Drop => ClientState::Dropping(size),
                Step::Wait => return Ok((at, Need::Lookup)),
            };
        }
    }

    /// How many bytes of a message must be received before it is judged.
    fn looked_at(&self, tag: u8, size: usize) -> Result<usize, Fault> {
        let whole_up_to = |limit: usize| {
            if size <= limit {
                Ok(size)
            } else {
                Err(Fault::ClientTooLarge { tag, size, limit })
            }
        };
        match tag {
            b'Q' | b'P' if self.reads_statements() => whole_up_to(self.limits.statement_size_max),
            b'Q' | b'P' | b'B' | b'F' => Ok(size.min(NAMES_MAX)),
            b'D' | b'E' | b'C' => whole_up_to(NAMES_MAX),
            b'S' | b'H' | b'X' | b'c' => whole_up_to(HEADER),
            b'd' | b'f' => Ok(HEADER),
            _ => Err(Fault::ClientMessage(tag)),
        }
    }

    /// Must statement texts be received whole?
    fn reads_statements(&self) -> bool {
        self.sink.inspects() || self.sink.judges()
    }

    /// Judges one message, of which `body` is what [`Self::looked_at`] asked for; notes and writes
    /// whatever goes with it.
    fn client_message(
        &mut self,
        tag: u8,
        size: usize,
        body: &[u8],
        received: &[u8],
        tx: &mut Tx,
    ) -> Result<Step, Fault> {
        if self.copying_in {
            return match tag {
                b'd' | b'H' | b'S' => Ok(Step::Forward), // the upstream ignores Sync and Flush here
                b'c' | b'f' => {
                    self.copying_in = false;
                    Ok(Step::Forward)
                }
                b'X' => {
                    self.terminated = true;
                    Ok(Step::Forward)
                }
                _ => Err(Fault::ClientCopy(tag)),
            };
        }
        if self.refused_to_sync && !matches!(tag, b'S' | b'H' | b'X') {
            return Ok(Step::Drop);
        }
        if self.upstream_skips && !matches!(tag, b'S' | b'X') {
            return Ok(Step::Forward); // the upstream ignores it and answers nothing
        }
        match tag {
            b'Q' => self.query(body, tx),
            b'P' => self.parse(body, tx),
            b'B' => {
                let mut cursor = Cursor::new(body);
                let portal = Name::from(cursor.c_str().map_err(client(tag))?);
                let statement = Name::from(cursor.c_str().map_err(client(tag))?);
                if self.portals.len() + self.pending.len()
                    >= self.limits.statements_max + self.limits.pipeline_max
                {
                    return Ok(self.refuse(
                        too_many("portals", self.limits.statements_max),
                        false,
                        tx,
                    ));
                }
                self.described.remove(&portal);
                self.pending.push(Pending::Bind { portal, statement });
                Ok(Step::Forward)
            }
            b'D' | b'C' => {
                let mut cursor = Cursor::new(body);
                let kind = cursor.u8().map_err(client(tag))?;
                let name = Name::from(cursor.c_str().map_err(client(tag))?);
                if !cursor.is_empty() || !matches!(kind, b'S' | b'P') {
                    return Err(Fault::ClientMalformed(tag));
                }
                if (tag, kind) == (b'D', b'P') {
                    self.note_described(&name);
                }
                self.pending.push(match (tag, kind) {
                    (b'C', _) => Pending::Close { kind, name },
                    (_, b'S') => Pending::DescribeStatement { name },
                    (_, _) => Pending::DescribePortal {
                        portal: name,
                        injected: false,
                    },
                });
                Ok(Step::Forward)
            }
            b'E' => {
                let mut cursor = Cursor::new(body);
                let portal = Name::from(cursor.c_str().map_err(client(tag))?);
                cursor.i32().map_err(client(tag))?;
                if !cursor.is_empty() {
                    return Err(Fault::ClientMalformed(tag));
                }
                self.execute(portal, received, tx)
            }
            b'S' => {
                self.refused_to_sync = false;
                self.upstream_skips = false;
                self.pending.push(Pending::Sync);
                Ok(Step::Forward)
            }
            b'F' => self.function_call(size, body, tx),
            b'c' | b'f' => {
                self.pending.push(Pending::CopyEnd);
                Ok(Step::Forward)
            }
            b'H' | b'd' => Ok(Step::Forward), // copy data outside a copy is ignored by the upstream
            b'X' => {
                self.terminated = true;
                Ok(Step::Forward)
            }
            _ => Err(Fault::ClientMessage(tag)),
        }
    }

    fn query(&mut self, body: &[u8], tx: &mut Tx) -> Result<Step, Fault> {
        let text = self.statement_text(b'Q', body)?;
        let Ok((facts, verdict)) = self.sink.statement(text) else {
            return Ok(Step::Wait);
        };
        if let Verdict::Deny(denial) = verdict {
            return Ok(self.refuse(denial, true, tx));
        }
        self.pending.push(Pending::Query { facts, copies: 0 });
        Ok(Step::Forward)
    }

    fn parse(&mut self, body: &[u8], tx: &mut Tx) -> Result<Step, Fault> {
        let mut cursor = Cursor::new(body);
        let name = Name::from(cursor.c_str().map_err(client(b'P'))?);
        if self.statements.len() >= self.limits.statements_max
            && !self.statements.contains_key(&name)
        {
            let denial = too_many("prepared statements", self.limits.statements_max);
            return Ok(self.refuse(denial, false, tx));
        }
        let text = self.statement_text(b'P', cursor.rest())?;
        let Ok((facts, verdict)) = self.sink.statement(text) else {
            return Ok(Step::Wait);
        };
        if let Verdict::Deny(denial) = verdict {
            return Ok(self.refuse(denial, false, tx));
        }
        self.pending.push(Pending::Parse { name, facts });
        Ok(Step::Forward)
    }

    /// The text at the start of `rest`. A Query holds nothing behind it, a Parse its parameter types.
    fn statement_text<'a>(&self, tag: u8, rest: &'a [u8]) -> Result<&'a [u8], Fault> {
        let mut cursor = Cursor::new(rest);
        match cursor.c_str() {
            Ok(text) if tag != b'Q' || cursor.is_empty() => Ok(text),
            Err(_) if !self.reads_statements() => Ok(rest), // cut; nobody decides by it
            _ => Err(Fault::ClientMalformed(tag)),
        }
    }

    /// Judges a statement anew if the policy is another one than it was prepared under. Never a row
    /// without a shape: asks for the portal's description if the client has not.
    fn execute(&mut self, portal: Name, received: &[u8], tx: &mut Tx) -> Result<Step, Fault> {
        if self.sink.judges() {
            let facts = self.facts_of_portal(&portal);
            match self.sink.execution(&facts) {
                Ok(Verdict::Allow) => {}
                Ok(Verdict::Deny(denial)) => return Ok(self.refuse(denial, false, tx)),
                Err(Lookup) => return Ok(Step::Wait),
            }
        }
        if self.sink.inspects() && !self.described.contains(&portal) {
            message(tx.onward.write(received), b'D', |out| {
                out.push(b'P');
                out.extend_from_slice(portal.as_bytes());
                out.push(0);
            });
            self.note_described(&portal);
            self.pending.push(Pending::DescribePortal {
                portal: portal.clone(),
                injected: true,
            });
        }
        self.pending.push(Pending::Execute { portal });
        Ok(Step::Forward)
    }

    /// What a portal will be when the upstream has confirmed all that it was sent.
    fn facts_of_portal(&self, portal: &Name) -> S::Facts {
        let mut bound = None;
        for entry in self.pending.newest_first() {
            match (entry, bound) {
                (
                    Pending::Bind {
                        portal: name,
                        statement,
                    },
                    None,
                ) if name == portal => {
                    bound = Some(statement);
                }
                (Pending::Parse { name, facts }, Some(statement)) if name == statement => {
                    return facts.clone();
                }
                _ => {}
            }
        }
        let known = match bound {
            Some(statement) => self.statements.get(statement),
            None => self.portals.get(portal).map(|portal| &portal.facts),
        };
        known.cloned().unwrap_or_else(|| self.sink.unknown())
    }

    /// A command boundary: the sink may take a new policy. What was described under the old one is
    /// asked again.
    fn take_policy(&mut self) {
        let generation = self.sink.generation();
        if generation != self.generation {
            self.generation = generation;
            self.described.clear();
        }
    }

    fn note_described(&mut self, portal: &Name) {
        if self.described.len() >= self.limits.statements_max {
            self.described.clear(); // forgetting one only means to ask again
        }
        if !self.described.contains(portal) {
            self.described.insert(portal.clone());
        }
    }

    fn function_call(&mut self, size: usize, body: &[u8], tx: &mut Tx) -> Result<Step, Fault> {
        if size < HEADER + 4 {
            return Err(Fault::ClientMalformed(b'F'));
        }
        let oid = Cursor::new(body).u32().map_err(client(b'F'))?;
        if self.reads_statements()
            && let Verdict::Deny(denial) = self.sink.function_call(oid)
        {
            return Ok(self.refuse(denial, true, tx));
        }
        self.pending.push(Pending::FunctionCall);
        Ok(Step::Forward)
    }

    /// Notes a refusal and answers it at once if nothing else is outstanding. The
    /// message is not forwarded.
    fn refuse(&mut self, denial: Denial, ready: bool, tx: &mut Tx) -> Step {
        self.sink.refused(&denial);
        self.refused_to_sync = !ready;
        self.pending.push(Pending::Refused { denial, ready });
        if self.client_at_boundary() && !self.swallowing {
            self.write_refusals(&mut tx.reply);
        }
        Step::Drop
    }
}

fn too_many(what: &str, limit: usize) -> Denial {
    Denial {
        sqlstate: *b"54000",
        message: format!("more than {limit} {what} in one session"),
        detail: None,
        hint: Some("close what is not needed any more, or raise limits.statements_max".into()),
    }
}
