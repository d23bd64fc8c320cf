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
CALL queue.schema_record_step('queue', 1, 'queue', '5ffab88210ca764afcd3f51a1fff2a558747d68905c2322b7e00c1f0f9dca3d5');
\ir Sources/Shared/StudyStore/SQL/steps/0001-study.sql
CALL queue.schema_record_step('trabecula', 1, 'study', '1c5689034da0b16a0e810eb38386713b1ca0761f6c8c5930d17b7b7f786ab6ab');

-- The queue.
\ir Sources/Shared/TaskQueue/SQL/guards.sql
CALL queue.schema_record_file('queue', 'guards', '56e7366574430abd54ff29efd668ecb531363248b13c3582da2b50786c571dfc');
\ir Sources/Shared/TaskQueue/SQL/protocol.sql
CALL queue.schema_record_file('queue', 'protocol', '501b34555290a5bcaf75a12019b4fbb16ac8eab09b18257a73411e56dc4c840a');
\ir Sources/Shared/TaskQueue/SQL/sites.sql
CALL queue.schema_record_file('queue', 'sites', 'bf6207a31786fe6d76ea15ed2e2a4e6cbc07c50747abf8acc096fea769ac9c9d');
\ir Sources/Shared/TaskQueue/SQL/sessions.sql
CALL queue.schema_record_file('queue', 'sessions', '4ffb9673bb1e810720a8219f496d9c0cd30169763ab5de0816cbc2877879984b');
\ir Sources/Shared/TaskQueue/SQL/database.sql
CALL queue.schema_record_file('queue', 'database', '5bab3fcbd6cabd0f54d5f6be1312c5893aa5e586e0d0c56d768f7abae5e17f73');
\ir Sources/Shared/TaskQueue/SQL/kinds.sql
CALL queue.schema_record_file('queue', 'kinds', '37be90c4069ef9af4584263f04dc0d4f0579959f3d90126686dacce9effde082');
\ir Sources/Shared/TaskQueue/SQL/jobs.sql
CALL queue.schema_record_file('queue', 'jobs', '0c3a50b5af3e6c60b81974c45189e1f77226480a8d445877a7841775aeda57ed');
\ir Sources/Shared/TaskQueue/SQL/lanes.sql
CALL queue.schema_record_file('queue', 'lanes', '022c0cefb5f15fb14ffec8621ad2e914c2162726037a5a8e703a41c7bde13187');
\ir Sources/Shared/TaskQueue/SQL/claim.sql
CALL queue.schema_record_file('queue', 'claim', '13ce06fc0fdac4b2acabb2b4cd1e2519c6653022e917799355bf1edc6b954683');
\ir Sources/Shared/TaskQueue/SQL/complete.sql
CALL queue.schema_record_file('queue', 'complete', '109cae15d2da41cf94a2796cd27f1e4bcf4a1ad82ccf67e41d397b101c4eb2fa');
\ir Sources/Shared/TaskQueue/SQL/fail.sql
CALL queue.schema_record_file('queue', 'fail', '3ea8f64198dfe90ace36477c9a6900f00a225a613bc49bb173a68ba0b6a73541');
\ir Sources/Shared/TaskQueue/SQL/budget.sql
CALL queue.schema_record_file('queue', 'budget', '176182e9f43c3cfed78e618964e6e5b6f22d2f8321dd855ba68a401cd6801953');
\ir Sources/Shared/TaskQueue/SQL/clock.sql
CALL queue.schema_record_file('queue', 'clock', '708e60b9a5bdfdd333d4c8128697231fd7282c274d9d3aaae24882e843d06fc5');
\ir Sources/Shared/TaskQueue/SQL/lease.sql
CALL queue.schema_record_file('queue', 'lease', '6682ba66b4bc1e69e649f1cd48ac150b44f1776f49e346f132b1b1e7446d9b80');
\ir Sources/Shared/TaskQueue/SQL/leader.sql
CALL queue.schema_record_file('queue', 'leader', '5504270cc088cd26c6fa81d08e164a37bc9c0d782a04b247ecde71ce872ed409');
\ir Sources/Shared/TaskQueue/SQL/history.sql
CALL queue.schema_record_file('queue', 'history', '3e3ee8b9908dae77ab9acb83271336f552c932188b9ab4ab90135073e2bf6364');
\ir Sources/Shared/TaskQueue/SQL/acts.sql
CALL queue.schema_record_file('queue', 'acts', '6294d82a7df5d6fdf5de020d4f732172ebdaf88548f478ca7b9fd224bd985c11');
\ir Sources/Shared/TaskQueue/SQL/retry.sql
CALL queue.schema_record_file('queue', 'retry', '5566333b98e59083e6ff16e851facd060f9587c0a749a7266e4f279e66c636b3');
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
CALL queue.schema_record_file('queue', 'stuck_tasks', '42944441e4855c806d6b6848a9b7682aa5d5942bad2bfe46426ced5432f7c5ca');
\ir Sources/Shared/TaskQueue/SQL/views/failures.sql
CALL queue.schema_record_file('queue', 'failures', 'c921faf61051cdda4aab5df3a5b53f509177bd3bd7456ccb6fee1a3c75852cf3');
\ir Sources/Shared/TaskQueue/SQL/views/throughput.sql
CALL queue.schema_record_file('queue', 'throughput', '9bf9063acee80957be2e5facbf07dd996f957e346f0e0de294951c45036ab8b8');
\ir Sources/Shared/TaskQueue/SQL/views/session_overview.sql
CALL queue.schema_record_file('queue', 'session_overview', '67bd9a41227bde912e3d2bc948c9f95f72b72f3252fab017b6c67a434d84748e');
\ir Sources/Shared/TaskQueue/SQL/views/db_health.sql
CALL queue.schema_record_file('queue', 'db_health', '69beb16762f5221a161367a46d47cccc1a173ba071a6366f1edc397b5ba46ba2');

-- The study, and its kinds of task.
\ir Sources/Shared/StudyStore/SQL/study.sql
CALL queue.schema_record_file('trabecula', 'study', 'ed6bb9bbc4706c8531075e170ca7a7536a5083afc7058d315ebbde785635612b');
\ir Sources/Shared/StudyStore/SQL/submission.sql
CALL queue.schema_record_file('trabecula', 'submission', '2ff248a66afc3093f9dc0259530685e8490c940175dec73d5ac06df06e17c205');
\ir Sources/Shared/StudyStore/SQL/features.sql
CALL queue.schema_record_file('trabecula', 'features', '0ca4dd6cdbf346a623a4d5910e7db7b1734fd8ee9af2441b31702bd651504f09');
\ir Sources/Shared/StudyTasks/extract.sql
CALL queue.schema_record_file('trabecula', 'extract', '01377d4640f37de98fde8ea323ac77952f2f2fa53fca4f89d4aa3dfcc25dc9f3');
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
CALL queue.schema_record_file('trabecula', 'console', '714ade7b395952e4d2553800ef1f3ad9f675b9251c3ad19252b7b0db29e4f269');
CALL queue.schema_end_code('{queue,trabecula}');

-- Who may do what.
\ir Sources/Shared/TaskQueue/SQL/rights.sql
CALL queue.schema_record_file('queue', 'rights', '8729849ec3f346f7c19f7f6646a361936e2e9c7ff466903a3ed539f4327d9abb');
\ir Sources/Shared/StudyStore/SQL/rights.sql
CALL queue.schema_record_file('trabecula', 'rights', '6679ede535f5823554c863882718fa2488910c322c50f3454ba93fd463f36261');
CALL queue.schema_record_file('queue', 'roles', 'c7ab0b01f249b811dc52707771beda4524a0b9281c6c22b39f2bb8f498571e8a');
CALL queue.schema_record_catalogue('{queue,trabecula}');
COMMIT;

-- What every login could do in this database, as whoever installs.
SELECT queue.settle_database();
