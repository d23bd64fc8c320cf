import Logging
import ServiceLifecycle
import UnixSignals

/// Runs a service until it ends, fails, or SIGTERM or SIGINT asks it to stop gracefully.
/// - Parameter watchers: run beside it, and end after it.
/// - Throws: what a service throws.
package func runUntilStopped(
  _ service: some Service, watchers: [any Service] = [], logger: Logger
) async throws {
  let group = ServiceGroup(
    configuration: .init(
      // The last one is asked to stop first.
      services: (watchers + [service]).map {
        .init(
          service: $0, successTerminationBehavior: .gracefullyShutdownGroup,
          failureTerminationBehavior: .cancelGroup)
      },
      gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
  try await group.run()
}
