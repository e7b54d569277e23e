//! Whether the scope of one policy holds wherever that of another does.

use crate::object::{Object, ObjectKind};
use crate::set::Entry;
use cedar_policy::{EntityTypeName, EntityUid, PrincipalConstraint, ResourceConstraint};

/// Does `wide` apply to everybody and everything that `narrow` applies to, conditions aside?
pub(super) fn covers(wide: &Entry, narrow: &Entry) -> bool {
    narrow.actions.is_subset(&wide.actions)
        && principal(&wide.policy.principal_constraint())
            .covers(&principal(&narrow.policy.principal_constraint()))
        && resource(&wide.policy.resource_constraint())
            .covers(&resource(&narrow.policy.resource_constraint()))
}

/// What a scope demands of a principal or a resource.
#[derive(Default)]
struct Demand {
    equal: Option<EntityUid>,
    within: Option<EntityUid>,
    kind: Option<EntityTypeName>,
}

impl Demand {
    fn covers(&self, narrow: &Self) -> bool {
        let equal = self.equal.is_none() || self.equal == narrow.equal;
        let kind = self.kind.as_ref().is_none_or(|kind| {
            let of_equal = narrow.equal.as_ref().map(EntityUid::type_name);
            narrow.kind.as_ref().or(of_equal) == Some(kind)
        });
        let within = self.within.as_ref().is_none_or(|above| {
            let below = narrow.equal.as_ref().or(narrow.within.as_ref());
            below.is_some_and(|below| lies_in(below, above))
        });
        equal && kind && within
    }
}

fn principal(constraint: &PrincipalConstraint) -> Demand {
    let mut demand = Demand::default();
    match constraint.clone() {
        PrincipalConstraint::Any => {}
        PrincipalConstraint::Eq(uid) => demand.equal = Some(uid),
        PrincipalConstraint::In(uid) => demand.within = Some(uid),
        PrincipalConstraint::Is(kind) => demand.kind = Some(kind),
        PrincipalConstraint::IsIn(kind, uid) => {
            demand.kind = Some(kind);
            demand.within = Some(uid);
        }
    }
    demand
}

fn resource(constraint: &ResourceConstraint) -> Demand {
    let mut demand = Demand::default();
    match constraint.clone() {
        ResourceConstraint::Any => {}
        ResourceConstraint::Eq(uid) => demand.equal = Some(uid),
        ResourceConstraint::In(uid) => demand.within = Some(uid),
        ResourceConstraint::Is(kind) => demand.kind = Some(kind),
        ResourceConstraint::IsIn(kind, uid) => {
            demand.kind = Some(kind);
            demand.within = Some(uid);
        }
    }
    demand
}

/// Is it the same, or an object inside?
fn lies_in(below: &EntityUid, above: &EntityUid) -> bool {
    if below == above {
        return true;
    }
    let (Some(below), Some(above)) = (object(below), object(above)) else {
        return false;
    };
    std::iter::successors(below.parent(), Object::parent).any(|object| object == above)
}

fn object(uid: &EntityUid) -> Option<Object> {
    let name = uid.type_name().to_string();
    let kind = ObjectKind::ALL
        .into_iter()
        .find(|kind| kind.type_name() == name)?;
    Object::parse(kind, uid.id().unescaped()).ok()
}
