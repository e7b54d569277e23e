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
mod builtin;
mod command;
mod denial;
mod diff;
mod examples;
mod explain;
mod facts;
mod judge;
mod judgement;
mod kinds;
mod lint;
mod mentions;
mod names;
mod object;
mod principal;
mod set;
mod text;
mod written;

pub use action::Action;
pub use builtin::{builtin, builtin_examples, builtin_names, schema};
pub use command::{Access, Column, Command, Context, Filter, Traits};
pub use denial::{AlsoDenied, Denial, DenialHint, SQLSTATE};
pub use diff::{Change, Diff, RecordedCommand, diff};
pub use examples::{ExampleOutcome, Examples, ReadSql};
pub use explain::{ExplainedAccess, ExplainedPolicy, Explanation, PolicyEffect};
pub use judge::OBJECTS_MAX;
pub use judgement::{Approval, Judgement, REASON_OBJECTS_MAX, Reason, Rule, Verdict, VerdictKind};
pub use kinds::{KINDS, is_kind};
pub use lint::Known;
pub use object::{NotAPath, Object, ObjectKind, quoted_path};
pub use principal::{Principal, PrincipalKind};
pub use set::{Listed, POLICY_SIZE_MAX, PolicySet, PolicySource};
