"""Pictures: bytes in, values out. Knows nothing of the database, of Dagster or of services."""
