//! The numbers of two runs.

use super::{
    report::Report,
    row::Row,
    table::{number, table},
};

/// A row that both runs have.
struct Change<'a> {
    row: &'a Row,
    old: f64,
    new: f64,
}

impl Change<'_> {
    /// How much longer it takes now.
    fn per_cent(&self) -> f64 {
        (self.new / self.old - 1.0) * 100.0
    }
}

/// What became slower first.
pub(super) fn table_of(old: &Report, new: &Report) -> String {
    let rows: Vec<Vec<String>> = changes(&old.rows, &new.rows)
        .iter()
        .map(|change| {
            let Row { work, system, dtype, .. } = change.row;
            let per_cent = format!("{:+.1} %", change.per_cent());
            vec![work.clone(), system.clone(), dtype.clone(), number(change.old), number(change.new), per_cent]
        })
        .collect();
    table(3, &["work", "system", "dtype", "old median ms", "new", "change"], &rows)
}

fn changes<'a>(old: &[Row], new: &'a [Row]) -> Vec<Change<'a>> {
    let change = |row: &'a Row| {
        let before = old.iter().find(|before| before.is(&row.work, &row.system, &row.dtype))?;
        Some(Change { row, old: before.median()?, new: row.median()? })
    };
    let mut changes: Vec<Change<'_>> = new.iter().filter_map(change).collect();
    changes.sort_by(|a, b| b.per_cent().total_cmp(&a.per_cent()));
    changes
}

#[cfg(test)]
mod tests {
    use super::changes;
    use crate::bench::row::{Row, Times};

    fn row(work: &str, milliseconds: f64) -> Row {
        Row { work: work.into(), times: Times::of(&[milliseconds]), ..Row::default() }
    }

    #[test]
    fn rows_of_both_runs_are_compared_the_worst_regression_first() {
        let old = [row("gone", 1.0), row("faster", 2.0), row("slower", 2.0), row("failed", 1.0)];
        let new = [row("faster", 1.0), row("slower", 3.0), row("new", 1.0), Row { times: None, ..row("failed", 1.0) }];
        let found: Vec<_> =
            changes(&old, &new).iter().map(|change| (change.row.work.clone(), change.per_cent())).collect();
        assert_eq!(found, [("slower".into(), 50.0), ("faster".into(), -50.0)]);
    }
}
