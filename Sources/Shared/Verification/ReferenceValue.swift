/// What the initiative published for a feature.
package struct ReferenceValue: Equatable, Sendable {
  /// A value on which teams agreed, and how far from it another may lie.
  package struct Agreed: Equatable, Sendable {
    package var value: Double
    package var tolerance: Double
  }

  /// By what a value is met.
  package enum Rule: Sendable {
    /// The tolerance alone.
    case tolerance
    /// The tolerance, or where that is smaller what rounds to the three digits of the reference: IBSI-1 gives most values of the
    /// digital phantom a tolerance of 0.
    case toleranceOrDigits
  }

  /// The manual's tag of the feature, as `stat_mean`.
  package var tag: String
  /// The manual's identifier, as `Q4LE`.
  package var code: String?
  /// How many teams agreed, in the initiative's words; nil where its table says nothing.
  package var consensus: String?
  /// Nil where the initiative publishes no value, or no tolerance: such a feature cannot fail.
  package var agreed: Agreed?

  package init(tag: String, code: String? = nil, consensus: String? = nil, agreed: Agreed?) {
    (self.tag, self.code, self.consensus, self.agreed) = (tag, code, consensus, agreed)
  }
}

extension ReferenceValue.Agreed {
  /// Whether a value lies within the tolerance, without any rounding.
  package func isWithinTolerance(_ found: Double) -> Bool { abs(found - value) <= tolerance }

  /// Whether a value is met by a rule. What is not finite never is.
  package func isMet(by found: Double, _ rule: ReferenceValue.Rule) -> Bool {
    switch rule {
    case .tolerance: isWithinTolerance(found)
    case .toleranceOrDigits:
      abs(found - value) <= max(tolerance, unitOfThirdDigit / 2 * (1 + 1e-9))
    }
  }

  private var unitOfThirdDigit: Double {
    var unit = 1e-12
    while abs(value) >= unit * 1000 { unit *= 10 }
    return unit
  }
}

extension ReferenceValue {
  /// Compares a feature with its reference.
  /// - Parameter found: nil where the program did not compute the feature.
  func check(_ found: Double?, _ rule: Rule) -> Verification.Check {
    var check = Verification.Check(name: tag, outcome: .listed)
    (check.ibsiCode, check.consensus) = (code, consensus)
    check.found = found.flatMap { $0.isFinite ? $0 : nil }
    guard let agreed else { return check }
    (check.reference, check.tolerance) = (agreed.value, agreed.tolerance)
    check.outcome = found.map { agreed.isMet(by: $0, rule) } == true ? .met : .failed
    check.isWithinTolerance = found.map(agreed.isWithinTolerance) ?? false
    return check
  }
}
