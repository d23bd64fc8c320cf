import ArgumentParser
import CommandSupport
import Foundation
import Logging
import QueuePage
import ServiceLifecycle
import StatusServer
import StudyPlan

/// `coordinator serve`: keeps the queue in order until it is told to stop.
struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Do the queue's maintenance until told to stop (SIGTERM, SIGINT).",
    discussion: """
      Takes the tasks of dead workers back, makes delayed tasks ready, keeps the history's partitions, deletes old \
      workers and feature rows that no job uses. What a job has stays until `coordinator delete`, or --keep-jobs-days. \
      Any number may run: one leads, the others stand by and take over when it falls silent. While none runs, workers do what a \
      study needs by themselves.

      With --listen the address also answers the page of the queue: studies, sites, workers, failures, and what operators do. One \
      signs in with a login of PostgreSQL and its password, and sees and does what that login may. There is no TLS: listen at \
      127.0.0.1 or a Unix socket, or behind a reverse proxy with --behind-tls-proxy; elsewhere nobody can sign in.
      """)

  @OptionGroup var database: DatabaseOptions
  @OptionGroup var log: LogOptions
  @OptionGroup var listen: ListenOptions
  @Flag(
    name: .customLong("behind-tls-proxy"),
    help:
      "A reverse proxy with TLS stands before --listen: people may sign in at any address, over TLS alone.")
  var isBehindTLS = false
  @Option(help: "Seconds of silence after which another coordinator takes over.") var lease = 15.0
  @Option(
    name: .customLong("keep-days"), help: "Days that the history of ended tasks, and ended workers, are kept."
  )
  var days = 90
  @Option(name: .customLong("keep-unused-days"), help: "Days that feature rows are kept that no job uses.")
  var unusedDays = 365
  @Option(
    name: .customLong("keep-jobs-days"),
    help: "Days after its end that a job is deleted with everything of it; without this option none is.")
  var jobDays: Int?

  func validate() throws {
    if isBehindTLS, listen.address == nil { throw ValidationError("--behind-tls-proxy needs --listen.") }
    guard 0.5...86_400 ~= lease else { throw ValidationError("--lease must be from 0.5 to 86400 seconds.") }
    guard 1...36_500 ~= days else { throw ValidationError("--keep-days must be from 1 to 36500.") }
    guard 1...36_500 ~= unusedDays else {
      throw ValidationError("--keep-unused-days must be from 1 to 36500.")
    }
    guard 1...36_500 ~= jobDays ?? 1 else {
      throw ValidationError("--keep-jobs-days must be from 1 to 36500.")
    }
  }

  func run() async throws {
    let logger = log.logger("coordinator")
    let configuration = database.configuration(for: "coordinator")
    let service = MaintenanceService(
      configuration: configuration,
      name: "\(ProcessInfo.processInfo.hostName), process \(ProcessInfo.processInfo.processIdentifier)",
      leaseInSeconds: lease, daysOfHistory: days, daysOfUnusedFeatures: unusedDays, daysOfJobs: jobDays,
      logger: logger)
    let collector = QueueCollector(configuration: configuration, logger: logger)
    let watched = Watched(
      program: "coordinator", version: Release.version, metrics: { await collector.exposition() },
      isAlive: { _ = await service.status }, readiness: { await service.status.answer })
    let page = listen.address.map {
      QueuePage(configuration, at: $0, isBehindTLS: isBehindTLS, logger: logger)
    }
    let server = try listen.server(watched, site: page, logger: logger)
    let watchers: [any Service] = server + (page.map { [$0] } ?? [])
    try await runUntilStopped(service, watchers: watchers, logger: logger)
  }
}
