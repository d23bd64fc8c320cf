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
DO $$ BEGIN
  IF current_setting('server_encoding') <> 'UTF8' THEN
    RAISE EXCEPTION 'the database has the encoding %, and UTF8 is needed', current_setting('server_encoding')
      USING HINT = 'createdb --encoding UTF8 --template template0 NAME';
  END IF;
END $$;

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
CALL queue.schema_record_step('queue', 1, 'queue', '124a3830e2ac371d139f8adc6f058f7309c7a44ffbdabe339823684612971194');
\ir Sources/Shared/StudyStore/SQL/steps/0001-study.sql
CALL queue.schema_record_step('trabecula', 1, 'study', '4f503726e1768235847f2c7352d82694c87012311e256d32d17e06f5b5f4569e');

-- The queue.
\ir Sources/Shared/TaskQueue/SQL/guards.sql
CALL queue.schema_record_file('queue', 'guards', '5c60fde441a71cac365b23744f0d2e4dca4fa9faf04f3f9ec7a3d2ffaef919ea');
\ir Sources/Shared/TaskQueue/SQL/protocol.sql
CALL queue.schema_record_file('queue', 'protocol', '501b34555290a5bcaf75a12019b4fbb16ac8eab09b18257a73411e56dc4c840a');
\ir Sources/Shared/TaskQueue/SQL/sites.sql
CALL queue.schema_record_file('queue', 'sites', 'bf6207a31786fe6d76ea15ed2e2a4e6cbc07c50747abf8acc096fea769ac9c9d');
\ir Sources/Shared/TaskQueue/SQL/sessions.sql
CALL queue.schema_record_file('queue', 'sessions', '2d02e1f2511a645a75625c2e60dd155b1f8d969a7e6b23bed846288dfe3baa0d');
\ir Sources/Shared/TaskQueue/SQL/database.sql
CALL queue.schema_record_file('queue', 'database', 'd028e90f4d52343ebda32beb7c9c023fb29f56ab670ffaed4c191bd78cb2167d');
\ir Sources/Shared/TaskQueue/SQL/kinds.sql
CALL queue.schema_record_file('queue', 'kinds', '37be90c4069ef9af4584263f04dc0d4f0579959f3d90126686dacce9effde082');
\ir Sources/Shared/TaskQueue/SQL/jobs.sql
CALL queue.schema_record_file('queue', 'jobs', 'b132564197e9fdae10f1269941ed7acf240399fe534ddc9cc9afcf2e43e178ff');
\ir Sources/Shared/TaskQueue/SQL/lanes.sql
CALL queue.schema_record_file('queue', 'lanes', '022c0cefb5f15fb14ffec8621ad2e914c2162726037a5a8e703a41c7bde13187');
\ir Sources/Shared/TaskQueue/SQL/claim.sql
CALL queue.schema_record_file('queue', 'claim', '9e77bdb0b75dabebd0bbfc8a4bb70336d81468119541d4ad851ffcec65c5a7d3');
\ir Sources/Shared/TaskQueue/SQL/complete.sql
CALL queue.schema_record_file('queue', 'complete', 'f1d77116b9172849fe9dbd17cd4515a115e756ba3ddd34946f6670545b6debf6');
\ir Sources/Shared/TaskQueue/SQL/fail.sql
CALL queue.schema_record_file('queue', 'fail', '5e6529659344cedb88f8edc8dc2eafac731c8ab7173d206459bc3bfb9e169f8c');
\ir Sources/Shared/TaskQueue/SQL/budget.sql
CALL queue.schema_record_file('queue', 'budget', '176182e9f43c3cfed78e618964e6e5b6f22d2f8321dd855ba68a401cd6801953');
\ir Sources/Shared/TaskQueue/SQL/clock.sql
CALL queue.schema_record_file('queue', 'clock', '708e60b9a5bdfdd333d4c8128697231fd7282c274d9d3aaae24882e843d06fc5');
\ir Sources/Shared/TaskQueue/SQL/lease.sql
CALL queue.schema_record_file('queue', 'lease', '74a36129cdea21781c97634baf46d4cf3b8790a9b4a5a8ee965ce960345061c1');
\ir Sources/Shared/TaskQueue/SQL/leader.sql
CALL queue.schema_record_file('queue', 'leader', '5504270cc088cd26c6fa81d08e164a37bc9c0d782a04b247ecde71ce872ed409');
\ir Sources/Shared/TaskQueue/SQL/history.sql
CALL queue.schema_record_file('queue', 'history', '3e3ee8b9908dae77ab9acb83271336f552c932188b9ab4ab90135073e2bf6364');
\ir Sources/Shared/TaskQueue/SQL/acts.sql
CALL queue.schema_record_file('queue', 'acts', '1143eaf4663c226c14482a01a74d05b9c71d2926d766a342508c9ce09c112393');
\ir Sources/Shared/TaskQueue/SQL/retry.sql
CALL queue.schema_record_file('queue', 'retry', 'b57f487b5c6c99b636b4218db4c5ef6bbbe394ad2d789b131fa9248e69c1a943');
\ir Sources/Shared/TaskQueue/SQL/skip.sql
CALL queue.schema_record_file('queue', 'skip', 'ed498b87d381cada468179e65df57514130941578b9aff9f74703893eadde480');
\ir Sources/Shared/TaskQueue/SQL/retention.sql
CALL queue.schema_record_file('queue', 'retention', 'b1436fc73e91b8ff60ef83f32c0d54da2b9db24ae9cd00d969e1f5b8abd5366d');
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
CALL queue.schema_record_file('queue', 'session_overview', '674a1818f6533d0df476d62fff3a7bafa7a7879d24fed0d844832e17af17ef1d');
\ir Sources/Shared/TaskQueue/SQL/views/db_health.sql
CALL queue.schema_record_file('queue', 'db_health', '2fc4bd926a57e7e4c8da0013c9349c1346126846e0b760eb0b10656a6934cbbb');

-- The study, and its kinds of task.
\ir Sources/Shared/StudyStore/SQL/study.sql
CALL queue.schema_record_file('trabecula', 'study', 'ed6bb9bbc4706c8531075e170ca7a7536a5083afc7058d315ebbde785635612b');
\ir Sources/Shared/StudyStore/SQL/submission.sql
CALL queue.schema_record_file('trabecula', 'submission', '2ff248a66afc3093f9dc0259530685e8490c940175dec73d5ac06df06e17c205');
\ir Sources/Shared/StudyStore/SQL/features.sql
CALL queue.schema_record_file('trabecula', 'features', 'c536b0eac6a959769e2b9430fc9129a585113fcdfee07e0ccef36155adcda64f');
\ir Sources/Shared/StudyTasks/extract.sql
CALL queue.schema_record_file('trabecula', 'extract', '69ae53967915559b4a31618d904383de3ebf023afdbf11285266df946f50ed00');
\ir Sources/Shared/StudyTasks/bootstrap.sql
CALL queue.schema_record_file('trabecula', 'bootstrap', 'd24c3e2830f6355a8bb290351d0155a8abd32d9ed806a6c86e4ca892eb04e750');
\ir Sources/Shared/StudyTasks/aggregate.sql
CALL queue.schema_record_file('trabecula', 'aggregate', 'fa3bfecb344a39c1e309eebe2d1a14553a0f05c6de0f6485326419641312fd0f');

-- What operators of studies watch, and what they type.
\ir Sources/Shared/StudyStore/SQL/exclude.sql
CALL queue.schema_record_file('trabecula', 'exclude', '9c3e1cfbe7b24a48481cfc975457ba58fa1bca689b14965044c14c22cd99904c');
\ir Sources/Shared/StudyStore/SQL/erase.sql
CALL queue.schema_record_file('trabecula', 'erase', 'b6c84599a1569478cab0326e67a70316dd68d93174b3f4e35221ee45ea99d7b8');
\ir Sources/Shared/StudyStore/SQL/delete.sql
CALL queue.schema_record_file('trabecula', 'delete', '1468058d85497b73dce779c4b6f5391cf8c46a10b66bf63e087844fa0b2caf58');
\ir Sources/Shared/StudyStore/SQL/views/case_overview.sql
CALL queue.schema_record_file('trabecula', 'case_overview', '659ccf3cea809f3c9ab4276dade04de5b7472b4e33e40a9eded0e9fdf6b80d90');
\ir Sources/Shared/StudyStore/SQL/views/provenance.sql
CALL queue.schema_record_file('trabecula', 'provenance', 'd2236e4711e5258944dcdc842f6d16dd15e0afd466e5bc12c79fdb74260ad17b');
\ir Sources/Shared/StudyStore/SQL/views/changed_files.sql
CALL queue.schema_record_file('trabecula', 'changed_files', 'd825003d6b5db8513d65e1525fa15ec118464c352c31554524feb5b1ae2bf92a');
\ir Sources/Shared/StudyStore/SQL/discard.sql
CALL queue.schema_record_file('trabecula', 'discard', '2c697a305a6ea41fc600904f5e6c31a37fe86f976af211d02ee8cf3edfa292a9');
\ir Sources/Shared/StudyStore/SQL/views/failure_detail.sql
CALL queue.schema_record_file('trabecula', 'failure_detail', '452be9fbabe300fdec6a593f23ce1922d8a55c2c9b7e10dc700d8365d574b120');
\ir Sources/Shared/StudyStore/SQL/views/failures.sql
CALL queue.schema_record_file('trabecula', 'failures', 'eded3981af64463b42a95258580b0058e622d7566830da8bfef72c8aa6bf3fc1');
\ir Sources/Shared/StudyStore/SQL/console.sql
CALL queue.schema_record_file('trabecula', 'console', '714ade7b395952e4d2553800ef1f3ad9f675b9251c3ad19252b7b0db29e4f269');
CALL queue.schema_end_code('{queue,trabecula}');

-- Who may do what.
\ir Sources/Shared/TaskQueue/SQL/rights.sql
CALL queue.schema_record_file('queue', 'rights', '1f7988b74f763370535cd6a1dbb1df9822a12ce0b45bc2f56f239cfe8ed52f6e');
\ir Sources/Shared/StudyStore/SQL/rights.sql
CALL queue.schema_record_file('trabecula', 'rights', '72ce9499518c758fda0f11de06c1f4b7d2def23313fa32008a8b91817495bb18');
CALL queue.schema_record_file('queue', 'roles', 'c7ab0b01f249b811dc52707771beda4524a0b9281c6c22b39f2bb8f498571e8a');
CALL queue.schema_record_catalogue('{queue,trabecula}');
COMMIT;

-- What every login could do in this database, as whoever installs. Says what is left for an administrator.
\o
\pset format unaligned
\pset tuples_only on
SELECT format('An administrator should run: %s  Without it %s.', command, reason) FROM queue.settle_database();
