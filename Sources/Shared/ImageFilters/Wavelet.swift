/// Decomposition filters of a discrete wavelet.
///
/// Families and names are those of PyWavelets: `haar`, `db1`–`db20`, `sym2`–`sym20`, `coif1`–`coif5`, `dmey`,
/// and `bior` and `rbio` with orders 1.1 to 6.8.
public struct Wavelet: Equatable, Sendable {
  /// Name, as PyWavelets has it.
  public let name: String
  /// Taps that give the approximation.
  public let lowPass: [Double]
  /// Taps that give the detail.
  public let highPass: [Double]

  /// The wavelet of a name: one of `names`.
  /// - Throws: `unknownWavelet`.
  public init(named name: String) throws(ImageFilterError) {
    guard let (decomposition, reconstruction) = Self.taps(of: name) else {
      throw ImageFilterError(
        .unknownWavelet,
        "wavelet \(name) is not known; expected one of haar, dmey, db1 to db20, sym2 to sym20, coif1 to "
          + "coif5, or bior and rbio with " + Self.biorthogonalOrders.joined(separator: ", "))
    }
    self.name = name
    lowPass = decomposition
    highPass = reconstruction.enumerated().map { $0.offset.isMultiple(of: 2) ? -$0.element : $0.element }
  }

  /// Taps as PyWavelets rounds them to single precision, where it keeps those of coiflets divided by √2.
  func roundedToSingle(_ taps: [Double]) -> [Double] {
    guard name.hasPrefix("coif") else { return taps.map { Double(Float($0)) } }
    return taps.map { Double(Float($0 / 2.0.squareRoot()) * Float(2.0.squareRoot())) }
  }

  /// Every name that `init(named:)` knows.
  public static var names: [String] {
    ["haar", "dmey"] + (1...20).map { "db\($0)" } + (2...20).map { "sym\($0)" } + (1...5).map { "coif\($0)" }
      + biorthogonalOrders.map { "bior\($0)" } + biorthogonalOrders.map { "rbio\($0)" }
  }

  /// Low-pass taps for decomposition and reconstruction.
  private static func taps(of name: String) -> ([Double], [Double])? {
    func orthogonal(_ taps: [Double]) -> ([Double], [Double]) { (taps, taps.reversed()) }
    func entry(_ family: String, _ table: [[Double]], from first: Int) -> ([Double], [Double])? {
      guard name.hasPrefix(family), let order = Int(name.dropFirst(family.count)),
        name == family + String(order), table.indices.contains(order - first)
      else { return nil }
      return orthogonal(table[order - first])
    }
    if name == "haar" { return orthogonal(daubechiesTaps[0]) }
    if name == "dmey" { return orthogonal(meyerTaps[0]) }
    if let order = biorthogonalOrders.firstIndex(where: { name == "bior" + $0 }) {
      return (biorthogonalDecompositionTaps[order], biorthogonalReconstructionTaps[order])
    }
    if let order = biorthogonalOrders.firstIndex(where: { name == "rbio" + $0 }) {
      return (
        biorthogonalReconstructionTaps[order].reversed(), biorthogonalDecompositionTaps[order].reversed()
      )
    }
    return entry("db", daubechiesTaps, from: 1) ?? entry("sym", symletTaps, from: 2)
      ?? entry("coif", coifletTaps, from: 1)
  }
}
