import Foundation
import Synchronization

/// Ends a server when the last process ends that uses it, however that happens, even by SIGKILL.
///
/// A small shell waits at the other end of a pipe that only this process holds. When the pipe breaks without
/// a word of release, and nobody else uses the server (see `ServerUse`), it stops the server and, if told so, removes its folder.
final class Lifeline: Sendable {
  private let pipe: Mutex<Pipe?>
  let use: ServerUse

  /// Signals meant for the group of this process, from a terminal say, must not reach the shell.
  ///
  /// A process that dies closes its end of the pipe and its lock one after the other, so the shell waits a little for the lock. Where
  /// `flock` is missing it counts as the only user. The server may have been restarted under its users, so its number is
  /// read now, and it counts where it works in the folder of its data.
  private static let script = """
    trap '' INT TERM HUP
    read -r word && exit 0
    if [ -e "$1/users" ] && command -v flock > /dev/null; then
      exec 9< "$1/users"
      flock -w 5 9 || exit 0
      [ ! -s "$1/users" ] || exit 0
    fi
    server=$(head -n 1 "$1/data/postmaster.pid") || exit 0
    [ "/proc/$server/cwd" -ef "$1/data" ] || exit 0
    kill -s "$2" "$server"
    n=0
    while kill -0 "$server" && [ $n -lt 100 ]; do sleep 0.1; n=$((n + 1)); done
    [ -z "$3" ] || rm -rf "$3"
    """

  /// - Parameters:
  ///   - removing: folder that nobody needs once the server has gone.
  init(
    _ place: ClusterPlace, _ use: ServerUse, tuning: ServerTuning, removing folder: URL?
  ) throws(PrivateServerError) {
    self.use = use
    let pipe = Pipe()
    let shell = Process()
    shell.executableURL = URL(fileURLWithPath: "/bin/sh")
    // QUIT is the server's immediate shutdown, INT the fast one, which writes everything out.
    let signal = tuning == .disposable ? "QUIT" : "INT"
    shell.arguments = ["-c", Lifeline.script, "lifeline", place.folder.path, signal, folder?.path ?? ""]
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

  /// The server has been stopped in order, or is left to others; there is nothing left to watch.
  func release() throws(PrivateServerError) {
    defer { use.end() }
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
