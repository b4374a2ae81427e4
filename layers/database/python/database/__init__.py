"""PostgreSQL, the one source of truth: the connection, the SQL, and the schema's migrations."""
