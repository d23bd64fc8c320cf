-- Trabecula: the database, from an empty one to the life of a task. This file is the table of contents:
--
--   createdb trabecula && psql -d trabecula -f schema.sql      -- installs everything, from any folder
--
-- Tables change by numbered steps, which are never edited once released. All else is code, in files by subject, replaced
-- whole when its text changes: functions, views, triggers, comments, rights. `coordinator migrate` does both, in one
-- transaction, and carries the same files. Every object has a COMMENT: \d+, \dv+ and \df+ in psql are the manual.
--
--   a task's life:   blocked → ready → running → succeeded | failed | cancelled
--                       (delayed: a retry waits for its time;  held: its job or site is paused)
--
-- Schema queue knows jobs, kinds, sites, needs and workers; schema trabecula knows studies. What to do stands in queue.task
-- and never changes. How it stands is a row of queue.live_task, which exists only until the task ends; then it moves to
-- queue.task_history, so that the cost of a claim does not grow with what was done.
--
-- `make schema` writes the lines CALL queue.schema_record_….
\set ON_ERROR_STOP 1
\set QUIET 1
\o /dev/null
BEGIN;
SELECT pg_advisory_xact_lock(x'747261626563756c'::bigint);
SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL client_min_messages = warning;
SET LOCAL jit = off;

-- Roles, schemas, and what a migration writes down.
\ir Sources/Shared/TaskQueue/SQL/roles.sql
CREATE SCHEMA IF NOT EXISTS queue AUTHORIZATION trabecula_owner;
CREATE SCHEMA IF NOT EXISTS trabecula AUTHORIZATION trabecula_owner;
SET LOCAL ROLE trabecula_owner;
\ir Sources/Shared/SchemaMigration/SQL/bookkeeping.sql
CALL queue.schema_refuse_second_installation();
CALL queue.schema_begin_code('{queue,trabecula}');

-- Tables.
\ir Sources/Shared/TaskQueue/SQL/steps/0001-queue.sql
CALL queue.schema_record_step('queue', 1, 'queue', 'e13c3a0a9b9d453732da75f28e611716f0c35f63269844084067f05922d8c3f7');
\ir Sources/Shared/StudyStore/SQL/steps/0001-study.sql
CALL queue.schema_record_step('trabecula', 1, 'study', '5fc06bdd2361e0e97ce3bc0dd36ecc4fcf887aef11ec1df1f352a05ac4a01bc1');

-- The queue.
\ir Sources/Shared/TaskQueue/SQL/guards.sql
CALL queue.schema_record_file('queue', 'guards', '56e7366574430abd54ff29efd668ecb531363248b13c3582da2b50786c571dfc');
\ir Sources/Shared/TaskQueue/SQL/protocol.sql
CALL queue.schema_record_file('queue', 'protocol', '501b34555290a5bcaf75a12019b4fbb16ac8eab09b18257a73411e56dc4c840a');
\ir Sources/Shared/TaskQueue/SQL/sites.sql
CALL queue.schema_record_file('queue', 'sites', 'f06ea79e0171eb381b43106f0ba11f663c852c8b0b6c427897626469a6000463');
\ir Sources/Shared/TaskQueue/SQL/kinds.sql
CALL queue.schema_record_file('queue', 'kinds', '37be90c4069ef9af4584263f04dc0d4f0579959f3d90126686dacce9effde082');
\ir Sources/Shared/TaskQueue/SQL/jobs.sql
CALL queue.schema_record_file('queue', 'jobs', '0c3a50b5af3e6c60b81974c45189e1f77226480a8d445877a7841775aeda57ed');
\ir Sources/Shared/TaskQueue/SQL/lanes.sql
CALL queue.schema_record_file('queue', 'lanes', 'dd8d7f17af420ea9522cf9a89c52790fde5082e68dd8daf0e8935e35acf5b834');
\ir Sources/Shared/TaskQueue/SQL/claim.sql
CALL queue.schema_record_file('queue', 'claim', '13ce06fc0fdac4b2acabb2b4cd1e2519c6653022e917799355bf1edc6b954683');
\ir Sources/Shared/TaskQueue/SQL/complete.sql
CALL queue.schema_record_file('queue', 'complete', '7e795bbe374c26cb37624cd9cda5e3bb09fae06f6bd5c4dde048ef2538d50db2');
\ir Sources/Shared/TaskQueue/SQL/fail.sql
CALL queue.schema_record_file('queue', 'fail', '3ea8f64198dfe90ace36477c9a6900f00a225a613bc49bb173a68ba0b6a73541');
\ir Sources/Shared/TaskQueue/SQL/budget.sql
CALL queue.schema_record_file('queue', 'budget', 'd7b70274a491863f655d33c8ed76e0031c0897862868b693d0d189ad7bdf65a3');
\ir Sources/Shared/TaskQueue/SQL/clock.sql
CALL queue.schema_record_file('queue', 'clock', '708e60b9a5bdfdd333d4c8128697231fd7282c274d9d3aaae24882e843d06fc5');
\ir Sources/Shared/TaskQueue/SQL/lease.sql
CALL queue.schema_record_file('queue', 'lease', '6682ba66b4bc1e69e649f1cd48ac150b44f1776f49e346f132b1b1e7446d9b80');
\ir Sources/Shared/TaskQueue/SQL/leader.sql
CALL queue.schema_record_file('queue', 'leader', '1facca8975e357ee9fbbd9ffac513f9f0d21eca9dc250fc3627b93cb541f2348');
\ir Sources/Shared/TaskQueue/SQL/history.sql
CALL queue.schema_record_file('queue', 'history', '3e3ee8b9908dae77ab9acb83271336f552c932188b9ab4ab90135073e2bf6364');
\ir Sources/Shared/TaskQueue/SQL/acts.sql
CALL queue.schema_record_file('queue', 'acts', 'f5c03c231cbeb992f29851eeaeab1a7be556d52b106e38f10e50273ac528b58e');
\ir Sources/Shared/TaskQueue/SQL/retry.sql
CALL queue.schema_record_file('queue', 'retry', '230bf961388af31d01fd50c842c390d30110297a834e1daac10ca10b051e8f8d');
\ir Sources/Shared/TaskQueue/SQL/triggers.sql
CALL queue.schema_record_file('queue', 'triggers', '85469b06370278d6c31d11639c9dce442026997e7b6b0879937007e0e0b442c4');

-- What operators of the queue watch.
\ir Sources/Shared/TaskQueue/SQL/views/queue_overview.sql
CALL queue.schema_record_file('queue', 'queue_overview', '1e21984b91085b6d9cee5e2de567544b475992e1d77e358b6124cd844afe0577');
\ir Sources/Shared/TaskQueue/SQL/views/unserved_lane.sql
CALL queue.schema_record_file('queue', 'unserved_lane', '8e512b5da4d11200cfc9e55b14fc84498921959e4bf76b3bea080b9940a036af');
\ir Sources/Shared/TaskQueue/SQL/views/job_progress.sql
CALL queue.schema_record_file('queue', 'job_progress', '5a74e4cf4e819dcf5911223ad19840adee16be05a7b6381332d9066ca4d5b589');
\ir Sources/Shared/TaskQueue/SQL/views/worker_overview.sql
CALL queue.schema_record_file('queue', 'worker_overview', 'b941e24a6d0625d6768185015f686e90704f7f4cab9fd3cf7cbf24d89af6b779');
\ir Sources/Shared/TaskQueue/SQL/views/site_overview.sql
CALL queue.schema_record_file('queue', 'site_overview', 'e19da6b8e5a47d1817d2e7fb8c263362b0f5d92c73819a21d455c301963e7eae');
\ir Sources/Shared/TaskQueue/SQL/views/stuck_tasks.sql
CALL queue.schema_record_file('queue', 'stuck_tasks', '48e7fe881a9bb77c225891abd56bcf68354a01e023044be8a116ec92447ec6e6');
\ir Sources/Shared/TaskQueue/SQL/views/failures.sql
CALL queue.schema_record_file('queue', 'failures', 'c921faf61051cdda4aab5df3a5b53f509177bd3bd7456ccb6fee1a3c75852cf3');
\ir Sources/Shared/TaskQueue/SQL/views/throughput.sql
CALL queue.schema_record_file('queue', 'throughput', '9bf9063acee80957be2e5facbf07dd996f957e346f0e0de294951c45036ab8b8');
\ir Sources/Shared/TaskQueue/SQL/views/db_health.sql
CALL queue.schema_record_file('queue', 'db_health', 'a22d10f5a3066832cfdd66976edc329ed1e191ebf065b3777eba75caea12d7d1');

-- The study, and its kinds of task.
\ir Sources/Shared/StudyStore/SQL/study.sql
CALL queue.schema_record_file('trabecula', 'study', 'ed6bb9bbc4706c8531075e170ca7a7536a5083afc7058d315ebbde785635612b');
\ir Sources/Shared/StudyStore/SQL/submission.sql
CALL queue.schema_record_file('trabecula', 'submission', '2ff248a66afc3093f9dc0259530685e8490c940175dec73d5ac06df06e17c205');
\ir Sources/Shared/StudyStore/SQL/features.sql
CALL queue.schema_record_file('trabecula', 'features', 'de434752e763f8f86d8664c9db7d26a9d7a578f71cb05357d779c03d1bcdac76');
\ir Sources/Shared/StudyTasks/extract.sql
CALL queue.schema_record_file('trabecula', 'extract', '9142d26a7ea6dc2b82d25657f5f4551df9f3224fa39963ccc00b08af579c0529');
\ir Sources/Shared/StudyTasks/bootstrap.sql
CALL queue.schema_record_file('trabecula', 'bootstrap', '627c3f857a16a947570febea3659cee2c47c80eccbfebae317307ae03dda5635');
\ir Sources/Shared/StudyTasks/aggregate.sql
CALL queue.schema_record_file('trabecula', 'aggregate', '626a052aca299b52c5d75b37b270ebd8f88c837ad5acc5deccd2cf7569385269');

-- What operators of studies watch, and what they type.
\ir Sources/Shared/StudyStore/SQL/views/failure_detail.sql
CALL queue.schema_record_file('trabecula', 'failure_detail', 'd7fff4ad4cf4f7c07f67e8a0cafe0d0b1f1d5e66667ac59c02b458fc90b72152');
\ir Sources/Shared/StudyStore/SQL/views/failures.sql
CALL queue.schema_record_file('trabecula', 'failures', 'b21441f87db91dadd248d3abb4e9d1b9850f3b349b4588a71b8c20b7def4ac46');
\ir Sources/Shared/StudyStore/SQL/console.sql
CALL queue.schema_record_file('trabecula', 'console', '0962f32ca90f42f79397083c5056fc29c24e608ebcf65edf61c33a807df61fa0');
CALL queue.schema_end_code('{queue,trabecula}');

-- Who may do what.
\ir Sources/Shared/TaskQueue/SQL/rights.sql
CALL queue.schema_record_file('queue', 'rights', '7292afad74bef21d5bcd408d2969e6928a579bf6a5e25c140869de456869fe60');
\ir Sources/Shared/StudyStore/SQL/rights.sql
CALL queue.schema_record_file('trabecula', 'rights', '84437677fa9a6c458751b253980a76b04479530171edef4c451eb1c0e2991a91');
CALL queue.schema_record_file('queue', 'roles', 'f88f6e92eaa7132a4a0e330c89efd75b7e4474e20e8a02ca01c952e11fa862ff');
CALL queue.schema_record_catalogue('{queue,trabecula}');
COMMIT;
