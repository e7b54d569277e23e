//! The children of every node of a parse tree, field by field.
//!
//! The table names each field of each message once, so that a field of a newer grammar cannot be
//! overlooked: the patterns have no `..`, and the match has no wildcard arm. What PostgreSQL's parser
//! only makes after analysis (`Var`, `OpExpr`, …) never comes out of a text: a tree that holds it is
//! not understood, and neither is a list with an element that libpg_query could not name.

use super::Refused;
use pg_query::protobuf::{self as p, Node};
use pg_query::{NodeEnum, NodeRef};

/// Appends the children of `node` to `out`, in no particular order.
///
/// # Errors
/// [`Refused::Unsupported`] for what a parser does not make.
pub fn children<'a>(node: NodeRef<'a>, out: &mut Vec<NodeRef<'a>>) -> Result<(), Refused> {
    each_child(node, out)
}

/// A reference to whatever a node holds.
///
/// # Errors
/// [`Refused::Unsupported`] if it holds nothing.
pub fn inner(node: &Node) -> Result<&NodeEnum, Refused> {
    node.node.as_ref().ok_or(Refused::Unsupported)
}

/// Adds one field: `list` and `node` must hold something where they are, `loose` lists may have gaps
/// (`DISTINCT` without columns, arguments that are `NONE`), `absent` is filled by analysis only; any
/// other word is the message's own name.
macro_rules! add {
    (list, $field:ident, $out:ident) => {
        for node in $field {
            $out.push(inner(node)?.to_ref());
        }
    };
    (loose, $field:ident, $out:ident) => {
        $out.extend(
            $field
                .iter()
                .filter_map(|n| Some(n.node.as_ref()?.to_ref())),
        )
    };
    (node, $field:ident, $out:ident) => {
        if let Some(node) = $field {
            $out.push(inner(node)?.to_ref());
        }
    };
    (absent, $field:ident, $out:ident) => {
        if $field.is_some() {
            return Err(Refused::Unsupported);
        }
    };
    ($message:ident, $field:ident, $out:ident) => {
        if let Some(message) = $field {
            $out.push(NodeRef::$message(message));
        }
    };
}

macro_rules! table {
    (
        nodes { $( $variant:ident($message:ident) { $($kind:ident $field:ident),*; $($leaf:ident),* } )* }
        never { $($never:ident)* }
    ) => {
        fn each_child<'a>(node: NodeRef<'a>, out: &mut Vec<NodeRef<'a>>) -> Result<(), Refused> {
            match node {
                $(
                    NodeRef::$variant(p::$message { $($field,)* $($leaf: _,)* }) => {
                        $( add!($kind, $field, out); )*
                    }
                )*
                $( NodeRef::$never(_) )|* => return Err(Refused::Unsupported),
            }
            Ok(())
        }
    };
}

table! {
    nodes {
        Alias(Alias) { list colnames; aliasname }
        RangeVar(RangeVar) { Alias alias; catalogname, schemaname, relname, inh, relpersistence, location }
        GroupingFunc(GroupingFunc) { absent xpr, list args, list refs; agglevelsup, location }
        NamedArgExpr(NamedArgExpr) { absent xpr, node arg; name, argnumber, location }
        BoolExpr(BoolExpr) { absent xpr, list args; boolop, location }
        SubLink(SubLink) { absent xpr, node testexpr, list oper_name, node subselect; sub_link_type, sub_link_id,
            location }
        CaseExpr(CaseExpr) { absent xpr, node arg, list args, node defresult; casetype, casecollid, location }
        CaseWhen(CaseWhen) { absent xpr, node expr, node result; location }
        RowExpr(RowExpr) { absent xpr, list args, list colnames; row_typeid, row_format, location }
        CoalesceExpr(CoalesceExpr) { absent xpr, list args; coalescetype, coalescecollid, location }
        MinMaxExpr(MinMaxExpr) { absent xpr, list args; minmaxtype, minmaxcollid, inputcollid, op, location }
        SqlvalueFunction(SqlValueFunction) { absent xpr; op, r#type, typmod, location }
        XmlExpr(XmlExpr) { absent xpr, list named_args, list arg_names, list args; op, name, xmloption, indent,
            r#type, typmod, location }
        NullTest(NullTest) { absent xpr, node arg; nulltesttype, argisrow, location }
        BooleanTest(BooleanTest) { absent xpr, node arg; booltesttype, location }
        SetToDefault(SetToDefault) { absent xpr; type_id, type_mod, collation, location }
        CurrentOfExpr(CurrentOfExpr) { absent xpr; cvarno, cursor_name, cursor_param }
        JoinExpr(JoinExpr) { node larg, node rarg, list using_clause, Alias join_using_alias, node quals, Alias
            alias; jointype, is_natural, rtindex }
        IntoClause(IntoClause) { RangeVar rel, list col_names, list options, absent view_query; access_method,
            on_commit, table_space_name, skip_data }
        RawStmt(RawStmt) { node stmt; stmt_location, stmt_len }
        InsertStmt(InsertStmt) { RangeVar relation, list cols, node select_stmt, OnConflictClause
            on_conflict_clause, ReturningClause returning_clause, WithClause with_clause; r#override }
        DeleteStmt(DeleteStmt) { RangeVar relation, list using_clause, node where_clause, ReturningClause
            returning_clause, WithClause with_clause; }
        UpdateStmt(UpdateStmt) { RangeVar relation, list target_list, node where_clause, list from_clause,
            ReturningClause returning_clause, WithClause with_clause; }
        SelectStmt(SelectStmt) { loose distinct_clause, IntoClause into_clause, list target_list, list from_clause,
            node where_clause, list group_clause, node having_clause, list window_clause, list values_lists, list
            sort_clause, node limit_offset, node limit_count, list locking_clause, WithClause with_clause,
            SelectStmt larg, SelectStmt rarg; group_distinct, limit_option, op, all }
        AlterTableStmt(AlterTableStmt) { RangeVar relation, list cmds; objtype, missing_ok }
        AlterTableCmd(AlterTableCmd) { RoleSpec newowner, node def; subtype, name, num, behavior, missing_ok,
            recurse }
        AlterDomainStmt(AlterDomainStmt) { list type_name, node def; subtype, name, behavior, missing_ok }
        GrantStmt(GrantStmt) { list objects, list privileges, list grantees, RoleSpec grantor; is_grant, targtype,
            objtype, grant_option, behavior }
        GrantRoleStmt(GrantRoleStmt) { list granted_roles, list grantee_roles, list opt, RoleSpec grantor;
            is_grant, behavior }
        AlterDefaultPrivilegesStmt(AlterDefaultPrivilegesStmt) { list options, GrantStmt action; }
        ClosePortalStmt(ClosePortalStmt) { ; portalname }
        ClusterStmt(ClusterStmt) { RangeVar relation, list params; indexname }
        CopyStmt(CopyStmt) { RangeVar relation, node query, list attlist, list options, node where_clause; is_from,
            is_program, filename }
        CreateStmt(CreateStmt) { RangeVar relation, list table_elts, list inh_relations, PartitionBoundSpec
            partbound, PartitionSpec partspec, TypeName of_typename, list constraints, list nnconstraints, list
            options; oncommit, tablespacename, access_method, if_not_exists }
        DefineStmt(DefineStmt) { list defnames, loose args, list definition; kind, oldstyle, if_not_exists, replace
            }
        DropStmt(DropStmt) { list objects; remove_type, behavior, missing_ok, concurrent }
        TruncateStmt(TruncateStmt) { list relations; restart_seqs, behavior }
        CommentStmt(CommentStmt) { node object; objtype, comment }
        FetchStmt(FetchStmt) { ; direction, how_many, portalname, ismove }
        IndexStmt(IndexStmt) { RangeVar relation, list index_params, list index_including_params, list options,
            node where_clause, list exclude_op_names; idxname, access_method, table_space, idxcomment, index_oid,
            old_number, old_create_subid, old_first_relfilelocator_subid, unique, nulls_not_distinct, primary,
            isconstraint, iswithoutoverlaps, deferrable, initdeferred, transformed, concurrent, if_not_exists,
            reset_default_tblspc }
        CreateFunctionStmt(CreateFunctionStmt) { list funcname, list parameters, TypeName return_type, list
            options, node sql_body; is_procedure, replace }
        AlterFunctionStmt(AlterFunctionStmt) { ObjectWithArgs func, list actions; objtype }
        DoStmt(DoStmt) { list args; }
        RenameStmt(RenameStmt) { RangeVar relation, node object; rename_type, relation_type, subname, newname,
            behavior, missing_ok }
        RuleStmt(RuleStmt) { RangeVar relation, node where_clause, list actions; rulename, event, instead, replace
            }
        NotifyStmt(NotifyStmt) { ; conditionname, payload, payload_location }
        ListenStmt(ListenStmt) { ; conditionname }
        UnlistenStmt(UnlistenStmt) { ; conditionname }
        TransactionStmt(TransactionStmt) { list options; kind, savepoint_name, gid, chain, location }
        ViewStmt(ViewStmt) { RangeVar view, list aliases, node query, list options; replace, with_check_option }
        LoadStmt(LoadStmt) { ; filename }
        CreateDomainStmt(CreateDomainStmt) { list domainname, TypeName type_name, CollateClause coll_clause, list
            constraints; }
        CreatedbStmt(CreatedbStmt) { list options; dbname }
        DropdbStmt(DropdbStmt) { list options; dbname, missing_ok }
        VacuumStmt(VacuumStmt) { list options, list rels; is_vacuumcmd }
        ExplainStmt(ExplainStmt) { node query, list options; }
        CreateTableAsStmt(CreateTableAsStmt) { node query, IntoClause into; objtype, is_select_into, if_not_exists
            }
        CreateSeqStmt(CreateSeqStmt) { RangeVar sequence, list options; owner_id, for_identity, if_not_exists }
        AlterSeqStmt(AlterSeqStmt) { RangeVar sequence, list options; for_identity, missing_ok }
        VariableSetStmt(VariableSetStmt) { list args; kind, name, jumble_args, is_local, location }
        VariableShowStmt(VariableShowStmt) { ; name }
        DiscardStmt(DiscardStmt) { ; target }
        CreateTrigStmt(CreateTrigStmt) { RangeVar relation, list funcname, list args, list columns, node
            when_clause, list transition_rels, RangeVar constrrel; replace, isconstraint, trigname, row, timing,
            events, deferrable, initdeferred }
        CreatePlangStmt(CreatePLangStmt) { list plhandler, list plinline, list plvalidator; replace, plname,
            pltrusted }
        CreateRoleStmt(CreateRoleStmt) { list options; stmt_type, role }
        AlterRoleStmt(AlterRoleStmt) { RoleSpec role, list options; action }
        DropRoleStmt(DropRoleStmt) { list roles; missing_ok }
        LockStmt(LockStmt) { list relations; mode, nowait }
        ConstraintsSetStmt(ConstraintsSetStmt) { list constraints; deferred }
        ReindexStmt(ReindexStmt) { RangeVar relation, list params; kind, name }
        CheckPointStmt(CheckPointStmt) { ; }
        CreateSchemaStmt(CreateSchemaStmt) { RoleSpec authrole, list schema_elts; schemaname, if_not_exists }
        AlterDatabaseStmt(AlterDatabaseStmt) { list options; dbname }
        AlterDatabaseSetStmt(AlterDatabaseSetStmt) { VariableSetStmt setstmt; dbname }
        AlterRoleSetStmt(AlterRoleSetStmt) { RoleSpec role, VariableSetStmt setstmt; database }
        CreateConversionStmt(CreateConversionStmt) { list conversion_name, list func_name; for_encoding_name,
            to_encoding_name, def }
        CreateCastStmt(CreateCastStmt) { TypeName sourcetype, TypeName targettype, ObjectWithArgs func; context,
            inout }
        CreateOpClassStmt(CreateOpClassStmt) { list opclassname, list opfamilyname, TypeName datatype, list items;
            amname, is_default }
        CreateOpFamilyStmt(CreateOpFamilyStmt) { list opfamilyname; amname }
        AlterOpFamilyStmt(AlterOpFamilyStmt) { list opfamilyname, list items; amname, is_drop }
        PrepareStmt(PrepareStmt) { list argtypes, node query; name }
        ExecuteStmt(ExecuteStmt) { list params; name }
        DeallocateStmt(DeallocateStmt) { ; name, isall, location }
        DeclareCursorStmt(DeclareCursorStmt) { node query; portalname, options }
        CreateTableSpaceStmt(CreateTableSpaceStmt) { RoleSpec owner, list options; tablespacename, location }
        DropTableSpaceStmt(DropTableSpaceStmt) { ; tablespacename, missing_ok }
        AlterObjectDependsStmt(AlterObjectDependsStmt) { RangeVar relation, node object, String extname;
            object_type, remove }
        AlterObjectSchemaStmt(AlterObjectSchemaStmt) { RangeVar relation, node object; object_type, newschema,
            missing_ok }
        AlterOwnerStmt(AlterOwnerStmt) { RangeVar relation, node object, RoleSpec newowner; object_type }
        AlterOperatorStmt(AlterOperatorStmt) { ObjectWithArgs opername, list options; }
        AlterTypeStmt(AlterTypeStmt) { list type_name, list options; }
        AtalterConstraint(AtAlterConstraint) { ; conname, alter_enforceability, is_enforced, alter_deferrability,
            deferrable, initdeferred, alter_inheritability, noinherit }
        DropOwnedStmt(DropOwnedStmt) { list roles; behavior }
        ReassignOwnedStmt(ReassignOwnedStmt) { list roles, RoleSpec newrole; }
        CompositeTypeStmt(CompositeTypeStmt) { RangeVar typevar, list coldeflist; }
        CreateEnumStmt(CreateEnumStmt) { list type_name, list vals; }
        CreateRangeStmt(CreateRangeStmt) { list type_name, list params; }
        AlterEnumStmt(AlterEnumStmt) { list type_name; old_val, new_val, new_val_neighbor, new_val_is_after,
            skip_if_new_val_exists }
        AlterTsdictionaryStmt(AlterTsDictionaryStmt) { list dictname, list options; }
        AlterTsconfigurationStmt(AlterTsConfigurationStmt) { list cfgname, list tokentype, list dicts; kind,
            r#override, replace, missing_ok }
        CreateFdwStmt(CreateFdwStmt) { list func_options, list options; fdwname }
        AlterFdwStmt(AlterFdwStmt) { list func_options, list options; fdwname }
        CreateForeignServerStmt(CreateForeignServerStmt) { list options; servername, servertype, version, fdwname,
            if_not_exists }
        AlterForeignServerStmt(AlterForeignServerStmt) { list options; servername, version, has_version }
        CreateUserMappingStmt(CreateUserMappingStmt) { RoleSpec user, list options; servername, if_not_exists }
        AlterUserMappingStmt(AlterUserMappingStmt) { RoleSpec user, list options; servername }
        DropUserMappingStmt(DropUserMappingStmt) { RoleSpec user; servername, missing_ok }
        AlterTableSpaceOptionsStmt(AlterTableSpaceOptionsStmt) { list options; tablespacename, is_reset }
        AlterTableMoveAllStmt(AlterTableMoveAllStmt) { list roles; orig_tablespacename, objtype,
            new_tablespacename, nowait }
        SecLabelStmt(SecLabelStmt) { node object; objtype, provider, label }
        CreateForeignTableStmt(CreateForeignTableStmt) { CreateStmt base_stmt, list options; servername }
        ImportForeignSchemaStmt(ImportForeignSchemaStmt) { list table_list, list options; server_name,
            remote_schema, local_schema, list_type }
        CreateExtensionStmt(CreateExtensionStmt) { list options; extname, if_not_exists }
        AlterExtensionStmt(AlterExtensionStmt) { list options; extname }
        AlterExtensionContentsStmt(AlterExtensionContentsStmt) { node object; extname, action, objtype }
        CreateEventTrigStmt(CreateEventTrigStmt) { list whenclause, list funcname; trigname, eventname }
        AlterEventTrigStmt(AlterEventTrigStmt) { ; trigname, tgenabled }
        RefreshMatViewStmt(RefreshMatViewStmt) { RangeVar relation; concurrent, skip_data }
        ReplicaIdentityStmt(ReplicaIdentityStmt) { ; identity_type, name }
        AlterSystemStmt(AlterSystemStmt) { VariableSetStmt setstmt; }
        CreatePolicyStmt(CreatePolicyStmt) { RangeVar table, list roles, node qual, node with_check; policy_name,
            cmd_name, permissive }
        AlterPolicyStmt(AlterPolicyStmt) { RangeVar table, list roles, node qual, node with_check; policy_name }
        CreateTransformStmt(CreateTransformStmt) { TypeName type_name, ObjectWithArgs fromsql, ObjectWithArgs
            tosql; replace, lang }
        CreateAmStmt(CreateAmStmt) { list handler_name; amname, amtype }
        CreatePublicationStmt(CreatePublicationStmt) { list options, list pubobjects; pubname, for_all_tables }
        AlterPublicationStmt(AlterPublicationStmt) { list options, list pubobjects; pubname, for_all_tables, action
            }
        CreateSubscriptionStmt(CreateSubscriptionStmt) { list publication, list options; subname, conninfo,
            conninfo_location }
        AlterSubscriptionStmt(AlterSubscriptionStmt) { list publication, list options; kind, subname, conninfo,
            conninfo_location }
        DropSubscriptionStmt(DropSubscriptionStmt) { ; subname, missing_ok, behavior }
        CreateStatsStmt(CreateStatsStmt) { list defnames, list stat_types, list exprs, list relations; stxcomment,
            transformed, if_not_exists }
        AlterCollationStmt(AlterCollationStmt) { list collname; }
        CallStmt(CallStmt) { FuncCall funccall, absent funcexpr, list outargs; }
        AlterStatsStmt(AlterStatsStmt) { list defnames, node stxstattarget; missing_ok }
        AExpr(AExpr) { list name, node lexpr, node rexpr; kind, rexpr_list_start, rexpr_list_end, location }
        ColumnRef(ColumnRef) { list fields; location }
        ParamRef(ParamRef) { ; number, location }
        AConst(AConst) { ; isnull, location, val }
        FuncCall(FuncCall) { list funcname, list args, list agg_order, node agg_filter, WindowDef over;
            agg_within_group, agg_star, agg_distinct, func_variadic, funcformat, location }
        AStar(AStar) { ; }
        AIndices(AIndices) { node lidx, node uidx; is_slice }
        AIndirection(AIndirection) { node arg, list indirection; }
        AArrayExpr(AArrayExpr) { list elements; list_start, list_end, location }
        ResTarget(ResTarget) { list indirection, node val; name, location }
        MultiAssignRef(MultiAssignRef) { node source; colno, ncolumns }
        TypeCast(TypeCast) { node arg, TypeName type_name; location }
        CollateClause(CollateClause) { node arg, list collname; location }
        SortBy(SortBy) { node node, list use_op; sortby_dir, sortby_nulls, location }
        WindowDef(WindowDef) { list partition_clause, list order_clause, node start_offset, node end_offset; name,
            refname, frame_options, location }
        RangeSubselect(RangeSubselect) { node subquery, Alias alias; lateral }
        RangeFunction(RangeFunction) { list functions, Alias alias, list coldeflist; lateral, ordinality,
            is_rowsfrom }
        RangeTableSample(RangeTableSample) { node relation, list method, list args, node repeatable; location }
        RangeTableFunc(RangeTableFunc) { node docexpr, node rowexpr, list namespaces, list columns, Alias alias;
            lateral, location }
        RangeTableFuncCol(RangeTableFuncCol) { TypeName type_name, node colexpr, node coldefexpr; colname,
            for_ordinality, is_not_null, location }
        TypeName(TypeName) { list names, list typmods, list array_bounds; type_oid, setof, pct_type, typemod,
            location }
        ColumnDef(ColumnDef) { TypeName type_name, node raw_default, node cooked_default, RangeVar
            identity_sequence, CollateClause coll_clause, list constraints, list fdwoptions; colname, compression,
            inhcount, is_local, is_not_null, is_from_type, storage, storage_name, identity, generated, coll_oid,
            location }
        IndexElem(IndexElem) { node expr, list collation, list opclass, list opclassopts; name, indexcolname,
            ordering, nulls_ordering }
        Constraint(Constraint) { node raw_expr, list keys, list including, list exclusions, list options, node
            where_clause, RangeVar pktable, list fk_attrs, list pk_attrs, list fk_del_set_cols, list old_conpfeqop;
            contype, conname, deferrable, initdeferred, is_enforced, skip_validation, initially_valid,
            is_no_inherit, cooked_expr, generated_when, generated_kind, nulls_not_distinct, without_overlaps,
            indexname, indexspace, reset_default_tblspc, access_method, fk_with_period, pk_with_period,
            fk_matchtype, fk_upd_action, fk_del_action, old_pktable_oid, location }
        DefElem(DefElem) { node arg; defnamespace, defname, defaction, location, arg_location }
        GroupingSet(GroupingSet) { list content; kind, location }
        ObjectWithArgs(ObjectWithArgs) { list objname, loose objargs, loose objfuncargs; args_unspecified }
        AccessPriv(AccessPriv) { list cols; priv_name }
        CreateOpClassItem(CreateOpClassItem) { ObjectWithArgs name, list order_family, list class_args, TypeName
            storedtype; itemtype, number }
        TableLikeClause(TableLikeClause) { RangeVar relation; options, relation_oid }
        FunctionParameter(FunctionParameter) { TypeName arg_type, node defexpr; name, mode, location }
        LockingClause(LockingClause) { list locked_rels; strength, wait_policy }
        XmlSerialize(XmlSerialize) { node expr, TypeName type_name; xmloption, indent, location }
        WithClause(WithClause) { list ctes; recursive, location }
        InferClause(InferClause) { list index_elems, node where_clause; conname, location }
        OnConflictClause(OnConflictClause) { InferClause infer, list target_list, node where_clause; action,
            location }
        CommonTableExpr(CommonTableExpr) { list aliascolnames, node ctequery, CtesearchClause search_clause,
            CtecycleClause cycle_clause, list ctecolnames, list ctecoltypes, list ctecoltypmods, list
            ctecolcollations; ctename, ctematerialized, location, cterecursive, cterefcount }
        RoleSpec(RoleSpec) { ; roletype, rolename, location }
        TriggerTransition(TriggerTransition) { ; name, is_new, is_table }
        PartitionElem(PartitionElem) { node expr, list collation, list opclass; name, location }
        PartitionSpec(PartitionSpec) { list part_params; strategy, location }
        PartitionBoundSpec(PartitionBoundSpec) { list listdatums, list lowerdatums, list upperdatums; strategy,
            is_default, modulus, remainder, location }
        PartitionRangeDatum(PartitionRangeDatum) { node value; kind, location }
        PartitionCmd(PartitionCmd) { RangeVar name, PartitionBoundSpec bound; concurrent }
        VacuumRelation(VacuumRelation) { RangeVar relation, list va_cols; oid }
        Integer(Integer) { ; ival }
        Float(Float) { ; fval }
        Boolean(Boolean) { ; boolval }
        String(String) { ; sval }
        BitString(BitString) { ; bsval }
        List(List) { loose items; }
        MergeStmt(MergeStmt) { RangeVar relation, node source_relation, node join_condition, list
            merge_when_clauses, ReturningClause returning_clause, WithClause with_clause; }
        AlterDatabaseRefreshCollStmt(AlterDatabaseRefreshCollStmt) { ; dbname }
        ReturnStmt(ReturnStmt) { node returnval; }
        ReturningClause(ReturningClause) { list options, list exprs; }
        ReturningOption(ReturningOption) { ; option, value, location }
        StatsElem(StatsElem) { node expr; name }
        CtesearchClause(CteSearchClause) { list search_col_list; search_breadth_first, search_seq_column, location
            }
        CtecycleClause(CteCycleClause) { list cycle_col_list, node cycle_mark_value, node cycle_mark_default;
            cycle_mark_column, cycle_path_column, location, cycle_mark_type, cycle_mark_typmod,
            cycle_mark_collation, cycle_mark_neop }
        MergeWhenClause(MergeWhenClause) { node condition, list target_list, list values; match_kind, command_type,
            r#override }
        PublicationObjSpec(PublicationObjSpec) { PublicationTable pubtable; pubobjtype, name, location }
        PublicationTable(PublicationTable) { RangeVar relation, node where_clause, list columns; }
        JsonFormat(JsonFormat) { ; format_type, encoding, location }
        JsonReturning(JsonReturning) { JsonFormat format; typid, typmod }
        JsonValueExpr(JsonValueExpr) { node raw_expr, node formatted_expr, JsonFormat format; }
        JsonIsPredicate(JsonIsPredicate) { node expr, JsonFormat format; item_type, unique_keys, location }
        JsonOutput(JsonOutput) { TypeName type_name, JsonReturning returning; }
        JsonKeyValue(JsonKeyValue) { node key, JsonValueExpr value; }
        JsonObjectConstructor(JsonObjectConstructor) { list exprs, JsonOutput output; absent_on_null, unique,
            location }
        JsonArrayConstructor(JsonArrayConstructor) { list exprs, JsonOutput output; absent_on_null, location }
        JsonArrayQueryConstructor(JsonArrayQueryConstructor) { node query, JsonOutput output, JsonFormat format;
            absent_on_null, location }
        JsonAggConstructor(JsonAggConstructor) { JsonOutput output, node agg_filter, list agg_order, WindowDef
            over; location }
        JsonObjectAgg(JsonObjectAgg) { JsonAggConstructor constructor, JsonKeyValue arg; absent_on_null, unique }
        JsonArrayAgg(JsonArrayAgg) { JsonAggConstructor constructor, JsonValueExpr arg; absent_on_null }
        MergeSupportFunc(MergeSupportFunc) { absent xpr; msftype, msfcollid, location }
        JsonBehavior(JsonBehavior) { node expr; btype, coerce, location }
        JsonArgument(JsonArgument) { JsonValueExpr val; name }
        JsonFuncExpr(JsonFuncExpr) { JsonValueExpr context_item, node pathspec, list passing, JsonOutput output,
            JsonBehavior on_empty, JsonBehavior on_error; op, column_name, wrapper, quotes, location }
        JsonTablePathSpec(JsonTablePathSpec) { node string; name, name_location, location }
        JsonTable(JsonTable) { JsonValueExpr context_item, JsonTablePathSpec pathspec, list passing, list columns,
            JsonBehavior on_error, Alias alias; lateral, location }
        JsonTableColumn(JsonTableColumn) { TypeName type_name, JsonTablePathSpec pathspec, JsonFormat format, list
            columns, JsonBehavior on_empty, JsonBehavior on_error; coltype, name, wrapper, quotes, location }
        JsonParseExpr(JsonParseExpr) { JsonValueExpr expr, JsonOutput output; unique_keys, location }
        JsonScalarExpr(JsonScalarExpr) { node expr, JsonOutput output; location }
        JsonSerializeExpr(JsonSerializeExpr) { JsonValueExpr expr, JsonOutput output; location }
    }
    never {
        Var Param Aggref WindowFunc WindowFuncRunCondition SubscriptingRef FuncExpr OpExpr
        DistinctExpr NullIfExpr ScalarArrayOpExpr SubPlan AlternativeSubPlan FieldSelect FieldStore
        RelabelType CoerceViaIo ArrayCoerceExpr ConvertRowtypeExpr CollateExpr CaseTestExpr
        ArrayExpr RowCompareExpr JsonConstructorExpr JsonExpr JsonTablePath JsonTablePathScan
        JsonTableSiblingJoin MergeAction CoerceToDomain CoerceToDomainValue NextValueExpr
        InferenceElem ReturningExpr TargetEntry RangeTblRef FromExpr OnConflictExpr Query
        RangeTblEntry RtepermissionInfo RangeTblFunction TableSampleClause WithCheckOption
        SortGroupClause WindowClause RowMarkClause SetOperationStmt PlassignStmt InlineCodeBlock
        CallContext OidList IntList TableFunc
    }
}
