import Foundation
import Glibc

/// `postmaster.pid` of a running server, or of one that died without removing it.
package struct PostmasterFile: Equatable {
  package let process: pid_t
  /// Folder of the socket; the server writes it once it has one.
  package let socketFolder: String?

  /// - Returns: `nil` where there is no such file, or none that says which process it means.
  package init?(in data: URL) {
    let file = data.appendingPathComponent("postmaster.pid")
    guard let text = try? String(contentsOf: file, encoding: .utf8) else { return nil }
    self.init(text: text)
  }

  /// Line 1 is the process id, line 5 the socket folder (src/include/utils/pidfile.h of PostgreSQL).
  package init?(text: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map {
      $0.trimmingCharacters(in: .whitespaces)
    }
    guard let process = lines.first.flatMap(pid_t.init), process > 0 else { return nil }
    self.process = process
    socketFolder = lines.count > 4 && !lines[4].isEmpty ? lines[4] : nil
  }

  /// Whether the process is a server of these data, and not another that inherited the number. Servers work
  /// in the folder of their data.
  package func isAlive(servingFrom data: URL) -> Bool {
    workingFolder(ofProcess: "\(process)") == data.resolvingSymlinksInPath().path
  }
}

/// `nil` for a process that is gone, or of a user into whose affairs we may not look.
func workingFolder(ofProcess process: String) -> String? {
  try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process)/cwd")
}
