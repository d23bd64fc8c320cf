#include "CSchemaMigrationFiles.h"

// C embeds files at no cost. SwiftPM's `embedInCode` makes literals of arrays, over which Swift's compiler spends a minute.
#pragma clang diagnostic ignored "-Wc23-extensions"

const char *schema_migration_ownership(void) {
    static const char text[] = {
#embed "../SchemaMigration/SQL/ownership.sql" suffix(, 0)
    };
    return text;
}

const char *schema_migration_bookkeeping(void) {
    static const char text[] = {
#embed "../SchemaMigration/SQL/bookkeeping.sql" suffix(, 0)
    };
    return text;
}
