import Dispatch

/// Runs an actor on a serial queue of its own, whose thread may block without holding up the shared pool.
final class ConnectionExecutor: SerialExecutor {
  let queue = DispatchQueue(label: "trabecula.postgres.connection")

  func enqueue(_ job: consuming ExecutorJob) {
    let unowned = UnownedJob(job)
    queue.async { unsafe unowned.runSynchronously(on: self.asUnownedSerialExecutor()) }
  }

  func checkIsolated() {
    dispatchPrecondition(condition: .onQueue(queue))
  }
}
