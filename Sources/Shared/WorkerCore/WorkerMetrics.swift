import MetricFamilies
import Synchronization
import TaskQueue

/// What a worker process counts of its own work; written by the work, read by whoever watches.
package final class WorkerMetrics: Sendable {
  /// How one claim went on.
  fileprivate struct Claim {
    let kind: String
    let claimedAt: ContinuousClock.Instant
    var begunAt: ContinuousClock.Instant?
    var computedAt: ContinuousClock.Instant?
  }

  fileprivate struct Ending: Hashable {
    let kind: String
    let verdict: String
  }

  fileprivate struct State {
    var claims: [Int64: Claim] = [:]
    var claimed: [String: Int] = [:]
    var endings: [Ending: Int] = [:]
    var waits: [String: LatencyHistogram] = [:]
    var computations: [String: LatencyHistogram] = [:]
    var recordings: [String: LatencyHistogram] = [:]
    var heardAt: ContinuousClock.Instant?
  }

  private let state = Mutex(State())

  package init() {}

  func claimed(_ tasks: [ClaimedTask], at now: ContinuousClock.Instant) {
    state.withLock { state in
      for task in tasks {
        state.claims[task.fence] = Claim(kind: task.kind, claimedAt: now)
        state.claimed[task.kind, default: 0] += 1
      }
    }
  }

  func began(_ task: ClaimedTask, at now: ContinuousClock.Instant) {
    state.withLock { state in
      guard let claim = state.claims[task.fence] else { return }
      state.claims[task.fence]?.begunAt = now
      state.waits[task.kind, default: .init()].observe((now - claim.claimedAt) / .seconds(1))
    }
  }

  func computed(_ task: ClaimedTask, seconds: Double, at now: ContinuousClock.Instant) {
    state.withLock { state in
      state.claims[task.fence]?.computedAt = now
      state.computations[task.kind, default: .init()].observe(seconds)
    }
  }

  /// - Parameter verdict: the queue's, or `handed-back`, `dropped`, `not-recorded`.
  func ended(_ task: ClaimedTask, _ verdict: String, at now: ContinuousClock.Instant) {
    state.withLock { state in
      state.endings[Ending(kind: task.kind, verdict: verdict), default: 0] += 1
      guard let since = state.claims.removeValue(forKey: task.fence)?.computedAt else { return }
      state.recordings[task.kind, default: .init()].observe((now - since) / .seconds(1))
    }
  }

  /// The database answered a sign of life.
  func heard(at now: ContinuousClock.Instant) { state.withLock { $0.heardAt = now } }
}

// MARK: Families

extension WorkerMetrics {
  /// All families of a worker, in text; each also where nothing was counted yet.
  package func exposition(of status: WorkerStatus, at now: ContinuousClock.Instant) -> Exposition {
    let state = state.withLock { $0 }
    var exposition = Exposition()
    Self.add(status, to: &exposition)
    exposition.add(
      MetricFamily(
        "trabecula_worker_heard_seconds", .gauge, "Time since the database last answered a sign of life."),
      state.heardAt.map { [MetricSample("trabecula_worker_heard_seconds", [], (now - $0) / .seconds(1))] }
        ?? [])
    exposition.add(
      MetricFamily(
        "trabecula_worker_tasks", .gauge, "Tasks that this worker holds: waiting, computing, recording."),
      state.held)
    exposition.add(
      MetricFamily("trabecula_worker_claims_total", .counter, "Tasks that this worker claimed, by kind."),
      state.claimed.sorted { $0.key < $1.key }.map {
        MetricSample("trabecula_worker_claims_total", [.init("kind", $0.key)], Double($0.value))
      })
    exposition.add(
      MetricFamily(
        "trabecula_worker_attempts_total", .counter,
        "Claims that came to an end, by kind and verdict: ok, already, stale, retry, failed, snoozed, handed-back, dropped, not-recorded."
      ),
      state.verdicts)
    for (name, help, histograms) in state.histograms {
      exposition.add(
        MetricFamily(name, .histogram, help),
        histograms.sorted { $0.key < $1.key }.flatMap { $0.value.samples(of: name, [.init("kind", $0.key)]) })
    }
    return exposition
  }

  private static func add(_ status: WorkerStatus, to exposition: inout Exposition) {
    let gauges: [(name: String, help: String, value: Double)] = [
      ("connected", "1 where there is a connection to the database.", status.isConnected ? 1 : 0),
      ("claiming", "1 where it claims tasks; 0 once it was told to stop.", status.isClaiming ? 1 : 0),
      ("slots", "Tasks that it computes at a time.", Double(status.slots)),
      ("needs_offered", "Needs of tasks that it offers.", Double(status.offers.count)),
    ]
    for gauge in gauges {
      let name = "trabecula_worker_\(gauge.name)"
      exposition.add(MetricFamily(name, .gauge, gauge.help), [MetricSample(name, [], gauge.value)])
    }
    let name = "trabecula_worker_connections_total"
    exposition.add(
      MetricFamily(name, .counter, "Connections to the database that it opened."),
      [MetricSample(name, [], Double(status.connections))])
  }
}

extension WorkerMetrics.State {
  fileprivate var held: [MetricSample] {
    let computing = claims.values.count { $0.begunAt != nil && $0.computedAt == nil }
    let recording = claims.values.count { $0.computedAt != nil }
    return [
      ("waiting", claims.count - computing - recording), ("computing", computing), ("recording", recording),
    ].map { MetricSample("trabecula_worker_tasks", [.init("state", $0.0)], Double($0.1)) }
  }

  fileprivate var verdicts: [MetricSample] {
    endings.sorted { ($0.key.kind, $0.key.verdict) < ($1.key.kind, $1.key.verdict) }.map {
      MetricSample(
        "trabecula_worker_attempts_total", [.init("kind", $0.key.kind), .init("verdict", $0.key.verdict)],
        Double($0.value))
    }
  }

  fileprivate var histograms: [(String, String, [String: LatencyHistogram])] {
    [
      ("trabecula_worker_wait_seconds", "Time from claim to slot.", waits),
      ("trabecula_worker_task_seconds", "Time that a task takes its slot.", computations),
      (
        "trabecula_worker_record_seconds", "Time from the end of a computation until the queue has it.",
        recordings
      ),
    ]
  }
}
