import CPostgres

/// Parameters laid out as libpq takes them: all bytes in one block, with the place of each.
struct EncodedParameters {
  /// The protocol counts parameters in 16 bits.
  static let most = 65535

  let types: [Oid]
  private var bytes: [UInt8] = []
  /// Start of each value in `bytes`; -1 is NULL.
  private var starts: [Int] = []
  private var lengths: [CInt] = []

  init(_ values: [PostgresValue]) throws(PostgresError) {
    guard values.count <= EncodedParameters.most else {
      throw PostgresError(
        .usage,
        "a statement takes at most \(EncodedParameters.most) parameters, got \(values.count); pass arrays")
    }
    types = values.map(\.type.oid)
    bytes.reserveCapacity(values.reduce(1) { $0 + ($1.bytes?.count ?? 0) })
    for value in values {
      starts.append(value.bytes == nil ? -1 : bytes.count)
      guard let count = CInt(exactly: value.bytes?.count ?? 0) else {
        throw PostgresError(.usage, "a parameter of \(value.type) has more than 2 GiB")
      }
      lengths.append(count)
      bytes.append(contentsOf: value.bytes ?? [])
    }
    // An empty value still needs an address, or it would be NULL.
    bytes.append(0)
  }

  var count: Int { types.count }

  /// The pointers are valid only within `body`.
  func withPointers<R>(
    _ body: (
      UnsafePointer<Oid>?, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<CInt>?, UnsafePointer<CInt>?
    ) -> R
  ) -> R {
    let binary = [CInt](repeating: 1, count: count)
    return unsafe bytes.withUnsafeBytes { block in
      let base = unsafe block.baseAddress!.assumingMemoryBound(to: CChar.self)
      let values = unsafe starts.map { start in unsafe start < 0 ? nil : UnsafePointer(base + start) }
      return unsafe values.withUnsafeBufferPointer { values in
        unsafe types.withUnsafeBufferPointer { types in
          unsafe lengths.withUnsafeBufferPointer { lengths in
            unsafe binary.withUnsafeBufferPointer { binary in
              unsafe body(types.baseAddress, values.baseAddress, lengths.baseAddress, binary.baseAddress)
            }
          }
        }
      }
    }
  }
}
