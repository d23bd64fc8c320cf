/// Messages of PostgreSQL's protocol 3.0, cut out of a byte stream (PostgreSQL documentation, "Message Formats").
struct WireMessages {
  struct Message {
    /// The type byte; 0 for the untyped packets at the start of a session.
    var type: UInt8
    /// The whole message as it was sent.
    var bytes: [UInt8]

    /// What follows type and length.
    var body: ArraySlice<UInt8> { bytes.dropFirst(type == 0 ? 4 : 5) }

    /// The zero-terminated strings at the beginning of the body.
    func strings(_ count: Int) -> [String] {
      body.split(separator: 0, maxSplits: count, omittingEmptySubsequences: false).prefix(count)
        .map { String(decoding: $0, as: UTF8.self) }
    }
  }

  private var pending: [UInt8] = []
  /// How many untyped packets are to come: an unknown number before the session starts.
  private var isStarting: Bool
  /// Single bytes that the server answers to a request for encryption.
  var singleBytes = 0
  /// A cancel request, or an encrypted session: passed on as it comes.
  private(set) var isOpaque = false
  private(set) var askedForEncryption = 0

  private static let encryptionRequests: [UInt32] = [80_877_103, 80_877_104]
  private static let cancelRequest: UInt32 = 80_877_102

  init(fromClient: Bool) { isStarting = fromClient }

  mutating func append(_ bytes: some Sequence<UInt8>) { pending += bytes }

  /// The next whole message.
  mutating func next() -> Message? {
    if isOpaque { return pending.isEmpty ? nil : take(pending.count, type: 0) }
    if singleBytes > 0, !pending.isEmpty {
      singleBytes -= 1
      return take(1, type: 0)
    }
    return isStarting ? nextUntyped() : nextTyped()
  }

  private mutating func nextUntyped() -> Message? {
    guard pending.count >= 8 else { return nil }
    let length = Int(number(at: 0))
    guard pending.count >= length else { return nil }
    let code = number(at: 4)
    if Self.encryptionRequests.contains(code) {
      askedForEncryption += 1
    } else {
      isStarting = false
      isOpaque = code == Self.cancelRequest
    }
    return take(length, type: 0)
  }

  private mutating func nextTyped() -> Message? {
    guard pending.count >= 5 else { return nil }
    let length = Int(number(at: 1)) + 1
    return pending.count >= length ? take(length, type: pending[0]) : nil
  }

  private func number(at index: Int) -> UInt32 {
    pending[index..<index + 4].reduce(0) { $0 << 8 | UInt32($1) }
  }

  private mutating func take(_ count: Int, type: UInt8) -> Message {
    let message = Message(type: type, bytes: Array(pending.prefix(count)))
    pending.removeFirst(count)
    return message
  }
}

extension WireMessages.Message {
  /// Types (`pg_type.oid`) of the columns that a RowDescription announces.
  var columnTypes: [UInt32] {
    var fields = NetworkOrderReader(body.dropFirst(2))
    var types: [UInt32] = []
    while !fields.isAtEnd {
      fields.skipString()
      // Between the column's name and its type: table and number of the column in it.
      fields.skip(6)
      types.append(UInt32(bitPattern: fields.number()))
      // Size, modifier and format.
      fields.skip(8)
    }
    return types
  }

  /// The texts in a DataRow of columns of these types: of a `text[]` its elements, of any other column its bytes as they
  /// are; nil for NULL.
  func texts(ofColumns types: [UInt32]) -> [String?] {
    var row = NetworkOrderReader(body.dropFirst(2))
    return types.flatMap { type -> [String?] in
      guard let value = row.value() else { return [nil] }
      return type == Self.textArray ? Self.elements(value) : [String(decoding: value, as: UTF8.self)]
    }
  }

  /// `text[]` in `pg_type.dat`.
  private static let textArray: UInt32 = 1009

  /// As `array_send` writes them: dimensions, whether there are NULLs, type; length and lower bound of each dimension;
  /// the elements.
  private static func elements(_ array: ArraySlice<UInt8>) -> [String?] {
    var reader = NetworkOrderReader(array)
    let dimensions = Int(reader.number())
    reader.skip(8 + 8 * dimensions)
    var elements: [String?] = []
    while !reader.isAtEnd { elements.append(reader.text()) }
    return elements
  }

  /// SQLSTATE of an ErrorResponse.
  var sqlState: String? {
    body.split(separator: 0).first { $0.first == UInt8(ascii: "C") }
      .map { String(decoding: $0.dropFirst(), as: UTF8.self) }
  }
}

/// Reads a message's body from its beginning.
private struct NetworkOrderReader {
  private var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  var isAtEnd: Bool { rest.isEmpty }

  mutating func skip(_ count: Int) { rest = rest.dropFirst(count) }

  /// Past a zero-terminated string.
  mutating func skipString() { rest = rest.drop { $0 != 0 }.dropFirst() }

  mutating func number() -> Int32 {
    defer { skip(4) }
    return rest.prefix(4).reduce(0) { $0 << 8 | Int32($1) }
  }

  /// What a length stands before; nil where that is the length of NULL.
  mutating func value() -> ArraySlice<UInt8>? {
    let length = Int(number())
    guard length >= 0 else { return nil }
    defer { skip(length) }
    return rest.prefix(length)
  }

  mutating func text() -> String? { value().map { String(decoding: $0, as: UTF8.self) } }
}
