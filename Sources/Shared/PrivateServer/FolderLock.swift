import Foundation
import Glibc

/// Held while a server is started, so that two processes do not start it twice. Ends with the process at the
/// latest.
struct FolderLock: ~Copyable {
  private let descriptor: CInt

  /// Long enough for another process to make a cluster on a slow disk.
  private static let patience = Duration.seconds(120)
  private static let pause = Duration.milliseconds(50)

  /// Waits its turn.
  init(_ file: URL) async throws(PrivateServerError) {
    descriptor = unsafe open(file.path, O_CREAT | O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else {
      throw PrivateServerError(
        .folder, "cannot open \(file.path): \(unsafe String(cString: strerror(errno)))")
    }
    let deadline = ContinuousClock.now + FolderLock.patience
    // flock has no timeout, and blocking in it would hold a thread of the shared pool.
    while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
      guard errno == EWOULDBLOCK || errno == EINTR, ContinuousClock.now < deadline, !Task.isCancelled else {
        close(descriptor)
        throw PrivateServerError(
          .folder,
          "another process has been starting the server of this folder for \(FolderLock.patience); "
            + "look for it with: fuser \(file.path)")
      }
      try? await Task.sleep(for: FolderLock.pause)
    }
  }

  borrowing func release() {
    flock(descriptor, LOCK_UN)
  }

  deinit { close(descriptor) }
}
