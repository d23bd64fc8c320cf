import Foundation
import NeuralNet
import Testing

@Suite struct `Settings of deep features` {
  @Test func `survive being written and read`() throws {
    for preparation in DeepReference.shared.preparations {
      let data = try JSONEncoder().encode(preparation.settings)
      #expect(try JSONDecoder().decode(DeepSettings.self, from: data) == preparation.settings)
    }
  }

  @Test(arguments: [0, -3]) func `need at least one slice`(count: Int) {
    expectRefused { $0.slices = .even(count: count, pooling: .max) }
  }

  @Test(arguments: [-0.1, .nan, .infinity]) func `need a margin that is not negative`(margin: Double) {
    expectRefused { $0.margin = .share(fraction: margin) }
    expectRefused { $0.margin = .millimetres(length: margin) }
  }

  @Test(arguments: [(1, 1), (-1, 50), (50, 101), (.nan, 50), (1, .infinity), (99, 1)] as [(Double, Double)])
  func `need percentiles in rising order`(lower: Double, upper: Double) {
    expectRefused { $0.window = .percentiles(lower: lower, upper: upper) }
  }

  @Test(arguments: [(1, 1), (2, 1), (.nan, 1), (0, .infinity), (-1e308, 1e308)] as [(Double, Double)])
  func `need a fixed window of finite width`(lower: Double, upper: Double) {
    expectRefused { $0.window = .fixed(lower: lower, upper: upper) }
  }

  private func expectRefused(_ change: (inout DeepSettings) -> Void) {
    var settings = DeepSettings()
    change(&settings)
    #expect(#expect(throws: NeuralNetError.self) { try settings.validate() }?.code == .invalidSetting)
  }
}
