import Foundation
import Glibc
import Synchronization

/// That this process uses a private server, for as long as it lives or until it leaves.
///
/// Commands that start a server for themselves end it when they end, but for those that found it running and use it still: each
/// holds a shared lock of the file `users` beside the data, and only who gets that file alone stops the server. The kernel takes
/// the lock away with the process. The file says whether the server is to be kept, because `coordinator local` started or joined
/// it.
final class ServerUse: Sendable {
  private let descriptor: Mutex<CInt>

  /// Waits while somebody is stopping the server.
  init(_ file: URL) async throws(PrivateServerError) {
    let descriptor = unsafe open(file.path, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw Self.failure("open \(file.path)") }
    // A server has a minute to stop.
    let deadline = ContinuousClock.now + .seconds(90)
    while flock(descriptor, LOCK_SH | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR, ContinuousClock.now < deadline, !Task.isCancelled else {
        close(descriptor)
        throw PrivateServerError(
          .folder,
          "another process has been stopping the server of this folder for too long; look for it with: fuser \(file.path)"
        )
      }
      // Cut short only by cancellation, which the next turn sees.
      try? await Task.sleep(for: .milliseconds(20))
    }
    self.descriptor = Mutex(descriptor)
  }

  /// What the file says of a server that is to run on when nobody uses it.
  private static let kept = "kept\n"

  /// Writes whether the server runs on when nobody uses it.
  func keep(_ isKept: Bool) throws(PrivateServerError) {
    let word = isKept ? Self.kept : ""
    let isWritten = descriptor.withLock { descriptor in
      let written = unsafe pwrite(descriptor, word, word.utf8.count, 0)
      return written == word.utf8.count && ftruncate(descriptor, off_t(written)) == 0
    }
    guard isWritten else { throw Self.failure("write who uses the private server") }
  }

  /// Uses it no longer.
  /// - Returns: whether nobody else does and it is not to be kept, so that the caller stops it; whoever comes meanwhile waits until
  ///   `end`.
  func leave() -> Bool {
    descriptor.withLock { descriptor in
      guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return false }
      var status = stat()
      return unsafe fstat(descriptor, &status) == 0 && status.st_size == 0
    }
  }

  /// Whether nobody else uses it; then whoever comes waits until `end`.
  func isAlone() -> Bool {
    descriptor.withLock { $0 >= 0 && flock($0, LOCK_EX | LOCK_NB) == 0 }
  }

  /// Gives the lock back, for whoever comes.
  func end() {
    descriptor.withLock { descriptor in
      if descriptor >= 0 { close(descriptor) }
      descriptor = -1
    }
  }

  private static func failure(_ purpose: String) -> PrivateServerError {
    PrivateServerError(.folder, "cannot \(purpose): \(unsafe String(cString: strerror(errno)))")
  }
}
