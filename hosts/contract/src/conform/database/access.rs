//! The promises about who may do what in the database.

use super::super::report::{Tried, broken};
use super::desk::Desk;
use crate::sql::Procedure;

pub(super) async fn the_user_may_do_nothing_else(desk: &Desk) -> Tried {
    let statement = "select r.rolname::text, r.rolsuper::text from pg_catalog.pg_roles r where r.rolname = current_user";
    let rows = desk.ask(statement, &[]).await?;
    if rows.first(1) == "true" {
        let seen = format!("`{}` is a superuser", rows.first(0));
        return broken(seen, [rows.exchange]);
    }
    let user = rows.first(0).to_owned();
    let statement = "select string_agg(c.relname::text, ', ' order by c.relname::text) from pg_catalog.pg_class c \
         join pg_catalog.pg_namespace n on n.oid = c.relnamespace \
         where n.nspname = $1 and c.relkind in ('r', 'p', 'v') \
           and has_table_privilege(c.oid, 'insert, update, delete, truncate')";
    let rows = desk.ask(statement, &[&desk.trial.config.schema]).await?;
    match rows.first(0) {
        "" => Ok(()),
        tables => {
            let seen = format!("`{user}` may write into {tables}");
            broken(seen, [rows.exchange])
        }
    }
}

pub(super) async fn nobody_else_calls_the_procedures(desk: &Desk) -> Tried {
    for procedure in Procedure::needed(&desk.trial.config.takes) {
        let signature = procedure.signature(&desk.schema());
        let statement =
            "select has_function_privilege('public', to_regprocedure($1)::oid, 'execute')::text";
        let rows = desk.ask(statement, &[&signature]).await?;
        if rows.first(0) == "true" {
            let seen = format!("everybody may call {signature}");
            return broken(seen, [rows.exchange]);
        }
    }
    Ok(())
}
