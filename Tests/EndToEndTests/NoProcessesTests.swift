import Foundation
import Glibc
import Testing

@Suite(.enabled(if: geteuid() == 0, "only root can take /proc away")) struct `Where /proc is not mounted` {
  /// The runtime would end a program by SIGILL, some times: two in five.
  @Test(arguments: ["worker", "coordinator"])
  func `a program says so, whatever it is asked`(name: String) async throws {
    let program = Programs.folder.appendingPathComponent(name).path
    for arguments in [["--version"], ["--help"], ["run"], ["local", "study.yaml"]] {
      for _ in 0..<5 {
        let result = try await Programs.run(
          "unshare",
          ["--mount", "sh", "-c", "mount -t tmpfs none /proc && exec \"$@\"", "sh", program] + arguments,
          in: URL(fileURLWithPath: "/usr/bin"))
        #expect(result.status == 69, "\(arguments): \(result.errors)")
        #expect(result.errors.contains("/proc is not mounted here, and programs need it"))
      }
    }
  }
}
