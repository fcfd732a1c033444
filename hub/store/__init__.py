"""All SQL: schema, writer, journal, people, directives, ledger, outbox, seal, migrations."""
