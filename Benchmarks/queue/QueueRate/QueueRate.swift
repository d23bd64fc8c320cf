import ArgumentParser
import DatabaseSchema
import Foundation
import Postgres
import PrivateServer
import TaskQueue

/// Claim and complete tasks a second: the queue with all its guarantees, and its peers, in turn on one server.
@main
struct QueueRate: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "queue-rate",
    abstract: "Measure the queue against a plain table, pgmq's semantics and two Python queues.",
    discussion: """
      Starts a private PostgreSQL with durable settings, the same for all, and prints Markdown tables. Each figure is \
      the median of --repeats measurements, in which the contenders take turns. Read the shares, which are medians of \
      the turns' shares: absolute rates depend on the disk.
      """)

  @Option(help: "Seconds of each measurement.") var seconds = 2
  @Option(help: "Measurements of each figure.") var repeats = 7
  @Option(parsing: .upToNextOption, help: "Clients at a time.") var clients = [1, 4, 16]
  @Option(parsing: .upToNextOption, help: "Tasks in a claim.") var batches = [1, 10, 50]
  @Option(parsing: .upToNextOption, help: "Ended tasks to begin with.") var ended = [
    0, 1_000_000, 10_000_000,
  ]
  @Option(help: "Seconds that a snapshot is held open.") var held = 60
  @Option(help: "Tasks to enqueue.") var enqueue = 1_000_000
  @Option(help: "Cases of the study to submit.") var cases = 126_000
  @Option(help: "Python that has procrastinate and pgqueuer; without it they are left out.") var python:
    String?
  @Option(parsing: .upToNextOption, help: "Parts to run.") var parts = Part.allCases
  @Option(parsing: .upToNextOption, help: "Contenders of the parts \"rates\" and \"held\".")
  var contenders = Contender.allCases

  enum Part: String, CaseIterable, ExpressibleByArgument {
    case rates, peers, ended, held, enqueue, submit
  }

  func run() async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "trabecula-bench-\(UUID().uuidString)")
    let server = try await PrivatePostgres.start(in: folder, lifetime: .withProcess, tuning: .durable)
    let bench = Bench(server: server, seconds: seconds, repeats: repeats)
    for part in parts {
      switch part {
      case .rates: try await rates(bench)
      case .peers: try await peers(bench)
      case .ended: try await endedTasks(bench)
      case .held: try await heldSnapshot(bench)
      case .enqueue: try await enqueueing(bench)
      case .submit: try await submission(bench)
      }
      // Shown at once in a file, too.
      fflush(nil)
    }
    try await server.stop()
    try FileManager.default.removeItem(at: folder)
  }

  private func rates(_ bench: Bench) async throws {
    let first = contenders.first?.rawValue ?? "first contender"
    print(
      "\n| clients | batch | contender | tasks/s | of the \(first) | log bytes a task |\n|---|---|---|---|---|---|"
    )
    for batch in batches {
      for clients in clients {
        let found = try await bench.medians(contenders, clients: clients, batch: batch)
        for contender in contenders {
          guard let figure = found[contender] else { continue }
          print(
            "| \(clients) | \(batch) | \(contender.rawValue) | \(figure.rate.rounded1) | "
              + "\(String(format: "%.2f", figure.share)) | \(figure.logBytes.rounded1) |")
        }
      }
    }
  }

  private func peers(_ bench: Bench) async throws {
    guard let python else { return print("\nPython queues: left out, no --python was given.") }
    print(
      "\n| Python queue | processes | batch | tasks/s | the queue's client, as many and 10 at least | ratio |"
        + "\n|---|---|---|---|---|---|")
    for peer in Bench.PythonQueue.all {
      // procrastinate has no batches; what it is compared with has small ones.
      let batch = max(10, peer.batch)
      let own =
        try await bench.medians([.client], clients: peer.processes, batch: batch)[.client]?.rate ?? .nan
      let rate = try await bench.rate(of: peer, python)
      print(
        "| \(peer.name) | \(peer.processes) | \(peer.batch) | \(rate.rounded1) | \(own.rounded1) | "
          + "\(String(format: "%.1f", own / rate)) |")
    }
  }

  private func endedTasks(_ bench: Bench) async throws {
    print("\n| ended tasks | batch | contender | tasks/s | of the plain table |\n|---|---|---|---|---|")
    for count in ended {
      for batch in [10, 50] {
        let contenders: [Contender] = [.plainTable, .functions, .client]
        let found = try await bench.medians(contenders, clients: 4, batch: batch, ended: count)
        for contender in contenders {
          guard let figure = found[contender] else { continue }
          print(
            "| \(count) | \(batch) | \(contender.rawValue) | \(figure.rate.rounded1) | "
              + "\(String(format: "%.2f", figure.share)) |")
        }
      }
    }
  }

  private func heldSnapshot(_ bench: Bench) async throws {
    print(
      "\n| contender, 4 clients, batch 50 | free | snapshot held \(held) s | ratio | last tenth |\n|---|---|---|---|---|"
    )
    for contender in contenders where [.plainTable, .client].contains(contender) {
      let (free, kept, last) = try await bench.underSnapshot(contender, seconds: held)
      print(
        "| \(contender.rawValue) | \(free.rounded1) | \(kept.rounded1) | \(String(format: "%.2f", kept / free)) | "
          + "\(last.rounded1) |")
    }
  }

  private func enqueueing(_ bench: Bench) async throws {
    let (queue, plain) = try await bench.enqueue(enqueue)
    print(
      """

      | enqueue of \(enqueue) tasks | seconds | tasks/s |
      |---|---|---|
      | the queue (task, live row, counters, ready) | \(String(format: "%.1f", queue)) | \((Double(enqueue) / queue).rounded1) |
      | a plain table, same client and batches | \(String(format: "%.1f", plain)) | \((Double(enqueue) / plain).rounded1) |
      """)
  }
}

extension QueueRate {
  private func submission(_ bench: Bench) async throws {
    let (study, again, plain) = try await bench.submit(cases)
    print(
      """

      | submission of \(cases) cases | seconds | of COPY |
      |---|---|---|
      | the study (subjects, cases, tasks, ready) | \(String(format: "%.1f", study)) | \(String(format: "%.1f", study / plain)) |
      | the same again | \(String(format: "%.1f", again)) | \(String(format: "%.1f", again / plain)) |
      | COPY of the cases and payloads into a plain table | \(String(format: "%.1f", plain)) | 1 |
      """)
  }
}

/// Named on the command line by its case; the raw value is a table's heading.
extension Contender: ExpressibleByArgument {
  init?(argument: String) {
    guard let named = Self.allCases.first(where: { "\($0)" == argument }) else { return nil }
    self = named
  }

  static var allValueStrings: [String] { allCases.map { "\($0)" } }
  var defaultValueDescription: String { "\(self)" }
}

extension Double {
  /// Without decimals.
  var rounded1: String { String(format: "%.0f", self) }
}
