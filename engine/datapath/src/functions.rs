//! What is known of PostgreSQL's own functions beyond what its catalog says of them.
//!
//! The catalog tells which functions come with the server and which of them are volatile. Two questions it
//! does not answer: which of them read more than their arguments, and which volatile ones change nothing.

/// Functions of PostgreSQL's own that read more than their arguments: SQL in a string, files, large
/// objects, settings, statistics, other sessions.
pub(crate) fn reads_beyond_arguments(name: &str) -> bool {
    const NAMES: [&str; 14] = [
        "current_setting",
        "loread",
        "lo_get",
        "lo_export",
        "nextval",
        "currval",
        "lastval",
        "cursor_to_xml",
        "cursor_to_xmlschema",
        "ts_stat",
        "ts_rewrite",
        "pg_get_viewdef",
        "pg_relation_filenode",
        "has_column_privilege",
    ];
    const PREFIXES: [&str; 12] = [
        "query_to_xml",
        "table_to_xml",
        "schema_to_xml",
        "database_to_xml",
        "pg_read_",
        "pg_ls_",
        "pg_stat_",
        "pg_logical_",
        "pg_show_all",
        "pg_prepared",
        "pg_cursor",
        "pg_mcv_list",
    ];
    NAMES.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// Does a function of PostgreSQL's own leave data, sessions and server as they are?
///
/// What is not volatile may not change the database (`CREATE FUNCTION`, "Volatility"), and of PostgreSQL's
/// own functions none breaks its word. Of the volatile ones those that are named here only tell something.
pub(crate) fn leaves_all_as_it_is(name: &str, volatile: bool) -> bool {
    const NAMES: [&str; 45] = [
        "amvalidate",
        "bernoulli",
        "clock_timestamp",
        "currval",
        "gen_random_bytes",
        "gen_random_uuid",
        "gen_salt",
        "lastval",
        "pg_blocking_pids",
        "pg_collation_actual_version",
        "pg_control_checkpoint",
        "pg_control_init",
        "pg_control_recovery",
        "pg_control_system",
        "pg_database_collation_actual_version",
        "pg_database_size",
        "pg_get_backend_memory_contexts",
        "pg_get_multixact_members",
        "pg_get_shmem_allocations",
        "pg_get_wal_replay_pause_state",
        "pg_get_wal_resource_managers",
        "pg_indexes_size",
        "pg_is_in_recovery",
        "pg_is_wal_replay_paused",
        "pg_jit_available",
        "pg_lock_status",
        "pg_notification_queue_usage",
        "pg_partition_ancestors",
        "pg_partition_tree",
        "pg_prepared_xact",
        "pg_relation_size",
        "pg_safe_snapshot_blocking_pids",
        "pg_sequence_last_value",
        "pg_sleep",
        "pg_sleep_for",
        "pg_sleep_until",
        "pg_stat_have_stats",
        "pg_table_size",
        "pg_tablespace_size",
        "pg_total_relation_size",
        "pg_xact_status",
        "random",
        "system",
        "timeofday",
        "txid_status",
    ];
    const PREFIXES: [&str; 5] = [
        "pg_current_",
        "pg_last_",
        "pg_stat_get_",
        "pg_xact_commit_timestamp",
        "uuid_generate_",
    ];
    !volatile || NAMES.contains(&name) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// Does a function of PostgreSQL's own read or change large objects?
pub(crate) fn uses_large_objects(name: &str) -> bool {
    name.starts_with("lo_") || matches!(name, "loread" | "lowrite")
}

/// Does a function of PostgreSQL's own read files or folders of the server?
pub(crate) fn reads_files(name: &str) -> bool {
    const PREFIXES: [&str; 3] = ["pg_read_", "pg_ls_", "pg_stat_file"];
    matches!(
        name,
        "lo_import"
            | "pg_current_logfile"
            | "pg_hba_file_rules"
            | "pg_ident_file_mappings"
            | "pg_show_all_file_settings"
    ) || PREFIXES.iter().any(|prefix| name.starts_with(prefix))
}

/// Does a function of PostgreSQL's own write files of the server?
pub(crate) fn writes_files(name: &str) -> bool {
    matches!(
        name,
        "lo_export" | "pg_rotate_logfile" | "pg_rotate_logfile_old"
    ) || name.starts_with("pg_file_")
}

/// Does a function of PostgreSQL's own run SQL that it is given as text, or read any table by its name?
pub(crate) fn runs_sql(name: &str) -> bool {
    const PREFIXES: [&str; 5] = [
        "query_to_xml",
        "table_to_xml",
        "schema_to_xml",
        "database_to_xml",
        "cursor_to_xml",
    ];
    matches!(name, "ts_stat" | "ts_rewrite") || PREFIXES.iter().any(|p| name.starts_with(p))
}

/// Does every function of this name of PostgreSQL's own give one value for each row? Those that give sets make as
/// many rows as a value says, so that a count tells it. What is not named here counts as such a one.
pub(crate) fn gives_one_value(name: &str) -> bool {
    const NAMES: [&str; 70] = [
        "abs",
        "age",
        "array_length",
        "array_to_string",
        "ascii",
        "btrim",
        "cardinality",
        "ceil",
        "ceiling",
        "char_length",
        "character_length",
        "chr",
        "concat",
        "concat_ws",
        "cume_dist",
        "current_database",
        "current_schema",
        "date",
        "date_part",
        "date_trunc",
        "dense_rank",
        "div",
        "encode",
        "exp",
        "extract",
        "first_value",
        "floor",
        "format",
        "greatest",
        "initcap",
        "lag",
        "last_value",
        "lead",
        "least",
        "left",
        "length",
        "ln",
        "log",
        "lower",
        "lpad",
        "ltrim",
        "make_date",
        "md5",
        "mod",
        "now",
        "nth_value",
        "ntile",
        "octet_length",
        "percent_rank",
        "pg_typeof",
        "position",
        "power",
        "random",
        "rank",
        "replace",
        "reverse",
        "right",
        "round",
        "row_number",
        "rpad",
        "rtrim",
        "sign",
        "split_part",
        "sqrt",
        "strpos",
        "substr",
        "substring",
        "to_char",
        "trunc",
        "upper",
    ];
    NAMES.binary_search(&name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_that_make_rows_are_not_among_the_scalar() {
        for name in [
            "generate_series",
            "unnest",
            "regexp_split_to_table",
            "jsonb_array_elements",
        ] {
            assert!(!gives_one_value(name), "{name}");
        }
        for name in ["abs", "upper", "date_trunc", "row_number"] {
            assert!(gives_one_value(name), "{name}");
        }
    }

    #[test]
    fn what_writes_is_not_among_the_harmless() {
        for name in [
            "nextval",
            "setval",
            "set_config",
            "pg_notify",
            "lo_unlink",
            "lo_get",
            "pg_advisory_lock",
            "pg_terminate_backend",
            "pg_read_file",
            "pg_ls_dir",
            "query_to_xml",
            "pg_stat_reset",
            "pg_switch_wal",
            "pg_reload_conf",
            "ts_stat",
            "pg_export_snapshot",
        ] {
            assert!(!leaves_all_as_it_is(name, true), "{name}");
        }
        assert!(leaves_all_as_it_is("random", true));
        assert!(leaves_all_as_it_is("lower", false));
    }
}
