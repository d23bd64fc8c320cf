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
CALL queue.schema_record_step('queue', 1, 'queue', '4f73cec7c709a5f2c4db74079b92170ba46c0605350548808e0c767ff7bdb172');
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
CALL queue.schema_record_file('queue', 'jobs', '7addc5fbef4c3fb6ad5060f6743c27b09d1d5c522b7279eb28a780c94adbd87f');
\ir Sources/Shared/TaskQueue/SQL/lanes.sql
CALL queue.schema_record_file('queue', 'lanes', '881f145912f6bdb7b5b925a4eae9fc5241372d79927d304a7eb94c28951700e4');
\ir Sources/Shared/TaskQueue/SQL/claim.sql
CALL queue.schema_record_file('queue', 'claim', '03bc5c1ae0febbcb8d0efe078ef303eac7e6129d6f7acbd3f4d84c68126d7a90');
\ir Sources/Shared/TaskQueue/SQL/complete.sql
CALL queue.schema_record_file('queue', 'complete', '7e795bbe374c26cb37624cd9cda5e3bb09fae06f6bd5c4dde048ef2538d50db2');
\ir Sources/Shared/TaskQueue/SQL/fail.sql
CALL queue.schema_record_file('queue', 'fail', 'ad4c9b0f9a35f3822011c4aab90faa0ca2b3192ee34c403c5967aa456e9c0421');
\ir Sources/Shared/TaskQueue/SQL/lease.sql
CALL queue.schema_record_file('queue', 'lease', '759ca49e2aff84e66a9130c79ddb8060a90005b5469fd30e0e288a608b48c53c');
\ir Sources/Shared/TaskQueue/SQL/leader.sql
CALL queue.schema_record_file('queue', 'leader', '7672212e64cda62193d3a934fe00302d1a49df9e70e449a48998efc6edb49265');
\ir Sources/Shared/TaskQueue/SQL/history.sql
CALL queue.schema_record_file('queue', 'history', '3e3ee8b9908dae77ab9acb83271336f552c932188b9ab4ab90135073e2bf6364');
\ir Sources/Shared/TaskQueue/SQL/acts.sql
CALL queue.schema_record_file('queue', 'acts', 'b8325d8056b45af6ed251963eb4eb725a581da1fc36696d598143528c7feeb85');
\ir Sources/Shared/TaskQueue/SQL/retry.sql
CALL queue.schema_record_file('queue', 'retry', '9451c75efb0146c3bb38149e83ee82a2ea3ef0ddec10dfa3d691b9bb8a6e51a6');
\ir Sources/Shared/TaskQueue/SQL/triggers.sql
CALL queue.schema_record_file('queue', 'triggers', '85469b06370278d6c31d11639c9dce442026997e7b6b0879937007e0e0b442c4');

-- What operators of the queue watch.
\ir Sources/Shared/TaskQueue/SQL/views/queue_overview.sql
CALL queue.schema_record_file('queue', 'queue_overview', 'fa4838e9fd0ec7f86bd2f5e85a93b646cf52bc748058cfc03c82089946cc7042');
\ir Sources/Shared/TaskQueue/SQL/views/job_progress.sql
CALL queue.schema_record_file('queue', 'job_progress', '5cf278a6256bdb8709a9405f8b16fb4272f3c502af195167b20837c79d999d3a');
\ir Sources/Shared/TaskQueue/SQL/views/worker_overview.sql
CALL queue.schema_record_file('queue', 'worker_overview', '21a3c2cc1cabaad9c0b97ff034ada39f167ca811b2a65cf57cb22612e9f6ab21');
\ir Sources/Shared/TaskQueue/SQL/views/site_overview.sql
CALL queue.schema_record_file('queue', 'site_overview', '8e3e9fa6997a182139b398357b3d886532c2756a83e681a733475e28107cf2bf');
\ir Sources/Shared/TaskQueue/SQL/views/stuck_tasks.sql
CALL queue.schema_record_file('queue', 'stuck_tasks', '162ed8e374cfde19dd5d8fc59071170181dfa9eddc2402f79039ba4d7791595d');
\ir Sources/Shared/TaskQueue/SQL/views/failures.sql
CALL queue.schema_record_file('queue', 'failures', 'c921faf61051cdda4aab5df3a5b53f509177bd3bd7456ccb6fee1a3c75852cf3');
\ir Sources/Shared/TaskQueue/SQL/views/throughput.sql
CALL queue.schema_record_file('queue', 'throughput', '9bf9063acee80957be2e5facbf07dd996f957e346f0e0de294951c45036ab8b8');
\ir Sources/Shared/TaskQueue/SQL/views/db_health.sql
CALL queue.schema_record_file('queue', 'db_health', '8c5e774010ec57170edac5965cdf41e44b2d9694e2817b2b0b7ed9be04b78948');

-- The study, and its kinds of task.
\ir Sources/Shared/StudyStore/SQL/study.sql
CALL queue.schema_record_file('trabecula', 'study', 'ed6bb9bbc4706c8531075e170ca7a7536a5083afc7058d315ebbde785635612b');
\ir Sources/Shared/StudyStore/SQL/submission.sql
CALL queue.schema_record_file('trabecula', 'submission', '2ff248a66afc3093f9dc0259530685e8490c940175dec73d5ac06df06e17c205');
\ir Sources/Shared/StudyStore/SQL/features.sql
CALL queue.schema_record_file('trabecula', 'features', 'de434752e763f8f86d8664c9db7d26a9d7a578f71cb05357d779c03d1bcdac76');
\ir Sources/Shared/StudyTasks/extract.sql
CALL queue.schema_record_file('trabecula', 'extract', '36ceaedcc87b75a3702e3624a5aaeb594a2fe9d40dd1b92dd3b1a5e5d162d3d6');
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
CALL queue.schema_record_file('queue', 'rights', '30eb748e246d2e891b1a80e7a87ad7c35e85e518a2aae0873ab5bda6295b8d55');
\ir Sources/Shared/StudyStore/SQL/rights.sql
CALL queue.schema_record_file('trabecula', 'rights', '84437677fa9a6c458751b253980a76b04479530171edef4c451eb1c0e2991a91');
CALL queue.schema_record_file('queue', 'roles', 'f88f6e92eaa7132a4a0e330c89efd75b7e4474e20e8a02ca01c952e11fa862ff');
CALL queue.schema_record_catalogue('{queue,trabecula}');
COMMIT;
