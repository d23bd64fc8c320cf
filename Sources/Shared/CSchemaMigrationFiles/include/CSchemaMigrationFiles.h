#pragma once

/// The migrator's own SQL: who owns what is made.
const char *_Nonnull schema_migration_ownership(void);

/// The migrator's own SQL: what is recorded of files that have run.
const char *_Nonnull schema_migration_bookkeeping(void);
