import Foundation
import StudyPlan
import Synchronization

/// The results of a batch as they come, in a file that survives the process.
///
/// Each result is one line, written by one call and closed by a mark, so that a process killed in the middle leaves
/// at most one torn line; opening the journal again cuts it off. Results are found by what they depend on
/// (`CaseKey`). In memory there is a place a result, nothing more.
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
    var places: [CaseKey: Place] = [:]
    var lists: [NameList] = []
    var numbers: [NameList: Int] = [:]
  }

  private let state: Mutex<State>

  /// Opens or begins a journal, and reads what it holds.
  /// - Parameter url: without one, the journal is a nameless file that ends with the process.
  /// - Throws: `BatchError`.
  package init(at url: URL?) throws(BatchError) {
    let handle = try Self.open(url)
    var state = State(handle: handle, end: 0)
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

  package func place(of key: CaseKey) -> Place? { state.withLock { $0.places[key] } }

  /// Writes a result down.
  /// - Throws: `BatchError`, after which the journal must not be written any more.
  package func append(_ features: ExtractedFeatures, of key: CaseKey) throws(BatchError) -> Place {
    let list = NameList(features)
    return try state.withLock { (state) throws(BatchError) in
      if let known = state.places[key] { return known }
      var text = ""
      let number = state.numbers[list] ?? state.lists.count
      if number == state.lists.count { text = JournalLine.text(of: list) }
      let line = JournalLine.text(of: features, key: key, list: number)
      let offset = state.end + text.utf8.count
      state.end = try Self.append(text + line, to: state.handle, at: state.end)
      if number == state.lists.count { state.add(list) }
      let place = Place(offset: offset, length: Int32(line.utf8.count), names: Int32(number))
      state.places[key] = place
      return place
    }
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

  /// The names of the results at some places, each once, in the order in which they first appear: first those of
  /// diagnostics, then those of features.
  package func names(at places: some Sequence<Place?>) -> NameList {
    let used = Set(places.compactMap { $0?.names }).sorted()
    return state.withLock { state in NameList(joining: used.map { state.lists[Int($0)] }) }
  }
}

extension ResultJournal.State {
  fileprivate mutating func take(_ line: JournalLine.Kind) {
    switch line {
    case .names(let list): add(list)
    case .result(let key, let place): places[key] = place
    }
  }

  fileprivate mutating func add(_ list: NameList) {
    numbers[list] = lists.count
    lists.append(list)
  }
}
