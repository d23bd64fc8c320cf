#include "CDatabaseSchema.h"

// C embeds files at no cost. SwiftPM's `embedInCode` makes literals of arrays, over which Swift's compiler spends a minute.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const char *const files[] = {
    "steps/0001-study.sql", (const char[]){
#embed "../StudyStore/SQL/steps/0001-study.sql" suffix(, 0)
    },
    "study.sql", (const char[]){
#embed "../StudyStore/SQL/study.sql" suffix(, 0)
    },
    "submission.sql", (const char[]){
#embed "../StudyStore/SQL/submission.sql" suffix(, 0)
    },
    "features.sql", (const char[]){
#embed "../StudyStore/SQL/features.sql" suffix(, 0)
    },
    "features_query.sql", (const char[]){
#embed "../StudyStore/SQL/features_query.sql" suffix(, 0)
    },
    "exclude.sql", (const char[]){
#embed "../StudyStore/SQL/exclude.sql" suffix(, 0)
    },
    "exclude_where.sql", (const char[]){
#embed "../StudyStore/SQL/exclude_where.sql" suffix(, 0)
    },
    "erase.sql", (const char[]){
#embed "../StudyStore/SQL/erase.sql" suffix(, 0)
    },
    "delete.sql", (const char[]){
#embed "../StudyStore/SQL/delete.sql" suffix(, 0)
    },
    "views/case_overview.sql", (const char[]){
#embed "../StudyStore/SQL/views/case_overview.sql" suffix(, 0)
    },
    "views/provenance.sql", (const char[]){
#embed "../StudyStore/SQL/views/provenance.sql" suffix(, 0)
    },
    "views/changed_files.sql", (const char[]){
#embed "../StudyStore/SQL/views/changed_files.sql" suffix(, 0)
    },
    "discard.sql", (const char[]){
#embed "../StudyStore/SQL/discard.sql" suffix(, 0)
    },
    "views/failure_detail.sql", (const char[]){
#embed "../StudyStore/SQL/views/failure_detail.sql" suffix(, 0)
    },
    "views/failures.sql", (const char[]){
#embed "../StudyStore/SQL/views/failures.sql" suffix(, 0)
    },
    "console.sql", (const char[]){
#embed "../StudyStore/SQL/console.sql" suffix(, 0)
    },
    "rights.sql", (const char[]){
#embed "../StudyStore/SQL/rights.sql" suffix(, 0)
    },
    "extract.sql", (const char[]){
#embed "../StudyTasks/SQL/extract.sql" suffix(, 0)
    },
    "bootstrap.sql", (const char[]){
#embed "../StudyTasks/SQL/bootstrap.sql" suffix(, 0)
    },
    "aggregate.sql", (const char[]){
#embed "../StudyTasks/SQL/aggregate.sql" suffix(, 0)
    },
    0};

const char *const *study_files(void) { return files; }

const char *schema_contents(void) {
    static const char contents[] = {
#embed "../../../schema.sql" suffix(, 0)
    };
    return contents;
}
