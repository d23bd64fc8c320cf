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
CALL queue.schema_record_step('trabecula', 1, 'study', 'f11d11c1e81164300007c0a116a673ddc1a0e471075bad62cb7441f7615db7ae');

-- The queue.
\ir Sources/Shared/TaskQueue/SQL/guards.sql
CALL queue.schema_record_file('queue', 'guards', '5c60fde441a71cac365b23744f0d2e4dca4fa9faf04f3f9ec7a3d2ffaef919ea');
\ir Sources/Shared/TaskQueue/SQL/protocol.sql
CALL queue.schema_record_file('queue', 'protocol', '501b34555290a5bcaf75a12019b4fbb16ac8eab09b18257a73411e56dc4c840a');
\ir Sources/Shared/TaskQueue/SQL/sites.sql
CALL queue.schema_record_file('queue', 'sites', '0473cff4c4f27752a25777d5e59cc4fb36eebc217e879e1b599a0cd963bbf5b8');
\ir Sources/Shared/TaskQueue/SQL/sessions.sql
CALL queue.schema_record_file('queue', 'sessions', 'b2125af81bfadc175411edf619ea430929666dac40003c048749d5ba01957e1d');
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
CALL queue.schema_record_file('queue', 'complete', '57394cb736dc91cb35ce5b0ab516e42d80236fb6e5174ba7f985aefdca87a5ad');
\ir Sources/Shared/TaskQueue/SQL/fail.sql
CALL queue.schema_record_file('queue', 'fail', '1d7cbf718d304ad864d85b905bb7dc0835cc3dfbd41f7a76ecd989a19def9f91');
\ir Sources/Shared/TaskQueue/SQL/budget.sql
CALL queue.schema_record_file('queue', 'budget', '176182e9f43c3cfed78e618964e6e5b6f22d2f8321dd855ba68a401cd6801953');
\ir Sources/Shared/TaskQueue/SQL/clock.sql
CALL queue.schema_record_file('queue', 'clock', '708e60b9a5bdfdd333d4c8128697231fd7282c274d9d3aaae24882e843d06fc5');
\ir Sources/Shared/TaskQueue/SQL/lease.sql
CALL queue.schema_record_file('queue', 'lease', 'abb960bbf031e66d601eb887e588687fafa1b9169f31ad062f6d27f2671a72db');
\ir Sources/Shared/TaskQueue/SQL/leader.sql
CALL queue.schema_record_file('queue', 'leader', '5504270cc088cd26c6fa81d08e164a37bc9c0d782a04b247ecde71ce872ed409');
\ir Sources/Shared/TaskQueue/SQL/history.sql
CALL queue.schema_record_file('queue', 'history', '3e3ee8b9908dae77ab9acb83271336f552c932188b9ab4ab90135073e2bf6364');
\ir Sources/Shared/TaskQueue/SQL/acts.sql
CALL queue.schema_record_file('queue', 'acts', '78f206b8c21d59d30a32fa934c98603563dd3229f96a1d400baa7cda2b9ff22f');
\ir Sources/Shared/TaskQueue/SQL/retry.sql
CALL queue.schema_record_file('queue', 'retry', 'daba3fcb6b14e4adc5f433e722864079520c266dd77c825a065ac3e247330f99');
\ir Sources/Shared/TaskQueue/SQL/skip.sql
CALL queue.schema_record_file('queue', 'skip', 'ed498b87d381cada468179e65df57514130941578b9aff9f74703893eadde480');
\ir Sources/Shared/TaskQueue/SQL/retention.sql
CALL queue.schema_record_file('queue', 'retention', 'da9081e5294d255081bfcb3b10fdd1e7d8703ffb6dbba2f44d6ef882c876a20d');
\ir Sources/Shared/TaskQueue/SQL/backlog.sql
CALL queue.schema_record_file('queue', 'backlog', 'dca6182d8231d2b2cae84dd9f245202f69e4a8dcc9628dabb6cb5a3c44e7cc7a');
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
CALL queue.schema_record_file('queue', 'stuck_tasks', 'd20b1a5d83fbdcbc2ffa91d36efb8b45c21efd4b440404e38578085947887a2f');
\ir Sources/Shared/TaskQueue/SQL/views/failures.sql
CALL queue.schema_record_file('queue', 'failures', 'c921faf61051cdda4aab5df3a5b53f509177bd3bd7456ccb6fee1a3c75852cf3');
\ir Sources/Shared/TaskQueue/SQL/views/throughput.sql
CALL queue.schema_record_file('queue', 'throughput', '9bf9063acee80957be2e5facbf07dd996f957e346f0e0de294951c45036ab8b8');
\ir Sources/Shared/TaskQueue/SQL/views/session_overview.sql
CALL queue.schema_record_file('queue', 'session_overview', '674a1818f6533d0df476d62fff3a7bafa7a7879d24fed0d844832e17af17ef1d');
\ir Sources/Shared/TaskQueue/SQL/views/db_health.sql
CALL queue.schema_record_file('queue', 'db_health', '7a15115d8b7b60d0365c1c10c0ecea2c171eab5950a5ff085ec96f6a80603701');
\ir Sources/Shared/TaskQueue/SQL/views/task_timeline.sql
CALL queue.schema_record_file('queue', 'task_timeline', '66e9179eb3ee70d943783cca7f916cfe220ecf869e650ff21b832b344b2c0f25');
\ir Sources/Shared/TaskQueue/SQL/metrics.sql
CALL queue.schema_record_file('queue', 'metrics', 'a287dcc32286eeee1d872e9cea3c8647313202fed07e4c3dee0682a01b0c69fb');

-- The study, and its kinds of task.
\ir Sources/Shared/StudyStore/SQL/study.sql
CALL queue.schema_record_file('trabecula', 'study', '4d29929028027638eade265d4f09ae33e678e116ca365e1228c1ae389dab2493');
\ir Sources/Shared/StudyStore/SQL/submission.sql
CALL queue.schema_record_file('trabecula', 'submission', '9187e81fecafea7b5d87e72bfb2939e4d304eca3e242d7580d3023794819551b');
\ir Sources/Shared/StudyStore/SQL/features.sql
CALL queue.schema_record_file('trabecula', 'features', '73db1a964f27bf09de4831f3da9573011683944a97c97a10c3d6e8ff9d7d5182');
\ir Sources/Shared/StudyTasks/SQL/extract.sql
CALL queue.schema_record_file('trabecula', 'extract', '4e891e2615d37c6cbeb108c3c6c604ee5b9b9265a7f26f3c6acd1b2bca44d144');
\ir Sources/Shared/StudyTasks/SQL/bootstrap.sql
CALL queue.schema_record_file('trabecula', 'bootstrap', '31ff6d297b2600801f2bbd22cc122c0f01677721d0a8541ea48bdb0ca5cf09f3');
\ir Sources/Shared/StudyTasks/SQL/aggregate.sql
CALL queue.schema_record_file('trabecula', 'aggregate', '1cd4e2a67e4f14394767f89830eadc75ae505edb5f82f8dd70a9d4a7f95f61fd');

-- What operators of studies watch, and what they type.
\ir Sources/Shared/StudyStore/SQL/exclude.sql
CALL queue.schema_record_file('trabecula', 'exclude', 'c24f9ee3ceb9475286b05733bb3618be9c73827465dcc50f76e0016f44d1995d');
\ir Sources/Shared/StudyStore/SQL/erase.sql
CALL queue.schema_record_file('trabecula', 'erase', '1d4d3b40f1a408a85d549cf6ba6c0a914d51e8cad0bbb84e2cdff377d5f71457');
\ir Sources/Shared/StudyStore/SQL/delete.sql
CALL queue.schema_record_file('trabecula', 'delete', 'f8bd5ce3e367f3af44e7123b20cc9889603d112fc2f5ffb4d1ac2f9df7f9e16b');
\ir Sources/Shared/StudyStore/SQL/views/case_overview.sql
CALL queue.schema_record_file('trabecula', 'case_overview', '659ccf3cea809f3c9ab4276dade04de5b7472b4e33e40a9eded0e9fdf6b80d90');
\ir Sources/Shared/StudyStore/SQL/views/provenance.sql
CALL queue.schema_record_file('trabecula', 'provenance', 'd2236e4711e5258944dcdc842f6d16dd15e0afd466e5bc12c79fdb74260ad17b');
\ir Sources/Shared/StudyStore/SQL/views/changed_files.sql
CALL queue.schema_record_file('trabecula', 'changed_files', '35f4c38f1784c4380c45afe2c8adf1f7d2bac668bc6f6a67cba97e1e4cafcf83');
\ir Sources/Shared/StudyStore/SQL/discard.sql
CALL queue.schema_record_file('trabecula', 'discard', 'd2fa02881621f79687f8c109bcb9fe9330569e2299fb0492a7dd903b45b6e938');
\ir Sources/Shared/StudyStore/SQL/views/failure_detail.sql
CALL queue.schema_record_file('trabecula', 'failure_detail', '452be9fbabe300fdec6a593f23ce1922d8a55c2c9b7e10dc700d8365d574b120');
\ir Sources/Shared/StudyStore/SQL/views/failures.sql
CALL queue.schema_record_file('trabecula', 'failures', 'eded3981af64463b42a95258580b0058e622d7566830da8bfef72c8aa6bf3fc1');
\ir Sources/Shared/StudyStore/SQL/console.sql
CALL queue.schema_record_file('trabecula', 'console', 'e15ec13b6d73fb0594a2218ec08800eefb8ed7aaadb51b2ab377ec4794ff0945');
CALL queue.schema_end_code('{queue,trabecula}');

-- Who may do what.
\ir Sources/Shared/TaskQueue/SQL/rights.sql
CALL queue.schema_record_file('queue', 'rights', 'd2c120ce35b591efe37f5806535a59d94c47b58d4f590c3fd56b4fe7f0ac2357');
\ir Sources/Shared/StudyStore/SQL/rights.sql
CALL queue.schema_record_file('trabecula', 'rights', '50a074a82c08b9c771a4ef0321b705187d620fba2640bbca47c25ca31a86c392');
CALL queue.schema_record_file('queue', 'roles', 'c7ab0b01f249b811dc52707771beda4524a0b9281c6c22b39f2bb8f498571e8a');
CALL queue.schema_record_catalogue('{queue,trabecula}');
COMMIT;

-- What every login could do in this database, as whoever installs. Says what is left for an administrator.
\o
\pset format unaligned
\pset tuples_only on
SELECT format('An administrator should run: %s  Without it %s.', command, reason) FROM queue.settle_database();
