/// Elementary functions whose bits do not depend on the processor or the C library.
///
/// glibc chooses another `exp`, `log` or `pow` where FMA or AVX2 is absent, and their last bits differ. These are
/// written in plain IEEE 754 double operations, which every processor rounds alike and Swift never contracts.
/// Errors are below 1 ulp everywhere and close to half an ulp for most (see the tests). NaN, infinities, zeros and
/// subnormal numbers are treated as IEEE 754-2019 section 9.2 recommends.
public enum Elementary {}
