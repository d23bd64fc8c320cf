import Digests
import Foundation
import StudyPlan
import TestSupport
import Testing

@Suite struct `A segment's name` {
  private func rows(_ text: String) throws -> [Manifest.Row] {
    try TemporaryFile.with(text) { try Manifest(at: $0).rows }
  }

  @Test(arguments: ["Segment", "SEGMENT", "segment_name", "ROI_Name"])
  func `is read from its column, whatever it is called`(column: String) throws {
    let read = try rows(
      "ID,Site,Image,Mask,\(column)\nP1,N,i,m,GTV 1\nP2,N,i,m,3\nP3,N,i,m,\nP4,N,i,m,\"  a, b \"\n")
    #expect(read.map(\.segment) == ["GTV 1", "3", nil, "a, b"])
    #expect(read.allSatisfy { $0.extra.isEmpty && $0.label == nil })
  }

  @Test func `has one spelling`() throws {
    #expect(try SegmentName.read(" o\u{308}dem\t")?.unicodeScalars.map(\.value) == [0xF6, 0x64, 0x65, 0x6D])
    #expect(try SegmentName.read("  ") == nil)
  }

  @Test func `tells two regions of one mask apart`() throws {
    #expect(try rows("ID,Site,Image,Mask,Segment\nP1,N,i,m,a\nP1,N,i,m,b\nP1,N,i,m,\n").count == 3)
    #expect {
      try rows("ID,Site,Image,Mask,Segment\nP1,N,i,m,a\nP1,N,i,m, a\n")
    } throws: {
      ($0 as? StudyError)?.message.contains("line 3: the same region as line 2") == true
    }
  }

  @Test(arguments: [
    (String(repeating: "é", count: 129), "Segment is longer than 256 bytes"),
    ("\"a\nb\"", "Segment has a control character"), ("a\u{85}b", "Segment has a control character"),
  ]) func `is a short line`(name: String, reason: String) {
    #expect {
      try rows("ID,Site,Image,Mask,Segment\nP1,N,i,m,\(name)\n")
    } throws: {
      ($0 as? StudyError)?.message.contains(reason) == true
    }
  }

  /// As documented: SHA-256 of parts, each preceded by its length and a colon.
  private func digest(_ parts: [String], image: [UInt8], mask: [UInt8]) -> [UInt8] {
    var bytes = Array("11:feature-row32:".utf8) + image + Array("32:".utf8) + mask
    for part in parts { bytes += Array("\(part.utf8.count):\(part)".utf8) }
    return sha256(of: bytes)
  }

  @Test func `is part of what features are known by, and nothing else changes`() {
    let (image, mask) = ([UInt8](repeating: 1, count: 32), [UInt8](repeating: 2, count: 32))
    let recipe = FeatureRecipe(ExtractionParameters())
    let computed = ["handcrafted", recipe.parameters, Release.extractor]
    func key(_ segment: String?, site: String? = nil) -> [UInt8] {
      FeatureKey(image: image, mask: mask, label: 7, segment: segment, recipe: recipe, site: site).bytes
    }
    #expect(key(nil) == digest(["7"] + computed, image: image, mask: mask))
    #expect(key(nil, site: "North") == digest(["7"] + computed + ["North"], image: image, mask: mask))
    #expect(key("ödem") == digest(["7 ödem"] + computed, image: image, mask: mask))
    #expect(
      key("ödem", site: "North") == digest(["7 ödem"] + computed + ["North"], image: image, mask: mask))
  }
}
