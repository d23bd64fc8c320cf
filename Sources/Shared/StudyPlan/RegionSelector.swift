import ImageFilters

/// Which region of a mask is meant: a segment by name or number, and the ring around it where that is asked for.
///
/// Both are one text, part of what features are known by: the segment, then `@ring(INNER,OUTER)` in millimetres, as
/// `GTV-1@ring(0,5)`; without a segment the ring lies around the label.
package struct RegionSelector: Equatable, Sendable {
  package var segment: String?
  package var ring: RegionRing?

  package init(segment: String? = nil, ring: RegionRing? = nil) {
    self.segment = segment
    self.ring = ring
  }

  /// Reads the text; what is no ring in the form above belongs to the name of the segment.
  package init(_ text: String?) {
    guard let text, let match = text.wholeMatch(of: /(.*)@ring\(([0-9.]{1,12}),([0-9.]{1,12})\)/),
      let inner = Double(match.2), let outer = Double(match.3),
      let ring = RegionRing(innerInMillimetres: inner, outerInMillimetres: outer)
    else {
      self.init(segment: text)
      return
    }
    self.init(segment: match.1.isEmpty ? nil : String(match.1), ring: ring)
  }

  /// `nil` where the label alone says it.
  package var text: String? {
    guard let ring else { return segment }
    return (segment ?? "")
      + "@ring(\(Self.text(ring.innerInMillimetres)),\(Self.text(ring.outerInMillimetres)))"
  }

  private static func text(_ millimetres: Double) -> String {
    millimetres == millimetres.rounded() ? "\(Int(millimetres))" : "\(millimetres)"
  }
}
