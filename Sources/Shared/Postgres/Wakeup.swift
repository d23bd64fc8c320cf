import Glibc
import Synchronization

/// Says, from any thread, that the call it was made for should stop.
final class CancellationFlag: Sendable {
  private let raised = Atomic(false)

  var isRaised: Bool { raised.load(ordering: .acquiring) }

  func raise() { raised.store(true, ordering: .releasing) }
}

/// A pair of sockets that a thread waiting in `poll` watches beside its socket, so that others can wake it.
final class Wakeup: Sendable {
  let readEnd: CInt
  private let writeEnd: CInt

  init() throws(PostgresError) {
    var ends: [CInt] = [0, 0]
    // Unlike pipe, takes the flags at once, so that no child process can inherit the descriptors.
    let kind = SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue | SOCK_CLOEXEC.rawValue
    guard unsafe socketpair(AF_UNIX, CInt(kind), 0, &ends) == 0 else {
      throw PostgresError(
        .connectionFailed, "no sockets for a connection: \(systemError()); raise `ulimit -n`")
    }
    readEnd = ends[0]
    writeEnd = ends[1]
  }

  deinit {
    close(readEnd)
    close(writeEnd)
  }

  func signal() {
    var byte: UInt8 = 1
    // A full buffer refuses the byte and has woken the reader already.
    _ = unsafe write(writeEnd, &byte, 1)
  }

  /// Takes out whatever was written.
  func clear() {
    var bytes = [UInt8](repeating: 0, count: 64)
    while unsafe read(readEnd, &bytes, bytes.count) > 0 {}
  }

  /// Waits until the socket is ready, somebody signals, or time is over. An interrupted wait counts as over.
  /// - Returns: what of `events` the socket is ready for, errors and hang-ups counting as readable.
  func wait(on socket: CInt, for events: CInt, upTo limit: Duration) -> (readable: Bool, writable: Bool) {
    var watched = [
      pollfd(fd: socket, events: Int16(events), revents: 0),
      pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0),
    ]
    guard unsafe poll(&watched, 2, limit.millisecondsRoundedUp) > 0 else { return (false, false) }
    if watched[1].revents != 0 { clear() }
    let ready = CInt(watched[0].revents)
    return (ready & ~POLLOUT != 0, ready & POLLOUT != 0)
  }
}

/// Text of `errno`.
func systemError() -> String {
  unsafe String(cString: strerror(errno))
}

extension Duration {
  /// For C calls that count in milliseconds; a part of one counts whole, so that a wait does not end early.
  package var millisecondsRoundedUp: CInt {
    let (seconds, attoseconds) = components
    guard seconds >= 0 else { return 0 }
    let milliseconds = Double(seconds) * 1000 + (Double(attoseconds) / 1e15).rounded(.up)
    return CInt(min(milliseconds, Double(CInt.max)))
  }
}
