import Foundation
import LinearAlgebra
import TestSupport
import Testing

/// What `statistics/philox.json` holds.
private struct PhiloxReference: Decodable {
  struct KnownAnswer: Decodable {
    let ctr: [UInt32]
    let key: [UInt32]
    let out: [UInt32]
  }
  struct Replicate: Decodable {
    let rep: Int
    let indices0: [Int]
  }
  let kat: [KnownAnswer]
  let seed: UInt64
  let first_u64: [String]
  let uniform: [Double]
  let shuffle_n20_tag1_rep0_stratum0: [Int]
  let reps: [Replicate]

  static func load() throws -> PhiloxReference {
    try JSONDecoder().decode(Self.self, from: Data(contentsOf: ReferenceData.file("statistics/philox.json")))
  }
}

@Suite struct `Philox4x32-10` {
  /// Random123's known answers (`tests/kat_vectors`).
  @Test(
    arguments: [
      ([0, 0, 0, 0], [0, 0], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
      (
        [0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff], [0xffff_ffff, 0xffff_ffff],
        [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
      ),
      (
        [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0],
        [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
      ),
    ] as [([UInt32], [UInt32], [UInt32])])
  func `gives the published answers`(counter: [UInt32], key: [UInt32], expected: [UInt32]) {
    let block = Philox4x32.block(
      counter: SIMD4(counter[0], counter[1], counter[2], counter[3]), key: SIMD2(key[0], key[1]))
    #expect([block.x, block.y, block.z, block.w] == expected)
  }

  @Test(.enabled(if: ReferenceData.isPresent, ReferenceData.absence))
  func `numbers, uniforms and shuffles are those of the reference`() throws {
    let reference = try PhiloxReference.load()
    let stream = RandomStream(seed: reference.seed, purpose: .resample)
    #expect(reference.first_u64.indices.map { String(stream[$0]) } == reference.first_u64)
    var drawn = RandomStream(seed: reference.seed, purpose: .permutation)
    #expect(reference.uniform.map { _ in drawn.uniform() } == reference.uniform)
    var folds = RandomStream(seed: reference.seed, purpose: .folds)
    #expect(folds.shuffled(0..<20) == reference.shuffle_n20_tag1_rep0_stratum0)
  }

  @Test func `a number does not depend on those drawn before it`() {
    let stream = RandomStream(seed: 7, purpose: .permutation, replicate: 3, stratum: 2)
    var counted = stream
    for k in 0..<50 { #expect(counted.next() == stream[k]) }
    #expect(RandomStream(seed: 7, purpose: .permutation, replicate: 4, stratum: 2)[0] != stream[0])
  }

  @Test func `indices stay below their bound and reach every value`() {
    var stream = RandomStream(seed: 1, purpose: .resample)
    var seen = Set<Int>()
    for _ in 0..<1_000 { seen.insert(stream.index(below: 7)) }
    #expect(seen == Set(0..<7))
  }

  @Test func `a shuffle keeps every element`() {
    var stream = RandomStream(seed: 5, purpose: .folds)
    #expect(stream.shuffled(0..<101).sorted() == Array(0..<101))
    #expect(stream.shuffled(0..<0).isEmpty)
    #expect(stream.shuffled(3..<4) == [3])
  }

  @Test func `normal numbers have the normal's moments`() {
    var stream = RandomStream(seed: 11, purpose: .synthesis)
    let draws = (0..<40_000).map { _ in stream.normal() }
    let mean = draws.reduce(0, +) / 40_000
    let variance = draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 39_999
    let fourth = draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) * ($1 - mean) * ($1 - mean) } / 40_000
    #expect(abs(mean) < 0.02)  // four standard errors
    #expect(abs(variance - 1) < 0.03)
    #expect(abs(fourth / (variance * variance) - 3) < 0.1)
  }
}
