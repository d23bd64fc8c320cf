import ArgumentParser
import CommandSupport
import Foundation
import Glibc
import PrivateServer

/// `coordinator keep-server`: what `local` leaves behind to end its server when nobody uses it any more. Not for people.
struct KeepServerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "keep-server",
    abstract:
      "Wait until nobody has been connected to the database of a data folder for a while, and end it.",
    shouldDisplay: false)

  @Argument(help: "Data folder of coordinator local.") var folder: String

  func run() async throws {
    // No terminal of those who ran the study.
    for number in [SIGINT, SIGHUP] { _ = signal(number, SIG_IGN) }
    setsid()
    LibpqEnvironment.forget()
    do {
      try await ServerKeeper(of: URL(fileURLWithPath: folder, isDirectory: true)).run()
    } catch let error as PrivateServerError {
      throw CommandFailure(ExitStatus.databaseUnreachable, "\(error)")
    }
  }

  /// Starts it as a process of its own, which goes on when this one ends.
  /// - Parameter time: how long the server stays without a connection.
  static func start(for folder: URL, time: Duration) async throws {
    do {
      try await ServerKeeper(of: folder).keep(for: time)
    } catch {
      throw CommandFailure(ExitStatus.databaseUnreachable, "\(error)")
    }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = ["keep-server", folder.path]
    process.currentDirectoryURL = URL(fileURLWithPath: "/")
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    do {
      try process.run()
    } catch {
      throw CommandFailure(
        ExitStatus.somethingMissing,
        "The process that ends the database when nobody uses it cannot be started (\(error.localizedDescription))."
      )
    }
  }
}
