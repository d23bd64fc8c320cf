import Volumes

/// What a MetaImage header says about the voxels (<https://itk.org/Wiki/ITK/MetaIO/Documentation>).
struct MetaImageHeader {
  var type: SampleType
  /// Sizes of the two or three axes, the fastest first.
  var sizes: [Int]
  var isBigEndian: Bool
  var isCompressed: Bool
  /// Length of the compressed data; `nil` where the header does not say: they then go to the end of the file.
  var compressedSize: Int?
  /// First byte of the voxels in the file that holds them; -1: they are its last bytes. 0: where they begin by themselves.
  var headerSize: Int
  /// Where the file's data lie; `nil` when they follow the header.
  var dataFile: String?
  /// Length of the header with the line that ends it.
  var length: Int
  private let fields: MetaImageFields

  /// - Throws: `badHeader` for what contradicts the format, `unsupported` for what it allows but is not read
  ///   here: other objects than images, several components a voxel, text, several data files.
  init(_ bytes: [UInt8]) throws(ImageFileError) {
    fields = try MetaImageFields(bytes)
    length = fields.length
    try Self.checkKind(fields)
    let dimension = try fields.wholeNumber("NDims") ?? 0
    guard dimension == 2 || dimension == 3 else {
      throw ImageFileError(
        .unsupported,
        "the MetaImage has NDims = \(dimension); a picture (2) or one volume (3) is needed")
    }
    sizes = try fields.wholeNumbers("DimSize", count: dimension)
    type = try Self.sampleType(named: fields.required("ElementType"))
    isBigEndian = fields.flag(["BinaryDataByteOrderMSB", "ElementByteOrderMSB"])
    isCompressed = fields.flag(["CompressedData"])
    compressedSize = try fields.wholeNumber("CompressedDataSize").flatMap { $0 == 0 ? nil : $0 }
    headerSize = try fields.wholeNumber("HeaderSize") ?? 0
    dataFile = try Self.dataFile(fields.required("ElementDataFile"))
    guard headerSize >= -1, headerSize < 1 << 40, (1..<1 << 40).contains(compressedSize ?? 1) else {
      throw ImageFileError(
        .badHeader,
        "MetaImage HeaderSize \(headerSize) or CompressedDataSize \(compressedSize ?? 0) makes no sense")
    }
  }

  private static func checkKind(_ fields: MetaImageFields) throws(ImageFileError) {
    if let kind = fields["ObjectType"], kind.lowercased() != "image" {
      throw ImageFileError(
        .unsupported, "this MetaIO file holds a \(quoted(kind)) and no image; save an image or a label map")
    }
    guard try fields.wholeNumber("ElementNumberOfChannels") ?? 1 == 1 else {
      throw ImageFileError(
        .unsupported,
        "the MetaImage holds \(fields["ElementNumberOfChannels"] ?? "") components a voxel; save one component "
          + "alone")
    }
    if let binary = fields["BinaryData"], !"Tt1".contains(binary.first ?? "F") {
      throw ImageFileError(
        .unsupported, "the MetaImage holds its voxels as text (BinaryData = False); save it as binary data")
    }
  }

  /// Whole numbers of MetaIO have the widths of 32-bit C: `MET_LONG` is `int32`.
  private static func sampleType(named name: String) throws(ImageFileError) -> SampleType {
    switch name {
    case "MET_CHAR": return .int8
    case "MET_UCHAR": return .uint8
    case "MET_SHORT": return .int16
    case "MET_USHORT": return .uint16
    case "MET_INT", "MET_LONG": return .int32
    case "MET_UINT", "MET_ULONG": return .uint32
    case "MET_LONG_LONG": return .int64
    case "MET_ULONG_LONG": return .uint64
    case "MET_FLOAT": return .float32
    case "MET_DOUBLE": return .float64
    default:
      throw ImageFileError(
        .unsupported,
        "MetaImage ElementType \(quoted(name)) is not a number type; save the image with one number a voxel")
    }
  }

  private static func dataFile(_ value: String) throws(ImageFileError) -> String? {
    if value.lowercased() == "local" { return nil }
    guard !value.hasPrefix("LIST"), !value.contains("%") else {
      throw ImageFileError(
        .unsupported, "the MetaImage header spreads the data over several files; save the image as one file")
    }
    guard !value.isEmpty, !value.hasPrefix("/"), !value.split(separator: "/").contains("..") else {
      throw ImageFileError(
        .unsupported,
        "the MetaImage header's data file does not lie beside or below it; move it there, name it so")
    }
    return value
  }

  /// Where the grid lies, in LPS, as ITK reads it: a row of `TransformMatrix` is the direction of an axis.
  ///
  /// What is missing is 1 mm, 0 mm and the axes of LPS. `AnatomicalOrientation`, `CenterOfRotation` and the intensity function
  /// change nothing, as in ITK. Where a field stands under several of its names, the first of them counts that ITK prefers.
  /// - Throws: `badHeader`, `tooLarge`.
  func geometry(limits: ImageReadLimits) throws(ImageFileError) -> GridGeometry {
    let dimension = sizes.count
    _ = try limits.voxelCount(of: sizes)
    let size = GridSize(x: sizes[0], y: sizes[1], z: dimension > 2 ? sizes[2] : 1)
    var geometry = GridGeometry(size: size, dimension: dimension)
    let spacing = try fields.numbers(["ElementSpacing", "ElementSize"], count: dimension)
    let origin = try fields.numbers(["Offset", "Position", "Origin"], count: dimension)
    let matrix = try fields.numbers(
      ["TransformMatrix", "Rotation", "Orientation"], count: dimension * dimension)
    for axis in 0..<dimension {
      if let spacing { geometry.spacingInMillimetres[axis] = spacing[axis] }
      if let origin { geometry.originInMillimetres[axis] = origin[axis] }
      guard let matrix else { continue }
      for component in 0..<dimension {
        geometry.directions[axis][component] = matrix[axis * dimension + component]
      }
    }
    return try geometry.checked()
  }
}
