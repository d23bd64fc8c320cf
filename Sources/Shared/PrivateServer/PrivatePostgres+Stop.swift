import Foundation

extension PrivatePostgres {
  /// Stops the server of a data folder, whoever uses it. Makes nothing, and starts nothing.
  /// - Returns: whether one was running.
  package static func stop(in dataFolder: URL) async throws(PrivateServerError) -> Bool {
    let inside = dataFolder.standardizedFileURL.appendingPathComponent("postgres")
    guard (try? FileManager.default.attributesOfItem(atPath: inside.path)) != nil else { return false }
    let place = try await ClusterPlace.prepare(in: dataFolder)
    guard place.version != nil else { return false }
    let lock = try await FolderLock(place.lock)
    defer { lock.release() }
    let binaries = try PostgresBinaries.find(version: place.version)
    guard let running = try await join(place, binaries, try .owning(place.data)) else { return false }
    try await running.stop()
    return true
  }

  /// - Throws: `PrivateServerError` where there are no programs of PostgreSQL to start one with.
  package static func requireInstalled() throws(PrivateServerError) { _ = try PostgresBinaries.find() }
}
