import ImageFilters
import Yams

/// A ring around a drawn region that a study computes features of: rows of the manifest whose Region has its name.
package struct RingPlan: Codable, Equatable, Sendable {
  /// Where it begins, in mm from the region.
  package var inner: Double
  /// Where it ends, in mm from the region.
  package var outer: Double

  /// Reads `region: {NAME: {outer: 5, inner: 0}}` of a study file; `nil` without the key.
  static func read(_ file: StrictMapping) throws(StudyError) -> [String: RingPlan]? {
    guard let node = file.node("region") else { return nil }
    var plans: [String: RingPlan] = [:]
    for (key, value) in node.mapping ?? [:] {
      let name = try key.text(at: "region")
      let section = try StrictMapping(value, at: "region.\(name)", known: ["inner", "outer"])
      let plan = RingPlan(
        inner: try section.number("inner", in: 0...RegionRing.furthest) ?? 0,
        outer: try section.required("outer").number(at: section.place("outer"), in: 0...RegionRing.furthest))
      guard plan.ring != nil else {
        throw StudyError(
          .badValue,
          "region.\(name): outer is \(plan.outer) mm and inner \(plan.inner) mm; outer must be the larger one."
        )
      }
      plans[name] = plan
    }
    guard !plans.isEmpty else {
      throw StudyError(
        .badValue,
        "region must name rings, as {ring: {outer: 5, inner: 0}} in millimetres, but is \(node.shape).")
    }
    return plans
  }

  var ring: RegionRing? { RegionRing(innerInMillimetres: inner, outerInMillimetres: outer) }
}

extension Study {
  /// Rows of a manifest with the rings that this study makes of their regions.
  /// - Throws: `StudyError` where no row has a Region that a ring is named for.
  package func withRings(_ rows: [Manifest.Row]) throws(StudyError) -> [Manifest.Row] {
    guard let rings else { return rows }
    return try RingPlan.drawn(rings, in: rows)
  }
}

extension RingPlan {
  /// Rows of a manifest with rings of their regions.
  /// - Throws: as `Study.withRings`.
  package static func drawn(_ rings: [String: RingPlan], in rows: [Manifest.Row]) throws(StudyError)
    -> [Manifest.Row]
  {
    let regions = Set(rows.map(\.part.region))
    if let absent = rings.keys.sorted().first(where: { !regions.contains($0) }) {
      throw StudyError(
        .badManifest,
        "region.\(absent): no row of the manifest has \(absent) in column Region. Add a row for each ring, with the image and mask "
          + "of the region that it surrounds.\(suggestion(for: absent, among: regions.sorted()))")
    }
    return rows.map { row in
      guard let ring = rings[row.part.region]?.ring else { return row }
      var ringed = row
      ringed.ring = ring
      return ringed
    }
  }
}

/// What the regions of a mask with one label are put in order by: a region before the rings around it.
///
/// A name of a segment has no control character, so no name stands between the two.
package func regionOrder(segment: String?, ring: RegionRing?) -> String {
  ring.map { "\(segment ?? "")\u{1}\($0)" } ?? segment ?? ""
}

/// How people read which region of a mask is meant: by the segment's name, else by the label, with the ring around it.
package func regionName(label: UInt32, segment: String?, ring: RegionRing?) -> String {
  let name = segment ?? "label \(label)"
  return ring.map { "\(name), ring \($0) mm" } ?? name
}

extension RegionRing {
  /// What a text that is no ring is told, after its place.
  package static let expectation =
    "must be two distances from the region in mm, the inner one first, as 0,5: from 0 to \(Int(furthest)), the second the larger"
}
