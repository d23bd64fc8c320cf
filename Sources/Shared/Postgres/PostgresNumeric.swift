/// A `numeric` value as the server sends it: base-10000 digits, weight, sign and decimal places.
///
/// Only read, never sent: Trabecula stores no `numeric`, but aggregates of `bigint` return it.
struct PostgresNumeric {
  /// Plain decimal notation without exponent, or `nan`, `inf`, `-inf`: what `Int64.init` and `Double.init`
  /// read.
  let decimal: String

  init(_ bytes: RawSpan) throws(PostgresDecodingFailure) {
    guard let count = bytes.networkInteger(at: 0, as: Int16.self),
      let weight = bytes.networkInteger(at: 2, as: Int16.self),
      let sign = bytes.networkInteger(at: 4, as: UInt16.self), count >= 0,
      bytes.byteCount == 8 + 2 * Int(count)
    else { throw .malformed(.numeric) }
    switch sign {
    case 0xC000: decimal = "nan"
    case 0xD000: decimal = "inf"
    case 0xF000: decimal = "-inf"
    default:
      var digits: [Int] = []
      for position in 0..<Int(count) {
        guard let digit = bytes.networkInteger(at: 8 + 2 * position, as: Int16.self), 0..<10000 ~= digit
        else { throw .malformed(.numeric) }
        digits.append(Int(digit))
      }
      decimal = (sign == 0x4000 ? "-" : "") + Self.notation(of: digits, weight: Int(weight))
    }
  }

  /// `Σ digits[i] · 10000^(weight - i)`.
  private static func notation(of digits: [Int], weight: Int) -> String {
    func group(_ power: Int) -> String {
      let position = weight - power
      let digit = digits.indices.contains(position) ? digits[position] : 0
      return String(repeating: "0", count: 4 - String(digit).count) + String(digit)
    }
    let whole = stride(from: max(weight, 0), through: 0, by: -1).map(group).joined()
    let lowest = weight - digits.count + 1
    guard lowest < 0 else { return whole }
    let fraction = stride(from: -1, through: lowest, by: -1).map(group).joined()
    return whole + "." + fraction
  }
}
