import FlyingSocks
import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// Why an address cannot be listened at.
package struct ListenError: Error, Equatable, CustomStringConvertible {
  package let description: String
}

extension StatusServer {
  /// A socket that listens.
  static func listening(on address: ListenAddress) throws(ListenError) -> Socket {
    do {
      return try bound(to: address)
    } catch SocketError.failed(_, EADDRINUSE, _) {
      if case .unix(let path) = address, isLeftOver(address) {
        removeFile(path)
        do { return try bound(to: address) } catch { throw ListenError(address, error) }
      }
      throw ListenError(
        description:
          "--listen \(address): another program listens there; choose another port, or stop that program.")
    } catch {
      throw ListenError(address, error)
    }
  }

  /// Removes the file of a socket; that it is gone already is as well.
  static func removeFile(_ path: String) { unsafe _ = unlink(path) }

  private static func bound(to address: ListenAddress) throws -> Socket {
    try address.bound { target in
      let socket = try Socket(domain: Int32(target.family))
      do {
        try socket.setValue(true, for: .localAddressReuse)
        try socket.bind(to: target)
        try socket.listen(maxPendingConnection: 128)
      } catch {
        try socket.close()
        throw error
      }
      return socket
    }
  }

  /// Whether nobody answers at the file of a socket: a program that was killed left it.
  private static func isLeftOver(_ address: ListenAddress) -> Bool {
    do {
      try address.bound { target in
        let socket = try Socket(domain: Int32(target.family))
        defer { try? socket.close() }
        try socket.connect(to: target)
      }
      return false
    } catch SocketError.failed(_, ECONNREFUSED, _) {
      return true
    } catch {
      return false
    }
  }
}

extension ListenError {
  fileprivate init(_ address: ListenAddress, _ error: any Error) {
    let found =
      if case SocketError.failed(let step, _, let message) = error { "\(step.lowercased()): \(message)" } else
      { "\(error)" }
    self.init(
      description:
        "--listen \(address): \(found). Give an address of this machine and a port that this account may use."
    )
  }
}
