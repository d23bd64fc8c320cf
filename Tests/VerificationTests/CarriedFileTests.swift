import DelimitedText
import Foundation
import TestSupport
import Testing
import Volumes

@testable import Verification

@Suite struct `Files that the program carries` {
  private static let examples = ReferenceData.repository.appendingPathComponent("Examples")

  private func parameterFiles(below folder: String) throws -> Set<String> {
    let base = Self.examples.appendingPathComponent(folder)
    let found = try FileManager.default.subpathsOfDirectory(atPath: base.path)
    return Set(found.filter { $0.hasSuffix(".yaml") }.map { "\(folder)/\($0)" })
  }

  @Test(arguments: ["ibsi", "ibsi2"]) func `are the parameter files of Examples`(folder: String) throws {
    let carried = CarriedFile.all.filter { $0.path.hasPrefix(folder + "/") }
    #expect(Set(carried.map(\.path)) == (try parameterFiles(below: folder)))
    #expect(carried.count == (folder == "ibsi" ? 6 : 51))
    for file in carried {
      let url = Self.examples.appendingPathComponent(file.path)
      #expect(try String(contentsOf: url, encoding: .utf8) == file.text, "\(file.path)")
    }
  }

  @Test func `have 482 agreed values of the digital phantom`() throws {
    let carried = CarriedFile.named("phantom-reference.csv")
    let values = try ReferenceTable(Array(carried.text.utf8), label: carried.path).values()
    #expect(values.count == 487)
    #expect(values.count { $0.agreed != nil } == 482)
    #expect(values.count { $0.agreed != nil && $0.consensus == nil } == 12)
  }

  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence))
  func `have the values of the initiative's table`() throws {
    let carried = CarriedFile.named("phantom-reference.csv")
    #expect(
      try ReferenceTable(Array(carried.text.utf8), label: carried.path).values()
        == ReferenceTable(
          at: ReferenceData.file("ibsi/phantom_reference.csv"), label: "phantom_reference.csv"
        )
        .values())
  }

  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence))
  func `have the voxels of the digital phantom`() throws {
    let table = try DelimitedTable(
      parsing: String(contentsOf: ReferenceData.file("ibsi/phantom_voxels.csv"), encoding: .utf8),
      label: "phantom_voxels.csv")
    let (image, mask) = (DigitalPhantom.image, DigitalPhantom.mask)
    #expect(table.rows.count == 80 && mask.labels.count { $0 == 1 } == 74)
    for row in table.rows.map({ $0.fields.compactMap { Int($0) } }) {
      let place = row[0] + 5 * (row[1] + 4 * row[2])
      #expect(image.voxels[place] == Double(row[3]) && mask.labels[place] == UInt32(row[4]), "\(row)")
    }
  }
}
