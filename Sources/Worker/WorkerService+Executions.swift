import CommandSupport
import Logging
import Postgres
import StudyPlan
import StudyTasks
import TaskQueue
import WorkerCore

extension WorkerService {
  func execute(_ task: ClaimedTask) async {
    let worker = plan.worker
    do {
      do {
        let verdict = try await runner.run(task, as: worker) { [announce] seconds in
          announce.yield(.computed(task, seconds: seconds))
        }
        logger.info("task \(task.id) \(task.kind): \(verdict.rawValue)")
      } catch let error as WeightsUnavailable {
        try await decline(task, error)
      }
    } catch is ComputeSlots.TurnedAway {
      await handBack(task, from: worker)
    } catch  where error.isCancellation {
      logger.info("task \(task.id) \(task.kind): dropped, its claim was taken back")
    } catch {
      await recordTrouble(error, with: task, of: worker)
    }
    announce.yield(.ended(task))
  }

  /// What went wrong around a task counts as a failed attempt, so that it is tried again, and known in the end.
  private func recordTrouble(_ error: any Error, with task: ClaimedTask, of worker: Int64) async {
    logger.error("task \(task.id) \(task.kind): its end could not be recorded: \(error)")
    do {
      let verdict = try await link.call {
        try await TaskQueue($0).fail(task, because: TaskFailure(around: error), by: worker)
      }
      logger.info("task \(task.id) \(task.kind): \(verdict.rawValue)")
    } catch {
      logger.error("task \(task.id) \(task.kind): the failed attempt could not be recorded: \(error)")
      await handBack(task, from: worker)
    }
  }

  private func handBack(_ task: ClaimedTask, from worker: Int64) async {
    do {
      try await link.call { _ = try await TaskQueue($0).release([task], by: worker) }
      logger.info("task \(task.id) \(task.kind): handed back")
    } catch  where error.isCancellation {
      logger.info("task \(task.id) \(task.kind): goes back with the worker's lease")
    } catch {
      logger.error("task \(task.id) \(task.kind): could not be handed back: \(error)")
      announce.yield(.cannotHandBack)
    }
  }

  /// The grace is over: whatever still runs is left, and goes back when the worker says goodbye.
  func abandon() async {
    for execution in executions.values { execution.cancel() }
    for execution in executions.values { await execution.value }
    executions = [:]
  }
}

extension Error {
  /// Whether the caller was cancelled, as Swift or as the database says it.
  fileprivate var isCancellation: Bool {
    self is CancellationError || (self as? PostgresError)?.code == .cancelled
  }
}
