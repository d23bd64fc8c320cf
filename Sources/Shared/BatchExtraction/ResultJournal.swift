import Extraction
import Foundation
import StudyPlan
import Synchronization

/// The results of a batch as they come, in a file that survives the process.
///
/// Each result is one line, written by one call and closed by a mark, so that a process killed in the middle leaves
/// at most one torn line; opening the journal again cuts it off. A result is the features of one region from one
/// source, found by what it depends on (`FeatureKey`). In memory there is a place a result, nothing more.
package final class ResultJournal: Sendable {
  /// Where a result stands in the file.
  package struct Place: Sendable {
    var offset: Int
    var length: Int32
    /// Which list of names it has.
    var names: Int32
  }

  fileprivate struct State {
    var handle: FileHandle
    var end: Int
    let isFull: Bool
    var places: [FeatureKey: Place] = [:]
    var lists: [NameList] = []
    var numbers: [NameList: Int] = [:]
  }

  private let state: Mutex<State>

  /// Opens or begins a journal, and reads what it holds.
  /// - Parameters:
  ///   - url: without one, the journal is a nameless file that ends with the process.
  ///   - hasDiagnostics: whether results are written, and looked for, with diagnostics or without.
  /// - Throws: `BatchError`.
  package init(at url: URL?, hasDiagnostics: Bool = true) throws(BatchError) {
    let handle = try Self.open(url)
    var state = State(handle: handle, end: 0, isFull: hasDiagnostics)
    do throws(BatchError) {
      var scan = JournalScan(handle)
      while let line = try scan.next() { state.take(line) }
      if scan.end == 0 {
        state.end = try Self.append(JournalLine.signature, to: handle, at: 0)
      } else {
        state.end = scan.end
        try Self.cut(handle, at: scan.end)
      }
    } catch {
      Self.unlock(handle)
      throw url.map { error.naming($0) } ?? error
    }
    self.state = Mutex(state)
  }

  deinit { state.withLock { Self.unlock($0.handle) } }

  /// Number of results.
  package var count: Int { state.withLock { $0.places.count } }

  package func place(of key: FeatureKey) -> Place? { state.withLock { $0.places[key] } }

  /// Writes a result down.
  /// - Throws: `BatchError`, after which the journal must not be written any more.
  package func append(_ features: ExtractedFeatures, of key: FeatureKey) throws(BatchError) -> Place {
    try state.withLock { (state) throws(BatchError) in try state.append(features, of: key) }
  }

  /// Reads a result back.
  package func features(at place: Place) throws(BatchError) -> ExtractedFeatures {
    let (bytes, list) = try state.withLock { (state) throws(BatchError) in
      (try Self.read(state.handle, place), state.lists[Int(place.names)])
    }
    guard let features = JournalLine.features(in: bytes, names: list) else {
      throw BatchError(.notAJournal, "The journal was changed by something else; remove it and start again.")
    }
    return features
  }

  /// The names of the results at the places of some cases, each once, in the order in which they first appear: first
  /// those of diagnostics, then those of features.
  package func names(at cases: some Sequence<[Place]>) -> NameList {
    let used = Set(cases.map { $0.map(\.names) }).sorted { $0.lexicographicallyPrecedes($1) }
    return state.withLock { state in NameList(joining: used.joined().map { state.lists[Int($0)] }) }
  }
}

extension ResultJournal: FeatureCache {
  package func entries(of keys: [FeatureKey]) -> [FeatureKey: Place] {
    state.withLock { state in
      Dictionary(keys.compactMap { key in state.places[key].map { (key, $0) } }) { first, _ in first }
    }
  }

  package func add(_ rows: [FeatureRow]) throws(BatchError) -> [Place] {
    try state.withLock { (state) throws(BatchError) in
      var places: [Place] = []
      for row in rows { places.append(try state.append(row.features, of: row.key)) }
      return places
    }
  }
}

extension ResultJournal.State {
  fileprivate mutating func take(_ line: JournalLine.Kind) {
    switch line {
    case .names(let list): add(list)
    case .result(let key, isFull, let place): places[key] = place
    case .result: break
    }
  }

  fileprivate mutating func append(_ features: ExtractedFeatures, of key: FeatureKey) throws(BatchError)
    -> ResultJournal.Place
  {
    if let known = places[key] { return known }
    let list = NameList(features)
    let number = numbers[list] ?? lists.count
    let text = number == lists.count ? JournalLine.text(of: list) : ""
    let line = JournalLine.text(of: features, key: key, isFull: isFull, list: number)
    let offset = end + text.utf8.count
    end = try ResultJournal.append(text + line, to: handle, at: end)
    if number == lists.count { add(list) }
    let place = ResultJournal.Place(offset: offset, length: Int32(line.utf8.count), names: Int32(number))
    places[key] = place
    return place
  }

  fileprivate mutating func add(_ list: NameList) {
    numbers[list] = lists.count
    lists.append(list)
  }
}
