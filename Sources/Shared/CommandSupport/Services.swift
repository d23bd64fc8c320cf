import Logging
import ServiceLifecycle
import UnixSignals

/// Runs a service until it ends, fails, or SIGTERM or SIGINT asks it to stop gracefully.
/// - Throws: what the service throws.
package func runUntilStopped(_ service: some Service, logger: Logger) async throws {
  let group = ServiceGroup(
    configuration: .init(
      services: [
        .init(
          service: service, successTerminationBehavior: .gracefullyShutdownGroup,
          failureTerminationBehavior: .cancelGroup)
      ],
      gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
  try await group.run()
}
