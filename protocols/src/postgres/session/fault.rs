//! Why a session ends: one variant per broken rule, with the side to blame.

use crate::wire::Truncated;
use std::fmt;

/// A fault ends the session. None carries a field value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The client sent a message type that the protocol does not have here.
    ClientMessage(u8),
    /// The client's message is not what its length announces.
    ClientMalformed(u8),
    /// The client's message exceeds a limit, in bytes.
    ClientTooLarge {
        /// The message type.
        tag: u8,
        /// Its announced length.
        size: usize,
        /// The limit that it exceeds.
        limit: usize,
    },
    /// The client sent something else than copy data in the middle of a copy.
    ClientCopy(u8),
    /// The upstream sent a message type that the protocol does not have, or not here.
    UpstreamMessage(u8),
    /// The upstream's message is not what its length announces.
    UpstreamMalformed(u8),
    /// The upstream's message exceeds a limit, in bytes.
    UpstreamTooLarge {
        /// The message type.
        tag: u8,
        /// Its announced length.
        size: usize,
        /// The limit that it exceeds.
        limit: usize,
    },
    /// The upstream sent a row before describing it.
    RowWithoutShape,
    /// A row has another number of fields than its description.
    FieldCount,
    /// A value was already on its way when a rule could not be applied to the rest of it.
    Unmaskable,
}

impl Fault {
    /// The SQLSTATE of the last words.
    #[must_use]
    pub fn sqlstate(self) -> &'static [u8; 5] {
        match self {
            Self::ClientTooLarge { .. } | Self::UpstreamTooLarge { .. } => b"54000",
            Self::Unmaskable => b"42501",
            _ => b"08P01",
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::ClientMessage(tag) => {
                write!(f, "unexpected message type 0x{tag:02x} from the client")
            }
            Self::ClientMalformed(tag) => {
                write!(f, "malformed message of type 0x{tag:02x} from the client")
            }
            Self::ClientTooLarge { tag, size, limit } => {
                write!(
                    f,
                    "message of type 0x{tag:02x} with {size} bytes exceeds the limit of {limit} bytes"
                )
            }
            Self::ClientCopy(tag) => write!(
                f,
                "unexpected message type 0x{tag:02x} during a copy from the client"
            ),
            Self::UpstreamMessage(tag) => {
                write!(f, "unexpected message type 0x{tag:02x} from the upstream")
            }
            Self::UpstreamMalformed(tag) => {
                write!(f, "malformed message of type 0x{tag:02x} from the upstream")
            }
            Self::UpstreamTooLarge { tag, size, limit } => {
                write!(
                    f,
                    "message of type 0x{tag:02x} with {size} bytes from the upstream exceeds the limit of {limit} bytes"
                )
            }
            Self::RowWithoutShape => f.write_str("the upstream sent a row without a description"),
            Self::FieldCount => {
                f.write_str("the upstream sent a row that does not fit its description")
            }
            Self::Unmaskable => f.write_str(
                "a value larger than message_size_max cannot be masked as its rule demands",
            ),
        }
    }
}

/// A message from the client ended early.
pub(super) fn client(tag: u8) -> impl Fn(Truncated) -> Fault {
    move |_| Fault::ClientMalformed(tag)
}

/// A message from the upstream ended early.
pub(super) fn upstream(tag: u8) -> impl Fn(Truncated) -> Fault {
    move |_| Fault::UpstreamMalformed(tag)
}
