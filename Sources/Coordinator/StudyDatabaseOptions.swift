import ArgumentParser
import CommandSupport
import Foundation
import Postgres
import PrivateServer

/// How a command about a job finds the job's database: as libpq does, or in the data folder of `coordinator local`.
struct StudyDatabaseOptions: ParsableArguments, Sendable {
  @OptionGroup var server: DatabaseOptions
  @Option(
    help: ArgumentHelp(
      "Data folder of a study that `coordinator local` ran; its database counts.",
      discussion:
        "Where nothing says which database to use (neither this, --database, nor PGHOST and the like), and just one folder"
        + " here is called …-data and is of `coordinator local`, it is that one."))
  var data: String?

  func validate() throws {
    if data != nil, !server.url.isEmpty {
      throw ValidationError("--data and --database each name a database: give one of them.")
    }
  }

  /// Runs a body with what leads to the database. A private server that stood still is stopped again afterwards, also where
  /// a signal ends this process, unless another command uses it still; then that one stops it.
  func withConfiguration<Value: Sendable>(
    _ body: (PostgresConfiguration) async throws -> Value
  ) async throws -> Value {
    guard let folder = try dataFolder() else {
      return try await body(server.configuration(for: "coordinator"))
    }
    LibpqEnvironment.forget()
    let running = try await Self.start(in: folder)
    do {
      let value = try await body(LocalLogins(server: running).coordinatorConfiguration)
      try await running.leaveInOrder()
      return value
    } catch {
      try await running.leaveInOrder()
      throw error
    }
  }

  /// The data folder that is meant; nil where libpq's settings count.
  private func dataFolder() throws -> URL? {
    if let data {
      let folder = URL(fileURLWithPath: data, isDirectory: true).standardizedFileURL
      guard Self.holdsServer(folder) else {
        throw CommandFailure(
          ExitStatus.usage,
          "\(folder.path) is no data folder of coordinator local: it has no folder postgres. --data of that command named it."
        )
      }
      return folder
    }
    guard server.url.isEmpty, !Self.isNamedByEnvironment else { return nil }
    let here = URL(fileURLWithPath: FileManager.default.currentDirectoryPath, isDirectory: true)
    let found = try FileManager.default.contentsOfDirectory(at: here, includingPropertiesForKeys: nil)
      .filter { $0.lastPathComponent.hasSuffix("-data") && Self.holdsServer($0) }
    guard found.count == 1 else { return nil }
    StandardStreams.note("Database: that of coordinator local in \(found[0].lastPathComponent).")
    return found[0].standardizedFileURL
  }

  private static var isNamedByEnvironment: Bool {
    let environment = ProcessInfo.processInfo.environment
    return ["PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGUSER", "PGSERVICE"].contains {
      environment[$0]?.isEmpty == false
    }
  }

  private static func holdsServer(_ folder: URL) -> Bool {
    FileManager.default.fileExists(atPath: folder.appendingPathComponent("postgres").path)
  }

  private static func start(in folder: URL) async throws -> PrivatePostgres {
    do {
      try FolderOwner.become(of: folder)
      // A signal in between would leave a server that nothing watches over.
      return try await withSignalsDeferred { () async throws(PrivateServerError) in
        try await PrivatePostgres.start(in: folder, lifetime: .withProcess, tuning: .durable)
      }
    } catch {
      throw CommandFailure(ExitStatus.databaseUnreachable, "\(error)")
    }
  }
}

extension PrivatePostgres {
  fileprivate func leaveInOrder() async throws {
    do {
      try await leave()
    } catch {
      throw CommandFailure(ExitStatus.databaseUnreachable, "\(error)")
    }
  }
}
