import Synchronization
import TaskQueue

/// How far running tasks are, as they said last, until a heartbeat tells the database.
final class ProgressBoard: Sendable {
  private struct Note {
    var task: Int64
    var percent: Double
    var isNews = true
  }

  /// By fence, because a task may be claimed anew while an execution that was cancelled has not ended.
  private let notes = Mutex<[Int64: Note]>([:])

  /// Keeps the last word; one that is no number is none.
  func note(_ percent: Double, of task: ClaimedTask) {
    guard percent.isFinite else { return }
    let bounded = min(max(percent, 0), 100)
    notes.withLock { notes in
      guard notes[task.fence]?.percent != bounded else { return }
      notes[task.fence] = Note(task: task.id, percent: bounded)
    }
  }

  /// The task has ended.
  func forget(_ task: ClaimedTask) { notes.withLock { $0[task.fence] = nil } }

  /// What was said since the last call.
  func takeNews() -> [(task: Int64, fence: Int64, percent: Double)] {
    notes.withLock { notes in
      let news = notes.filter(\.value.isNews)
      for fence in news.keys { notes[fence]?.isNews = false }
      return news.map { (task: $0.value.task, fence: $0.key, percent: $0.value.percent) }
        .sorted { $0.task < $1.task }
    }
  }
}
