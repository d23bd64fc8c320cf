import Postgres

extension Task where Success == Void, Failure == any Error {
  /// Cancels it and waits for it.
  /// - Returns: why it failed, where that was not because it was cancelled.
  package func stopped() async -> Result<Void, any Error> {
    cancel()
    do {
      return .success(try await value)
    } catch is CancellationError {
      return .success(())
    } catch let error as PostgresError where error.code == .cancelled {
      return .success(())
    } catch {
      return .failure(error)
    }
  }
}
