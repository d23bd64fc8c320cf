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
\ir Sources/Shared/TaskQueue/SQL/steps/0002-steering.sql
CALL queue.schema_record_step('queue', 2, 'steering', 'cf778effafae12ba11d9aa6a80600863f75b0929e462b0daf086fae4d5694d77');
\ir Sources/Shared/TaskQueue/SQL/steps/0003-limits.sql
CALL queue.schema_record_step('queue', 3, 'limits', '957b37673253c396083757a85be1c5ce2368727ce1ca80b6cd39e04e72c76d87');
\ir Sources/Shared/TaskQueue/SQL/steps/0004-waiting.sql
CALL queue.schema_record_step('queue', 4, 'waiting', 'f628fef2d8ffa0bfdc70433b79114250341dd879a445c694b4563c412f07050b');
\ir Sources/Shared/TaskQueue/SQL/steps/0005-suspects.sql
CALL queue.schema_record_step('queue', 5, 'suspects', '69506ff84eb20704dd329beb8a3bf7d559f5d44d9731ba3eff0f7bd261f24dce');
\ir Sources/Shared/TaskQueue/SQL/steps/0006-lane-steps.sql
CALL queue.schema_record_step('queue', 6, 'lane-steps', 'e2eda2760763e1a476fea1b1817edcfb7c43807f7c3691acd51a2e964e3421c9');
\ir Sources/Shared/StudyStore/SQL/steps/0001-study.sql
CALL queue.schema_record_step('trabecula', 1, 'study', '9b92d2be9676889874f07f376d9cd1a5c9e39963e0736e8bd514e5222dba0850');

-- The queue.
\ir Sources/Shared/TaskQueue/SQL/guards.sql
CALL queue.schema_record_file('queue', 'guards', '5c60fde441a71cac365b23744f0d2e4dca4fa9faf04f3f9ec7a3d2ffaef919ea');
\ir Sources/Shared/TaskQueue/SQL/protocol.sql
CALL queue.schema_record_file('queue', 'protocol', '7d919a6b1eb243f44ef0f7aec29c0e2e1b88220dc99e49f6bd8f58717e3e05a2');
\ir Sources/Shared/TaskQueue/SQL/sites.sql
CALL queue.schema_record_file('queue', 'sites', '0473cff4c4f27752a25777d5e59cc4fb36eebc217e879e1b599a0cd963bbf5b8');
\ir Sources/Shared/TaskQueue/SQL/sessions.sql
CALL queue.schema_record_file('queue', 'sessions', 'da07cdbfbd64cf98cd141a7ecb3ebc649a990afd585bc2dd7af12dc225e51625');
\ir Sources/Shared/TaskQueue/SQL/database.sql
CALL queue.schema_record_file('queue', 'database', 'd028e90f4d52343ebda32beb7c9c023fb29f56ab670ffaed4c191bd78cb2167d');
\ir Sources/Shared/TaskQueue/SQL/kinds.sql
CALL queue.schema_record_file('queue', 'kinds', '37be90c4069ef9af4584263f04dc0d4f0579959f3d90126686dacce9effde082');
\ir Sources/Shared/TaskQueue/SQL/jobs.sql
CALL queue.schema_record_file('queue', 'jobs', '4da53c5bdf67cf94ffc9479b70fd958c59d9a56ace9338592f1058fbf8dbabcc');
\ir Sources/Shared/TaskQueue/SQL/lanes.sql
CALL queue.schema_record_file('queue', 'lanes', '62b5be4af5d97b4ba47319b07b63105cf75ec9425aadda8ab5eed39c4157662d');
\ir Sources/Shared/TaskQueue/SQL/limits.sql
CALL queue.schema_record_file('queue', 'limits', '8d4740cf2c63988e563841bf3a621fe02c269ef7ab707afdbba581a07ebb0f9c');
\ir Sources/Shared/TaskQueue/SQL/claim.sql
CALL queue.schema_record_file('queue', 'claim', 'c9fcefc0050171702fdb964e6c8cec01a49bf96d0b1c5f175f1d4d67c22d7336');
\ir Sources/Shared/TaskQueue/SQL/complete.sql
CALL queue.schema_record_file('queue', 'complete', 'd1172fd6aa4a1200732de98a770bc3522274ea6ff8f35dbf591b518d3f5ac284');
\ir Sources/Shared/TaskQueue/SQL/fail.sql
CALL queue.schema_record_file('queue', 'fail', '29d29f15d64bae9ab23fb65994501a78768a1395329ced609a04e19ea1f72509');
\ir Sources/Shared/TaskQueue/SQL/snooze.sql
CALL queue.schema_record_file('queue', 'snooze', '4da19b462263f1081ca987d2ca46c06a7229126fcf8f07b4fc3d717d80ee2cba');
\ir Sources/Shared/TaskQueue/SQL/progress.sql
CALL queue.schema_record_file('queue', 'progress', 'dd447032c6fd99939f9b163061c68e51ff18432b7c224857f0917adfc5be1ac5');
\ir Sources/Shared/TaskQueue/SQL/budget.sql
CALL queue.schema_record_file('queue', 'budget', 'c4f17aaf798a108b48595cda81123936a195d5997308e89f446cf81e9d216ff0');
\ir Sources/Shared/TaskQueue/SQL/clock.sql
CALL queue.schema_record_file('queue', 'clock', 'f7d61dcf36697fd5ed3dfeb48e3327a644a8256358cd7bb0b119f6b029b4ffaa');
\ir Sources/Shared/TaskQueue/SQL/lease.sql
CALL queue.schema_record_file('queue', 'lease', '7d914dd6a93839a22b38d0acac5b75a872cf480427f83db17214efca41d65458');
\ir Sources/Shared/TaskQueue/SQL/leader.sql
CALL queue.schema_record_file('queue', 'leader', '463f1401da370dece134cf1fb2bb8d0ad5fd8436910cc50fd231b910637b0bc7');
\ir Sources/Shared/TaskQueue/SQL/history.sql
CALL queue.schema_record_file('queue', 'history', '3e3ee8b9908dae77ab9acb83271336f552c932188b9ab4ab90135073e2bf6364');
\ir Sources/Shared/TaskQueue/SQL/acts.sql
CALL queue.schema_record_file('queue', 'acts', 'ea0b0ad52abbdd90f7c897b3b9d3f3d07079dbccf0046803255a8d57b43e14d8');
\ir Sources/Shared/TaskQueue/SQL/retry.sql
CALL queue.schema_record_file('queue', 'retry', '5e814aa7fa1df680467dd518501f78a12d42d5045c3217bcf0cfc97d0a78b821');
\ir Sources/Shared/TaskQueue/SQL/skip.sql
CALL queue.schema_record_file('queue', 'skip', 'ed498b87d381cada468179e65df57514130941578b9aff9f74703893eadde480');
\ir Sources/Shared/TaskQueue/SQL/filter.sql
CALL queue.schema_record_file('queue', 'filter', '7aff33341f9b23e32e272a363e206a1a608a1a95f250bbbe93697a8058e18fcc');
\ir Sources/Shared/TaskQueue/SQL/retention.sql
CALL queue.schema_record_file('queue', 'retention', '03f658af51d6074be38a12bd786a0624e11fb48d615b6ab2957f692cfc394019');
\ir Sources/Shared/TaskQueue/SQL/backlog.sql
CALL queue.schema_record_file('queue', 'backlog', 'dca6182d8231d2b2cae84dd9f245202f69e4a8dcc9628dabb6cb5a3c44e7cc7a');
\ir Sources/Shared/TaskQueue/SQL/triggers.sql
CALL queue.schema_record_file('queue', 'triggers', '85469b06370278d6c31d11639c9dce442026997e7b6b0879937007e0e0b442c4');

-- What operators of the queue watch.
\ir Sources/Shared/TaskQueue/SQL/views/queue_overview.sql
CALL queue.schema_record_file('queue', 'queue_overview', '1e21984b91085b6d9cee5e2de567544b475992e1d77e358b6124cd844afe0577');
\ir Sources/Shared/TaskQueue/SQL/views/unserved_lane.sql
CALL queue.schema_record_file('queue', 'unserved_lane', '630caffec7d983bccf62bcaeba95b66b974f5e3ee38ecd628741c420883b593b');
\ir Sources/Shared/TaskQueue/SQL/views/job_progress.sql
CALL queue.schema_record_file('queue', 'job_progress', '5a74e4cf4e819dcf5911223ad19840adee16be05a7b6381332d9066ca4d5b589');
\ir Sources/Shared/TaskQueue/SQL/views/worker_overview.sql
CALL queue.schema_record_file('queue', 'worker_overview', '97493e355335b6b031a15d2d9de9ce00f2b781b69239e0f13558c09264be4c74');
\ir Sources/Shared/TaskQueue/SQL/views/site_overview.sql
CALL queue.schema_record_file('queue', 'site_overview', '7d35ec1e69b5bacc80f1bb575e6f47d6100491a097c0076bc861416129fc0e0a');
\ir Sources/Shared/TaskQueue/SQL/views/waiting_overview.sql
CALL queue.schema_record_file('queue', 'waiting_overview', '3112ac3c160f874964bd0476f46e0005e734e2fd7e0f7e54add7891680682079');
\ir Sources/Shared/TaskQueue/SQL/views/running_overview.sql
CALL queue.schema_record_file('queue', 'running_overview', '6d8b0f0ccbcc6528052d4f95187aa2f54b7228e5d18b3164491fa4f4187a69fa');
\ir Sources/Shared/TaskQueue/SQL/views/limit_overview.sql
CALL queue.schema_record_file('queue', 'limit_overview', '472ed2bb0772df1b0a9d5f4be30d717094aca951401525005dddbb239601baea');
\ir Sources/Shared/TaskQueue/SQL/views/limit_holders.sql
CALL queue.schema_record_file('queue', 'limit_holders', '44518e4d2e3777e2cca00a1dcdcdbe59b3abea782ccfeb1a92bd4c5bdbab3e66');
\ir Sources/Shared/TaskQueue/SQL/views/stuck_tasks.sql
CALL queue.schema_record_file('queue', 'stuck_tasks', '02e8919d375e181023500237e3c633c7fc805a3168511739ca374a4f6d8d266c');
\ir Sources/Shared/TaskQueue/SQL/views/failures.sql
CALL queue.schema_record_file('queue', 'failures', 'c921faf61051cdda4aab5df3a5b53f509177bd3bd7456ccb6fee1a3c75852cf3');
\ir Sources/Shared/TaskQueue/SQL/views/dead_letters.sql
CALL queue.schema_record_file('queue', 'dead_letters', 'a1533f25d05a880e5f7e845eee70b17899a6a91270d2f96ed4630efed7e5c8b6');
\ir Sources/Shared/TaskQueue/SQL/views/retention_overview.sql
CALL queue.schema_record_file('queue', 'retention_overview', 'f6dc06e5647a6a16b3340fe25685f3933498ee6efd6b2395b3a503a4fa1670ac');
\ir Sources/Shared/TaskQueue/SQL/views/throughput.sql
CALL queue.schema_record_file('queue', 'throughput', '9bf9063acee80957be2e5facbf07dd996f957e346f0e0de294951c45036ab8b8');
\ir Sources/Shared/TaskQueue/SQL/views/session_overview.sql
CALL queue.schema_record_file('queue', 'session_overview', '674a1818f6533d0df476d62fff3a7bafa7a7879d24fed0d844832e17af17ef1d');
\ir Sources/Shared/TaskQueue/SQL/views/db_health.sql
CALL queue.schema_record_file('queue', 'db_health', '7a15115d8b7b60d0365c1c10c0ecea2c171eab5950a5ff085ec96f6a80603701');
\ir Sources/Shared/TaskQueue/SQL/timeline.sql
CALL queue.schema_record_file('queue', 'timeline', '696e16a8d631e4cbd2e4b786827293a42c3b3ad4844e03fe6d8feb7ebd3ba883');
\ir Sources/Shared/TaskQueue/SQL/metrics.sql
CALL queue.schema_record_file('queue', 'metrics', '2766868f9c1360ecfe9e30f4fd3a9628159bbcd7ebad6f7533b1db8f50a1781c');

-- The study, and its kinds of task.
\ir Sources/Shared/StudyStore/SQL/study.sql
CALL queue.schema_record_file('trabecula', 'study', 'f74bf75b1936777ce7688c907e918a53f339cf55b432c164adb520b4bbeafaab');
\ir Sources/Shared/StudyStore/SQL/submission.sql
CALL queue.schema_record_file('trabecula', 'submission', 'd8b3595c6684832aa0e21687800da423bbeab386fb9ef65ca746819d48733932');
\ir Sources/Shared/StudyStore/SQL/features.sql
CALL queue.schema_record_file('trabecula', 'features', 'c887877cfb0c1c41311ad3cb9fa4e2bcf21234b2121d6f6d31ec6d4c519777c6');
\ir Sources/Shared/StudyStore/SQL/features_query.sql
CALL queue.schema_record_file('trabecula', 'features_query', 'a770c97b9beb7d04106c939b623700fe02c1b12c27b42b0229b60cd0c5153aff');
\ir Sources/Shared/StudyTasks/SQL/extract.sql
CALL queue.schema_record_file('trabecula', 'extract', '042b128db3be810490901da85f09d11a30f9a2b6bd2f0c36a80507070ad1669a');
\ir Sources/Shared/StudyTasks/SQL/bootstrap.sql
CALL queue.schema_record_file('trabecula', 'bootstrap', '31ff6d297b2600801f2bbd22cc122c0f01677721d0a8541ea48bdb0ca5cf09f3');
\ir Sources/Shared/StudyTasks/SQL/aggregate.sql
CALL queue.schema_record_file('trabecula', 'aggregate', '5695c90d0fc42a942cf11e63a3c669da019790c7aef9749cf68246c5ed9fa4d6');

-- What operators of studies watch, and what they type.
\ir Sources/Shared/StudyStore/SQL/exclude.sql
CALL queue.schema_record_file('trabecula', 'exclude', 'fbae5152afa8947b8c8c29d1ff82fca2dece750b46c6f971dbd90ccebc09638b');
\ir Sources/Shared/StudyStore/SQL/exclude_where.sql
CALL queue.schema_record_file('trabecula', 'exclude_where', 'd9a22c97e665a34658bf416f853d124fac4ed9d4a25dad82c071fc8485e25b94');
\ir Sources/Shared/StudyStore/SQL/erase.sql
CALL queue.schema_record_file('trabecula', 'erase', '1a3b346bc9e42537ee69469418bf11225a3b90ad3aab90942fa1b68d25163730');
\ir Sources/Shared/StudyStore/SQL/delete.sql
CALL queue.schema_record_file('trabecula', 'delete', '013c71f0e48810d7a712ecba93a072a1c0641dae93e7758bdce6c40189de48b3');
\ir Sources/Shared/StudyStore/SQL/views/case_overview.sql
CALL queue.schema_record_file('trabecula', 'case_overview', '370a3a7f11982b0f8decb0253b3caed93920449bd35a74b0d07a62bdffa102df');
\ir Sources/Shared/StudyStore/SQL/views/provenance.sql
CALL queue.schema_record_file('trabecula', 'provenance', '1519845649d44e1da7d849f2da5a8dc5a822cce55d536b265a469d8fa50a2ac1');
\ir Sources/Shared/StudyStore/SQL/views/changed_files.sql
CALL queue.schema_record_file('trabecula', 'changed_files', '943ec24e14d5ad8c070c17cb19d5456f660a33487dccb697e42a5b1d1e8c0884');
\ir Sources/Shared/StudyStore/SQL/discard.sql
CALL queue.schema_record_file('trabecula', 'discard', 'd52a24c4febc320e057bb7bf7e961b60d2557bf5e71d6163d98f4c6ec926f9df');
\ir Sources/Shared/StudyStore/SQL/views/failure_detail.sql
CALL queue.schema_record_file('trabecula', 'failure_detail', '6da6e507810c2d4227e8d181862098bb72a2602b5b5bda080bd54c6b8d23e7a5');
\ir Sources/Shared/StudyStore/SQL/views/failures.sql
CALL queue.schema_record_file('trabecula', 'failures', 'eded3981af64463b42a95258580b0058e622d7566830da8bfef72c8aa6bf3fc1');
\ir Sources/Shared/StudyStore/SQL/console.sql
CALL queue.schema_record_file('trabecula', 'console', '1c48a4909a7c87840d49a07c9a9ad5ba5bfb4028e7f2599f7665e8cfb9f6684d');
CALL queue.schema_end_code('{queue,trabecula}');

-- Who may do what.
\ir Sources/Shared/TaskQueue/SQL/rights.sql
CALL queue.schema_record_file('queue', 'rights', '33ab308fa6cbdc21c24c8a2583cda4df57a378708d9e46ea25d9cab481d8fc51');
\ir Sources/Shared/StudyStore/SQL/rights.sql
CALL queue.schema_record_file('trabecula', 'rights', '2b5b0e30e954b17294e15e5ab9e3c32b720507d79d5e4d3cf090cf69b6b01a54');
CALL queue.schema_record_file('queue', 'roles', 'c7ab0b01f249b811dc52707771beda4524a0b9281c6c22b39f2bb8f498571e8a');
CALL queue.schema_record_catalogue('{queue,trabecula}');
COMMIT;

-- What every login could do in this database, as whoever installs. Says what is left for an administrator.
\o
\pset format unaligned
\pset tuples_only on
SELECT format('An administrator should run: %s  Without it %s.', command, reason) FROM queue.settle_database();
