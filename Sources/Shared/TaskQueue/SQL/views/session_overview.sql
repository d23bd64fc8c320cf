CREATE OR REPLACE VIEW queue.session_overview WITH (security_invoker = true) AS
  SELECT pid, login, program, state, date_trunc('second', in_transaction) AS in_transaction,
      date_trunc('second', in_state) AS in_state, keeps_snapshot, waits_for
    FROM queue.sessions() ORDER BY in_transaction DESC NULLS LAST;
COMMENT ON VIEW queue.session_overview IS
  'Sessions of this database, those in the longest transaction first, without what they execute: of all logins for those with '
  'all sites, else of the login itself and of those that serve its sites only. waits_for: sessions that it waits for.';
