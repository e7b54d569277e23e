//! Who may do what: policies in Cedar, judged over what a statement does.
//!
//! A [`PolicySet`] is loaded once from Cedar texts, checked strictly against the schema
//! (`rules/policies/schema.cedarschema`), then shared by every shard. It answers two questions: may
//! this [`Principal`] run this [`Command`] ([`PolicySet::judge`]), and may it see a protected column
//! as it is ([`PolicySet::may_unmask`]). Without a matching permit the answer is no. The rest is for
//! those who write policies: examples that must be allowed, denied or held ([`Examples`]), what
//! decided a command ([`PolicySet::explain`]), policies that can never act ([`PolicySet::lint`]),
//! and what another set would change ([`diff`]).
//!
//! There is no I/O, no clock and no randomness in here, and no protocol: a command is plain data
//! that the SQL reader and the catalog make. It holds names, never values.
//!
//! Cedar: <https://docs.cedarpolicy.com>

mod action;
mod command;
mod denial;
mod judgement;
mod kinds;
mod object;
mod principal;

pub use action::Action;
pub use command::{Access, Column, Command, Context, Filter, Traits};
pub use denial::{AlsoDenied, Denial, DenialHint, SQLSTATE};
pub use judgement::{Approval, Judgement, REASON_OBJECTS_MAX, Reason, Rule, Verdict, VerdictKind};
pub use kinds::{KINDS, is_kind};
pub use object::{NotAPath, Object, ObjectKind, quoted_path};
pub use principal::{Principal, PrincipalKind};
