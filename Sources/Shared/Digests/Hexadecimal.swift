extension Sequence<UInt8> {
  /// Two lower-case hexadecimal digits a byte, as `sha256sum` prints.
  package var hexadecimal: String {
    reduce(into: "") { text, byte in text += (byte < 16 ? "0" : "") + String(byte, radix: 16) }
  }
}
