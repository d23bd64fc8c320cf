/// Which statements this session has prepared, by text and parameter types.
///
/// A statement is prepared when it comes a second time: most are sent once only, and preparing costs a round
/// trip. Pure: it says what to do, the session does it.
package struct StatementCache {
  package struct Key: Hashable {
    package let sql: String
    package let types: [UInt32]

    package init(sql: String, types: [UInt32]) {
      self.sql = sql
      self.types = types
    }
  }

  package enum Plan: Equatable {
    /// Send text and parameters together.
    case direct
    /// Prepare under this name first.
    case prepare(String)
    /// Send the name and the parameters.
    case prepared(String)
  }

  private enum Entry {
    case seenOnce
    case prepared(name: String, lastUse: Int)
  }

  /// Sessions have a few dozen statements; one that writes values into its text must not fill the server.
  private let capacity: Int
  private var entries: [Key: Entry] = [:]
  private var uses = 0
  private var names = 0

  package init(capacity: Int = 256) {
    self.capacity = capacity
  }

  /// What to do with a statement now. After `.prepare` follows `didPrepare`, or nothing where it failed.
  package mutating func plan(for key: Key) -> Plan {
    uses += 1
    switch entries[key] {
    case nil:
      if entries.count >= 4 * capacity { entries = entries.filter { isPrepared($0.value) } }
      entries[key] = .seenOnce
      return .direct
    case .seenOnce:
      names += 1
      return .prepare("s\(names)")
    case .prepared(let name, _):
      entries[key] = .prepared(name: name, lastUse: uses)
      return .prepared(name)
    }
  }

  package mutating func didPrepare(_ key: Key, as name: String) {
    entries[key] = .prepared(name: name, lastUse: uses)
  }

  /// The server no longer has it, or has it for tables that have changed.
  package mutating func forget(_ key: Key) {
    entries[key] = nil
  }

  /// The same for a statement whatever the types of its parameters.
  package mutating func forgetAll(sql: String) {
    entries = entries.filter { $0.key.sql != sql }
  }

  /// Takes out the statement used longest ago, if there are too many.
  /// - Returns: its name, to be deallocated.
  package mutating func evict() -> String? {
    let prepared = entries.compactMap { key, entry -> (key: Key, name: String, lastUse: Int)? in
      guard case .prepared(let name, let lastUse) = entry else { return nil }
      return (key, name, lastUse)
    }
    guard prepared.count > capacity, let oldest = prepared.min(by: { $0.lastUse < $1.lastUse }) else {
      return nil
    }
    entries[oldest.key] = nil
    return oldest.name
  }

  private func isPrepared(_ entry: Entry) -> Bool {
    if case .prepared = entry { true } else { false }
  }
}
