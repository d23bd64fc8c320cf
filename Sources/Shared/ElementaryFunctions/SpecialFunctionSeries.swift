// Written by Benchmarks/reference/special_functions.py with 500-bit arithmetic (mpmath).

/// `2/√π (-1)ⁿ / (n! (2n + 1))` for `n = 14, 13, …, 1` (DLMF 7.6.1).
let errorFunctionSeries: InlineArray<14, Double> = [
  0x1.f683ae4a97007p-42, -0x1.d8453cb0c46eap-38, 0x1.9e6ad5e55a73p-34, -0x1.51d7181c5d36dp-30,
  0x1.fcc5720624c1cp-27, -0x1.5f742ec43e71ap-23, 0x1.b9e6c9dc651a3p-20, -0x1.f4d25c3e0c2ebp-17,
  0x1.f9a326f9b89b7p-14, -0x1.c02db40040b86p-11, 0x1.565bcd0e6a53fp-8, -0x1.b82ce31288b51p-6,
  0x1.ce2f21a042be2p-4, -0x1.812746b0379e7p-2,
]

/// `(-1)ᵏ (ζ(k) - 1) / k` for `k = 30, 29, …, 4` (DLMF 5.7.3).
let logGammaSeries: InlineArray<27, Double> = [
  0x1.11116e693ed98p-35, -0x1.1a7c26ec2523cp-34, 0x1.24932a337434cp-33, -0x1.2f69a9fabe3ep-32,
  0x1.3b15d2b2fc10cp-31, -0x1.47b1679258d0ep-30, 0x1.555a877ffd2c3p-29, -0x1.6434a8447aeadp-28,
  0x1.7469daccfadcdp-27, -0x1.862c734df3eacp-26, 0x1.99b93c2070b0fp-25, -0x1.af5a6cbbf8a97p-24,
  0x1.c76bbb3f07a4dp-23, -0x1.e2600d93cfd2fp-22, 0x1.0064cdeb22f0fp-20, -0x1.11b2eb7679541p-19,
  0x1.2597a39f34aacp-18, -0x1.3cbc963ce2243p-17, 0x1.580dcee66eb02p-16, -0x1.78de5bd7c81efp-15,
  0x1.a127b0f17d65ap-14, -0x1.d3fd4c76d2fc8p-13, 0x1.0b36af86396e9p-11, -0x1.38ac5c2bf8e08p-10,
  0x1.7add6eadb6c3p-9, -0x1.e404fc218f5f2p-8, 0x1.51322ac7d8483p-6,
]

/// `1 - γ`, `(ζ(2) - 1)/2` and `-(ζ(3) - 1)/3`, each as head and tail (DLMF 5.7.3).
let logGammaLeading: InlineArray<6, Double> = [
  0x1.b0ee6072093cep-2, 0x1.6cb90701fbfabp-58, 0x1.4a34cc4a60fa6p-2, 0x1.1873d8912200cp-56,
  -0x1.13e001a557607p-4, 0x1.fb68be2f8821fp-58,
]

/// `B₂ₙ / (2n (2n - 1))` for `n = 9, 8, …, 1` (DLMF 5.11.1).
let stirlingSeries: InlineArray<9, Double> = [
  0x1.6fe96381e068p-3, -0x1.e4286cb0f5398p-6, 0x1.a41a41a41a41ap-8, -0x1.f6ab0d9993c7dp-10,
  0x1.b951e2b18ff23p-11, -0x1.3813813813814p-11, 0x1.a01a01a01a01ap-11, -0x1.6c16c16c16c17p-9,
  0x1.5555555555555p-4,
]

/// `2²ⁿ (2²ⁿ - 1) B₂ₙ / (2n)!` for `n = 13, 12, …, 2` (DLMF 4.33.3).
let hyperbolicTangentSeries: InlineArray<12, Double> = [
  0x1.0b132d39a605p-16, -0x1.497d8eea25259p-15, 0x1.967e18afcafadp-14, -0x1.f57d7734d1664p-13,
  0x1.3558248036744p-11, -0x1.7da36452b75e3p-10, 0x1.d6d3d0e157dep-9, -0x1.226e355e6c23dp-7,
  0x1.664f4882c10fap-6, -0x1.ba1ba1ba1ba1cp-5, 0x1.1111111111111p-3, -0x1.5555555555555p-2,
]
