import Volumes

/// What an NRRD header says about the samples (<https://teem.sourceforge.net/nrrd/format.html>).
struct NRRDHeader {
  enum Encoding { case raw, gzip, text }

  var type: SampleType
  /// Sizes of all axes, the fastest first.
  var sizes: [Int]
  var encoding: Encoding
  var isBigEndian: Bool
  /// Lines to pass over before the data (before decompression).
  var lineSkip: Int
  /// Bytes to pass over before the data (after decompression); -1 - n: the data end n bytes before the end.
  var byteSkip: Int
  /// Where the file's data lie; `nil` when they follow the header.
  var dataFile: String?
  /// Length of the header with the empty line that ends it.
  var length: Int
  /// Everything about the grid's place in space.
  var fields: NRRDFields

  /// - Throws: `badHeader` for what contradicts the format, `unsupported` for what it allows but is not read
  ///   here.
  init(_ bytes: [UInt8]) throws(ImageFileError) {
    fields = try NRRDFields(bytes)
    length = fields.length
    type = try Self.sampleType(named: fields.required("type"))
    sizes = try fields.wholeNumbers("sizes", count: fields.axisCount)
    encoding = try Self.encoding(named: fields.required("encoding"))
    isBigEndian = try Self.isBigEndian(fields["endian"], type: type, encoding: encoding)
    lineSkip = try fields.wholeNumber("line skip") ?? 0
    byteSkip = try fields.wholeNumber("byte skip") ?? 0
    dataFile = try Self.dataFile(fields["data file"])
    guard lineSkip >= 0, byteSkip.magnitude < 1 << 40 else {
      throw ImageFileError(.badHeader, "NRRD line skip \(lineSkip) or byte skip \(byteSkip) makes no sense")
    }
  }

  private static func sampleType(named name: String) throws(ImageFileError) -> SampleType {
    switch name.lowercased() {
    case "signed char", "char", "int8", "int8_t": return .int8
    case "uchar", "unsigned char", "uint8", "uint8_t": return .uint8
    case "short", "short int", "signed short", "signed short int", "int16", "int16_t": return .int16
    case "ushort", "unsigned short", "unsigned short int", "uint16", "uint16_t": return .uint16
    case "int", "signed int", "int32", "int32_t": return .int32
    case "uint", "unsigned int", "uint32", "uint32_t": return .uint32
    case "longlong", "long long", "long long int", "signed long long", "signed long long int", "int64",
      "int64_t":
      return .int64
    case "ulonglong", "unsigned long long", "unsigned long long int", "uint64", "uint64_t": return .uint64
    case "float": return .float32
    case "double": return .float64
    default:
      throw ImageFileError(
        .unsupported, "NRRD type \(quoted(name)) is not a number type; save the image with one number a voxel"
      )
    }
  }

  private static func encoding(named name: String) throws(ImageFileError) -> Encoding {
    switch name.lowercased() {
    case "raw": return .raw
    case "gzip", "gz": return .gzip
    case "text", "txt", "ascii": return .text
    default:
      throw ImageFileError(
        .unsupported, "NRRD encoding \(quoted(name)) is not read; save the image as gzip or raw")
    }
  }

  private static func isBigEndian(
    _ value: String?, type: SampleType, encoding: Encoding
  ) throws(ImageFileError) -> Bool {
    switch value?.lowercased() {
    case "little": return false
    case "big": return true
    case nil where type.byteCount == 1 || encoding == .text: return false
    default:
      throw ImageFileError(
        .badHeader,
        "NRRD endian is \(value.map(quoted) ?? "missing"); \(type.rawValue) samples need \"little\" or "
          + "\"big\""
      )
    }
  }

  private static func dataFile(_ value: String?) throws(ImageFileError) -> String? {
    guard let value else { return nil }
    guard !value.hasPrefix("LIST"), !value.contains("%") else {
      throw ImageFileError(
        .unsupported, "the NRRD header spreads the data over several files; save the image as one file")
    }
    guard !value.isEmpty, !value.hasPrefix("/"), !value.split(separator: "/").contains("..") else {
      throw ImageFileError(
        .unsupported, "the NRRD header's data file does not lie beside or below it; move it there, name it so"
      )
    }
    return value
  }
}
