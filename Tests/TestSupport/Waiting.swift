/// Waits until something is found, for what no event tells: a file of another process, the end of one. It asks with a pause between,
/// which leaves the processor to what it waits for.
package func wait<Value>(for find: () async throws -> Value?) async throws -> Value {
  while true {
    if let found = try await find() { return found }
    try await Task.sleep(for: .milliseconds(2))
  }
}

/// The same for a condition.
package func wait(until condition: () async throws -> Bool) async throws {
  try await wait { try await condition() ? () : nil }
}
