import TaskQueue

/// What a heartbeat asks. Kept with the answer, because time passes between the two: by then a task may have ended
/// and been claimed anew, and the answer says nothing about that claim.
package struct HeartbeatQuestion: Equatable, Sendable {
  package let worker: Int64
  /// Fences of the tasks that it names.
  fileprivate let claims: [Int64: Int64]

  package var running: [Int64] { claims.keys.sorted() }
}

/// What a worker does when it has heard the answer.
package struct HeartbeatOrder: Equatable, Sendable {
  package enum Then: Equatable, Sendable {
    case goOn
    /// Finish what is held, claim nothing more.
    case stop
    /// It was declared lost and its tasks went back: it needs a new number.
    case registerAnew
  }

  /// Fences of the claims that are no longer its own and are still computed, which is in vain. What is computed needs no
  /// order: the database's verdict says what became of it, most often that it had ended although the answer was lost.
  package let dropped: [Int64]
  package let then: Then

  package init(dropped: [Int64] = [], then: Then = .goOn) {
    self.dropped = dropped
    self.then = then
  }
}

extension WorkerPlan {
  /// A worker that holds nothing gives its signs of life when it looks for work.
  /// - Returns: nil where no heartbeat is due.
  package var heartbeat: HeartbeatQuestion? { ledger.isEmpty ? nil : question }

  /// As a look for work asks it, which names no task.
  package var signOfLife: HeartbeatQuestion { HeartbeatQuestion(worker: worker, claims: [:]) }

  private var question: HeartbeatQuestion {
    HeartbeatQuestion(worker: worker, claims: ledger.running.mapValues(\.fence))
  }

  /// An answer to a worker that this process no longer is means nothing.
  package func order(after answer: HeartbeatAnswer, to question: HeartbeatQuestion) -> HeartbeatOrder {
    guard question.worker == worker else { return HeartbeatOrder() }
    switch answer.state {
    case .active: return HeartbeatOrder(dropped: dropped(answer, question))
    case .draining, .stopped: return HeartbeatOrder(dropped: dropped(answer, question), then: .stop)
    case .lost:
      let held = ledger.running.values.map(\.fence).sorted()
      return HeartbeatOrder(dropped: held.filter { !computed.contains($0) }, then: .registerAnew)
    }
  }

  private func dropped(_ answer: HeartbeatAnswer, _ question: HeartbeatQuestion) -> [Int64] {
    answer.takenBack.compactMap { question.claims[$0] }.filter { claim in
      ledger.running.values.contains { $0.fence == claim } && !computed.contains(claim)
    }
  }
}
