import BatchExtraction
import Digests
import Foundation
import StudyPlan
import Testing

#if canImport(Glibc)
  import Glibc
#endif

@Suite struct `A journal of results` {
  private func key(_ number: UInt8) -> FeatureKey { FeatureKey([UInt8](repeating: number, count: 32)) }

  private func write(_ count: UInt8, to url: URL?) throws {
    let journal = try ResultJournal(at: url)
    for number in 0..<count { _ = try journal.append(Sample.features(Double(number)), of: key(number)) }
  }

  @Test func `gives back what was written, to the last bit, after it was closed`() throws {
    try Sample.inFolder { folder in
      let url = folder.appendingPathComponent("j")
      var first = Sample.features(1 / 3)
      first.values[0] = .nan
      first.values[1] = -.infinity
      try {
        let journal = try ResultJournal(at: url)
        _ = try journal.append(first, of: key(1))
        _ = try journal.append(Sample.features(2, names: ["other"]), of: key(2))
        _ = try journal.append(Sample.features(3), of: key(3))
      }()
      let journal = try ResultJournal(at: url)
      #expect(journal.count == 3)
      let place = try #require(journal.place(of: key(1)))
      let read = try journal.features(at: place)
      #expect(read.values.map(\.bitPattern) == first.values.map(\.bitPattern))
      #expect(read.names == first.names && read.diagnostics == first.diagnostics)
      let otherPlace = try #require(journal.place(of: key(2)))
      let other = try journal.features(at: otherPlace)
      #expect(other == Sample.features(2, names: ["other"]))
      #expect(journal.place(of: key(4)) == nil)
    }
  }

  @Test func `that was torn anywhere keeps every whole line before, and goes on`() throws {
    try Sample.inFolder { folder in
      let url = folder.appendingPathComponent("j")
      try write(3, to: url)
      let whole = try Data(contentsOf: url)
      let lineEnds = whole.indices.filter { whole[$0] == 0x0A }
      #expect(lineEnds.count == 5)  // signature, names, three results
      for length in 0..<whole.count {
        try whole.prefix(length).write(to: url)
        let kept = lineEnds.count { $0 < length }
        try {
          let journal = try ResultJournal(at: url)
          #expect(journal.count == max(0, kept - 2), "cut at \(length)")
        }()
        try write(3, to: url)
        let again = try ResultJournal(at: url)
        for number in 0..<UInt8(3) {
          let place = try #require(again.place(of: key(number)))
          #expect(try again.features(at: place) == Sample.features(Double(number)))
        }
      }
    }
  }

  @Test func `is not written by two at a time`() throws {
    try Sample.inFolder { folder in
      let url = folder.appendingPathComponent("j")
      let first = try ResultJournal(at: url)
      let error = #expect(throws: BatchError.self) { try ResultJournal(at: url) }
      #expect(error?.code == .inUse)
      #expect(first.count == 0)
    }
  }

  /// A program that is being started has a copy of every open file until it begins to run.
  @Test func `is free once it is closed, although a copy of the open file is left`() throws {
    try Sample.inFolder { folder in
      let url = folder.appendingPathComponent("j")
      let copy = try {
        let journal = try ResultJournal(at: url)
        _ = try journal.append(Sample.features(1), of: key(1))
        return try #require(descriptors(of: url).first.map { dup($0) })
      }()
      defer { close(copy) }
      #expect(try descriptors(of: url) == [copy])
      #expect(try ResultJournal(at: url).count == 1)
    }
  }

  private func descriptors(of url: URL) throws -> [Int32] {
    let place = url.resolvingSymlinksInPath().path
    return try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").filter {
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)")) == place
    }.compactMap(Int32.init)
  }

  @Test(arguments: ["ID,Image,Mask\n", "x", "trabecula extraction journal\t9\t;\n"])
  func `is not mistaken for another file, which stays as it is`(text: String) throws {
    try Sample.inFolder { folder in
      let url = folder.appendingPathComponent("j")
      try Data(text.utf8).write(to: url)
      let error = #expect(throws: BatchError.self) { try ResultJournal(at: url) }
      #expect(error?.code == .notAJournal)
      #expect(try String(contentsOf: url, encoding: .utf8) == text)
    }
  }

  @Test func `without a name leaves no file`() throws {
    let journal = try ResultJournal(at: nil)
    let place = try journal.append(Sample.features(5), of: key(5))
    #expect(try journal.features(at: place) == Sample.features(5))
  }

  @Test func `keeps results with diagnostics apart from those without`() throws {
    try Sample.inFolder { folder in
      let url = folder.appendingPathComponent("j")
      try write(2, to: url)
      try {
        let bare = try ResultJournal(at: url, hasDiagnostics: false)
        #expect(bare.count == 0)
        _ = try bare.append(Sample.features(9), of: key(0))
      }()
      let full = try ResultJournal(at: url)
      let place = try #require(full.place(of: key(0)))
      #expect(try full.features(at: place) == Sample.features(0))
      #expect(full.count == 2)
    }
  }

  @Test func `joins the names of cases source after source, in the order in which they first came`() throws {
    let journal = try ResultJournal(at: nil)
    func append(_ number: UInt8, _ names: [String]) throws -> ResultJournal.Place {
      try journal.append(Sample.features(1, names: names), of: key(number))
    }
    let deep = try append(3, ["deep"])
    let (volume, picture) = (try append(1, ["a", "b"]), try append(2, ["b", "c"]))
    #expect(journal.names(at: [[picture, deep], [volume, deep]]).features == ["a", "b", "deep", "c"])
  }

  @Test func `joins the names of the results that are asked for`() throws {
    let journal = try ResultJournal(at: nil)
    let places = [
      try journal.append(Sample.features(1, names: ["a", "b"]), of: key(1)),
      try journal.append(Sample.features(2, names: ["b", "c"]), of: key(2)),
      try journal.append(Sample.features(3, names: ["unused"]), of: key(3)),
    ]
    let names = journal.names(at: [[places[0]], [], [places[1]]])
    #expect(names.features == ["a", "b", "c"])
    #expect(names.diagnostics.count == 4)
  }
}

@Suite struct `The key of features` {
  @Test func `is written in hexadecimal and read back`() {
    let bytes = (0..<32).map { UInt8($0 * 7) }
    let text = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    #expect(FeatureKey(bytes).bytes.hexadecimal == text)
    #expect(FeatureKey(hexadecimal: text) == FeatureKey(bytes))
    #expect(FeatureKey(hexadecimal: text.dropLast()) == nil)
    #expect(FeatureKey(hexadecimal: text.dropLast() + "g") == nil)
  }
}
