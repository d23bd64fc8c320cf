import TaskQueue

extension ClaimedTask {
  /// A claim for tests; its fence is that of the tenth claim of the task unless it is named.
  static func claim(_ id: Int64, fence: Int64? = nil, kind: String = "extract", crashes: Int = 0)
    -> ClaimedTask
  {
    ClaimedTask(
      id: id, fence: fence ?? id * 10, job: 1, kind: kind, payload: "{}", failures: 0, crashes: crashes)
  }
}
