import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// A socket that is closed with its last owner: the thread that serves it, and the thread that accepted it.
final class Socket: Sendable {
  let descriptor: CInt

  private init(owning descriptor: CInt) { self.descriptor = descriptor }
  deinit { _ = Glibc.close(descriptor) }

  private static func new(_ family: CInt) -> Socket {
    Socket(owning: socket(family, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0))
  }

  /// Listens on a free port of the loopback address.
  static func listening() throws -> (socket: Socket, port: UInt16) {
    let socket = new(AF_INET)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = unsafe inet_addr("127.0.0.1")
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = unsafe withUnsafeMutablePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        unsafe bind(socket.descriptor, pointer, size) == 0 && listen(socket.descriptor, 64) == 0
          && getsockname(socket.descriptor, pointer, &size) == 0
      }
    }
    guard isBound else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    return (socket, UInt16(bigEndian: address.sin_port))
  }

  /// Connects to a Unix socket; nil where nobody listens.
  static func connected(to path: String) -> Socket? {
    let socket = new(AF_UNIX)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let name = Array(path.utf8CString)
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { field in
      unsafe field.copyBytes(from: name.prefix(field.count).map { UInt8(bitPattern: $0) })
    }
    let size = socklen_t(MemoryLayout<sockaddr_un>.size)
    let isConnected = unsafe withUnsafePointer(to: &address) { pointer in
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        unsafe connect(socket.descriptor, pointer, size) == 0
      }
    }
    return isConnected ? socket : nil
  }

  /// The next connection to a listening socket; nil once it is shut down.
  func accepted() -> Socket? {
    let descriptor = accept(self.descriptor, nil, nil)
    guard descriptor >= 0 else { return nil }
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    return Socket(owning: descriptor)
  }

  func shutDown() { _ = shutdown(descriptor, CInt(SHUT_RDWR)) }

  /// What has arrived; empty at the end of the connection.
  func received() -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let count = unsafe recv(descriptor, &buffer, buffer.count, 0)
    return Array(buffer.prefix(max(count, 0)))
  }

  /// - Returns: false when the connection is gone.
  func send(_ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    while !rest.isEmpty {
      let sent = unsafe rest.withUnsafeBytes { rest in
        unsafe Glibc.send(descriptor, rest.baseAddress, rest.count, CInt(MSG_NOSIGNAL))
      }
      guard sent > 0 else { return false }
      rest = rest.dropFirst(sent)
    }
    return true
  }

  /// Which of two sockets have something to read, after at most so many milliseconds.
  static func readable(_ one: Socket, _ other: Socket, within milliseconds: CInt) -> (one: Bool, other: Bool)
  {
    var watched = [one, other].map { pollfd(fd: $0.descriptor, events: Int16(POLLIN), revents: 0) }
    guard unsafe poll(&watched, 2, milliseconds) > 0 else { return (false, false) }
    return (watched[0].revents != 0, watched[1].revents != 0)
  }
}
