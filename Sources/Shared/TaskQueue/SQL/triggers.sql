-- Triggers. In a file of their own, because making one waits for whoever uses its table.

CREATE OR REPLACE TRIGGER audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON queue.audit
  FOR EACH STATEMENT EXECUTE FUNCTION queue.refuse_change();
COMMENT ON TRIGGER audit_is_append_only ON queue.audit IS 'Holds for the owner as well.';

CREATE OR REPLACE TRIGGER priority_changed AFTER UPDATE OF priority ON queue.live_task
  FOR EACH STATEMENT EXECUTE FUNCTION queue.reread_lanes();
COMMENT ON TRIGGER priority_changed ON queue.live_task IS
  'Costs claims nothing, because they name other columns. State has no such trigger: whoever makes tasks ready calls '
  'make_ready or lanes_lowered.';

CREATE OR REPLACE TRIGGER running_means_claimed_and_delayed_means_due BEFORE UPDATE ON queue.live_task
  FOR EACH ROW WHEN ((NEW.state = 'running')
      <> (NEW.worker_id IS NOT NULL AND NEW.fence IS NOT NULL AND NEW.claimed_at IS NOT NULL)
    OR (NEW.state = 'delayed') <> (NEW.due_at IS NOT NULL))
  EXECUTE FUNCTION queue.refuse_half_a_state();
COMMENT ON TRIGGER running_means_claimed_and_delayed_means_due ON queue.live_task IS
  'No CHECK, which PostgreSQL would read anew for every claim. Claims and plans insert rows, all of a row in one statement; '
  'whatever else becomes of a task is an UPDATE.';
