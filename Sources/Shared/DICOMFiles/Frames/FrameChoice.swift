import ImageFiles

/// Which images are meant where a series has several at each place.
public struct FrameChoice: Sendable, Hashable {
  /// Number of an echo: Echo Number (0018,0086), or, where the files have none, the rank of its echo time, from 1.
  public var echo: Int?
  /// Number of a time point: Temporal Position (0020,0100), or Index (0020,9128); where the files have none, Acquisition Number
  /// (0020,0012).
  public var timePoint: Int?

  /// All images of the series, which must then be one at each place, unless echo or time point is named.
  public init(echo: Int? = nil, timePoint: Int? = nil) {
    self.echo = echo
    self.timePoint = timePoint
  }

  /// The whole series.
  public static let all = FrameChoice()

  /// What is hashed with the files, so that two echoes of the same files are two images; nil for the whole series.
  var text: String? {
    let parts = [echo.map { "echo \($0)" }, timePoint.map { "time point \($0)" }].compactMap(\.self)
    return parts.isEmpty ? nil : parts.joined(separator: ", ")
  }

  /// The images that are meant.
  /// - Throws: `notFound` with the list of what there is.
  func applied(to frames: [ImageFrame]) throws(ImageFileError) -> [ImageFrame] {
    var frames = frames
    if let echo { frames = try Self.chosen(echo, "echo", of: frames, by: Self.echoNumbers(frames)) }
    if let timePoint {
      frames = try Self.chosen(timePoint, "time point", of: frames, by: Self.timePoints(frames))
    }
    return frames
  }

  private static func chosen(
    _ wanted: Int, _ kind: String, of frames: [ImageFrame], by numbers: [Int?]
  ) throws(ImageFileError) -> [ImageFrame] {
    let chosen = zip(frames, numbers).filter { $0.1 == wanted }.map(\.0)
    guard chosen.isEmpty else { return chosen }
    let known = Set(numbers.compactMap(\.self)).sorted()
    let list = known.prefix(20).map(String.init).joined(separator: ", ") + (known.count > 20 ? ", …" : "")
    throw ImageFileError(
      .notFound,
      known.isEmpty
        ? "\(kind) \(wanted) was asked for, and no file says which \(kind) it is; give a folder with the files that are meant"
        : "the series has no \(kind) \(wanted); it has \(list); name one of them")
  }

  private static func echoNumbers(_ frames: [ImageFrame]) -> [Int?] {
    let numbers = frames.map { $0.number(.echoNumber) }
    guard numbers.allSatisfy({ $0 == nil }) else { return numbers }
    let times = frames.map { $0.traits[.echoTime].flatMap(Double.init) }
    let known = Set(times.compactMap(\.self)).sorted()
    return times.map { time in time.flatMap { known.firstIndex(of: $0) }.map { $0 + 1 } }
  }

  private static func timePoints(_ frames: [ImageFrame]) -> [Int?] {
    let numbers = frames.map { $0.number(.temporalPosition) }
    return numbers.allSatisfy { $0 == nil } ? frames.map { $0.number(.acquisitionNumber) } : numbers
  }
}

extension ImageFrame {
  fileprivate func number(_ trait: FrameTrait) -> Int? { traits[trait].flatMap { Int($0) } }
}
