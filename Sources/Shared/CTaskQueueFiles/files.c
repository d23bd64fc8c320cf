#include "CTaskQueueFiles.h"

// C embeds files at no cost. SwiftPM's `embedInCode` makes literals of arrays, over which Swift's compiler spends a minute.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const char *const files[] = {
    "roles.sql", (const char[]){
#embed "../TaskQueue/SQL/roles.sql" suffix(, 0)
    },
    "steps/0001-queue.sql", (const char[]){
#embed "../TaskQueue/SQL/steps/0001-queue.sql" suffix(, 0)
    },
    "steps/0002-steering.sql", (const char[]){
#embed "../TaskQueue/SQL/steps/0002-steering.sql" suffix(, 0)
    },
    "steps/0003-limits.sql", (const char[]){
#embed "../TaskQueue/SQL/steps/0003-limits.sql" suffix(, 0)
    },
    "steps/0004-waiting.sql", (const char[]){
#embed "../TaskQueue/SQL/steps/0004-waiting.sql" suffix(, 0)
    },
    "steps/0005-suspects.sql", (const char[]){
#embed "../TaskQueue/SQL/steps/0005-suspects.sql" suffix(, 0)
    },
    "steps/0006-lane-steps.sql", (const char[]){
#embed "../TaskQueue/SQL/steps/0006-lane-steps.sql" suffix(, 0)
    },
    "guards.sql", (const char[]){
#embed "../TaskQueue/SQL/guards.sql" suffix(, 0)
    },
    "protocol.sql", (const char[]){
#embed "../TaskQueue/SQL/protocol.sql" suffix(, 0)
    },
    "sites.sql", (const char[]){
#embed "../TaskQueue/SQL/sites.sql" suffix(, 0)
    },
    "sessions.sql", (const char[]){
#embed "../TaskQueue/SQL/sessions.sql" suffix(, 0)
    },
    "database.sql", (const char[]){
#embed "../TaskQueue/SQL/database.sql" suffix(, 0)
    },
    "kinds.sql", (const char[]){
#embed "../TaskQueue/SQL/kinds.sql" suffix(, 0)
    },
    "jobs.sql", (const char[]){
#embed "../TaskQueue/SQL/jobs.sql" suffix(, 0)
    },
    "lanes.sql", (const char[]){
#embed "../TaskQueue/SQL/lanes.sql" suffix(, 0)
    },
    "limits.sql", (const char[]){
#embed "../TaskQueue/SQL/limits.sql" suffix(, 0)
    },
    "claim.sql", (const char[]){
#embed "../TaskQueue/SQL/claim.sql" suffix(, 0)
    },
    "complete.sql", (const char[]){
#embed "../TaskQueue/SQL/complete.sql" suffix(, 0)
    },
    "fail.sql", (const char[]){
#embed "../TaskQueue/SQL/fail.sql" suffix(, 0)
    },
    "snooze.sql", (const char[]){
#embed "../TaskQueue/SQL/snooze.sql" suffix(, 0)
    },
    "progress.sql", (const char[]){
#embed "../TaskQueue/SQL/progress.sql" suffix(, 0)
    },
    "budget.sql", (const char[]){
#embed "../TaskQueue/SQL/budget.sql" suffix(, 0)
    },
    "clock.sql", (const char[]){
#embed "../TaskQueue/SQL/clock.sql" suffix(, 0)
    },
    "lease.sql", (const char[]){
#embed "../TaskQueue/SQL/lease.sql" suffix(, 0)
    },
    "leader.sql", (const char[]){
#embed "../TaskQueue/SQL/leader.sql" suffix(, 0)
    },
    "history.sql", (const char[]){
#embed "../TaskQueue/SQL/history.sql" suffix(, 0)
    },
    "acts.sql", (const char[]){
#embed "../TaskQueue/SQL/acts.sql" suffix(, 0)
    },
    "retry.sql", (const char[]){
#embed "../TaskQueue/SQL/retry.sql" suffix(, 0)
    },
    "skip.sql", (const char[]){
#embed "../TaskQueue/SQL/skip.sql" suffix(, 0)
    },
    "filter.sql", (const char[]){
#embed "../TaskQueue/SQL/filter.sql" suffix(, 0)
    },
    "retention.sql", (const char[]){
#embed "../TaskQueue/SQL/retention.sql" suffix(, 0)
    },
    "backlog.sql", (const char[]){
#embed "../TaskQueue/SQL/backlog.sql" suffix(, 0)
    },
    "triggers.sql", (const char[]){
#embed "../TaskQueue/SQL/triggers.sql" suffix(, 0)
    },
    "views/queue_overview.sql", (const char[]){
#embed "../TaskQueue/SQL/views/queue_overview.sql" suffix(, 0)
    },
    "views/unserved_lane.sql", (const char[]){
#embed "../TaskQueue/SQL/views/unserved_lane.sql" suffix(, 0)
    },
    "views/job_progress.sql", (const char[]){
#embed "../TaskQueue/SQL/views/job_progress.sql" suffix(, 0)
    },
    "views/worker_overview.sql", (const char[]){
#embed "../TaskQueue/SQL/views/worker_overview.sql" suffix(, 0)
    },
    "views/site_overview.sql", (const char[]){
#embed "../TaskQueue/SQL/views/site_overview.sql" suffix(, 0)
    },
    "views/waiting_overview.sql", (const char[]){
#embed "../TaskQueue/SQL/views/waiting_overview.sql" suffix(, 0)
    },
    "views/running_overview.sql", (const char[]){
#embed "../TaskQueue/SQL/views/running_overview.sql" suffix(, 0)
    },
    "views/limit_overview.sql", (const char[]){
#embed "../TaskQueue/SQL/views/limit_overview.sql" suffix(, 0)
    },
    "views/limit_holders.sql", (const char[]){
#embed "../TaskQueue/SQL/views/limit_holders.sql" suffix(, 0)
    },
    "views/stuck_tasks.sql", (const char[]){
#embed "../TaskQueue/SQL/views/stuck_tasks.sql" suffix(, 0)
    },
    "views/failures.sql", (const char[]){
#embed "../TaskQueue/SQL/views/failures.sql" suffix(, 0)
    },
    "views/dead_letters.sql", (const char[]){
#embed "../TaskQueue/SQL/views/dead_letters.sql" suffix(, 0)
    },
    "views/retention_overview.sql", (const char[]){
#embed "../TaskQueue/SQL/views/retention_overview.sql" suffix(, 0)
    },
    "views/throughput.sql", (const char[]){
#embed "../TaskQueue/SQL/views/throughput.sql" suffix(, 0)
    },
    "views/session_overview.sql", (const char[]){
#embed "../TaskQueue/SQL/views/session_overview.sql" suffix(, 0)
    },
    "views/db_health.sql", (const char[]){
#embed "../TaskQueue/SQL/views/db_health.sql" suffix(, 0)
    },
    "timeline.sql", (const char[]){
#embed "../TaskQueue/SQL/timeline.sql" suffix(, 0)
    },
    "metrics.sql", (const char[]){
#embed "../TaskQueue/SQL/metrics.sql" suffix(, 0)
    },
    "rights.sql", (const char[]){
#embed "../TaskQueue/SQL/rights.sql" suffix(, 0)
    },
    0};

const char *const *task_queue_files(void) { return files; }
