import Foundation
import Synchronization

/// Ends a server when this process ends, however that happens, even by SIGKILL.
///
/// A small shell waits at the other end of a pipe that only this process holds. When the pipe breaks without
/// a word of release, it stops the server and, if told so, removes its folder.
final class Lifeline: Sendable {
  private let pipe: Mutex<Pipe?>

  /// Signals meant for the group of this process, from a terminal say, must not reach the shell.
  private static let script = """
    trap '' INT TERM HUP
    read -r word && exit 0
    kill -s "$2" "$1"
    n=0
    while kill -0 "$1" && [ $n -lt 100 ]; do sleep 0.1; n=$((n + 1)); done
    [ -z "$3" ] || rm -rf "$3"
    """

  /// - Parameters:
  ///   - removing: folder that nobody needs once the server has gone.
  init(server: pid_t, tuning: ServerTuning, removing folder: URL?) throws(PrivateServerError) {
    let pipe = Pipe()
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/sh")
    // QUIT is the server's immediate shutdown, INT the fast one, which writes everything out.
    let signal = tuning == .disposable ? "QUIT" : "INT"
    shell.arguments = ["-c", Lifeline.script, "lifeline", "\(server)", signal, folder?.path ?? ""]
    shell.currentDirectoryURL = URL(fileURLWithPath: "/")
    shell.standardInput = pipe
    shell.standardOutput = FileHandle.nullDevice
    shell.standardError = FileHandle.nullDevice
    do {
      try shell.run()
    } catch {
      throw PrivateServerError(
        .program, "cannot run /bin/sh to watch over the server: \(error.localizedDescription)")
    }
    self.pipe = Mutex(pipe)
    Lifeline.held.withLock { $0.append(self) }
  }

  /// Every lifeline of the process: one must not be cut because its server's handle went out of scope.
  private static let held = Mutex<[Lifeline]>([])

  /// The server has been stopped in order; there is nothing left to watch.
  func release() throws(PrivateServerError) {
    do {
      try pipe.withLock { pipe in
        try pipe?.fileHandleForWriting.write(contentsOf: Data("released\n".utf8))
        try pipe?.fileHandleForWriting.close()
        pipe = nil
      }
    } catch {
      throw PrivateServerError(
        .program, "cannot release the watch over the server: \(error.localizedDescription)")
    }
    Lifeline.held.withLock { $0.removeAll { $0 === self } }
  }
}
