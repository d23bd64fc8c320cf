/// Every claim that was committed, as the harness itself sees it: the history names only those that ended a task.
enum ClaimLog {
  /// Added by the harness to its own database.
  static let trigger = """
    CREATE TABLE public.seen_claim (task_id bigint, site_id int, worker_id bigint);
    CREATE FUNCTION public.log_claim() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN
        INSERT INTO public.seen_claim VALUES (NEW.task_id, NEW.site_id, NEW.worker_id);
        RETURN NULL;
      END $$;
    CREATE TRIGGER log_claim AFTER INSERT OR UPDATE ON queue.live_task FOR EACH ROW
      WHEN (NEW.state = 'running') EXECUTE FUNCTION public.log_claim();
    """

  /// What a study must hold, as in `StudyAccounts`.
  static func rules(_ grants: SiteGrants) -> [(rule: String, counts: String)] {
    let general = [
      (
        "claims by a login that was not granted the task's site",
        "FROM public.seen_claim t JOIN queue.worker w USING (worker_id) WHERE \(isForeign)"
      ),
      (
        "tasks that ended without a claim that was seen",
        """
        FROM queue.task_history h WHERE NOT EXISTS (SELECT FROM public.seen_claim c
          WHERE c.task_id = h.task_id AND c.worker_id = h.worker_id)
        """
      ),
    ]
    let alone = (
      "claims of a site's tasks by a login of all sites, which was to leave them alone",
      """
      FROM public.seen_claim t JOIN queue.worker w USING (worker_id) WHERE t.site_id <> 0 AND EXISTS (
        SELECT FROM queue.site_login g WHERE g.login = w.login AND g.site_id IS NULL)
      """
    )
    return general + (grants == .oneSiteAlone ? [alone] : [])
  }

  /// Of a task `t` and a worker `w`: whether its login was granted neither the task's site nor all. The number of no
  /// site is 0, which is nobody's site.
  static let isForeign = """
    NOT EXISTS (SELECT FROM queue.site_login g
      WHERE g.login = w.login AND (g.site_id IS NULL OR g.site_id = t.site_id))
    """
}
