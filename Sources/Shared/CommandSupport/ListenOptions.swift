import ArgumentParser
import Foundation
import Logging
import MetricFamilies
import StatusServer

#if canImport(Glibc)
  import Glibc
#endif

/// Where a program that runs on its own answers those who watch it.
package struct ListenOptions: ParsableArguments, Sendable {
  @Option(
    name: .customLong("listen"),
    help: ArgumentHelp(
      "Answer /metrics, /health and /ready at HOST:PORT or unix:PATH.",
      discussion:
        "HOST is an address or localhost. Nobody signs in, so nothing of a person is told: numbers, sites, kinds of task, "
        + "machines. /metrics is Prometheus text; /ready and /health answer 200 or 503."))
  package var address: ListenAddress?

  package init() {}

  /// What answers, where that was asked for; it has its address from now on.
  /// - Parameter site: what people sign in to.
  /// - Throws: `CommandFailure` with exit code 69 where the address cannot be had.
  package func server(
    _ watched: Watched, site: (any SignedInSite)? = nil, logger: Logger
  ) throws -> [StatusServer] {
    guard let address else { return [] }
    do throws(ListenError) {
      return [try StatusServer(on: address, pages: watched.pages, site: site, logger: logger)]
    } catch {
      throw CommandFailure(ExitStatus.somethingMissing, error.description)
    }
  }
}

extension ListenAddress: ExpressibleByArgument {
  package init?(argument: String) { self.init(argument) }
}

/// What a program tells those who watch it.
package struct Watched: Sendable {
  private let program: String
  private let version: String
  private let startedAt = Date()
  private let metrics: @Sendable () async -> Exposition
  private let isAlive: @Sendable () async -> Void
  private let readiness: @Sendable () async -> StatusAnswer

  /// - Parameters:
  ///   - metrics: what it counts.
  ///   - isAlive: returns as soon as its event loop has had a turn.
  ///   - readiness: whether it can do its work.
  package init(
    program: String, version: String, metrics: @escaping @Sendable () async -> Exposition,
    isAlive: @escaping @Sendable () async -> Void, readiness: @escaping @Sendable () async -> StatusAnswer
  ) {
    self.program = program
    self.version = version
    self.metrics = metrics
    self.isAlive = isAlive
    self.readiness = readiness
  }

  package var pages: StatusServer.Pages {
    [
      "/metrics": {
        var exposition = about
        exposition.add(await metrics())
        return StatusAnswer(200, exposition.text, contentType: Exposition.contentType)
      },
      "/health": { await health() }, "/ready": { await readiness() },
    ]
  }

  /// How long an event loop that lives takes to have a turn.
  private static let longestTurn = Duration.seconds(2)

  private func health() async -> StatusAnswer {
    let (answers, answer) = AsyncStream.makeStream(of: Bool.self)
    // Not children of a group, which would wait for an event loop that never has a turn.
    let turn = Task {
      await isAlive()
      answer.yield(true)
    }
    let limit = Task {
      try await Task.sleep(for: Self.longestTurn)
      answer.yield(false)
    }
    defer {
      turn.cancel()
      limit.cancel()
    }
    for await isAlive in answers {
      return .state(isAlive, [isAlive ? "alive" : "its event loop had no turn for \(Self.longestTurn)"])
    }
    return .state(false, ["stopping"])
  }

  private var about: Exposition {
    var about = Exposition()
    about.add(
      MetricFamily("trabecula_build_info", .gauge, "1, with program and version."),
      [MetricSample("trabecula_build_info", [.init("program", program), .init("version", version)], 1)])
    about.add(
      MetricFamily("process_start_time_seconds", .gauge, "When the program began, in seconds since 1970."),
      [MetricSample("process_start_time_seconds", [], startedAt.timeIntervalSince1970.rounded())])
    about.add(
      MetricFamily(
        "process_cpu_seconds_total", .counter, "Processor time of the program, all threads together."),
      [MetricSample("process_cpu_seconds_total", [], Self.processorSeconds)])
    return about
  }

  private static var processorSeconds: Double {
    var time = timespec()
    unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
  }
}
