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
CALL queue.schema_record_step('queue', 1, 'queue', 'd3dae7d01f828f6ecfc9e9d0699ffbb115ab313bdf9ea5ebeb868ec40bd2574f');
\ir Sources/Shared/StudyStore/SQL/steps/0001-study.sql
CALL queue.schema_record_step('trabecula', 1, 'study', '5fc06bdd2361e0e97ce3bc0dd36ecc4fcf887aef11ec1df1f352a05ac4a01bc1');

-- The queue.
\ir Sources/Shared/TaskQueue/SQL/guards.sql
CALL queue.schema_record_file('queue', 'guards', '56e7366574430abd54ff29efd668ecb531363248b13c3582da2b50786c571dfc');
\ir Sources/Shared/TaskQueue/SQL/protocol.sql
CALL queue.schema_record_file('queue', 'protocol', '501b34555290a5bcaf75a12019b4fbb16ac8eab09b18257a73411e56dc4c840a');
\ir Sources/Shared/TaskQueue/SQL/sites.sql
CALL queue.schema_record_file('queue', 'sites', 'bf6207a31786fe6d76ea15ed2e2a4e6cbc07c50747abf8acc096fea769ac9c9d');
\ir Sources/Shared/TaskQueue/SQL/sessions.sql
CALL queue.schema_record_file('queue', 'sessions', '88501f90811f83603613559a1a849838f7ab76a136ad399e98bf2e2a3e924e37');
\ir Sources/Shared/TaskQueue/SQL/database.sql
CALL queue.schema_record_file('queue', 'database', '282de1b870e3dfc6ef3e1b755c02e46ee318a7d0b78b0c7d006e3bb00944646d');
\ir Sources/Shared/TaskQueue/SQL/kinds.sql
CALL queue.schema_record_file('queue', 'kinds', '37be90c4069ef9af4584263f04dc0d4f0579959f3d90126686dacce9effde082');
\ir Sources/Shared/TaskQueue/SQL/jobs.sql
CALL queue.schema_record_file('queue', 'jobs', 'dbb7b9f2de77be8b05037d3e4d9f57cbde86647a4abd1a7a9c46334ff439b766');
\ir Sources/Shared/TaskQueue/SQL/lanes.sql
CALL queue.schema_record_file('queue', 'lanes', '33136b282b3af8c52e8181d67e6d04c6d2ba1e55d165d4428e7d41ebed728515');
\ir Sources/Shared/TaskQueue/SQL/claim.sql
CALL queue.schema_record_file('queue', 'claim', '03bc5c1ae0febbcb8d0efe078ef303eac7e6129d6f7acbd3f4d84c68126d7a90');
\ir Sources/Shared/TaskQueue/SQL/complete.sql
CALL queue.schema_record_file('queue', 'complete', 'f92557f49f5399a3b688548fe4589c0b4afec8f293f0db51c97a460cf7cfa19d');
\ir Sources/Shared/TaskQueue/SQL/fail.sql
CALL queue.schema_record_file('queue', 'fail', 'ad4c9b0f9a35f3822011c4aab90faa0ca2b3192ee34c403c5967aa456e9c0421');
\ir Sources/Shared/TaskQueue/SQL/lease.sql
CALL queue.schema_record_file('queue', 'lease', 'ec6deba8ef1eb33fe0cb97ebe0c8542edd6c3655681a36f5d72466e0255baf4d');
\ir Sources/Shared/TaskQueue/SQL/leader.sql
CALL queue.schema_record_file('queue', 'leader', 'a88591e4615f2086dc016d9f79c04bcb8848b0b4fec855e6b9672b7fcc019283');
\ir Sources/Shared/TaskQueue/SQL/history.sql
CALL queue.schema_record_file('queue', 'history', '3e3ee8b9908dae77ab9acb83271336f552c932188b9ab4ab90135073e2bf6364');
\ir Sources/Shared/TaskQueue/SQL/acts.sql
CALL queue.schema_record_file('queue', 'acts', 'fa4e7e6033e6c2555b55b1a90f42451235fb56c82da114451d71e91274cfe9c8');
\ir Sources/Shared/TaskQueue/SQL/retry.sql
CALL queue.schema_record_file('queue', 'retry', '315912b7b9009786d1b4881e2df55519ce73c5d70354b7459c49221170d1aad1');
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
\ir Sources/Shared/TaskQueue/SQL/views/session_overview.sql
CALL queue.schema_record_file('queue', 'session_overview', '674a1818f6533d0df476d62fff3a7bafa7a7879d24fed0d844832e17af17ef1d');
\ir Sources/Shared/TaskQueue/SQL/views/db_health.sql
CALL queue.schema_record_file('queue', 'db_health', 'ef587eb2eb92745d3f8fb74090bacb61de8263c74fc6bca84c391ae90acb537e');

-- The study, and its kinds of task.
\ir Sources/Shared/StudyStore/SQL/study.sql
CALL queue.schema_record_file('trabecula', 'study', 'ed6bb9bbc4706c8531075e170ca7a7536a5083afc7058d315ebbde785635612b');
\ir Sources/Shared/StudyStore/SQL/submission.sql
CALL queue.schema_record_file('trabecula', 'submission', '42c1519569de48edd31bac0ec7fa09489b28d6a60b7385645b8841f9e9d3637c');
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
CALL queue.schema_record_file('trabecula', 'console', 'faeaf9d0dbbfcfb8fe250964c7ff1e61193513974d3aaa36f40275a1ae2af251');
CALL queue.schema_end_code('{queue,trabecula}');

-- Who may do what.
\ir Sources/Shared/TaskQueue/SQL/rights.sql
CALL queue.schema_record_file('queue', 'rights', '73d19552be158feab833d91af95b795825d94352e1ad217187e54ea51b185f51');
\ir Sources/Shared/StudyStore/SQL/rights.sql
CALL queue.schema_record_file('trabecula', 'rights', '744740e0cbf0ab1b2243b250e6a4a0ca77cb943cf9070dff146cb4eb17d4fc04');
CALL queue.schema_record_file('queue', 'roles', 'c7ab0b01f249b811dc52707771beda4524a0b9281c6c22b39f2bb8f498571e8a');
CALL queue.schema_record_catalogue('{queue,trabecula}');
COMMIT;

-- What every login could do in this database, as whoever installs.
SELECT queue.settle_database();
