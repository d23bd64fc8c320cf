/// Who is signed in, by the digest of what their browser keeps.
///
/// A session ends half an hour after its last request (a page that is open asks again and again), and twelve hours after it
/// began. One login has `mostOfOne` at most: with the next, its oldest ends.
struct SessionLedger: Sendable {
  static let most = 32
  static let mostOfOne = 4
  static let longestSilence = Duration.seconds(1800)
  static let longest = Duration.seconds(43_200)

  private struct Entry {
    let session: Session
    let began: ContinuousClock.Instant
    var seen: ContinuousClock.Instant
  }

  private var entries: [[UInt8]: Entry] = [:]

  /// The session of what a browser brought; that counts as a request.
  mutating func session(_ id: String, at now: ContinuousClock.Instant) -> Session? {
    let digest = Secret.digest(id)
    guard let entry = entries[digest], !Self.isOver(entry, at: now) else { return nil }
    entries[digest]?.seen = now
    return entry.session
  }

  /// Whether one more fits.
  func hasRoom(for login: String) -> Bool {
    entries.count < Self.most || sessions(of: login).count >= Self.mostOfOne
  }

  /// Adds a session.
  /// - Returns: those of the same login that end for it.
  mutating func add(_ session: Session, _ id: Secret, at now: ContinuousClock.Instant) -> [Session] {
    let own = sessions(of: session.login).sorted { $0.value.began < $1.value.began }
    let ended = own.prefix(max(own.count - Self.mostOfOne + 1, 0))
    for (digest, _) in ended { entries[digest] = nil }
    entries[Secret.digest(id.text)] = Entry(session: session, began: now, seen: now)
    return ended.map(\.value.session)
  }

  mutating func remove(_ session: Session) {
    entries = entries.filter { $0.value.session !== session }
  }

  /// Forgets the sessions that are over, and returns them.
  mutating func sweep(at now: ContinuousClock.Instant) -> [Session] {
    let over = entries.filter { Self.isOver($0.value, at: now) }
    for digest in over.keys { entries[digest] = nil }
    return over.values.map(\.session)
  }

  mutating func removeAll() -> [Session] {
    defer { entries = [:] }
    return entries.values.map(\.session)
  }

  private func sessions(of login: String) -> [(key: [UInt8], value: Entry)] {
    entries.filter { $0.value.session.login == login }.map { ($0.key, $0.value) }
  }

  private static func isOver(_ entry: Entry, at now: ContinuousClock.Instant) -> Bool {
    now - entry.seen >= longestSilence || now - entry.began >= longest
  }
}
