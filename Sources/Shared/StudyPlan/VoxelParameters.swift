import Foundation
import Radiomics
import Yams

/// What to map by voxel: a PyRadiomics parameter file with its section `voxelSetting`.
package struct VoxelParameters: Equatable, Sendable {
  /// Everything but that section.
  package var extraction: ExtractionParameters
  package var voxel: VoxelSettings

  /// Reads a parameter file and overrides single settings, those of `voxelSetting` too.
  /// - Throws: `StudyError` that names the key; an unknown one is never ignored.
  package init(parameterFile text: String?, overrides: [String] = []) throws(StudyError) {
    var mapping: Node.Mapping = [:]
    if let text {
      let node = try compose(text, or: "The parameter file")
      guard let found = node.mapping else {
        throw StudyError(.syntax, "The parameter file must be a mapping (key: value), but is \(node.shape).")
      }
      mapping = found
    }
    var voxel = VoxelSettings()
    if let section = mapping[Node("voxelSetting")], section.null == nil {
      voxel = try VoxelSettings(section, at: "voxelSetting")
    }
    var others: [String] = []
    for text in overrides {
      let name = text.prefix { $0 != ":" }.trimmingCharacters(in: .whitespaces)
      guard VoxelSettings.names.contains(name) else {
        others.append(text)
        continue
      }
      let setting = try commandLineSetting(text, option: "--setting", example: "kernelRadius:2")
      try voxel.read(setting, at: "--setting")
    }
    self.voxel = voxel
    extraction = try ExtractionParameters(node: .mapping(mapping), at: "", overrides: others)
    guard !extraction.ibsi else {
      throw StudyError(
        .unsupported, "ibsi: true has no maps by voxel; remove it, or leave out --mode voxel.")
    }
  }
}

extension VoxelSettings {
  /// The section `voxelSetting` of a parameter file.
  /// - Throws: `StudyError` that names the key.
  init(_ node: Node, at place: String) throws(StudyError) {
    self.init()
    try read(node, at: place)
  }

  /// Reads what a mapping says.
  fileprivate mutating func read(_ node: Node, at place: String) throws(StudyError) {
    let section = try StrictMapping(node, at: place, known: Self.names)
    kernelRadius = try section.integer("kernelRadius", in: 1...100) ?? kernelRadius
    maskedKernel = try section.boolean("maskedKernel") ?? maskedKernel
    voxelBatch = try section.integer("voxelBatch", in: -1...Int(Int32.max)) ?? voxelBatch
    if let value = section.node("initValue") {
      guard let number = value.float else {
        throw StudyError(
          .badValue, "\(section.place("initValue")) must be a number or .nan, but is \(value.shape).")
      }
      initValue = number
    }
    do throws(RadiomicsError) {
      try validate()
    } catch {
      throw StudyError(.badValue, "\(place): \(error.message).")
    }
  }
}
