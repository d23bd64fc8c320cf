import Foundation

/// What a server leaves behind that was killed: lock files, and for a moment processes that still use its
/// memory.
struct LeftOvers {
  let place: ClusterPlace

  /// A server's processes notice at once that their parent is gone, but one in the middle of a query may need
  /// a while.
  private static let patience = Duration.seconds(30)
  private static let pause = Duration.milliseconds(20)

  /// Clears the way for a new start. To be called only when no server runs on these data.
  func clear() async throws(PrivateServerError) {
    let file = place.data.appendingPathComponent("postmaster.pid")
    guard FileManager.default.fileExists(atPath: file.path) else { return }
    let deadline = ContinuousClock.now + LeftOvers.patience
    while !orphans.isEmpty {
      guard ContinuousClock.now < deadline, !Task.isCancelled else {
        throw PrivateServerError(
          .program,
          "the server of \(place.folder.path) died, but its processes \(orphans.joined(separator: ", ")) "
            + "live on; end them (kill -QUIT) and start again")
      }
      // Cut short only by cancellation, which the next turn sees.
      try? await Task.sleep(for: LeftOvers.pause)
    }
    // PostgreSQL judges these files by whether a process of that number exists, which by now may be any other
    // one.
    let socket = place.folder.appendingPathComponent("socket/.s.PGSQL.5432")
    for stale in [file, socket, socket.appendingPathExtension("lock")]
    where FileManager.default.fileExists(atPath: stale.path) {
      try folderWork("remove \(stale.path), left by a server that died") { try $0.removeItem(at: stale) }
    }
  }

  /// Numbers of the processes that work in the data folder.
  private var orphans: [String] {
    let data = place.data.resolvingSymlinksInPath().path
    let entries = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return entries.filter { $0.allSatisfy(\.isNumber) && workingFolder(ofProcess: $0) == data }
  }
}
