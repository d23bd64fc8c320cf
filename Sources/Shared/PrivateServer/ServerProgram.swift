import Foundation
import Subprocess

/// Runs programs to their end as the service account, in a clean environment, and in a folder that this
/// account can enter.
struct ServerProgram {
  let account: ServiceAccount
  var folder = URL(fileURLWithPath: "/")

  /// Enough of what a program says to tell why it failed.
  private static let outputLimit = 1 << 20

  /// Command that changes user and groups. Subprocess could do so itself between fork and exec, but there
  /// glibc's `setgroups` waits for the threads of the parent, and has been seen to wait for ever.
  private var identity: [String] {
    guard account.isOther else { return [] }
    return ["setpriv", "--reuid", "\(account.user)", "--regid", "\(account.group)", "--clear-groups"]
  }

  /// - Returns: whether the program ended with 0, and what it said.
  func attempt(_ program: String, _ arguments: [String]) async throws(PrivateServerError) -> (
    success: Bool, output: String
  ) {
    do {
      let result = try await run(
        .name("env"), arguments: Arguments(["-C", folder.path] + identity + [program] + arguments),
        environment: .custom(ServerProgram.environment),
        output: .string(limit: ServerProgram.outputLimit), error: .combinedWithOutput)
      return (result.terminationStatus.isSuccess, result.standardOutput)
    } catch {
      throw PrivateServerError(.program, "cannot run \(program): \(error)")
    }
  }

  /// As `attempt`; a program that fails is an error, with its last words.
  func perform(_ program: String, _ arguments: [String], to purpose: String) async throws(PrivateServerError)
  {
    let (success, output) = try await attempt(program, arguments)
    guard !success else { return }
    let words = output.split(separator: "\n").suffix(6).joined(separator: "; ")
    throw PrivateServerError(.program, "cannot \(purpose): \(program) failed: \(words)")
  }

  /// No `PGDATA`, `PGPORT` or locale of ours may reach the programs.
  private static var environment: [Environment.Key: String] {
    ["PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"]
  }
}
