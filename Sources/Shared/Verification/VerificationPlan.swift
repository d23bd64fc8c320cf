import Foundation
import ImageFiles
import Volumes

/// What is to be looked at, and what cannot be.
struct VerificationPlan {
  /// One extraction and what its results are compared with.
  struct Task: Sendable {
    enum Comparison: Sendable {
      case values([ReferenceValue], ReferenceValue.Rule)
      /// A response map of this name.
      case map(URL, name: String)
      case bits(KnownBits, hasNetwork: Bool)
    }

    /// Of the part that its results belong to.
    var title: String
    var parameters: CarriedFile
    var image: URL
    var mask: URL
    var comparison: Comparison
  }

  private(set) var tasks: [Task] = []
  private(set) var absences: [Verification.Absence] = []
  private var folder: IBSIFolder?

  /// - Parameters:
  ///   - url: a folder of the initiative's data; nil where there is none.
  ///   - scratch: where the images go that the program makes.
  ///   - onlyBits: leaves all reference values out.
  /// - Throws: `VerificationError`.
  init(folder url: URL?, scratch: URL, onlyBits: Bool = false) throws(VerificationError) {
    if let url { folder = try IBSIFolder(at: url) }
    if !onlyBits {
      try addPhantom(scratch)
      try addConfigurations()
      addMaps()
      try addFilteredFeatures()
    }
    try addKnownBits(scratch)
  }

  /// Files of the folder that are read, with their digests.
  func files() throws(VerificationError) -> [Verification.File] { try folder?.digests() ?? [] }
}

/// How many values with a consensus and a tolerance the initiative's tables have (Zwanenburg et al. 2020,
/// doi:10.1148/radiol.2020191145; Whybra et al. 2024, doi:10.1148/radiol.231319), but for diagnostics.
private enum Published {
  static let phantom = 482
  static let configurations = [("A", 346), ("B", 346), ("C", 210), ("D", 210), ("E", 210)]
  static let ofFilter = 18
  static let ofFilters = ["8.B": 17]
}

// MARK: - IBSI-1

extension VerificationPlan {
  /// The digital phantom: of the folder where it has it, else of the program.
  private mutating func addPhantom(_ scratch: URL) throws(VerificationError) {
    let title = "IBSI-1, digital phantom"
    let parameters = CarriedFile.named("ibsi/phantom.yaml")
    let base = "ibsi/ibsi_1_digital_phantom/nifti"
    let paths = ["ibsi/phantom_reference.csv", "\(base)/image/phantom.nii.gz", "\(base)/mask/mask.nii.gz"]
    // One that is not whole is told, and the program's own looked at.
    if folder?.holds("ibsi") == true, let files = existing(paths, for: "the folder's digital phantom") {
      let values = try ReferenceTable(at: files[0], label: paths[0]).values()
      tellWhatLacks(values, title, published: Published.phantom)
      tasks.append(
        .init(
          title: title, parameters: parameters, image: files[1], mask: files[2],
          comparison: .values(values, .toleranceOrDigits)))
      return
    }
    let carried = CarriedFile.named("phantom-reference.csv")
    let values = try ReferenceTable(Array(carried.text.utf8), label: carried.path).values()
    let (image, mask) = try Self.write(
      DigitalPhantom.image, DigitalPhantom.mask, "phantom", "nii.gz", in: scratch)
    tasks.append(
      .init(
        title: title, parameters: parameters, image: image, mask: mask,
        comparison: .values(values, .toleranceOrDigits)))
  }

  private static let torso = ["ibsi_ct/nifti/image/phantom.nii.gz", "ibsi_ct/nifti/mask/mask.nii.gz"]

  private mutating func addConfigurations() throws(VerificationError) {
    let all = "IBSI-1, configurations A to E"
    guard folder != nil else {
      absences.append(.init(what: all, why: "give --ibsi FOLDER: its CT phantom may not be redistributed"))
      return
    }
    guard let files = existing(["ibsi_ct/reference.csv"] + Self.torso, for: all) else { return }
    let table = try ReferenceTable(at: files[0], label: "ibsi_ct/reference.csv")
    for (letter, published) in Published.configurations {
      let title = "IBSI-1, configuration \(letter)"
      let values = try table.values(of: letter)
      tellWhatLacks(values, title, published: published)
      if values.isEmpty { continue }
      tasks.append(
        .init(
          title: title, parameters: .named("ibsi/config-\(letter.lowercased()).yaml"), image: files[1],
          mask: files[2], comparison: .values(values, .toleranceOrDigits)))
    }
  }
}

// MARK: - IBSI-2

extension VerificationPlan {
  private mutating func addMaps() {
    let title = "IBSI-2, response maps"
    guard folder != nil else {
      absences.append(.init(what: title, why: "give --ibsi FOLDER: they are too large to be carried"))
      return
    }
    for parameters in CarriedFile.all where parameters.path.hasPrefix("ibsi2/") && parameters.folder != "ct" {
      let base = "ibsi2/phantoms/\(parameters.folder)"
      let paths = [
        "\(base)/image/\(parameters.folder).nii.gz", "\(base)/mask/mask.nii.gz",
        "ibsi2/maps/\(parameters.name)-ValidCRM.nii.gz",
      ]
      guard let files = existing(paths, for: "IBSI-2, response map \(parameters.name)") else { continue }
      tasks.append(
        .init(
          title: title, parameters: parameters, image: files[0], mask: files[1],
          comparison: .map(files[2], name: parameters.name)))
    }
  }

  private mutating func addFilteredFeatures() throws(VerificationError) {
    let all = "IBSI-2, features of filtered images"
    guard folder != nil else {
      absences.append(.init(what: all, why: "give --ibsi FOLDER: its CT phantom may not be redistributed"))
      return
    }
    let name = "ibsi2/reference_values.csv"
    guard let files = existing([name] + Self.torso, for: all) else { return }
    let table = try ReferenceTable(at: files[0], label: name)
    for parameters in CarriedFile.all where parameters.path.hasPrefix("ibsi2/ct/") {
      let title = "IBSI-2, features \(parameters.name)"
      let values = try table.values(of: parameters.name)
      tellWhatLacks(values, title, published: Published.ofFilters[parameters.name] ?? Published.ofFilter)
      if values.isEmpty { continue }
      tasks.append(
        .init(
          title: title, parameters: parameters, image: files[1], mask: files[2],
          comparison: .values(values, .tolerance)))
    }
  }

  /// A table that was cut off is met by what is left of it, so that what it lacks must be said.
  private mutating func tellWhatLacks(_ values: [ReferenceValue], _ what: String, published: Int) {
    let agreed = values.count { $0.agreed != nil }
    guard agreed < published else { return }
    let found = values.isEmpty ? "no row of it" : "\(agreed) of the \(published) values that were published"
    absences.append(.init(what: what, why: "its table has \(found); take the initiative's file again"))
  }

  /// Files of the folder; nil where one is absent, which is then said.
  private mutating func existing(_ paths: [String], for what: String) -> [URL]? {
    let missing = paths.filter { folder?.holds($0) != true }
    guard missing.isEmpty else {
      absences.append(
        .init(what: what, why: "not in the folder: \(missing.joined(separator: ", "))"))
      return nil
    }
    return paths.compactMap { folder?.file($0) }
  }
}

// MARK: - Known bits

extension VerificationPlan {
  private mutating func addKnownBits(_ scratch: URL) throws(VerificationError) {
    let known = try KnownBits(CarriedFile.named("known-bits.csv").text)
    let volume = try Self.write(KnownImages.volume, KnownImages.volumeMask, "volume", "nii.gz", in: scratch)
    let picture = try Self.write(KnownImages.picture, KnownImages.pictureMask, "picture", "png", in: scratch)
    for name in ["volume", "prepared", "ibsi", "picture", "network"] {
      let title = "Known bits, \(name)"
      // Single precision is summed in an order of its own on other processors.
      guard name != "network" || Installation.architectureName == "x86_64" else {
        absences.append(.init(what: title, why: "networks have known bits on x86_64 alone"))
        continue
      }
      let files = name == "picture" ? picture : volume
      tasks.append(
        .init(
          title: title, parameters: .named("known-bits/\(name).yaml"), image: files.image, mask: files.mask,
          comparison: .bits(known, hasNetwork: name == "network")))
    }
  }

  private static func write(
    _ image: Volume, _ mask: LabelMap, _ name: String, _ format: String, in folder: URL
  ) throws(VerificationError) -> (image: URL, mask: URL) {
    let (place, region) = (
      folder.appendingPathComponent("\(name).\(format)"),
      folder.appendingPathComponent("\(name)-mask.\(format)")
    )
    do throws(ImageFileError) {
      try writeVolume(image, to: place)
      try writeLabelMap(mask, to: region)
    } catch {
      throw VerificationError(
        .unwritable, "The program's own images cannot be written: \(error); make room, or set TMPDIR")
    }
    return (place, region)
  }
}
