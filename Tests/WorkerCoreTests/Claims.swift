import TaskQueue

extension ClaimedTask {
  /// A claim for tests; its fence is that of the tenth claim of the task unless it is named.
  static func claim(
    _ id: Int64, fence: Int64? = nil, job: Int64 = 1, kind: String = "extract", crashes: Int = 0
  ) -> ClaimedTask {
    ClaimedTask(
      id: id, fence: fence ?? id * 10, job: job, kind: kind, payload: "{}", failures: 0, crashes: crashes)
  }
}
