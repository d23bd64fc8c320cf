import FlyingSocks
import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// Where a program answers: `127.0.0.1:9464`, `[::1]:9464`, `localhost:9464` or `unix:/run/trabecula.sock`.
package enum ListenAddress: Equatable, Sendable, CustomStringConvertible {
  case internet(host: String, port: UInt16)
  case unix(path: String)

  /// - Returns: nil for anything else; a host is an address or `localhost`, so that nothing is asked of a name server.
  package init?(_ text: String) {
    if text.hasPrefix("unix:") {
      let path = String(text.dropFirst(5))
      // What fits sockaddr_un.
      guard !path.isEmpty, path.utf8.count < 108 else { return nil }
      self = .unix(path: path)
      return
    }
    guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
      return nil
    }
    var host = String(text[..<colon])
    if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
    if host == "localhost" { host = "127.0.0.1" }
    self = .internet(host: host, port: port)
    guard (try? bound { _ in }) != nil else { return nil }
  }

  package var description: String {
    switch self {
    case .internet(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
    case .unix(let path): "unix:\(path)"
    }
  }

  /// Whether only this machine reaches it.
  package var isOfThisMachine: Bool {
    switch self {
    case .internet(let host, _): host.hasPrefix("127.") || host == "::1"
    case .unix: true
    }
  }

  /// Calls with the address as the system has it.
  func bound<Value>(_ body: (any SocketAddress) throws -> Value) throws -> Value {
    switch self {
    case .internet(let host, let port):
      host.contains(":")
        ? try body(sockaddr_in6.inet6(ip6: host, port: port))
        : try body(sockaddr_in.inet(ip4: host, port: port))
    case .unix(let path): try body(sockaddr_un.unix(path: path))
    }
  }
}
