/// When a worker listens for announcements, and when one is a reason to look for work.
///
/// Behind a pooler nothing is ever heard, and polling is all there is.
package struct ListenPolicy: Sendable {
  private let listens: Bool
  /// The connection that listens.
  private var heardOn = 0

  package init(listens: Bool) { self.listens = listens }

  /// - Parameter connection: number of the present one; rises with each.
  package func mustListen(on connection: Int) -> Bool { listens && connection != heardOn }

  /// - Parameter heard: whether anything was announced.
  /// - Returns: whether to look for work; on a new connection always, for what was announced before it listened.
  package mutating func waited(on connection: Int, heard: Bool) -> Bool {
    defer { heardOn = connection }
    return heard || connection != heardOn
  }
}
