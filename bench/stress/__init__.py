"""The statements of every path over large tables, with the statistics that PostgreSQL may have of
them: none, old ones, fresh ones."""
