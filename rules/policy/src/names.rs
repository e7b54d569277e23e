//! Cedar's entities for what policies name, made once and cheaply from then on.

use crate::action::Action;
use crate::builtin::SCHEMA;
use crate::command::{Column, Traits};
use crate::object::{Object, ObjectKind};
use crate::principal::{Principal, PrincipalKind};
use cedar_policy::{Entity, EntityId, EntityTypeName, EntityUid, RestrictedExpression, Schema};
use std::collections::{HashMap, HashSet};
use std::str::FromStr as _;
use std::sync::Arc;

/// The schema, and the names of it that are needed for every command.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    pub(crate) schema: Arc<Schema>,
    actions: Vec<EntityUid>,
    /// With the groups that it is in, directly and indirectly.
    action_entities: Vec<Entity>,
    user: EntityTypeName,
    agent: EntityTypeName,
    group: EntityTypeName,
    purpose: EntityTypeName,
    /// In the order of [`ObjectKind::ALL`].
    objects: [EntityTypeName; ObjectKind::ALL.len()],
}

impl Names {
    /// Reads the schema.
    ///
    /// # Errors
    /// If the schema that is built in does not hold what the code relies on; a test shows that it
    /// does.
    pub(crate) fn new() -> Result<Self, String> {
        let schema = Schema::from_str(SCHEMA).map_err(|error| error.to_string())?;
        let hierarchy = schema
            .action_entities()
            .map_err(|error| error.to_string())?;
        let kind = |name: &str| EntityTypeName::from_str(name).map_err(|error| error.to_string());
        let action_kind = kind("Action")?;
        let uid = |action: &Action| {
            EntityUid::from_type_name_and_id(action_kind.clone(), EntityId::new(action.name()))
        };
        let actions: Vec<EntityUid> = Action::ALL.iter().map(uid).collect();
        let mut action_entities = Vec::new();
        for uid in &actions {
            let above = hierarchy
                .ancestors(uid)
                .ok_or_else(|| format!("the schema lacks {uid}"))?;
            let above: HashSet<EntityUid> = above.cloned().collect();
            action_entities.push(Entity::new_no_attrs(uid.clone(), above));
        }
        Ok(Self {
            actions,
            action_entities,
            user: kind(PrincipalKind::User.type_name())?,
            agent: kind(PrincipalKind::Agent.type_name())?,
            group: kind("Group")?,
            purpose: kind("Purpose")?,
            objects: [
                kind(ObjectKind::Connection.type_name())?,
                kind(ObjectKind::Database.type_name())?,
                kind(ObjectKind::Schema.type_name())?,
                kind(ObjectKind::Table.type_name())?,
                kind(ObjectKind::Column.type_name())?,
                kind(ObjectKind::Function.type_name())?,
            ],
            schema: Arc::new(schema),
        })
    }

    /// `Action::"select"`
    pub(crate) fn action(&self, action: Action) -> &EntityUid {
        &self.actions[action as usize]
    }

    /// The action with all groups of it.
    pub(crate) fn action_entity(&self, action: Action) -> Entity {
        self.action_entities[action as usize].clone()
    }

    /// The actions that are this one, or in this group.
    pub(crate) fn actions_in(&self, group: &EntityUid) -> impl Iterator<Item = Action> {
        let above: Vec<Action> = Action::ALL
            .into_iter()
            .filter(|action| {
                let (_, _, above) = self.action_entity(*action).into_inner();
                self.action(*action) == group || above.contains(group)
            })
            .collect();
        above.into_iter()
    }

    /// `User::"ann"`
    pub(crate) fn principal(&self, principal: &Principal) -> EntityUid {
        let kind = match principal.kind {
            PrincipalKind::User => &self.user,
            PrincipalKind::Agent => &self.agent,
        };
        EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(&principal.name))
    }

    /// Somebody, in groups and with a purpose; those are entities of their own without anything.
    pub(crate) fn principal_entity(&self, principal: &Principal) -> Result<Entity, String> {
        let mut above = HashSet::new();
        for group in &principal.groups {
            above.insert(EntityUid::from_type_name_and_id(
                self.group.clone(),
                EntityId::new(group),
            ));
        }
        if let Some(purpose) = &principal.purpose {
            above.insert(EntityUid::from_type_name_and_id(
                self.purpose.clone(),
                EntityId::new(purpose),
            ));
        }
        let name = RestrictedExpression::new_string(principal.name.clone());
        entity(self.principal(principal), [("name", name)], above)
    }

    /// `Table::"main.shop.public.customer"`
    pub(crate) fn object(&self, object: &Object) -> EntityUid {
        let kind = &self.objects[object.kind() as usize];
        EntityUid::from_type_name_and_id(kind.clone(), EntityId::new(object.id()))
    }

    /// An object in everything that it lies in, directly and indirectly; but what it lies in is not
    /// described.
    pub(crate) fn object_entity(
        &self,
        uid: &EntityUid,
        object: &Object,
        traits: &Traits,
    ) -> Result<Entity, String> {
        let above = std::iter::successors(object.parent(), Object::parent);
        let above = above.map(|object| self.object(&object)).collect();
        let name = RestrictedExpression::new_string(object.name().to_owned());
        if object.kind() == ObjectKind::Table {
            let attributes = [
                ("name", name),
                ("tags", strings(&traits.tags)),
                (
                    "temporary",
                    RestrictedExpression::new_bool(traits.temporary),
                ),
                ("system", RestrictedExpression::new_bool(traits.system)),
            ];
            return entity(uid.clone(), attributes, above);
        }
        entity(uid.clone(), [("name", name)], above)
    }

    /// A column of a table.
    pub(crate) fn column_entity(
        &self,
        uid: &EntityUid,
        table: &Object,
        traits: &Traits,
        column: &Column,
    ) -> Result<Entity, String> {
        let above = std::iter::successors(Some(table.clone()), Object::parent);
        let above = above.map(|object| self.object(&object)).collect();
        let attributes = [
            (
                "name",
                RestrictedExpression::new_string(column.name.clone()),
            ),
            ("tags", strings(&column.tags)),
            (
                "temporary",
                RestrictedExpression::new_bool(traits.temporary),
            ),
            ("system", RestrictedExpression::new_bool(traits.system)),
            (
                "protected",
                RestrictedExpression::new_bool(column.protected),
            ),
        ];
        entity(uid.clone(), attributes, above)
    }
}

/// A set of strings.
pub(crate) fn strings<'a>(items: impl IntoIterator<Item = &'a String>) -> RestrictedExpression {
    let items = items.into_iter().cloned();
    RestrictedExpression::new_set(items.map(RestrictedExpression::new_string))
}

fn entity<const N: usize>(
    uid: EntityUid,
    attributes: [(&str, RestrictedExpression); N],
    above: HashSet<EntityUid>,
) -> Result<Entity, String> {
    let attributes: HashMap<String, RestrictedExpression> = attributes
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    Entity::new(uid, attributes, above).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_schema_has_every_action_and_every_object() {
        let names = Names::new().unwrap();
        let actions = names.schema.actions().count();
        assert!(actions >= Action::ALL.len());
        let statement = EntityUid::from_str(r#"Action::"statement""#).unwrap();
        let all: Vec<Action> = names.actions_in(&statement).collect();
        assert_eq!(all.len(), Action::ALL.len() - 1);
        assert!(!all.contains(&Action::Unmask));
        for kind in ObjectKind::ALL {
            let known = names.schema.entity_types();
            assert!(
                known
                    .into_iter()
                    .any(|name| name.to_string() == kind.type_name())
            );
        }
    }
}
